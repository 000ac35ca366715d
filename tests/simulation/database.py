"""A database that fails, and the store on it. Transactions are all or nothing, as PostgreSQL's are."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.audit_words import BULK_DESELECT, BULK_SELECT
from sertantai.core.bitmaps import bitmap
from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.core.ids import GroupId, JournalId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import Annotation
from sertantai.core.state import GroupState, OwnerState
from sertantai.sync.claims import Claim, claimed
from sertantai.sync.store import (
    AuditedOperation,
    Batch,
    Fenced,
    GroupRows,
    MovedList,
    Refused,
    Rejection,
    RowChange,
    RowsDiffer,
    Snapshot,
    SuggestionChange,
    Watermark,
)
from tests.simulation.faults import Chaos

TRIP_S = 0.004
RECORDS_KNOWN = range(1, 1000)
"""Records beyond are in nobody's register."""

_Key = tuple[OwnerId, GroupId]


class Tables(msgspec.Struct):
    """Values are replaced, never changed in place, so that a copy of the outer dicts is a snapshot."""

    groups: dict[OwnerId, dict[GroupId, GroupState]] = {}
    rows: dict[_Key, dict[RecordNo, Annotation]] = {}
    audit: tuple[AuditedOperation, ...] = ()
    watermarks: dict[JournalId, tuple[Position, int]] = {}
    claims: dict[JournalId, Claim] = {}
    rejections: tuple[Rejection, ...] = ()
    access: dict[OwnerId, AccessState] = {}
    sealed: object = None
    """What the sealed log has here, see `sealing.trail_database`; replaced as a whole."""

    def copy(self) -> "Tables":
        return Tables(
            dict(self.groups),
            dict(self.rows),
            self.audit,
            dict(self.watermarks),
            dict(self.claims),
            self.rejections,
            dict(self.access),
            self.sealed,
        )


class Database:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.tables = Tables()
        self.earlier: list[Tables] = []
        """The last few states: what a standby that lags behind would still have."""
        self.backups: list[Tables] | None = None
        """Every state, where somebody may put one back; None: nobody does."""
        self._told = 0
        self.primary = 0
        """Which server is the primary; what the one before still had to commit died with it."""
        self.once_rejected = defaultdict[OwnerId, set[Position]](set)
        """Which operations were ever set aside, also where the standby that took over does not know it."""
        self.refuses_lists = False
        """Some lists are never taken where they are new: made there, or handed over to there."""
        self.down = False
        self.read_only = False

    def add_user(self, owner: OwnerId, default: GroupId) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        self.tables.groups[owner] = {default: GroupState(default, "default", at, at, is_default=True)}

    def add_organization(self, owner: OwnerId, default: GroupId, founder: UserId) -> None:
        self.add_user(owner, default)
        self.tables.access[owner] = AccessState(founder)

    def delete_user(self, owner: OwnerId) -> None:
        tables = self.tables
        tables.groups.pop(owner, None)
        tables.rows = {key: rows for key, rows in tables.rows.items() if key[0] != owner}

    def fail_over(self) -> None:
        """A standby takes over that never saw the last few transactions."""
        if self.earlier:
            self.tables = self.earlier[self._rng.randrange(len(self.earlier))]
            self.earlier = []
            self.primary += 1

    def put_back(self) -> None:
        """An older state, as of a backup. The server must be stopped."""
        if self.backups:
            self.tables = self.backups[self._rng.randrange(len(self.backups))]
            self.primary += 1
            self.forget_earlier()

    def forget_earlier(self) -> None:
        self.earlier = []
        if self.backups is not None:
            self.backups = []

    @property
    def last_told(self) -> int:
        return self._told

    def next_told(self) -> int:
        """A number that grows, given out before the transaction ends, as those of a sequence are."""
        self._told += 1
        return self._told

    def transaction(self, run: Callable[[Tables], None]) -> None:
        tables = self.tables.copy()
        run(tables)
        for rejection in tables.rejections:
            self.once_rejected[rejection.owner].add(rejection.position)
        self.earlier = [*self.earlier[-3:], self.tables]
        if self.backups is not None:
            self.backups.append(self.tables)
        self.tables = tables


def is_refused(group: GroupId, owner: OwnerId) -> bool:
    return (group.int + owner.int) % 3 == 0


def refuse_new_lists(tables: Tables, batch: Batch) -> None:
    new = [(batch.move_list.owner, batch.move_list.group)] if batch.move_list is not None else []
    new += [batch.save_group] if batch.save_group is not None else []
    for owner, group in new:
        if group.id not in tables.groups.get(owner, {}) and is_refused(group.id, owner):
            raise Refused("This list is never taken.")


