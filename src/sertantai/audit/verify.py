"""Rebuilds every list from the trail and compares it with the rows, and holds every line against all else
that says the same (`misfits`), in one snapshot.

Rows, trail and watermark move in one transaction, so they agree at every moment of the database, however many
operations still wait in the journal and whether or not a server is running.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.audit import sql
from sertantai.audit.misfits import Misfits, find_misfits
from sertantai.audit.whole_trail import seen_beside, whole_trail_now
from sertantai.core.audit_words import ADDING, NOTES
from sertantai.core.bitmaps import bitmap, numbers
from sertantai.core.ids import GroupId, JournalId, OwnerId, Position, RecordNo
from sertantai.postgres import Connection, Database
from sertantai.process.ending import end

PREFETCH_ROWS: Final = 5_000
PREFETCH_LISTS: Final = 20
RECORDS_SHOWN_MAX: Final = 20
DIFFERENCES_MAX: Final = 1_000
PROGRESS_ROWS: Final = 50_000


class Fault(StrEnum):
    ROW_WITHOUT_TRAIL = "row_without_trail"
    """Selected, but the trail does not say so."""
    TRAIL_WITHOUT_ROW = "trail_without_row"
    """The trail says selected, but there is no row."""
    CHANGED_TWICE = "changed_twice"
    """The trail selects what was selected, or deselects what was not: something was written twice or lost."""
    LIST_MISSING = "list_missing"
    """The trail leaves records in a list that does not exist."""


class Difference(msgspec.Struct, frozen=True):
    """``records`` are the first few of ``count``; ``at``: when one of them last changed, if known."""

    fault: Fault
    owner: OwnerId
    group: GroupId
    group_name: str
    count: int
    records: list[RecordNo]
    at: datetime | None = None


class Verification(msgspec.Struct, frozen=True):
    """What was compared, up to which operation of each journal, what differs (at most `DIFFERENCES_MAX`
    lists), and what cannot be as the server wrote it."""

    positions: dict[JournalId, Position]
    lists: int
    rows: int
    trail_rows: int
    erased_owners: int
    differences: list[Difference]
    misfits: list[Misfits] = []

    @property
    def clean(self) -> bool:
        return not (self.differences or self.misfits)


Progress = Callable[[int], None]
"""Told how many rows of the trail have been read."""

_Key = tuple[UUID, UUID]


class _Listed(NamedTuple):
    """A list as the rows have it; ``name`` None when only the trail or its baseline knows it."""

    key: _Key
    name: str | None
    selected: BitMap
    baseline: BitMap
    erased: bool = False


async def verify(database: Database, progress: Progress | None = None) -> Verification:
    """Reads one list at a time: memory does not grow with the trail. Raises `DatabaseUnavailable`."""
    async with (
        whole_trail_now(database) as connection,
        seen_beside(database, connection) as other,
    ):
        looking = asyncio.create_task(find_misfits(other))
        try:
            found = await _compared(connection, progress)
            dated = [
                msgspec.structs.replace(
                    one, at=await connection.fetchval(sql.LAST_CHANGED, one.owner, one.group, one.records)
                )
                for one in found.differences
            ]
            return msgspec.structs.replace(found, differences=dated, misfits=await looking)
        finally:
            await end(looking)


async def _compared(connection: Connection, progress: Progress | None) -> Verification:
    watermarks = await connection.fetch(sql.WATERMARKS)
    check = _Check({row["journal_id"]: Position(row["position"]) for row in watermarks}, progress)
    lists = _lists(connection)
    listed = await anext(lists, None)
    async for key, rebuild in _rebuilt(connection, check):
        while listed is not None and listed.key < key:
            check.compare(listed, _Rebuild())
            listed = await anext(lists, None)
        if listed is not None and listed.key == key:
            check.compare(listed, rebuild)
            listed = await anext(lists, None)
        else:
            check.compare(_Listed(key, None, BitMap(), BitMap()), rebuild)
    while listed is not None:
        check.compare(listed, _Rebuild())
        listed = await anext(lists, None)
    return check.result()


class _Rebuild:
    """One list being rebuilt: its trail in order, played onto the baseline."""

    def __init__(self) -> None:
        self.name = ""
        self.records = BitMap()
        self.twice = BitMap()
        self._touched = BitMap()
        self._started_selected = BitMap()

    def play(self, row: Any) -> None:
        record, adds = row["record_no"], row["action"] in ADDING
        self.name = row["selection_group"] or self.name
        if record not in self._touched:
            self._touched.add(record)
            if not adds:
                self._started_selected.add(record)
        elif (record in self.records) == adds:
            self.twice.add(record)
        if adds:
            self.records.add(record)
        else:
            self.records.discard(record)

    def begin_with(self, baseline: BitMap) -> None:
        """Put ``baseline`` under it: what the trail never touched is as it was there."""
        self.twice |= (baseline & self._touched) ^ self._started_selected
        self.records |= baseline - self._touched


class _Check:
    def __init__(self, positions: dict[JournalId, Position], progress: Progress | None) -> None:
        self._positions = positions
        self._progress = progress
        self._lists = 0
        self._rows = 0
        self.trail_rows = 0
        self._differences: list[Difference] = []
        self._erased: UUID | None = None
        self._erased_owners = 0

    def read_one(self) -> None:
        self.trail_rows += 1
        if self._progress is not None and self.trail_rows % PROGRESS_ROWS == 0:
            self._progress(self.trail_rows)

    def compare(self, listed: _Listed, rebuilt: _Rebuild) -> None:
        rebuilt.begin_with(listed.baseline)
        if listed.erased:
            self._note_erased(listed.key[0])
        if listed.name is None:
            # A purged list leaves its trail; nothing may be left in it.
            self._add(Fault.LIST_MISSING, listed.key, rebuilt.name, rebuilt.records)
        else:
            self._lists += 1
            self._rows += len(listed.selected)
            self._add(Fault.ROW_WITHOUT_TRAIL, listed.key, listed.name, listed.selected - rebuilt.records)
            self._add(Fault.TRAIL_WITHOUT_ROW, listed.key, listed.name, rebuilt.records - listed.selected)
        self._add(Fault.CHANGED_TWICE, listed.key, listed.name or rebuilt.name, rebuilt.twice)

    def _note_erased(self, owner: UUID) -> None:
        """The trail outlives its user; what their lists held when they went was kept, and is compared."""
        if owner != self._erased:
            self._erased, self._erased_owners = owner, self._erased_owners + 1

    def _add(self, fault: Fault, key: _Key, name: str, records: BitMap) -> None:
        if records and len(self._differences) < DIFFERENCES_MAX:
            shown = [RecordNo(number) for number in numbers(records)[:RECORDS_SHOWN_MAX]]
            self._differences.append(
                Difference(fault, OwnerId(key[0]), GroupId(key[1]), name, len(records), shown)
            )

    def result(self) -> Verification:
        return Verification(
            self._positions,
            self._lists,
            self._rows,
            self.trail_rows,
            self._erased_owners,
            self._differences,
        )


async def _lists(connection: Connection) -> AsyncIterator[_Listed]:
    async for row in connection.cursor(sql.VERIFY_LISTS, prefetch=PREFETCH_LISTS):
        key = (row["user_id"], row["group_id"])
        yield _Listed(key, row["name"], bitmap(row["selected"]), bitmap(row["baseline"]), row["erased"])


async def _rebuilt(connection: Connection, check: _Check) -> AsyncIterator[tuple[_Key, _Rebuild]]:
    """Each list of the trail, played to its end."""
    current: _Key | None = None
    rebuild = _Rebuild()
    async for row in connection.cursor(sql.VERIFY_TRAIL, NOTES, prefetch=PREFETCH_ROWS):
        check.read_one()
        key = (row["user_id"], row["group_id"])
        if key != current:
            if current is not None:
                yield current, rebuild
            current, rebuild = key, _Rebuild()
        rebuild.play(row)
    if current is not None:
        yield current, rebuild
