"""Rows of before the log was sealed, as they were found on that day: never presented as sealed when written.

Of each month how many, and a hash over them in the order of owners and positions: whoever changes one of them
later, or puts another among them, is found; what was done to them before is not.
"""

from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from typing import Any, Final

from sertantai.audit import seals_sql as sql
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.sealing.canonical import canonical, free_text
from sertantai.core.sealing.entries import microseconds
from sertantai.postgres import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.sealing.notices import Kind, Notices

FOUND: Final = "found"
PREFETCH_ROWS: Final = 5_000
Months = Mapping[str, tuple[int, str]]


class FoundMonths:
    """Counts and hashes rows as they are read, in the order of `sql.ROWS_AS_FOUND`."""

    def __init__(self) -> None:
        self._months: dict[str, list[Any]] = {}

    def add(self, row: Any) -> None:
        month = self._months.setdefault(f"{row['created_at']:%Y-%m}", [0, sha256()])
        month[0] += 1
        month[1].update(_line(row))

    def result(self) -> Months:
        return {month: (count, digest.hexdigest()) for month, (count, digest) in sorted(self._months.items())}


def _line(row: Any) -> bytes:
    """Canonical, so that one row cannot be read as two."""
    return canonical(
        [
            str(row["user_id"]),
            None if row["position"] is None else row["position"],
            None if row["operation_id"] is None else str(row["operation_id"]),
            None if row["actor_id"] is None else str(row["actor_id"]),
            None if row["group_id"] is None else str(row["group_id"]),
            row["selection_group"],
            microseconds(row["created_at"]),
            row["action"],
            row["record_no"],
            row["record_name"],
            free_text(row["metadata"]),
        ]
    )


async def rows_as_found(connection: Connection) -> Months:
    found = FoundMonths()
    async for row in _rows(connection):
        found.add(row)
    return found.result()


async def _rows(connection: Connection) -> AsyncIterator[Any]:
    async for row in connection.cursor(sql.ROWS_AS_FOUND, prefetch=PREFETCH_ROWS):
        yield row


async def tell_as_found(database: Database, notices: Notices) -> bool:
    """Once, when the log begins: what is there already. False: it was told before. Raises
    `DatabaseUnavailable`."""
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        if await connection.fetchval(sql.WAS_FOUND):
            return False
    async with whole_trail_now(database) as connection:
        months = await rows_as_found(connection)
    body = {FOUND: {month: [count, digest] for month, (count, digest) in months.items()}}
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(sql.LOCK_FINDING)
        if await connection.fetchval(sql.WAS_FOUND):
            return False
        await notices.tell(connection, Kind.BALANCE, body=body)
    return True
