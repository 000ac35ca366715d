"""An event loop whose time is a number: waiting costs nothing and the order of things comes from a seed.

What asyncio's own loop does in a turn is written down once more, in the same order but without its checks:
much of a story's time was spent there.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from heapq import heapify, heappop, heappush
from typing import Any

TIMERS_TO_TIDY = 100
"""If there are more, those that are cancelled are thrown away once they are most of them, as asyncio does."""
LIFE: ContextVar[list["asyncio.Task[Any]"] | None] = ContextVar("LIFE", default=None)
"""The tasks of one life of the server, in the order in which they were made."""


THREAD_S_MAX = 0.05


class Deadlock(Exception):
    """Nothing is ready and nothing will ever be: somebody waits for what cannot come."""


class _Handle(asyncio.Handle):
    __slots__ = ()
    _callback: Any
    _args: Any
    _context: Context

    def __init__(
        self,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        loop: "VirtualLoop",
        context: Context | None,
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = self._source_traceback = None


class _Timer(asyncio.TimerHandle):
    __slots__ = ()
    _callback: Any
    _args: Any
    _context: Context
    _loop: "VirtualLoop"
    _scheduled: bool

    def __init__(
        self,
        when: float,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        loop: "VirtualLoop",
        context: Context | None,
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = self._source_traceback = None
        self._when = when
        self._scheduled = True

    def cancel(self) -> None:
        if not self._cancelled:
            self._cancelled = True
            self._loop._timer_cancelled_count += self._scheduled
            self._callback = self._args = None


class VirtualLoop(asyncio.BaseEventLoop):
    """``unfair``: what is ready at the same time runs in random order, not first come, first served."""

    _ready: "deque[_Handle | _Timer]"
    _scheduled: list[tuple[float, _Timer]]
    _stopping: bool
    _timer_cancelled_count: int

    def __init__(self, rng: random.Random, *, unfair: bool) -> None:
        super().__init__()
        self._rng = rng
        self._unfair = unfair
        self._virtual_s = 0.0
        self._clock_resolution = 1e-9
        self.tasks: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self._virtual_s

    def call_soon(  # type: ignore[override]  # any callback
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]  # any callback
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        when = self._virtual_s + delay
        timer = _Timer(when, callback, args, self, context)
        heappush(self._scheduled, (when, timer))
        return timer

    def call_at(  # type: ignore[override]  # any callback
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        heappush(self._scheduled, (when, timer))
        return timer

    def get_debug(self) -> bool:
        return False

    def _run_once(self) -> None:
        ready, timers = self._ready, self._scheduled
        self._forget_cancelled()
        if ready or self._stopping:
            if self._unfair and len(ready) > 1:
                waiting = list(ready)
                self._rng.shuffle(waiting)
                ready.clear()
                ready.extend(waiting)
        elif timers:
            # Time passes, at once.
            self._virtual_s += max(0.0, timers[0][0] - self._virtual_s)
        else:
            raise Deadlock("Nothing is ready and no timer is set.")
        soon = self._virtual_s + self._clock_resolution
        while timers and timers[0][0] < soon:
            timer = heappop(timers)[1]
            timer._scheduled = False
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                try:
                    handle._context.run(handle._callback, *handle._args)
                except Exception as error:  # noqa: BLE001  # as asyncio does with any callback
                    self.call_exception_handler({"message": "a callback failed", "exception": error})

    def _forget_cancelled(self) -> None:
        timers = self._scheduled
        if len(timers) > TIMERS_TO_TIDY and self._timer_cancelled_count / len(timers) > 0.5:
            timers[:] = [timer for timer in timers if not timer[1]._cancelled]
            heapify(timers)
            self._timer_cancelled_count = 0
        while timers and timers[0][1]._cancelled:
            self._timer_cancelled_count -= 1
            heappop(timers)[1]._scheduled = False

    def _write_to_self(self) -> None:
        """Nobody else can wake this loop."""

    def run_in_executor(  # type: ignore[override]  # for whatever it is given
        self, executor: Any, func: Any, *args: Any
    ) -> "asyncio.Future[Any]":
        """A thread that takes some time, in which others go on."""
        future: asyncio.Future[Any] = self.create_future()
        self.call_later(self._rng.uniform(0, THREAD_S_MAX), _settle, future, func, args)
        return future

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, context: Context | None = None
    ) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, context=context)
        self.tasks.append(task)
        alive = LIFE.get() if context is None else context.get(LIFE)
        if alive is not None:
            alive.append(task)
        return task


def _settle(future: "asyncio.Future[Any]", func: Any, args: tuple[Any, ...]) -> None:
    if future.done():
        return
    try:
        result = func(*args)
    except Exception as error:  # noqa: BLE001  # whoever waits gets it
        if not future.done():
            future.set_exception(error)
    else:
        if not future.done():  # it may have killed the server that waits for it
            future.set_result(result)
