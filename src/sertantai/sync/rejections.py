"""Operations that PostgreSQL refused for good: shown, dropped, or marked to be tried again.

The sealed log is told of each that is set aside, and of who gave it up: the table may be changed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.errors import NotFound
from sertantai.core.ids import OperationId, OwnerId, Position
from sertantai.postgres import Connection, Database, Role
from sertantai.sealing.notices import Kind, Notices
from sertantai.sync import rejections_sql as sql
from sertantai.sync.store import Rejection

TOGETHER_MAX: Final = 500
"""Operations of one notice."""


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

    def __init__(self, database: Database, notices: Notices | None = None) -> None:
        """``notices``: what tells the sealed log of those that are given up."""
        self._database = database
        self._notices = notices

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
        async with self._database.transaction(Role.SYNC) as connection:
            dropped = await connection.fetch(sql.RESOLVE, ids, "dropped")
            _require_all(ids, len(dropped))
            if self._notices is not None and dropped:
                await tell_dropped(self._notices, connection, dropped)
        return len(dropped)

    async def _read(self, statement: str) -> list[RejectedOperation]:
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(statement)
        return [RejectedOperation(**dict(row)) for row in rows]

    async def _change(self, statement: str, ids: Sequence[UUID] | None) -> int:
        async with self._database.transaction(Role.SYNC) as connection:
            status = await connection.execute(statement, ids)
            count = int(status.rpartition(" ")[2])
            _require_all(ids, count)
        return count


def _require_all(ids: Sequence[UUID] | None, count: int) -> None:
    if ids is not None and count != len(set(ids)):
        raise NotFound("Not all of these are waiting rejections; nothing was done.")


async def tell_set_aside(notices: Notices, connection: Connection, rejection: Rejection) -> None:
    """Part of the transaction that sets it aside."""
    body = {
        "what": "set_aside",
        "journal": str(rejection.journal),
        "position": rejection.position,
        "operation": str(rejection.operation),
        "action": rejection.action,
        "code": rejection.code,
    }
    await notices.tell(connection, Kind.REJECTED, subject=rejection.owner, body=body)


async def tell_dropped(notices: Notices, connection: Connection, dropped: Sequence[Any]) -> None:
    """Part of the transaction that gives them up: rows with ``operation_id`` and ``position``. It is the
    operator who does, on the server."""
    for begin in range(0, len(dropped), TOGETHER_MAX):
        operations = [
            [str(row["operation_id"]), row["position"]] for row in dropped[begin : begin + TOGETHER_MAX]
        ]
        body = {"what": "dropped", "way": "operator", "operations": operations}
        await notices.tell(connection, Kind.REJECTED, body=body)
