"""How long one request keeps everybody else waiting: the longest turn that it has on the event loop.

A turn is what runs between two waits. Everything else stands still meanwhile, so a turn has a bound however
much was asked for. One that is longer is a fault, and is logged with its route.
"""

from collections.abc import Callable, Generator
from time import perf_counter
from typing import Any, Final

from sertantai.telemetry import logger
from sertantai.web.asgi import App, Receive, Scope, Send

LONG_TURN_S: Final = 0.05

Told = Callable[[Scope, float], None]
"""Told of each request's longest turn, in seconds."""

log = logger(__name__)
clock: Callable[[], float] = perf_counter
"""Tests put the time of the processor here, which a busy machine does not stretch."""


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
        steps = self._steps
        given: Any = None
        error: BaseException | None = None
        while True:
            began = clock()
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
