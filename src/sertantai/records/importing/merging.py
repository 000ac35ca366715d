"""Staged rows into the register: what is new is inserted, what differs is updated, nothing is deleted."""

from functools import lru_cache

import msgspec

from sertantai.core.errors import Conflict
from sertantai.postgres.database import Connection
from sertantai.process.new_ids import new_id
from sertantai.records import sql
from sertantai.records.columns import COLUMNS
from sertantai.records.importing.staging import StagedRow, Staging


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
    """The statements that update rows of one set of columns."""

    count: str
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
    }
    return Statements(sql.COUNT_DIFFERING.format(**parts), sql.UPDATE_STAGED.format(**parts))


def _fields(alias: str, values: dict[str, str]) -> str:
    """The fields that people may be told about; what the register derives is not news."""
    shown = [name for name in values if name not in ("search_terms", "number_int")]
    return ", ".join(f"'{name}', {alias}.{name}" for name in shown)


class Merge:
    """Merges chunk after chunk inside the caller's transaction; nobody sees a part before the commit."""

    def __init__(self, connection: Connection, staging: Staging) -> None:
        self._connection = connection
        self._statements = statements(tuple(staging.written), bool(staging.unknown))
        self._columns = staging.columns
        self._name = staging.columns.index("name")
        self._all_are_new = False

    async def begin(self) -> None:
        """Raises `Conflict` while another import runs: both would insert the same names."""
        if not await self._connection.fetchval(sql.TRY_IMPORT_LOCK, sql.IMPORT_LOCK):
            raise Conflict("Another import is running. Start this one again when it has finished.")
        await self._connection.execute(sql.CREATE_STAGING)
        await self._connection.execute(sql.LOOK_UP_BY_INDEX)
        # No name is in a file twice.
        self._all_are_new = not await self._connection.fetchval(sql.HAS_RECORDS)

    async def chunk(self, rows: list[StagedRow]) -> Merged:
        known = await self._known(rows)
        fresh = [row for row in rows if row[self._name] not in known] if known else rows
        if fresh:
            await self._insert(fresh)
        updated = await self._update([row for row in rows if row[self._name] in known]) if known else 0
        return Merged(len(fresh), updated, len(rows) - len(fresh) - updated)

    async def _known(self, rows: list[StagedRow]) -> set[str]:
        if self._all_are_new:
            return set()
        names = [row[self._name] for row in rows]
        return {record["name"] for record in await self._connection.fetch(sql.KNOWN_NAMES, names)}

    async def _insert(self, rows: list[StagedRow]) -> None:
        """COPY, the fastest way in.

        It inserts whole batches only if no column has a volatile default, so the id comes from here; ids in
        order of time keep their index small and warm.
        """
        await self._connection.copy_records_to_table(
            sql.REGISTER_TABLE,
            schema_name="public",
            records=[(new_id(), *row[1:]) for row in rows],
            columns=["id", *self._columns[1:]],
        )

    async def _update(self, rows: list[StagedRow]) -> int:
        await self._connection.execute(sql.EMPTY_STAGING)
        await self._connection.copy_records_to_table(
            sql.STAGING_TABLE, schema_name="pg_temp", records=rows, columns=self._columns
        )
        if not await self._connection.fetchval(self._statements.count):
            return 0
        return int(await self._connection.fetchval(self._statements.update))
