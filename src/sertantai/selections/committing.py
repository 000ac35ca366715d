"""Group commit: whatever waits becomes durable together, then is folded in order, then acknowledged."""

import asyncio
import time
from collections.abc import Callable

from sertantai.core.errors import JournalUnavailable, SertantaiError, Unavailable
from sertantai.core.fold import Change
from sertantai.core.ids import Position
from sertantai.core.operations import Operation, encode
from sertantai.journal.protocol import Journal
from sertantai.selections.bounds import Bounds
from sertantai.telemetry import FOLD, JOURNAL_COMMIT, JOURNAL_GROUP, logger

log = logger(__name__)

Applied = Callable[[Position, Operation], Change]
_Waiting = tuple[Operation, "asyncio.Future[Change]"]


class GroupCommit:
    """The only caller of `Journal.append`. One group is on its way to the disk while the next gathers."""

    def __init__(self, journal: Journal, apply: Applied, bounds: Bounds) -> None:
        self._journal = journal
        self._apply = apply
        self._bounds = bounds
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._accepting = False
        self.failure: str | None = None
        """Why the last group could not be made durable; None after one that was."""

    async def start(self) -> None:
        self._accepting = True
        self._task = asyncio.create_task(self._run(), name="group-commit")

    async def stop(self) -> None:
        """Accept nothing more, finish what waits."""
        self._accepting = False
        await self._idle.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def submit(self, operation: Operation) -> "asyncio.Future[Change]":
        """Queue an operation; the future ends once it is durable and folded, or refused."""
        if not self._accepting:
            raise Unavailable("The server is stopping; nothing was changed.", retry_after_s=2)
        if len(self._waiting) >= self._bounds.waiting_operations_max:
            raise Unavailable("Too many changes are waiting for the disk; try again.", retry_after_s=1)
        future: asyncio.Future[Change] = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, future))
        self._idle.clear()
        self._wake.set()
        return future

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            most = self._bounds.group_operations_max
            group, self._waiting = self._waiting[:most], self._waiting[most:]
            if not self._waiting:
                self._wake.clear()
            await self._commit(group)
            if not self._waiting:
                self._idle.set()

    async def _commit(self, group: list[_Waiting]) -> None:
        started = time.perf_counter()
        try:
            first = await self._journal.append([encode(operation) for operation, _ in group])
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
        for position, (operation, future) in enumerate(group, first):
            self._acknowledge(Position(position), operation, future)
        FOLD.observe(time.perf_counter() - durable)

    def _acknowledge(
        self, position: Position, operation: Operation, future: "asyncio.Future[Change]"
    ) -> None:
        try:
            change = self._apply(position, operation)
        except Exception as error:
            # The operation is durable and will be folded again at the next start: do not stop the others.
            log.exception("a durable operation could not be folded", operation_id=str(operation.id))
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(change)

    def _refuse(self, group: list[_Waiting], error: SertantaiError) -> None:
        if self.failure is None:
            log.error("changes are refused", reason=error.message, operations=len(group))
        self.failure = error.message
        for _, future in group:
            if not future.done():
                future.set_exception(type(error)(error.message, retry_after_s=error.retry_after_s))
