"""The synchroniser: the journal's reader that writes rows, audit and watermark to the database.

It folds the operations itself, from the database's own state, so what it writes depends on nothing but the
journal and the database: exactly once, whatever crashes when.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from datetime import datetime

from sertantai.core.clock import Clock
from sertantai.core.errors import DatabaseUnavailable, JournalUnavailable, SertantaiError
from sertantai.core.ids import OwnerId, Position
from sertantai.journal.protocol import Journal
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.sync.bounds import SyncBounds
from sertantai.sync.claiming import Claiming
from sertantai.sync.next_batch import Ahead, Gathered, Gathering, Limits, owners_of
from sertantai.sync.pacing import BATCH_QUICK_S, BATCH_SLOW_S, Pace
from sertantai.sync.set_aside import Doubts, rejected
from sertantai.sync.status import Count, Standing, SyncStatus, count, not_yet, waited_s
from sertantai.sync.store import (
    Batch,
    Fenced,
    Hopeless,
    Refused,
    Rejection,
    RowsDiffer,
    SelectionStore,
    Watermark,
)
from sertantai.sync.watermarks import check_gap, meet

log = logger(__name__)

RECORDS_MIN = 500


class Synchroniser(BackgroundService):
    """Stopped, it ends at once; what is not written stays in the journal for the next start."""

    task_name = "synchroniser"

    def __init__(
        self,
        journal: Journal,
        store: SelectionStore,
        clock: Clock,
        bounds: SyncBounds,
        on_synced: Callable[[Position, Iterable[OwnerId] | None], None],
        on_rejected: Callable[[Rejection], None],
        doubts: Doubts,
        count: Count = count,
    ) -> None:
        self._journal = journal
        self._store = store.for_synchroniser()
        self._claiming = Claiming(journal, self._store)
        self._clock = clock
        self._bounds = bounds
        self._on_synced = on_synced
        self._on_rejected = on_rejected
        self._count = count
        self._gathering = Gathering(journal, self._store, bounds, doubts)
        self._entries_limit = bounds.sync_entries_max
        self._records_limit = bounds.sync_records_max
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._pace = Pace(bounds.sync_interval_s)
        self._lag_s = 0.0
        """How long the oldest change of the last batch had waited."""
        self.known = False
        """Whether ``position`` is what the database says."""
        self.contacted = False
        """Whether the database has answered at all since the start."""
        self._finding = asyncio.Lock()
        self.started_at = Position(0)
        self.rejecting: Rejection | None = None
        """Being set aside: whether the database did so is not known before it has answered."""
        self._random = random.Random()  # noqa: S311  # jitter, not a secret
        self._failures = 0
        self._refusals = self._rejected = 0
        self._failing_since: float | None = None
        self.last_error: str | None = None
        self.position = Position(0)
        """The watermark as last seen."""
        self._parts = 0
        """Transactions of the next operation that the database has had."""
        self.moved = 0  # as in the last `Watermark`

    async def begin(self, watermark: Watermark | None, left: Standing | None = None) -> Watermark | None:
        """Start behind ``watermark``; behind what the database says, once it answers, when None. Returns what
        it says as it is claimed. ``left``: by the one before, of the same server, which has ended."""
        self.started_at = self._journal.last
        if watermark is not None:
            watermark = await self._claiming.begin()
        if watermark is not None:
            self._set(watermark)
        else:
            self.position = Position(self._journal.first - 1)
        if left is not None:
            self.position, self.started_at = left.position, left.started_at
            self.contacted, self.rejecting = left.contacted, left.rejecting
        self._wake.set()
        await self.start()
        return watermark

    @property
    def fatal(self) -> str | None:
        """Why nothing can be synchronised, nor accepted, until an operator has acted."""
        return self._claiming.fatal

    def notify(self) -> None:
        """There is something new in the journal."""
        self._wake.set()

    async def reached(self, position: Position, timeout_s: float) -> None:
        """Wait until the database has everything up to ``position``, or raise `Unavailable`."""
        self._wake.set()
        try:
            with self._pace.hurried():
                async with asyncio.timeout(timeout_s), self._moved:
                    await self._moved.wait_for(lambda: self.known and self.position >= position)
        except TimeoutError:
            raise not_yet(self.last_error) from None

    def status(self) -> SyncStatus:
        waiting = max(0, self._journal.last - self.position)
        told = self._failing_since, self.last_error, self._rejected, self.fatal
        return SyncStatus(self.position, waiting, self._oldest_wait_s(), *told)

    @property
    def oldest(self) -> datetime | None:
        """From when the first change is that was read and is not written."""
        first = self._gathering.first
        return None if first is None else first[1].at

    def _oldest_wait_s(self) -> float:
        return waited_s(self.oldest, self._clock.now())

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._try_to_catch_up()
        finally:
            await self._gathering.stop()

    async def _try_to_catch_up(self) -> None:
        try:
            await self._catch_up()
        except (DatabaseUnavailable, JournalUnavailable, Fenced) as error:
            await self._back_off(error)
        except Exception as error:
            log.exception("the synchroniser failed and tries again")
            await self._back_off(error)

    async def _catch_up(self) -> None:
        """Write batch after batch until the journal has nothing more."""
        if not self.known:
            await self._gathering.stop()
            await self.find_watermark()
        started = self._clock.monotonic()
        while await self._write_next():
            took_s = self._clock.monotonic() - started
            await self._pace.pause(took_s, self._lag_s, self.position, self._journal.last)
            started = self._clock.monotonic()

    async def find_watermark(self) -> None:
        """Learn from the database where to go on: after a start without it, and after every failure."""
        async with self._finding:
            if not self.known:
                await self._find_watermark()

    async def _find_watermark(self) -> None:
        watermark = await self._claiming.take(self.position)
        check_gap(watermark, self._journal.first)
        if not self.contacted:
            self._claiming.check_behind(watermark, self.started_at)
        await meet(self._journal, watermark)
        self._set(watermark)
        rejecting, self.rejecting = self.rejecting, None
        if rejecting is not None and rejecting.position <= watermark.position:
            self._on_rejected(rejecting)
        self._on_synced(self.position, None)
        await self._announce()

    async def confirmed(self) -> Position:
        """The watermark as the database has it now; the journal's beginning when it cannot be asked."""
        before = self.position
        try:
            taken = await self._claiming.take(before)
        except (DatabaseUnavailable, JournalUnavailable):
            return Position(0)
        if taken.moved != self.moved:
            self._look_again()
        if taken.position < before:
            self.has_lost(taken.position)
        return min(taken.position, self.position)

    def has_lost(self, upto: Position) -> None:
        """The database has only what is up to ``upto`` (a stand-by took over): the rest is written again."""
        if self.known and upto < self.position:
            log.warning("the database has lost its newest transactions; they are written again")
            self._look_again()

    def _look_again(self) -> None:
        self.known = False
        self._wake.set()

    def _set(self, watermark: Watermark) -> None:
        self._gathering.begin_anew()
        self.moved = watermark.moved
        self._store.expect(self.moved)
        self.known = self.contacted = True
        self.position, self._parts = watermark.position, watermark.parts
        self._pace.begin(self._journal.last)

    async def _write_next(self) -> bool:
        """Write the next batch. False when there is nothing to write."""
        newest = self._journal.last
        at = self.position, self._parts
        try:
            gathered = await self._gathering.next(at, self._limits)
        except Hopeless as error:
            await self._reject(self._first(), error)
            return True
        if gathered is None:
            return await self._pass_gap(newest)
        self._lag_s = self._oldest_wait_s()
        self._count("lag", self._lag_s)
        await self._write(gathered)
        return True

    async def _write(self, gathered: Gathered) -> None:
        upto = self.position
        try:
            for batch in gathered.batches:
                async with self._gathering.while_writing(batch, self._limits):
                    await self._apply(batch)
                upto = batch.upto
        except (Refused, RowsDiffer) as error:
            await self._refused(gathered.looked_at, error)
            return
        self._advanced(upto)
        await self._announce()

    def _first(self) -> Ahead:
        first = self._gathering.first
        assert first is not None, "What cannot be written was read."
        return first

    @property
    def _limits(self) -> Limits:
        return Limits(self._entries_limit, self._records_limit)

    async def _pass_gap(self, newest: Position) -> bool:
        """The journal has nothing more. Positions that it skipped (`Journal.advance`) count as written."""
        if self.position < newest:
            await self._apply(Batch(self._journal.id, self.position, self._parts, newest, [], []))
            self.position = newest
            self._on_synced(newest, None)
            await self._announce()
        self._recovered()
        self._count("lag", 0)
        return False

    async def _apply(self, batch: Batch) -> None:
        started = self._clock.monotonic()
        await self._store.apply(batch)
        self._parts = batch.parts_after
        took = self._clock.monotonic() - started
        self._count("batch", took)
        self._count("records", batch.records)
        if took > BATCH_SLOW_S:
            least = min(RECORDS_MIN, self._bounds.sync_records_max)
            self._records_limit = max(least, self._records_limit // 2)
        elif took < BATCH_QUICK_S:
            self._records_limit = min(self._bounds.sync_records_max, self._records_limit + 200)

    def _advanced(self, upto: Position) -> None:
        written = self._gathering.written(upto)
        self.position = upto
        self._refusals = 0
        self._entries_limit = min(self._bounds.sync_entries_max, self._entries_limit * 2)
        self._recovered()
        self._on_synced(self.position, owners_of(written))

    def _recovered(self) -> None:
        if self._failures:
            log.info("the synchroniser has recovered", failures=self._failures)
        self._failures, self._failing_since, self.last_error = 0, None, None

    async def _announce(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def _refused(self, looked_at: int, error: SertantaiError) -> None:
        """The database does not take this batch: find out by halving which operation it is.

        One operation that is still refused after its owner's state was read anew can never be taken.
        """
        self._count("failed", code=error.code)
        self._gathering.read_anew()
        if self._entries_limit > 1 and looked_at > 1:
            self._entries_limit = max(1, min(self._entries_limit, looked_at) // 2)
            return
        self._entries_limit = 1
        self._refusals += 1
        if self._refusals > 1:
            await self._reject(self._first(), error)

    async def _reject(self, first: Ahead, error: SertantaiError) -> None:
        position, operation = first
        rejection = rejected(self._journal.id, position, operation, error)
        self.rejecting = rejection
        await self._store.reject(rejection, self.position, self._parts)
        self._gathering.rejected()
        self._parts = 0
        self._count("rejected")
        self._rejected += 1
        log.error(
            "an operation can never reach PostgreSQL and was set aside",
            operation_id=str(operation.id),
            action=rejection.action,
            reason=error.message,
        )
        self.position = position
        self._refusals = 0
        self._on_synced(position, {operation.owner})
        self._on_rejected(rejection)
        self.rejecting = None
        await self._announce()

    async def _back_off(self, error: Exception) -> None:
        """Whether the last transaction was committed is not known: everything is read anew."""
        self.known = False
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
        self.last_error = getattr(error, "message", str(error))
        if self._failures == 1:
            log.warning("the synchroniser cannot write and tries again", reason=self.last_error)
        self._count("failed", code=getattr(error, "code", "unforeseen"))
        longest = min(self._bounds.sync_backoff_s_max, 0.05 * 2 ** min(self._failures, 12))
        await asyncio.sleep(longest * self._random.uniform(0.5, 1))
        self._wake.set()