def write_batch(tables: Tables, batch: Batch) -> None:
    """What `postgres_store` writes, with the same refusals."""
    _move_watermark(tables, batch.journal, (batch.after, batch.parts), (batch.upto, batch.parts_after))
    operations = batch.operations
    if batch.save_group is not None:
        _save_group(tables, *batch.save_group)
    if (moved := batch.move_list) is not None:
        operations = [*_move_list(tables, moved), *operations]
    for rows in batch.rows:
        _write_rows(tables, rows)
    if batch.remove_group is not None:
        owner, group = batch.remove_group
        if tables.rows.pop((owner, group), None):
            raise Refused("Rows still refer to this list.")
        tables.groups[owner] = {k: g for k, g in tables.groups.get(owner, {}).items() if k != group}
        if (access := tables.access.get(owner)) is not None:
            grants = {k: granted for k, granted in access.grants.items() if k != group}
            tables.access[owner] = msgspec.structs.replace(access, grants=grants)
    if (saved := batch.save_access) is not None:
        tables.access[saved.operation.owner] = saved.after
    if (suggested := batch.save_suggestion) is not None:
        _save_suggestion(tables, suggested)
    for operation in operations:
        unknown = [row for row in operation.rows if row.record not in RECORDS_KNOWN]
        if unknown:
            raise RowsDiffer("A record is not in the register.")
    tables.audit += tuple(operations)


def _move_list(tables: Tables, moved: MovedList) -> list[AuditedOperation]:
    """One transaction: the rows go along, and both trails get a row of each."""
    rows = tables.rows.pop((moved.giver, moved.group.id), {})
    there = dict(tables.groups[moved.giver])
    if there.pop(moved.group.id).name != moved.called or sorted(rows) != list(moved.records):
        raise RowsDiffer("The list is not what was handed over.")
    tables.groups[moved.giver] = there
    if (access := tables.access.get(moved.giver)) is not None:
        grants = {k: granted for k, granted in access.grants.items() if k != moved.group.id}
        tables.access[moved.giver] = msgspec.structs.replace(access, grants=grants)
    _save_group(tables, moved.owner, moved.group)
    tables.rows[moved.owner, moved.group.id] = {**rows, **moved.annotate}
    given, taken = (
        [RowChange(record, action) for record in moved.records] for action in (BULK_DESELECT, BULK_SELECT)
    )
    return [
        msgspec.structs.replace(moved.given, rows=given),
        msgspec.structs.replace(moved.taken, rows=taken),
    ]


def _save_suggestion(tables: Tables, change: SuggestionChange) -> None:
    groups = tables.groups[change.owner]
    pending = {id: one for id, one in groups[change.group].suggestions.items() if id != change.id}
    if change.after is not None:
        pending[change.id] = change.after
    saved = msgspec.structs.replace(groups[change.group], suggestions=pending)
    tables.groups[change.owner] = {**groups, change.group: saved}


def write_rejection(tables: Tables, rejection: Rejection, after: Position, parts: int) -> None:
    _move_watermark(tables, rejection.journal, (after, parts), (rejection.position, 0))
    tables.rejections += (rejection,)


def _move_watermark(
    tables: Tables, journal: JournalId, before: tuple[Position, int], after: tuple[Position, int]
) -> None:
    at = tables.watermarks.get(journal, (Position(0), 0))
    if at != before:
        raise Fenced(f"The watermark is at {at}, not at {before}.")
    tables.watermarks[journal] = after


def _save_group(tables: Tables, owner: OwnerId, group: GroupState) -> None:
    if owner not in tables.groups:
        raise Refused("The user does not exist.")
    others = (g.name for g in tables.groups[owner].values() if g.id != group.id)
    if group.name in others:
        raise Refused("This already exists.")
    before = tables.groups[owner].get(group.id)
    pending = {} if before is None else before.suggestions
    saved = msgspec.structs.replace(group, records=bitmap(()), annotations={}, suggestions=pending)
    tables.groups[owner] = {**tables.groups[owner], group.id: saved}


def _write_rows(tables: Tables, change: GroupRows) -> None:
    group = tables.groups.get(change.owner, {}).get(change.group)
    if group is None:
        raise RowsDiffer("The list is not in the database.")
    rows = dict(tables.rows.get((change.owner, change.group), {}))
    for record in change.delete:
        if record not in rows:
            raise RowsDiffer("A row to delete is not there.")
        del rows[record]
    for new in change.insert:
        if new.record in rows or new.record not in RECORDS_KNOWN:
            raise RowsDiffer("A row to insert is there, or its record is not.")
        rows[new.record] = dict(new.annotation or {})
    for record, note in change.annotate.items():
        if record not in rows:
            raise RowsDiffer("A row to annotate is not there.")
        rows[record] = dict(note)
    tables.rows[change.owner, change.group] = rows
    moved = msgspec.structs.replace(group, version=change.version, updated_at=change.at)
    tables.groups[change.owner] = {**tables.groups[change.owner], change.group: moved}


