"""The engine: what every change of lists goes through.

`perform` makes an operation durable, folds it and tells the feed, in that order; `state` reads.
It knows neither the web nor PostgreSQL, only the protocols `Journal` and `SelectionStore`.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import perf_counter
from typing import TypeVar

from sertantai.core.clock import Clock
from sertantai.core.errors import (
    DatabaseUnavailable,
    JournalFull,
    JournalUnavailable,
    NotFound,
    SertantaiError,
)
from sertantai.core.fold import APPLIED, Change, Outcome, fold
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.core.operations import SINGLE, Operation
from sertantai.core.state import OwnerState
from sertantai.core.storable import require_storable_operation
from sertantai.core.told import Ask, Told
from sertantai.engine.backlog import CREDIT_BYTES
from sertantai.engine.bounds import Bounds
from sertantai.engine.budgets import NOTHING, Budgets, Demand, check_list, check_outcome
from sertantai.engine.checkpoints import Checkpoints
from sertantai.engine.committing import GroupCommit
from sertantai.engine.epochs import Epochs
from sertantai.engine.feed import ENTRY_BYTES, Feed, Lost, ReadAnew, Rejected, changed
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.large_operations import prepared_aside
from sertantai.engine.owners import Owners
from sertantai.engine.owners_life import Lives
from sertantai.engine.status import EngineStatus, count_operation, engine_status
from sertantai.engine.together import Made, Together
from sertantai.journal.protocol import Journal
from sertantai.process.logs import logger
from sertantai.process.metrics import (
    ENGINE_READ,
    ENGINE_WRITE,
    HOT_TIER_BYTES,
    HOT_TIER_OWNERS,
    HOT_TIER_READS,
    JOURNAL_BYTES,
    SYNC_WAITING,
)
from sertantai.sync.folding import Folded
from sertantai.sync.store import Rejection, SelectionStore, Watermark
from sertantai.sync.synchroniser import Synchroniser
from sertantai.sync.watermarks import check_gap, meet

log = logger(__name__)

WEIGHED_EVERY_OPERATIONS = 64
"""An owner's memory is measured again only now and then: it changes slowly."""
GONE = frozenset({Outcome.GROUP_GONE, Outcome.FORBIDDEN})
"""What is told of a list that is not there: in an organization nobody has a right to it."""
HIT, MISS = HOT_TIER_READS.of("hit"), HOT_TIER_READS.of("miss")
_T = TypeVar("_T")
Admission = Callable[[Operation, OwnerState], Awaitable[None]]
"""Asked before anything but a single tick is written; raises to refuse it."""
Heard = Callable[[Position, Operation], None]
"""Told of each operation that changed something, at once; for who must miss none. Others read the feed."""


