"""The tables of the sealed log in the simulated database, asked with the product's own statements."""

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from sertantai.audit import months_sql
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.sealing import sql
from sertantai.sealing.deeds import Deed
from sertantai.sealing.files import PLACE
from sertantai.sealing.sealer import TOLD
from sertantai.sync.seals import Seals, deeds_of
from sertantai.sync.store import Batch, Watermark
from tests.simulation.database import (
    RECORDS_KNOWN,
    Database,
    SimulatedStore,
    Tables,
    refuse_new_lists,
    write_batch,
)
from tests.simulation.faults import Chaos

NAMES = {number: f"UK_law_{number}" for number in RECORDS_KNOWN}
LEAVES_STAY = timedelta(seconds=1)
"""In PostgreSQL a week."""
LOOKS_STAY = timedelta(seconds=0.2)
"""In PostgreSQL two years."""
LEAF_COLUMNS = ("journal_id", "position", "part", "places", "leaves", "mac", "entries")
NOTICE_COLUMNS = ("id", "at", "kind", "subject", "actor", "body", "mac")
Row = dict[str, Any]


class SealTables(msgspec.Struct, frozen=True):
    """Replaced by a changed copy, never changed. ``deeds``: what the committed rows tell, one for each
    operation or part."""

    chains: dict[tuple[UUID, UUID], Sequence[Any]] = {}
    leaves: dict[tuple[UUID, int, int], Row] = {}
    notices: tuple[Row, ...] = ()
    dropped: tuple[Row, ...] = ()
    blinds: dict[tuple[UUID, int, str], bytes] = {}
    deeds: tuple[Deed, ...] = ()


def seals_of(tables: Tables) -> SealTables:
    held = tables.sealed
    return held if isinstance(held, SealTables) else SealTables()


def change(tables: Tables, **fields: Any) -> None:
    tables.sealed = msgspec.structs.replace(seals_of(tables), **fields)


class TrailDatabase:
    """As `postgres.Database`, for who seals."""

    def __init__(self, database: Database, chaos: Chaos, now: Callable[[], Any]) -> None:
        self.database = database
        self.store = SimulatedStore(database, chaos)
        self.now = now

    @asynccontextmanager
    async def transaction(
        self, _role: Any, *, readonly: bool = False, lane: Any = None
    ) -> AsyncIterator["TrailConnection"]:
        await self.store.trip()
        connection = TrailConnection(self)
        yield connection
        if connection.changes:
            assert not readonly
            await self.store._write(connection.play)


