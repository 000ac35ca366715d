"""The reports of imports, kept with the list that was imported into: the newest, as far as there is room.

They are not in the log of operations: a report is written after its laws are durable, and where it cannot be,
only the report is lost.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import NotFound, TooLarge
from sertantai.core.ids import OperationId
from sertantai.lists.access import Allowed
from sertantai.lists.importing import kept_reports_sql as sql
from sertantai.lists.importing.reports import OUTCOMES, PackedReport
from sertantai.postgres import Database, Record, Role, plain_uuid

IMPORTS_OF_LIST_MAX: Final = 50
LIST_BYTES_MAX: Final = 8 * 1024 * 1024
"""Packed, as all bytes here but those of `PLAIN_BYTES_MAX`."""
IMPORTS_OF_OWNER_MAX: Final = 500
OWNER_BYTES_MAX: Final = 32 * 1024 * 1024
PARTS_MAX: Final = 64
"""Requests that one import may come in."""
IMPORT_BYTES_MAX: Final = 4 * 1024 * 1024
PLAIN_BYTES_MAX: Final = 24 * 1024 * 1024
"""Of one import when it is unpacked: it bounds the work of whoever reads it."""


class ReportTooLong(TooLarge):
    code = "import_report_too_long"

    def __init__(self) -> None:
        super().__init__("The report of this import has become too long.", field="report")


class KeptImport(msgspec.Struct, frozen=True):
    """``outcomes``: how many lines had which (`Outcome`)."""

    id: UUID
    imported_at: datetime
    actor_id: UUID
    lines: int
    outcomes: dict[str, int]


class ReportPart(msgspec.Struct, frozen=True):
    """What came in one request. ``not_found``: lines for which no law was found or chosen; ``with_law``: that
    brought a law, or named one that is there."""

    operation: UUID
    imported_at: datetime
    not_found: int
    with_law: int = 0


class ImportReports:
    """All methods raise `DatabaseUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, found: Allowed, id: UUID, operation: OperationId, packed: PackedReport) -> None:
        """Keep a part; again it is the same. What is too old to have room goes. Raises `ReportTooLong`."""
        of_import = (found.owner, found.group.id, id)
        async with self._database.transaction(Role.APP, found.owner) as connection:
            await connection.execute(sql.LOCK_REPORTS, found.owner)
            held = await connection.fetchrow(sql.HELD_OF_IMPORT, *of_import, operation)
            assert held is not None, "it counts"
            if (
                held["parts"] >= PARTS_MAX
                or held["bytes"] + len(packed.report) > IMPORT_BYTES_MAX
                or held["plain_bytes"] + packed.plain_bytes > PLAIN_BYTES_MAX
            ):
                raise ReportTooLong
            counts = [packed.outcomes[outcome] for outcome in OUTCOMES]
            told = (found.actor, self._clock.now(), *counts, packed.plain_bytes, packed.report)
            await connection.execute(sql.KEEP_PART, *of_import, operation, *told)
            # Asked for behind the lock: whoever kept a report before had made its list before.
            there = None if found.hot.dropped else [*found.state.groups]
            await connection.execute(
                sql.MAKE_ROOM,
                found.owner,
                IMPORTS_OF_LIST_MAX,
                LIST_BYTES_MAX,
                IMPORTS_OF_OWNER_MAX,
                OWNER_BYTES_MAX,
                there,
            )

    async def of_list(self, found: Allowed) -> list[KeptImport]:
        """The imports into a list, newest first."""
        async with self._database.transaction(Role.APP, found.owner, readonly=True) as connection:
            rows = await connection.fetch(sql.LIST_IMPORTS, found.owner, found.group.id)
        return [_kept(row) for row in rows]

    async def parts(self, found: Allowed, id: UUID) -> list[ReportPart]:
        """What an import came in, in order. Raises `NotFound`."""
        async with self._database.transaction(Role.APP, found.owner, readonly=True) as connection:
            rows = await connection.fetch(sql.PARTS_OF_IMPORT, found.owner, found.group.id, id)
        if not rows:
            raise _no_such_import()
        return [
            ReportPart(plain_uuid(row["operation_id"]), row["imported_at"], row["not_found"], row["with_law"])
            for row in rows
        ]

    async def report(self, found: Allowed, id: UUID, part: ReportPart) -> bytes:
        """The lines of one part, packed. Raises `NotFound` for what was removed meanwhile."""
        async with self._database.transaction(Role.APP, found.owner, readonly=True) as connection:
            report: bytes | None = await connection.fetchval(
                sql.PART, found.owner, found.group.id, id, part.operation
            )
        if report is None:
            raise _no_such_import()
        return report

    async def remove(self, found: Allowed, id: UUID) -> None:
        """What was imported stays. Raises `NotFound`."""
        async with self._database.transaction(Role.APP, found.owner) as connection:
            status = await connection.execute(sql.REMOVE_IMPORT, found.owner, found.group.id, id)
        if status.endswith(" 0"):
            raise _no_such_import()


def _no_such_import() -> NotFound:
    return NotFound("There is no report of this import.", field="import")


def _kept(row: Record) -> KeptImport:
    outcomes: dict[str, int] = {outcome: row[outcome] for outcome in OUTCOMES}
    lines = sum(outcomes.values())
    return KeptImport(
        plain_uuid(row["import_id"]), row["imported_at"], plain_uuid(row["actor_id"]), lines, outcomes
    )