def stored_state(tables: Tables, owner: OwnerId) -> OwnerState | None:
    groups = tables.groups.get(owner)
    if groups is None:
        return None
    filled = {}
    for group in groups.values():
        rows = tables.rows.get((owner, group.id), {})
        notes: dict[int, Annotation] = {record: note for record, note in rows.items() if note}
        filled[group.id] = msgspec.structs.replace(group, records=bitmap(rows), annotations=notes)
    return OwnerState(owner, filled, tables.access.get(owner))


class SimulatedStore:
    """`SelectionStore` over a connection that may break before, during and after every transaction."""

    def __init__(self, database: Database, chaos: Chaos) -> None:
        self.database = database
        self._chaos = chaos
        self.claim = Claim(0, uuid4())

    def for_synchroniser(self) -> "SimulatedStore":
        return self

    async def watermark(self, journal: JournalId) -> Watermark:
        await self.trip()
        tables = self.database.tables
        tables.watermarks.setdefault(journal, (Position(0), 0))
        position, parts = tables.watermarks[journal]
        seen = [at for at, _ in tables.watermarks.values()]
        seen += [g.version for groups in tables.groups.values() for g in groups.values()]
        await self.trip()
        return Watermark(position, parts, max(seen), rejected=len(tables.rejections))

    async def take(self, journal: JournalId) -> Watermark:
        watermark = await self.watermark(journal)
        claims = self.database.tables.claims
        self.claim = claims[journal] = claimed(self.claim, claims.get(journal, Claim(0, None)))
        return watermark

    def expect(self, moved: int) -> None:
        """Whose people are whose is tested on PostgreSQL itself."""

    async def load(self, owners: Sequence[OwnerId], journal: JournalId) -> Snapshot:
        await self.trip()
        tables = self.database.tables
        position, parts = tables.watermarks.get(journal, (Position(0), 0))
        states = {owner: state for owner in owners if (state := stored_state(tables, owner)) is not None}
        await self.trip()
        return Snapshot(Watermark(position, parts, Position(0)), states)

    async def apply(self, batch: Batch) -> None:
        def run(tables: Tables) -> None:
            self._claimed(tables, batch.journal)
            if self.database.refuses_lists:
                refuse_new_lists(tables, batch)
            write_batch(tables, batch)

        await self._write(run)

    async def reject(self, rejection: Rejection, after: Position, parts: int) -> None:
        journal = rejection.journal
        await self._write(
            lambda tables: write_rejection(self._claimed(tables, journal), rejection, after, parts)
        )

    async def set_aside(
        self, owner: OwnerId, journal: JournalId, after: Position, most: int
    ) -> Sequence[tuple[Position, bytes]]:
        await self.trip()
        wanted = [
            (one.position, one.body)
            for one in self.database.tables.rejections
            if (one.journal, one.owner) == (journal, owner) and one.position > after
        ]
        return sorted(wanted)[:most]

    def _claimed(self, tables: Tables, journal: JournalId) -> Tables:
        if tables.claims.get(journal) != self.claim:
            raise Fenced("Another server has claimed this journal.")
        return tables

    async def _write(self, run: Callable[[Tables], None]) -> None:
        chaos = self._chaos
        if self.database.read_only:
            raise DatabaseUnavailable("PostgreSQL is read-only at the moment.")
        try:
            await self.trip()
        except (DatabaseUnavailable, asyncio.CancelledError):
            # The server may go on with a transaction whose client has gone.
            if chaos.happens("commit_later") and not self.database.down:
                later = chaos.rng.random() * 0.3
                asyncio.get_running_loop().call_later(later, self._commit_alone, run, self.database.primary)
            raise
        await chaos.crash_point("crash_in_database")
        if chaos.happens("serialization"):
            raise DatabaseUnavailable("Another change came first.")
        self.database.transaction(run)
        await chaos.crash_point("crash_in_database")
        if chaos.happens("answer_lost"):
            raise DatabaseUnavailable("The connection was lost after COMMIT was sent.")
        await self.trip()

    def _commit_alone(self, run: Callable[[Tables], None], primary: int) -> None:
        try:
            if self.database.primary == primary:
                self.database.transaction(run)
        except SertantaiError:
            return

    async def trip(self) -> None:
        await self._chaos.pause(TRIP_S, "database_slow")
        if self.database.down or self._chaos.happens("connection_lost"):
            raise DatabaseUnavailable("PostgreSQL cannot be reached.")