class Engine:
    def __init__(
        self,
        journal: Journal,
        store: SelectionStore,
        clock: Clock,
        bounds: Bounds,
        *,
        feed: Feed | None = None,
        admission: Admission | None = None,
        heard: Heard | None = None,
        synchroniser: Callable[..., Synchroniser] = Synchroniser,
    ) -> None:
        """All who must hear of what it does are given here: it performs from its start on."""
        self.journal = journal
        self.store = store
        self.clock = clock
        self.bounds = bounds
        self.feed = feed or Feed()
        self._admission, self._heard = admission, heard
        lives = Lives()
        told = self._synced, self._rejected, lives.is_in_doubt
        self._sync = synchroniser(journal, store, clock, bounds, *told)
        self._owners = Owners(
            journal,
            store,
            bounds.hot_tier_bytes_max,
            lives,
            watermark=lambda: self._sync.position,
            before_reading=self._meet_database,
            crowded=lambda: self._checkpoints.make_room(),
            read_anew=self._read_anew,
        )
        self._hot = self._owners.hot
        self._budgets = Budgets(bounds, self._hot)
        folding = self._apply, self._owners.landed, self._group_folded
        self._commits = GroupCommit(journal, *folding, bounds, self._check_waiting)
        room = self._check_room, self._budgets.demand, self._room_after
        self._together = Together(self._commits, self.hot_owner, *room, admission, bounds.groups_max)
        self._moved = 0  # `Synchroniser.moved`, as far as memory has followed
        self.epochs = Epochs(journal)
        self._folded = Position(0)
        """Everything in the journal up to here is in memory, as far as its owners are."""
        self._checkpoints = Checkpoints(journal, lives, self._hot, bounds, self._confirmed, clock)

    # Life

    async def start(self) -> None:
        """Open the journal and recover. With the database away this ends too, degraded."""
        await self.journal.open()
        try:
            watermark = await self._watermark()
            await self._owners.recover(watermark)
        except BaseException:
            await self.journal.close()
            raise
        self._folded = self.journal.last
        await self._commits.start()
        claimed = await self._sync.begin(watermark)
        if claimed is not None and watermark is not None and claimed.rejected == watermark.rejected:
            self.epochs.begin(claimed.rejected)  # else a stand-by took over since lists were read
        self._moved = self._sync.moved
        if self._sync.contacted:
            # An earlier run's last transaction may have come in since the watermark was first asked for.
            self._synced(self._sync.position, None)
        await self._checkpoints.start()

    async def _watermark(self) -> Watermark | None:
        try:
            watermark = await self.store.watermark(self.journal.id)
        except DatabaseUnavailable as error:
            log.warning("starting without the database", reason=error.message)
            return None
        check_gap(watermark, self.journal.first)
        await meet(self.journal, watermark)
        return watermark

    async def stop(self, timeout_s: float = 20.0) -> None:
        """Accept nothing more, finish what is in flight, sync, close. Never raises for a database away."""
        await self._commits.finish(timeout_s)
        if self._sync.is_running:  # what was refused at its start has nothing to wait for
            try:
                await self.flush(self._sync.status().worth_waiting_s(timeout_s))
            except SertantaiError as error:
                log.warning("stopped; what PostgreSQL lacks is in the journal", reason=error.message)
        await self._sync.stop()
        await self._checkpoints.stop()
        self.feed.close()
        await self.journal.close()

    # The door

    async def perform(self, operation: Operation) -> Change:
        """Make ``operation`` durable, then true. Returns what it changed.

        Raises `NotFound` for a list that is not there, `Conflict` for a name that is taken or an id that is
        another's, `Unavailable`
        (`JournalFull`, `JournalUnavailable`) when nothing was changed and it may be tried again; and what
        `budgets` has for more than an owner may have.
        """
        started, single, body = perf_counter(), type(operation) in SINGLE, None
        if single:
            require_storable_operation(operation)
        else:
            body = await prepared_aside(operation)
            await self._admit(operation)
        hot = self._hot.get(operation.owner) or await self._owners.load(operation.owner)
        # From here to `submit` nothing is awaited: an owner with something in flight stays in memory.
        earlier = hot.repeated(operation)
        if earlier is not None:
            return earlier
        life = hot.life
        try:
            check_list(hot.state, operation, self.bounds.groups_max, life.in_flight)
        except NotFound:
            hot.require_not_handed_over(operation.group)
            raise
        self._check_room()
        demand = NOTHING if single else self._budgets.demand(hot, operation)
        future = self._commits.submit(operation, hot, demand, body)
        life.in_flight += 1
        change = await future
        ENGINE_WRITE.observe(perf_counter() - started)
        if change.outcome is APPLIED:
            return change
        if change.outcome in GONE:
            hot.require_not_handed_over(operation.group)
        return check_outcome(change)

    async def together(self, owners: Sequence[OwnerId], actor: UserId, make: Made) -> Sequence[Change]:
        """Make an operation of each owner durable, all or none, then true; none of those at the end of whom
        ``make`` makes none. Between what they are made of and themselves there is nothing in the journal that
        would change them. Raises as `perform` does, and what ``make`` does.
        """
        return await self._together.perform(owners, actor, make)

    async def _admit(self, operation: Operation) -> None:
        if self._admission is not None:
            found = await self.hot_owner(operation.owner)
            # Who would be refused anyway is not charged.
            self._room_after(found, 0, self._budgets.demand(found, operation))
            await self._admission(operation, found.state)

    async def state(self, owner: OwnerId) -> OwnerState:
        """The owner's lists as of now. Raises `DatabaseUnavailable` rather than show an empty list."""
        return (await self.hot_owner(owner)).state

    async def hot_owner(self, owner: OwnerId) -> HotOwner:
        started, hot = perf_counter(), self._hot.get(owner)
        (MISS if hot is None else HIT).sum += 1
        hot = hot or await self._owners.load(owner)
        ENGINE_READ.observe(perf_counter() - started)
        return hot

    def in_memory_now(self, owner: OwnerId) -> HotOwner | None:
        """An owner as far as they are in memory; this alone does not keep them there."""
        return self._hot.peek(owner)

    def in_sight(self, owner: OwnerId) -> OwnerState | None:
        """The lists of `in_memory_now`."""
        hot = self._hot.peek(owner)
        return None if hot is None else hot.state

    def in_memory(self) -> list[OwnerState]:
        """Of everybody who is in memory; at a start, whoever PostgreSQL may lack something of."""
        return [hot.state for hot in self._hot]

    @property
    def synced(self) -> Position:
        """Everything up to here has been in PostgreSQL."""
        return self._sync.position

    @property
    def folded(self) -> Position:
        """Everything up to here is in memory, as far as its owners are."""
        return self._folded

    async def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything acknowledged so far is in PostgreSQL, or raise `Unavailable`."""
        await self.told(self.journal.last, timeout_s, self._upto)

    async def reached(self, position: Position, timeout_s: float) -> None:
        """Wait until everything up to ``position`` has been in PostgreSQL, or raise `Unavailable`. A stand-by
        that took over since may lack some of it again: what is read then goes through `told`."""
        if self._sync.position < position:
            await self._sync.reached(position, timeout_s)

    async def told(self, position: Position, timeout_s: float, ask: Ask[_T]) -> Told[_T]:
        """What PostgreSQL says once it has everything up to ``position``: then "nothing" is nothing. Raises
        `Unavailable` when that takes longer than ``timeout_s``."""
        ends = self.clock.monotonic() + timeout_s
        await self.reached(position, timeout_s)
        while True:
            told = await ask()
            if told.upto >= position:
                return told
            self._sync.has_lost(told.upto)
            await self._sync.reached(position, max(0.0, ends - self.clock.monotonic()))

    async def _upto(self) -> Told[None]:
        return Told((await self.store.watermark(self.journal.id)).position, None)

    async def release(self, owner: OwnerId, timeout_s: float = 5.0) -> None:
        """Sync an owner's changes and drop them from the hot tier, as at logout.

        With the database away the changes stay, in the journal and in memory, until it is back.
        """
        hot = self._hot.peek(owner)
        if hot is None or self._sync.status().failing_since is not None:
            return
        try:
            await self._sync.reached(hot.last, timeout_s)
            if hot.life.is_unsaved:
                await self._checkpoints.save([hot])
        except SertantaiError as error:
            log.warning("an owner could not be synchronised at logout", reason=error.message)
            return
        if not hot.dropped and hot.life.may_leave(self._sync.position):
            self._hot.drop(owner)

    async def forget(self, owner: OwnerId) -> None:
        """Drop every copy of an owner that no longer exists."""
        self._owners.drop(owner)
        self.feed.add(Lost(owner))
        self.feed.wake()
        await self.journal.forget(owner)

    async def forget_operations_of(self, person: UserId) -> None:
        """Trim the journal past the last operation that they did, or that is theirs."""
        await self._checkpoints.forget_operations_of(person)

    def status(self) -> EngineStatus:
        sync, size = self._sync.status(), self.journal.size_bytes
        fraction = max(
            size / self.bounds.journal_bytes_max, sync.waiting / self.bounds.journal_operations_max
        )
        SYNC_WAITING.set(sync.waiting)
        JOURNAL_BYTES.set(size)
        HOT_TIER_BYTES.set(self._hot.bytes)
        HOT_TIER_OWNERS.set(len(self._hot))
        return engine_status(
            sync, size, fraction, self._commits.failure, owners=len(self._hot), hot_tier_bytes=self._hot.bytes
        )

    def _check_room(self) -> None:
        if self._sync.fatal is not None:
            raise JournalUnavailable(self._sync.fatal, retry_after_s=60)
        waiting = self.journal.last - self._sync.position
        full = self.journal.size_bytes >= self.bounds.journal_bytes_max
        if full or waiting >= self.bounds.journal_operations_max:
            self._sync.notify()  # it may be positions alone, that were left out for a list from elsewhere
            raise JournalFull(
                "Too many changes are waiting for PostgreSQL; this one was not saved. Try again later.",
                retry_after_s=5,
            )

    def _check_waiting(self, hot: HotOwner, entry_bytes: int, demand: Demand) -> None:
        more = self._room_after(hot, entry_bytes, demand)
        hot.backlog.credit = entry_bytes + demand.written + min(CREDIT_BYTES, more)

    def _room_after(self, hot: HotOwner, entry_bytes: int, demand: Demand) -> int:
        """How much more of the owner may wait behind this. Raises what `Budgets.check_waiting` raises."""
        horizon = Position(self.journal.last + self._commits.pending)
        waiting = hot.backlog.waiting(self._sync.position, horizon)
        return self._budgets.check_waiting(entry_bytes, demand, waiting, self.journal.size_bytes)

    def _apply(
        self, position: Position, operation: Operation, body: bytes, hot: HotOwner, made: Folded | None
    ) -> Change:
        """Fold a durable operation, unless its fold is ``made``; called in journal order, by the group commit
        only."""
        if hot.dropped:
            raise NotFound("This account no longer exists.")
        hot.last = position
        state, change = made or fold(hot.state, position, operation)
        count_operation(operation, change.outcome)
        if change.outcome is APPLIED:
            before, hot.state = hot.state, state
            if position % WEIGHED_EVERY_OPERATIONS == 0 or type(operation) not in SINGLE:
                self._hot.weigh(hot)
                if self._hot.crowded:
                    self._checkpoints.make_room()
            hot.life.changed()
            bounds = self.bounds
            weight = hot.recent.add(change, body, bounds.recent_changes_max, bounds.recent_bytes_max)
            if self._heard is not None:
                self._tell(self._heard, change)
            if self.feed.has_readers:
                self.feed.add(changed(before, change), max(ENTRY_BYTES, weight))
        return change

    def _group_folded(self, position: Position) -> None:
        self._folded = position
        self._sync.notify()
        # Only now: whoever waits for an acknowledgement comes first.
        self.feed.wake()

    def _tell(self, heard: Heard, change: Change) -> None:
        try:
            heard(change.position, change.operation)
        except Exception:
            log.exception("a listener failed", operation_id=str(change.operation.id))

    async def _confirmed(self) -> Position:
        """How far everything is both in PostgreSQL and in memory."""
        # A standby that took over may lack the newest transactions: it is asked. And what PostgreSQL has may
        # not be folded yet: the journal can be read a moment before it answers.
        return min(await self._sync.confirmed(), self._folded)

    async def _meet_database(self) -> None:
        """After a start without it: positions must be beyond all it has seen before it is read from."""
        if not self._sync.contacted:
            try:
                await self._sync.find_watermark()
            except DatabaseUnavailable as error:
                log.info("the database is still not available", reason=error.message)

    def _synced(self, position: Position, owners: Iterable[OwnerId] | None) -> None:
        """The database has everything up to ``position``; None: whoever that may concern."""
        if self.journal.size_bytes > self.bounds.journal_bytes_max // 4:
            self._checkpoints.make_room()
        moved, self._moved = self._moved != self._sync.moved, self._sync.moved
        self._owners.synced(position, owners, moved=moved)
        self.feed.wake()

    def _read_anew(self, owner: OwnerId) -> None:
        self.epochs.read_anew(owner)
        self.feed.add(ReadAnew(owner))

    def _rejected(self, rejection: Rejection) -> None:
        self.feed.add(Rejected(rejection))
        self._owners.refused(rejection.owner)
        self.feed.wake()
