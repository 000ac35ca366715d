"""Group commit: whatever waits becomes durable together, then is folded in order, then acknowledged."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count
from typing import NamedTuple, cast

import msgspec

from sertantai.core.errors import JournalUnavailable, SertantaiError, Unavailable
from sertantai.core.fold import Change
from sertantai.core.ids import Position
from sertantai.core.operations import Operation
from sertantai.engine.bounds import Bounds
from sertantai.engine.budgets import NOTHING, Demand
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.large_operations import encoded
from sertantai.journal.protocol import Journal
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.metrics import FOLD, JOURNAL_COMMIT, JOURNAL_GROUP, JOURNAL_WAIT
from sertantai.sync.folding import Folded, fold_beside, goes_through_many

log = logger(__name__)

YIELD_OPERATIONS = 256
"""After so many folds the event loop is let go."""

Applied = Callable[[Position, Operation, bytes, HotOwner, Folded | None], Change]
"""Told of the operation's bytes, too, and of the fold where it was made already, beside the event loop."""
Landed = Callable[[HotOwner], None]
Room = Callable[[HotOwner, int, Demand], None]
"""Asked with an entry's bytes before it is queued; raises to refuse it."""
LARGE_BYTES = 64_000


class OutcomeUnknown(JournalUnavailable):
    """The disk does not answer: the change may still be made. The same operation can be sent again."""

    code = "outcome_unknown"


class _Waiting(msgspec.Struct, eq=False):
    """One operation on its way: its bytes, whose it is, and whom to tell."""

    operation: Operation
    hot: HotOwner
    body: bytes
    future: asyncio.Future[Change]
    demand: Demand


class Prepared(NamedTuple):
    """One of several operations that are written together."""

    operation: Operation
    hot: HotOwner
    body: bytes
    demand: Demand


Prepare = Callable[[], Awaitable[Sequence[Prepared]]]
Written = list["asyncio.Future[Change]"]


class _Together(NamedTuple):
    """Operations that are made of what several owners have when their turn comes."""

    owners: Sequence[HotOwner]
    prepare: Prepare
    future: "asyncio.Future[Written]"


