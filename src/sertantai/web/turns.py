"""How long one request keeps everybody else waiting: the longest turn that it has on the event loop.

A turn is what runs between two waits. Everything else stands still meanwhile, so a turn has a bound however
much was asked for. One that is longer is a fault, and is logged with its route. What goes through much, such
as the rows of a page, asks `breathe` now and then whether its turn has lasted long enough.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from time import perf_counter
from typing import Any, Final, TypeVar

from sertantai.telemetry import logger
from sertantai.web.asgi import App, Receive, Scope, Send

LONG_TURN_S: Final = 0.05
SLICE_S: Final = 0.004
"""After so long others have a turn."""
ROWS_AT_A_TIME: Final = 16
"""Some take 50 µs each, so they are far less than a slice."""

T = TypeVar("T")

Told = Callable[[Scope, float], None]
"""Told of each request's longest turn, in seconds."""

log = logger(__name__)
clock: Callable[[], float] = perf_counter
"""Tests put the time of the processor here, which a busy machine does not stretch."""
_began = 0.0
"""When the turn that runs now began: one loop runs one at a time."""


async def breathe() -> None:
    """Let everybody else have a turn, if this one has lasted for a slice. To be asked after each few rows."""
    if clock() - _began >= SLICE_S:
        await asyncio.sleep(0)


async def sliced(items: Iterable[T]) -> AsyncIterator[T]:
    """The items one after another. However long it takes to do something with each, others have their turns
    between them."""
    for at, item in enumerate(items):
        if at % ROWS_AT_A_TIME == 0:
            await breathe()
        yield item


def log_long_turns(scope: Scope, longest_s: float) -> None:
    if longest_s > LONG_TURN_S:
        route = str(scope.get("path_template", "unknown"))
        log.warning(
            "long_turn", method=scope.get("method"), route=route, milliseconds=round(longest_s * 1000)
        )


class Turns:
    """ASGI wrapper."""

    def __init__(self, app: App, told: Told = log_long_turns) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        timed = _Timed(self._app(scope, receive, send).__await__())
        try:
            await timed
        finally:
            self._told(scope, timed.longest_s)


class _Timed:
    """Awaits something, and looks at the clock before and after each of its turns."""

    __slots__ = ("_steps", "longest_s")

    def __init__(self, steps: Generator[Any, Any, None]) -> None:
        self._steps = steps
        self.longest_s = 0.0

    def __await__(self) -> Generator[Any, Any, None]:
        global _began
        steps = self._steps
        given: Any = None
        error: BaseException | None = None
        while True:
            began = _began = clock()
            try:
                waiting = steps.send(given) if error is None else steps.throw(error)
            except StopIteration:
                return
            finally:
                self.longest_s = max(self.longest_s, clock() - began)
            given = error = None
            try:
                given = yield waiting
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as raised:  # noqa: BLE001  # it is passed on to where it belongs
                error = raised
