"""Long computations for one request, beside the event loop: everybody else goes on being served.

One at a time: the interpreter runs one thread at a time anyway, and the loop must win it back from each.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import thread_time
from typing import Any, Final, Generic, TypeVar

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.web.answers import Encoded
from sertantai.web.turns import worked_aside

AT_ONCE: Final = 1
WAITING_MAX: Final = 64
RETRY_AFTER_S: Final = 5
ITEMS_AT_HAND_MAX: Final = 500
"""So few are done at once: the way to a thread and back takes as long."""

T = TypeVar("T")

_threads: Final = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aside")
_inside = 0


class TooMuchAside(Unavailable):
    """Too many long computations wait."""

    code = "too_busy"


async def aside(work: Callable[..., T], *given: Any) -> T:
    """What ``work`` returns. It must change nothing that others use. Raises `TooMuchAside`."""
    global _inside  # one queue for one process
    if _inside >= AT_ONCE + WAITING_MAX:
        raise TooMuchAside("The server is busy. Try again in a moment.", retry_after_s=RETRY_AFTER_S)
    _inside += 1
    timed = _Timed(work, given)
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, timed.run)
    finally:
        _inside -= 1
        worked_aside(timed.seconds)


class _Timed(Generic[T]):
    """Work that knows afterwards how long it took the processor."""

    __slots__ = ("_given", "_work", "seconds")

    def __init__(self, work: Callable[..., T], given: tuple[Any, ...]) -> None:
        self._work = work
        self._given = given
        self.seconds = 0.0

    def run(self) -> T:
        began = thread_time()
        try:
            return self._work(*self._given)
        finally:
            self.seconds = thread_time() - began


def encoded(content: Any) -> Encoded:
    """A large answer as JSON already, so that it is not made so on the event loop."""
    return Encoded(msgspec.json.encode(content))
