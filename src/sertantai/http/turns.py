"""What each request takes of the event loop's time: the longest turn that it has there, and all together.

A turn is what runs between two waits. Everything else stands still meanwhile, so a turn has a bound however
much was asked for. One that is longer is a fault, and is logged with its route. What goes through much, such
as the rows of a page, asks `breathe` now and then whether its turn has lasted long enough. What all turns of
a request take is charged to who asked for it (see `work_limits`), as it goes: some requests last for hours.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable
from contextvars import ContextVar
from time import perf_counter, thread_time
from types import coroutine
from typing import Any, Final, TypeVar

from sertantai.http.asgi import App, Receive, Scope, Send
from sertantai.process.logs import logger
from sertantai.process.metrics import HTTP_WORK

LONG_TURN_S: Final = 0.05
SLICE_S: Final = 0.004
"""After so long others have a turn."""
ROWS_AT_A_TIME: Final = 16
"""Some take 50 µs each, so they are far less than a slice."""
SHORT_TURN_S: Final = 0.002
"""For less than this it is not asked how long the processor had it: it may as well have had it all along."""
CHARGED_EACH_S: Final = 0.1

Told = Callable[[Scope, float], None]
"""Told of a request's longest turn, in seconds."""
Charge = Callable[[Scope, float], None]
"""Charges so many seconds of the processor to whose request it is; several times while one lasts."""

T = TypeVar("T")

log = logger(__name__)
clock: Callable[[], float] = perf_counter
"""Tests put the time of the processor here, which a busy machine does not stretch."""
processor: Callable[[], float] = thread_time
"""What counts is work, not how long the loop had to wait for the processor or for a thread beside it."""

_began = 0.0
"""When the turn that runs now began: one loop runs one at a time."""
_worked = _worked_at = 0.0
"""What the processor had worked when it was asked last, and when that was: it is asked at most each
`SHORT_TURN_S`, as it takes the system longer to answer than to look at the clock."""

_current: ContextVar["_Taken | None"] = ContextVar("what the request at hand has taken", default=None)


async def breathe() -> None:
    """Let everybody else have a turn, if this one has lasted for a slice. To be asked after each few rows."""
    if clock() - _began >= SLICE_S:
        await asyncio.sleep(0)


async def sliced(items: Iterable[T], at_a_time: int = ROWS_AT_A_TIME) -> AsyncIterator[T]:
    """The items one after another. However long it takes to do something with each, others have their turns
    between them."""
    for at, item in enumerate(items):
        if at % at_a_time == 0:
            await breathe()
        yield item


def log_long_turn(scope: Scope, longest_s: float) -> None:
    route = str(scope.get("path_template", "unknown"))
    log.warning("long_turn", method=scope.get("method"), route=route, milliseconds=round(longest_s * 1000))


def count_work(scope: Scope, seconds: float) -> None:
    HTTP_WORK.of(scope.get("path_template", "unknown"), scope["method"]).sum += seconds


def in_its_name(work: Callable[[], T]) -> Callable[[], T]:
    """The same work, to be done by a thread beside the loop: charged to the request at hand, if there is one,
    also when that is over by then."""
    taken = _current.get()
    if taken is None:
        return work
    loop, spent = asyncio.get_running_loop(), taken.beside()

    def timed() -> T:
        began = processor()
        try:
            return work()
        finally:
            spent(processor() - began)
            if taken.is_over and not loop.is_closed():
                loop.call_soon_threadsafe(taken.charge)

    return timed


class Turns:
    """ASGI wrapper. ``told`` hears of turns of ``long_s`` and more; each request pays for its own."""

    def __init__(
        self,
        app: App,
        told: Told = log_long_turn,
        charge: Charge = count_work,
        *,
        long_s: float = LONG_TURN_S,
    ) -> None:
        self._app = app
        self._told = told
        self._long_s = long_s
        self._charge = charge

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        taken = _Taken(scope, self._charge)
        # Not reset afterwards: the server runs each request in a task, and so in a context, of its own.
        _current.set(taken)
        return _timed(self._app(scope, receive, send), taken, self._over)

    def _over(self, taken: "_Taken") -> None:
        if taken.longest_s >= self._long_s:
            self._told(taken.scope, taken.longest_s)
        taken.is_over = True
        taken.charge()


class _Taken:
    """By one request."""

    __slots__ = ("_charge", "_spent_beside_s", "is_over", "longest_s", "scope", "spent_s")

    def __init__(self, scope: Scope, charge: Charge) -> None:
        self.scope = scope
        self._charge = charge
        self.longest_s = 0.0
        self.spent_s = 0.0
        """Not charged yet."""
        self._spent_beside_s: deque[float] | None = None
        """The same of threads, which add to it while the loop goes on."""
        self.is_over = False

    def beside(self) -> Callable[[float], None]:
        """What a thread tells of the seconds that it has spent."""
        if self._spent_beside_s is None:
            self._spent_beside_s = deque()
        return self._spent_beside_s.append

    def charge(self) -> None:
        spent_s, self.spent_s = self.spent_s, 0.0
        while self._spent_beside_s:
            spent_s += self._spent_beside_s.popleft()
        self._charge(self.scope, spent_s)


@coroutine
def _timed(
    awaited: Awaitable[T], taken: _Taken, over: Callable[[_Taken], None] | None = None
) -> Generator[Any, Any, T]:
    """Awaits something, and looks at the clock before and after each of its turns; ``over`` is its end."""
    global _began, _worked, _worked_at
    steps = awaited.__await__()
    given: Any = None
    error: BaseException | None = None
    try:
        while True:
            began = _began = clock()
            if began - _worked_at >= SHORT_TURN_S:
                _worked, _worked_at = processor(), began
            try:
                waiting = steps.send(given) if error is None else steps.throw(error)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                turn_s = clock() - began
                if turn_s > taken.longest_s:
                    taken.longest_s = turn_s
                taken.spent_s += turn_s if turn_s < SHORT_TURN_S else _of_the_processor(turn_s)
            if taken.spent_s >= CHARGED_EACH_S:
                taken.charge()
            given = error = None
            try:
                given = yield waiting
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as raised:  # noqa: BLE001  # it is passed on to where it belongs
                error = raised
    finally:
        if over is not None:
            over(taken)


def _of_the_processor(turn_s: float) -> float:
    """What a turn that has just ended had of it: no more than `SHORT_TURN_S` more than it had."""
    return min(turn_s, processor() - _worked)


async def timed(pieces: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same pieces, made in the request's name: the framework streams them in a task of its own."""
    taken = _current.get()
    try:
        while True:
            piece = pieces.__anext__()
            yield await (piece if taken is None else _timed(piece, taken))
    except StopAsyncIteration:
        return
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
