"""Long computations for one request, beside the event loop: everybody else goes on being served.

One at a time: the interpreter runs one thread at a time anyway, and the loop must win it back from each.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.http.charged_threads import ChargedThreads
from sertantai.http.encoded import Encoded

AT_ONCE: Final = 1
WAITING_MAX: Final = 64
RETRY_AFTER_S: Final = 5
ITEMS_AT_HAND_MAX: Final = 500
"""So few are done at once: the way to a thread and back takes as long."""

T = TypeVar("T")

_threads: Final = ChargedThreads(AT_ONCE, thread_name_prefix="aside")
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
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work, *given)
    finally:
        _inside -= 1


def encoded(content: Any) -> Encoded:
    """A large answer as JSON already, so that it is not made so on the event loop."""
    return Encoded(msgspec.json.encode(content))
