"""Operations that PostgreSQL refused for good: shown, dropped, or marked to be tried again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sertantai.core.errors import NotFound
from sertantai.core.ids import OperationId, OwnerId, Position
from sertantai.postgres import Database, Role
from sertantai.sync import rejections_sql as sql


class RejectedOperation(msgspec.Struct, frozen=True):
    id: UUID
    position: Position
    operation_id: OperationId | None
    user_id: OwnerId | None
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
