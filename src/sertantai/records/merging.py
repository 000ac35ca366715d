"""Staged rows into the register: what is new is inserted, what differs is updated, nothing is deleted."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from sertantai.core.errors import Conflict
from sertantai.postgres.database import Connection
from sertantai.records import sql
from sertantai.records.columns import COLUMNS


class Merged(msgspec.Struct, frozen=True):
    """What became of staged rows."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Merged") -> "Merged":
        return Merged(
            self.inserted + other.inserted, self.updated + other.updated, self.unchanged + other.unchanged
        )


class Statements(msgspec.Struct, frozen=True):
    """The statements that merge rows of one set of columns."""

    classify: str
    insert: str
    update: str


@lru_cache(maxsize=32)
def statements(written: tuple[str, ...], has_extra: bool) -> Statements:
    """Only columns that the file has are compared and written; what other sources gave a row stays.

    Every name comes from `COLUMNS`, none from a file.
    """
    if not set(written) <= set(COLUMNS):
        raise ValueError(f"not columns of the register: {written}")
    values = {name: f"s.{name}" for name in written if name != "name"}
    values["search_terms"] = "s.search_terms"
    if "number" in written:
        values["number_int"] = "s.number_int"
    else:
        values["search_terms"] = "concat_ws(' ', s.search_terms, lower(o.number))"
    if has_extra:
        values["extra"] = "o.extra || s.extra"
    parts = {
        "old": ", ".join(f"o.{name}" for name in values),
        "new": ", ".join(values.values()),
        "aliased": ", ".join(f"{value} AS {name}" for name, value in values.items()),
        "assignments": ", ".join(f"{name} = d.{name}" for name in values),
        "old_fields": _fields("o", values),
        "new_fields": _fields("r", values),
        "columns": ", ".join(["name", "number_int", "search_terms", "extra", *_plain(written)]),
        "staged": ", ".join(
            [
                "s.name",
                "s.number_int",
                "s.search_terms",
                "s.extra",
                *(f"s.{name}" for name in _plain(written)),
            ]
        ),
    }
    return Statements(
        sql.CLASSIFY_STAGED.format(**parts),
        sql.INSERT_STAGED.format(**parts),
        sql.UPDATE_STAGED.format(**parts),
    )


def _plain(written: Sequence[str]) -> list[str]:
    return [name for name in written if name != "name"]


def _fields(alias: str, values: dict[str, str]) -> str:
    """The fields that people may be told about; what the register derives is not news."""
    shown = [name for name in values if name not in ("search_terms", "number_int")]
    return ", ".join(f"'{name}', {alias}.{name}" for name in shown)


class Merge:
    """Merges chunk after chunk inside the caller's transaction; nobody sees a part before the commit."""

    def __init__(
        self, connection: Connection, written: Sequence[str], columns: list[str], has_extra: bool
    ) -> None:
        self._connection = connection
        self._statements = statements(tuple(written), has_extra)
        self._columns = columns

    async def begin(self) -> None:
        """Raises `Conflict` while another import runs: both would insert the same names."""
        if not await self._connection.fetchval(sql.TRY_IMPORT_LOCK, sql.IMPORT_LOCK):
            raise Conflict("Another import is running; start this one again when it has ended.")
        await self._connection.execute(sql.CREATE_STAGING)
        await self._connection.execute(sql.LOOK_UP_BY_INDEX)

    async def chunk(self, rows: Sequence[tuple[Any, ...]]) -> Merged:
        connection = self._connection
        await connection.execute(sql.EMPTY_STAGING)
        await connection.copy_records_to_table(
            sql.STAGING_TABLE, schema_name="pg_temp", records=rows, columns=self._columns
        )
        staged = await connection.fetchrow(self._statements.classify)
        assert staged is not None
        inserted = updated = 0
        if staged["differing"]:
            updated = await connection.fetchval(self._statements.update)
        if staged["fresh"]:
            inserted = await connection.fetchval(self._statements.insert)
        return Merged(inserted, updated, len(rows) - inserted - updated)