class GroupCommit(BackgroundService):
    """The only caller of `Journal.append`. One group is on its way to the disk while the next gathers.

    ``landed`` is called once for every operation, when it was folded or will never be. A caller that goes
    away does not take its operation back: it may be durable already. ``group_folded`` is told how far
    everything is folded, once a group.
    """

    task_name = "group-commit"

    def __init__(
        self,
        journal: Journal,
        apply: Applied,
        landed: Landed,
        group_folded: Callable[[Position], None],
        bounds: Bounds,
        room: Room | None = None,
    ) -> None:
        self._journal = journal
        self._apply = apply
        self._landed = landed
        self._group_folded = group_folded
        self._bounds = bounds
        self._room = room
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._together: deque[_Together] = deque()
        self._writing = 0
        self._waiting_since = 0.0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._accepting = False
        self._stuck = False
        self.failure: str | None = None
        """Why the last group could not be made durable; None after one that was."""

    async def start(self) -> None:
        self._accepting = True
        self._loop = asyncio.get_running_loop()
        await super().start()

    async def finish(self, timeout_s: float) -> None:
        """Accept nothing more, finish what waits; give up on a disk that does not answer."""
        self._accepting = False
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            log.error("stopping while the disk does not answer")  # noqa: TRY400  # nothing to trace
        await self.stop()

    def submit(
        self, operation: Operation, hot: HotOwner, demand: Demand = NOTHING, body: bytes | None = None
    ) -> "asyncio.Future[Change]":
        """Queue an operation; the future ends once it is durable and folded, or refused."""
        self._require_accepting()
        body = encoded(operation) if body is None else body
        size = len(body)
        if self._waiting and not self._fits(size):
            raise Unavailable("Too many changes are waiting for the disk; try again.", retry_after_s=1)
        cost, backlog = size + demand.written, hot.backlog
        if backlog.credit < cost and self._room is not None:
            self._room(hot, size, demand)
        backlog.add(cost)
        hot.growing += demand.growth
        assert self._loop is not None
        future: asyncio.Future[Change] = self._loop.create_future()
        if not self._waiting:
            self._idle.clear()
            self._wake.set()
            self._waiting_since = time.perf_counter()
        self._waiting.append(_Waiting(operation, hot, body, future, demand))
        self._waiting_bytes += size
        return future

    def _require_accepting(self) -> None:
        if not self._accepting:
            raise Unavailable("The server is stopping; nothing was changed.", retry_after_s=2)
        if self._stuck:
            raise _no_answer()

    def together(self, owners: Sequence[HotOwner], prepare: Prepare) -> "asyncio.Future[Written]":
        """Queue what is made of the states of ``owners`` when its turn comes: an operation of each, but for
        those at the end that are only looked at.

        Until then, and while it is made, nobody else's operation is folded; so it is of what they have at
        that very place of the journal. Written are all of them or none. The future ends with those of the
        operations, or with what ``prepare`` raises: then nothing was written.
        """
        self._require_accepting()
        assert self._loop is not None
        future: asyncio.Future[Written] = self._loop.create_future()
        self._together.append(_Together(owners, prepare, future))
        self._idle.clear()
        self._wake.set()
        return future

    def _fits(self, size_bytes: int) -> bool:
        """Whether one more may wait. Large ones share a half; one of them always fits where nothing waits."""
        bounds = self._bounds
        most = bounds.waiting_bytes_max // 2 if size_bytes > LARGE_BYTES else bounds.waiting_bytes_max
        fits = self._waiting_bytes + size_bytes <= most
        return fits and len(self._waiting) < bounds.waiting_operations_max

    def _next_group(self) -> list[_Waiting]:
        """As many as are written together: at least one, and no more than a group has operations or bytes."""
        bounds = self._bounds
        if (
            self._waiting_bytes <= bounds.group_bytes_max
            and len(self._waiting) <= bounds.group_operations_max
        ):
            group, self._waiting, self._waiting_bytes = self._waiting, [], 0
            return group
        group, size = self._waiting[: bounds.group_operations_max], 0
        for number, waiting in enumerate(group):
            size += len(waiting.body)
            if size > bounds.group_bytes_max and number:
                size -= len(waiting.body)
                group = group[:number]
                break
        self._waiting = self._waiting[len(group) :]
        self._waiting_bytes -= size
        return group

    @property
    def pending(self) -> int:
        """Operations that have no place in the journal yet."""
        return len(self._waiting) + self._writing

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            group = self._next_group()
            if not self._waiting:
                self._wake.clear()
            if group:
                await self._commit(group)
            if self._together:
                await self._commit_together(self._together.popleft())
            if self._together:
                self._wake.set()
            elif not self._waiting:
                self._idle.set()

    async def _commit_together(self, wanted: _Together) -> None:
        try:
            prepared = await wanted.prepare()
        except Exception as error:
            if not isinstance(error, SertantaiError):
                log.exception("operations that belong together could not be made")
            self._refuse_together(wanted, error)
            return
        assert self._loop is not None
        group = [
            _Waiting(operation, hot, body, self._loop.create_future(), demand)
            for operation, hot, body, demand in prepared
        ]
        for waiting in group:
            waiting.hot.backlog.add(len(waiting.body) + waiting.demand.written)
            waiting.hot.growing += waiting.demand.growth
        if not wanted.future.done():  # else its caller has gone
            wanted.future.set_result([waiting.future for waiting in group])
        self._waiting_since = time.perf_counter()
        await self._commit(group)
        for looked_at in wanted.owners[len(group) :]:
            self._landed(looked_at)

    def _refuse_together(self, wanted: _Together, error: Exception) -> None:
        if not wanted.future.done():
            wanted.future.set_exception(error)
            wanted.future.exception()  # its caller may have gone; that is no error
        for hot in wanted.owners:
            self._landed(hot)

    async def _commit(self, group: list[_Waiting]) -> None:
        self._writing = len(group)
        try:
            await self._write(group)
        finally:
            self._writing = 0

    async def _write(self, group: list[_Waiting]) -> None:
        started = time.perf_counter()
        JOURNAL_WAIT.observe(started - self._waiting_since)
        try:
            first = await self._append(group)
        except SertantaiError as error:
            self._refuse(group, error)
            return
        except Exception as error:
            log.exception("the journal failed in an unforeseen way")
            self._refuse(group, JournalUnavailable(f"The journal failed: {error}.", retry_after_s=1))
            return
        self.failure = None
        durable = time.perf_counter()
        JOURNAL_COMMIT.observe(durable - started)
        JOURNAL_GROUP.observe(len(group))
        positions = cast("Iterator[Position]", count(first))
        for position, waiting in zip(positions, group, strict=False):
            folding = None
            if waiting.demand is not NOTHING and _is_long(waiting):
                folding = asyncio.create_task(fold_beside(waiting.hot.state, position, waiting.operation))
                await asyncio.wait([folding])
            self._acknowledge(position, waiting, folding)
            if position % YIELD_OPERATIONS == 0:
                await asyncio.sleep(0)
        self._group_folded(Position(first + len(group) - 1))
        FOLD.observe(time.perf_counter() - durable)

    async def _append(self, group: list[_Waiting]) -> Position:
        """However long it takes; but nobody is left waiting for a disk that does not answer."""
        watch = asyncio.get_running_loop().call_later(
            self._bounds.commit_wait_s, self._give_up_waiting, group
        )
        try:
            return await self._journal.append([waiting.body for waiting in group])
        finally:
            watch.cancel()
            self._stuck = False

    def _give_up_waiting(self, group: list[_Waiting]) -> None:
        self._stuck = True
        self.failure = "The disk does not answer."
        log.error("the disk does not answer; changes are refused", operations=len(group) + len(self._waiting))
        unknown = "The disk is slow, so this change may still be saved. Check before you try again."
        for waiting in group:
            _end(waiting.future, OutcomeUnknown(unknown, retry_after_s=2))
        refused, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self._wake.clear()
        for waiting in refused:
            _end(waiting.future, _no_answer())
            self._leave(waiting)
        while self._together:
            self._refuse_together(self._together.popleft(), _no_answer())

    def _leave(self, waiting: _Waiting) -> None:
        """It will never be folded."""
        hot, demand = waiting.hot, waiting.demand
        hot.growing -= demand.growth
        hot.backlog.refused(len(waiting.body) + demand.written)
        self._landed(hot)

    def _acknowledge(
        self, position: Position, waiting: _Waiting, folding: "asyncio.Task[Folded] | None" = None
    ) -> None:
        hot, future = waiting.hot, waiting.future
        try:
            folded = None if folding is None else folding.result()
            change = self._apply(position, waiting.operation, waiting.body, hot, folded)
        except Exception as error:
            # It is durable and every reader will meet it: do not stop the others.
            log.exception("a durable operation could not be folded", operation_id=str(waiting.operation.id))
            _end(future, error)
        else:
            if not future.done():
                future.set_result(change)
        if waiting.demand is not NOTHING:
            hot.growing -= waiting.demand.growth
        self._landed(hot)

    def _refuse(self, group: list[_Waiting], error: SertantaiError) -> None:
        if self.failure is None:
            log.error("changes are refused", reason=error.message, operations=len(group))
        self.failure = error.message
        for waiting in group:
            _end(waiting.future, type(error)(error.message, retry_after_s=error.retry_after_s))
            self._leave(waiting)


def _no_answer() -> Unavailable:
    return Unavailable("The disk does not answer; nothing was changed.", retry_after_s=2)


def _is_long(waiting: _Waiting) -> bool:
    try:
        return goes_through_many(waiting.operation, waiting.hot.state)
    except ValueError:
        return False  # the fold says why


def _end(future: "asyncio.Future[Change]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # its caller may have gone; that is no error