class TrailConnection:
    """Sees the tables as they were when it began, and what it wrote itself."""

    def __init__(self, database: TrailDatabase) -> None:
        self._database = database
        self.view = database.database.tables.copy()
        self._primary = database.database.primary
        self.changes: list[Callable[[Tables], None]] = []

    def play(self, tables: Tables) -> None:
        if self._primary != self._database.database.primary:
            raise DatabaseUnavailable("The server that it was begun on is gone.")
        for one in self.changes:
            one(tables)

    def do(self, what: Callable[[Tables], None]) -> None:
        what(self.view)
        self.changes.append(what)

    async def fetch(self, statement: str, *given: Any) -> list[Row]:
        held = seals_of(self.view)
        if statement == sql.NAMES:
            return [{"record_no": one, "name": NAMES[one]} for one in given[0] if one in NAMES]
        if statement == sql.BLINDS:
            wanted = list(zip(*given, strict=True))
            return [
                {"subject": b[0], "month": b[1], "class": b[2], "key": held.blinds[b]}
                for b in wanted
                if b in held.blinds
            ]
        if statement == sql.CHAINS:
            names = ("user_id", "group_id", "number", "head", "mac")
            wanted = [key for key in zip(*given[:2], strict=True) if key in held.chains]
            rows = [(*key, *held.chains[key]) for key in wanted]
            blinds = sum(key in held.blinds for key in zip(*given[2:], strict=True))
            rows.append((None, None, blinds, None, None))
            return [dict(zip(names, row, strict=True)) for row in rows]
        if statement == sql.LEAVES_BEHIND:
            return list(_leaves_behind(held, *given))
        if statement == sql.NOTICES_OF:
            return sorted((n for n in held.notices if n["told"] in given[0]), key=_told)
        if statement == sql.NOTICES_THERE:
            return [{"id": notice["id"]} for notice in held.notices if notice["id"] in given[0]]
        if statement == sql.NOTICES_KNOWN:
            return [{"id": one["id"]} for one in (*held.notices, *held.dropped) if one["id"] in given[0]]
        if statement == months_sql.LOOKS_DUE:
            after, most = given
            due = [n for n in held.notices if self._is_over(n) and n["told"] > after]
            return [{"id": n["id"], "told": n["told"]} for n in sorted(due, key=_told)[:most]]
        if statement == months_sql.DROP_LOOKS:
            going = [n for n in held.notices if self._is_over(n) and n["id"] in given[0]]
            self.do(lambda tables: drop_notices(tables, {n["id"] for n in going}))
            return [{"id": n["id"], "at": n["at"]} for n in going]
        if statement == months_sql.POLICIES_OF_CLASS:
            return []
        raise AssertionError(statement)

    def _is_over(self, notice: Row) -> bool:
        return bool(notice["kind"] == "access" and notice["at"] < self._database.now() - LOOKS_STAY)

    async def fetchval(self, statement: str, *given: Any) -> Any:
        held = seals_of(self.view)
        if statement == sql.NOTICES_TOLD:
            after, most = given
            some = sorted((n for n in held.notices if n["told"] > after), key=_told)[:most]
            return b"".join(TOLD.pack(notice["told"], notice["id"].bytes) for notice in some)
        if statement == sql.LAST_TOLD:
            return self._database.database.last_told
        if statement == sql.OTHER_SERVERS:
            return any(one not in given[0] for one in self.view.watermarks)
        if statement == sql.REACHED:
            return max((at for one, (at, _) in self.view.watermarks.items() if one in given[0]), default=0)
        raise AssertionError(statement)

    async def execute(self, statement: str, *given: Any) -> None:
        now = self._database.now()
        if statement == sql.KEEP_BLINDS:
            fresh = {(subject, month, kind): key for subject, month, kind, key in zip(*given, strict=True)}
            self.do(lambda tables: change(tables, blinds={**fresh, **seals_of(tables).blinds}))
        elif statement == sql.KEEP_CHAINS:
            links = {(owner, group): link for owner, group, *link in zip(*given, strict=True)}
            self.do(lambda tables: change(tables, chains={**seals_of(tables).chains, **links}))
        elif statement == sql.KEEP_LEAVES:
            leaf = dict(zip(LEAF_COLUMNS, given, strict=True))
            self.do(lambda tables: _keep_leaves(tables, {**leaf, "at": now}))
        elif statement == sql.TELL:
            told = self._database.database.next_told()
            notice = {**dict(zip(NOTICE_COLUMNS, given, strict=True)), "told": told}
            self.do(lambda tables: change(tables, notices=(*seals_of(tables).notices, notice)))
        elif statement == months_sql.NOTE_ACT:
            """What was done is counted elsewhere."""
        elif statement == sql.DROP_SEALED_LEAVES:
            self.do(lambda tables: _drop_leaves(tables, given, now))
        else:
            raise AssertionError(statement)


def _told(notice: Row) -> int:
    told: int = notice["told"]
    return told


def drop_notices(tables: Tables, going: set[UUID]) -> None:
    held = seals_of(tables)
    kept = tuple(notice for notice in held.notices if notice["id"] not in going)
    gone = tuple(notice for notice in held.notices if notice["id"] in going)
    change(tables, notices=kept, dropped=(*held.dropped, *gone))


def _leaves_behind(
    held: SealTables, journals: Sequence[UUID], position: int, part: int, most: int
) -> Iterator[Row]:
    """And the row before them, if it ends with what is behind."""
    keys = sorted((key for key in held.leaves if key[0] in journals), key=lambda key: key[1:])
    for journal in journals:
        before = [key for key in keys if key[0] == journal and key[1:] <= (position, part)][-1:]
        yield from (held.leaves[k] for k in before if _last(held.leaves[k]["places"]) > (position, part))
    yield from (held.leaves[key] for key in [key for key in keys if key[1:] > (position, part)][:most])


