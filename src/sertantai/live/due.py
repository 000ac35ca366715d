"""When what is pending of a list is told: at once after a rest, and gathered under load."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from sertantai.live.bounds import FLUSH_EVERY_S, FLUSHES_AT_ONCE, WRITES_AT_ONCE
from sertantai.live.watched import Watched

LISTS_AT_ONCE: Final = 32
"""Then the event loop is let go: two milliseconds."""


class Due:
    """``flush`` tells what is pending; ``is_behind``: what was told before has not been written yet, so more
    gathers where it is."""

    def __init__(
        self, flush: Callable[[Watched], None], is_behind: Callable[[], bool], now: Callable[[], float]
    ) -> None:
        self._flush = flush
        self._is_behind = is_behind
        self._now = now
        self._due: deque[Watched] = deque()
        self._is_coming = False

    def put(self, watched: Watched) -> None:
        """Something is pending there. Answers to whom it was changed by, which wait in this turn of the loop,
        go out before it."""
        if watched.is_due or not watched.pending:
            return
        watched.is_due = True
        wait_s = watched.wait_s(self._now(), FLUSH_EVERY_S, flushes_at_once(watched))
        if wait_s > 0:
            asyncio.get_running_loop().call_later(wait_s, self._add, watched)
        else:
            self._add(watched)

    def _add(self, watched: Watched) -> None:
        self._due.append(watched)
        self._come_soon()

    def _come_soon(self) -> None:
        if self._due and not self._is_coming:
            self._is_coming = True
            asyncio.get_running_loop().call_later(0, self._some)

    def _some(self) -> None:
        if self._is_behind():
            asyncio.get_running_loop().call_later(FLUSH_EVERY_S, self._some)
            return
        self._is_coming = False
        try:
            for _ in range(min(len(self._due), LISTS_AT_ONCE)):
                watched = self._due.popleft()
                watched.is_due = False
                self._flush(watched)
        finally:
            self._come_soon()


def flushes_at_once(watched: Watched) -> int:
    """Of a list with many watchers each takes long, so there it is one."""
    return FLUSHES_AT_ONCE if len(watched) <= WRITES_AT_ONCE else 1
