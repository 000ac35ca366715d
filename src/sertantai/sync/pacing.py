"""How much of the time the synchroniser takes: it and whoever ticks want the same processor."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sertantai.core.ids import Position

BUSY_SHARE = 0.2
"""The part of the time in which batches are written while changes keep coming in."""
BEHIND_SHARE = 0.5
"""The same once the oldest change has waited for `FRESH_S`."""
FRESH_S = 2.0
PAUSE_S_MAX = 0.5


BATCH_SLOW_S = 0.08
BATCH_QUICK_S = 0.05


class Pace:
    """Pauses between batches. Who ticks comes first, for a list is read from memory; but nothing pauses while
    somebody waits for the database, or when nothing new comes in."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._hurry = asyncio.Event()
        self._waited_for = 0
        self._seen = Position(0)
        """The journal's end at the last pause."""

    def begin(self, end: Position) -> None:
        """What the journal holds up to ``end`` is not news."""
        self._seen = end

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """While somebody waits for the database."""
        self._hurry.set()
        self._waited_for += 1
        try:
            yield
        finally:
            self._waited_for -= 1

    async def pause(self, took_s: float, lag_s: float, written: Position, end: Position) -> None:
        """After a batch that took ``took_s`` and whose oldest change had waited ``lag_s``.

        The journal ends at ``end``; everything up to ``written`` is in the database.
        """
        arriving, self._seen = end > self._seen, end
        # With nothing left to write, a little patience makes the next batch larger.
        pause_s = self._patience_s if written >= end else 0.0
        if arriving:
            share = BUSY_SHARE if lag_s < FRESH_S else BEHIND_SHARE
            pause_s = max(pause_s, min(took_s * (1 / share - 1), PAUSE_S_MAX))
        if self._waited_for or not pause_s:
            await asyncio.sleep(0)
            return
        self._hurry.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._hurry.wait()
