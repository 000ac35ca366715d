"""An event loop whose time is a number: waiting costs nothing and the order of things comes from a seed."""

import asyncio
import random
from collections import deque
from contextvars import Context, ContextVar
from typing import Any

LIFE: ContextVar[list["asyncio.Task[Any]"] | None] = ContextVar("LIFE", default=None)
"""The tasks of one life of the server, in the order in which they were made."""


THREAD_S_MAX = 0.05


class Deadlock(Exception):
    """Nothing is ready and nothing will ever be: somebody waits for what cannot come."""


class VirtualLoop(asyncio.BaseEventLoop):
    """``unfair``: what is ready at the same time runs in random order, not first come, first served."""

    _ready: "deque[asyncio.Handle]"

    def __init__(self, rng: random.Random, *, unfair: bool) -> None:
        super().__init__()
        self._rng = rng
        self._unfair = unfair
        self._virtual_s = 0.0
        self._selector = self
        self._clock_resolution = 1e-9
        self.tasks: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self._virtual_s

    def select(self, timeout: float | None) -> list[Any]:
        """What the loop asks its selector for: here time passes instead, at once."""
        if timeout is None:
            raise Deadlock("Nothing is ready and no timer is set.")
        if timeout > 0:
            self._virtual_s += timeout
        elif self._unfair and len(self._ready) > 1:
            waiting = list(self._ready)
            self._rng.shuffle(waiting)
            self._ready.clear()
            self._ready.extend(waiting)
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

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
        future.set_result(func(*args))
    except Exception as error:  # noqa: BLE001  # whoever waits gets it
        future.set_exception(error)
