"""Reads of the register that need the database: a whole record, and what imports changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import NotFound
from sertantai.core.ids import RecordId, RecordNo
from sertantai.postgres.database import Database
from sertantai.postgres.roles import Role
from sertantai.records import sql

CHANGES_MAX = 10_000
CHANGES_AT_ONCE = 500
"""Their JSON is read as they arrive: of so many in a few milliseconds."""
NUMBERS_AT_ONCE = 5_000
"""The driver writes and reads numbers one by one, in which nobody else is served."""


FullRecord: TypeAlias = dict[str, Any]
"""One record with all its columns (`columns.COLUMNS`), its ids, ``extra`` and its times, by name."""


class FieldChange(msgspec.Struct, frozen=True):
    old: Any
    new: Any


class RecordChange(msgspec.Struct, frozen=True):
    """What one import changed in one record."""

    record_no: RecordNo
    revision: int
    changed_at: datetime
    fields: dict[str, FieldChange]


class RegisterStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def revision(self) -> tuple[int, datetime]:
        """The register's revision, and when it came to be."""
        async with self._database.transaction(Role.APP, readonly=True) as connection:
            row = await connection.fetchrow(sql.READ_REVISION)
        assert row is not None
        return row["revision"], row["changed_at"]

    async def whole_record(self, record_id: UUID) -> FullRecord:
        """Raises `NotFound`."""
        async with self._database.transaction(Role.APP, readonly=True) as connection:
            row = await connection.fetchrow(sql.READ_RECORD, record_id)
        if row is None:
            raise NotFound(f"There is no law {record_id}.")
        return dict(row)

    async def numbers(self, record_ids: Sequence[UUID]) -> dict[RecordId, RecordNo]:
        """The numbers of those records that are in the register now."""
        async with self._database.transaction(Role.APP, readonly=True) as connection:
            rows = await connection.fetch(sql.READ_NUMBERS, record_ids)
        return {RecordId(row["id"]): RecordNo(row["record_no"]) for row in rows}

    async def changed_records(self, revision: int) -> BitMap:
        """Records that imports changed after a revision."""
        async with self._database.transaction(Role.APP, readonly=True) as connection:
            return BitMap(await connection.fetchval(sql.READ_CHANGED_NUMBERS, revision) or [])

    async def ever_changed(self) -> BitMap:
        """The records that any import changed."""
        found, last = BitMap(), -1
        async with self._database.transaction(Role.APP, readonly=True) as connection:
            while rows := await connection.fetch(sql.READ_EVER_CHANGED, last, NUMBERS_AT_ONCE):
                found.update(row["record_no"] for row in rows)
                last = rows[-1]["record_no"]
        return found

    async def changes(self, records: BitMap, since: datetime, limit: int = CHANGES_MAX) -> list[RecordChange]:
        """What imports changed in these records after a moment, by record, oldest first."""
        found: list[RecordChange] = []
        numbers = records.to_array()
        async with self._database.transaction(Role.APP, readonly=True) as connection:
            for start in range(0, len(numbers), NUMBERS_AT_ONCE):
                part = numbers[start : start + NUMBERS_AT_ONCE].tolist()
                more = True
                while more and len(found) < limit:
                    after = (found[-1].record_no, found[-1].revision) if found else (-1, -1)
                    most = min(CHANGES_AT_ONCE, limit - len(found))
                    rows = await connection.fetch(sql.READ_CHANGES, part, since, *after, most)
                    found += [_change(row) for row in rows]
                    more = len(rows) == CHANGES_AT_ONCE
        return found


def _change(row: Any) -> RecordChange:
    fields = {name: FieldChange(**change) for name, change in row["changed_fields"].items()}
    return RecordChange(row["record_no"], row["revision"], row["changed_at"], fields)
