"""Operations that PostgreSQL refused for good: shown, dropped, or tried again by the running server."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sertantai.background import RegularTurns
from sertantai.core.errors import Conflict, NotFound
from sertantai.core.ids import OperationId, Position, UserId
from sertantai.core.operations import decode
from sertantai.postgres import Database, Role
from sertantai.selections import rejections_sql as sql
from sertantai.selections.effects import effect_of
from sertantai.selections.engine import Engine
from sertantai.selections.errors import KeptElsewhere
from sertantai.telemetry import logger

log = logger(__name__)

POLL_INTERVAL_S = 3.0
BATCH_MAX = 100


class RejectedOperation(msgspec.Struct, frozen=True):
    id: UUID
    position: Position
    operation_id: OperationId | None
    user_id: UserId | None
    action: str | None
    reason: str
    code: str
    created_at: datetime
    retry_requested_at: datetime | None
    resolved_at: datetime | None
    resolution: str | None

    @property
    def state(self) -> str:
        if self.resolution is not None:
            return self.resolution
        return "retry asked for" if self.retry_requested_at else "waiting"


class Rejections:
    """The rejections in the database. Beside a running server as well as without one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[RejectedOperation]:
        return await self._read(sql.ALL)

    async def waiting(self) -> list[RejectedOperation]:
        """Neither retried nor dropped, oldest first."""
        return await self._read(sql.WAITING)

    async def request_retry(self, ids: Sequence[UUID] | None) -> int:
        """Ask the server to try these again (None: all that wait); how many there are."""
        return await self._change(sql.REQUEST_RETRY, ids)

    async def drop(self, ids: Sequence[UUID] | None) -> int:
        """Give these up (None: all that wait); how many there were."""
        return await self._change(sql.RESOLVE, ids, "dropped")

    async def _read(self, statement: str) -> list[RejectedOperation]:
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(statement)
        return [RejectedOperation(**dict(row)) for row in rows]

    async def _change(self, statement: str, ids: Sequence[UUID] | None, *arguments: Any) -> int:
        async with self._database.transaction(Role.SYNC) as connection:
            status = await connection.execute(statement, ids, *arguments)
            count = int(status.rpartition(" ")[2])
            if ids is not None and count != len(set(ids)):
                raise NotFound("Not all of these are waiting rejections; nothing was done.")
        return count


class RejectionRetries(RegularTurns):
    """The server's part of a retry: it alone writes the journal, so it alone performs the operation again.

    An operation keeps its id. One that the trail knows by now (the server died between performing it and
    saying so) is not performed a second time.
    """

    task_name = "rejection-retries"
    first_after_s = every_s = retry_s = POLL_INTERVAL_S

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    async def retry_requested(self) -> int:
        """Perform what is asked for now; how many operations were performed."""
        async with self._database.transaction(Role.SYNC) as connection:
            requested = await connection.fetch(sql.REQUESTED, BATCH_MAX)
        if requested:
            await self._engine.flush()
        performed = 0
        for row in requested:
            performed += await self._retry(row["id"], row["payload"], Position(row["position"]))
        return performed

    async def turn(self) -> None:
        await self.retry_requested()

    async def _retry(self, rejection: UUID, payload: bytes, rejected_at: Position) -> bool:
        operation = decode(payload)
        effect = await effect_of(self._engine, operation.owner, operation.id, self._engine.journal.last)
        # A part of it may have been written before the rest was refused: that is not the retry.
        if effect is None or effect.position <= rejected_at:
            try:
                await self._engine.perform(operation)
            except KeptElsewhere:
                return False  # the server that keeps this person's lists does it
            except (NotFound, Conflict) as error:
                async with self._database.transaction(Role.SYNC) as connection:
                    await connection.execute(sql.REFUSED_AGAIN, rejection, error.message, error.code)
                log.warning("rejection_refused_again", rejection=str(rejection), reason=error.message)
                return False
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.RESOLVE, [rejection], "retried")
        log.info("rejection_retried", rejection=str(rejection), operation_id=str(operation.id))
        return True