def _last(places: bytes) -> tuple[int, int]:
    return int.from_bytes(places[-12:-4]), int.from_bytes(places[-4:])


def _keep_leaves(tables: Tables, row: Row) -> None:
    key = row["journal_id"], row["position"], row["part"]
    held = seals_of(tables).leaves
    assert key not in held, "the primary key of audit_leaves"
    change(tables, leaves={**held, key: row})


def _drop_leaves(tables: Tables, given: Sequence[Any], now: Any) -> None:
    journals, position, part = given
    held = seals_of(tables).leaves
    gone = {
        key
        for key, row in held.items()
        if key[0] in journals and _last(row["places"]) <= (position, part) and row["at"] < now - LEAVES_STAY
    }
    change(tables, leaves={key: row for key, row in held.items() if key not in gone})


class SealedStore(SimulatedStore):
    """As `PostgresStore` with `Seals`: leaves stand in the transaction of what they are leaves of."""

    def __init__(self, trail: TrailDatabase, chaos: Chaos, seals: Seals) -> None:
        super().__init__(trail.database, chaos)
        self._trail = trail
        self._seals = seals

    async def watermark(self, journal: JournalId) -> Watermark:
        found = await super().watermark(journal)
        beyond = max(found.highest, self._seals.sealed_upto)
        return msgspec.structs.replace(found, highest=Position(beyond))

    async def apply(self, batch: Batch) -> None:
        prepared = await self._seals.prepared(self._trail, batch, None)  # type: ignore[arg-type]  # as far as it is asked
        connection = TrailConnection(self._trail)

        def write(tables: Tables) -> None:
            self._claimed(tables, batch.journal)
            if self.database.refuses_lists:
                refuse_new_lists(tables, batch)
            write_batch(tables, batch)
            change(tables, deeds=seals_of(tables).deeds + tuple(deeds_of(batch, NAMES)))

        write(connection.view)
        if prepared is not None:
            sealing = self._seals.sealing(connection, batch, prepared)  # type: ignore[arg-type]  # as far as it is asked
            async with sealing:
                """What it is about is in the view already."""
        connection.changes.insert(0, write)
        await self._write(connection.play)


FORGED = bytes(32)
"""A code, by somebody who has no key."""


def forge(tables: Tables, rng: random.Random, journal: JournalId, at: datetime) -> None:
    """A leaf of an operation that nobody did, or a notice of what nobody saw."""
    held = seals_of(tables)
    if rng.random() < 0.5:
        position = 1 + max((place[1] for place in held.leaves), default=0) + rng.randrange(3)
        places = PLACE.pack(position, 7)
        leaf: Row = {"journal_id": journal, "position": position, "part": 7, "places": places, "at": at}
        row = {**leaf, "leaves": rng.randbytes(32), "mac": FORGED}
        change(tables, leaves={**held.leaves, (journal, position, 7): row})
    else:
        notice = {"id": UUID(int=rng.getrandbits(128)), "at": at, "kind": "access", "subject": None}
        notice |= {"actor": None, "body": {}, "mac": FORGED, "told": 1_000_000}
        change(tables, notices=(*held.notices, notice))


def is_forged(tables: Tables, after: tuple[int, int]) -> bool:
    """``after``: where the log is."""
    held = seals_of(tables)
    leaves = [row for row in held.leaves.values() if (row["position"], row["part"]) > after]
    return any(row["mac"] == FORGED for row in (*leaves, *held.notices))


def by_owner(deeds: Sequence[Deed]) -> Iterator[tuple[OwnerId, list[Deed]]]:
    ordered = sorted(deeds, key=lambda deed: (str(deed.owner), deed.position, deed.part))
    for owner, some in groupby(ordered, key=lambda deed: deed.owner):
        yield owner, list(some)
