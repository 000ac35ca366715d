"""So many at once; the others wait in the order in which they came, and hear how many are before them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sertantai.process.under_way import Piece


class Turns:
    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._places = asyncio.Semaphore(at_once)
        self._waiting: dict[Piece, None] = {}

    @asynccontextmanager
    async def turn(self, piece: Piece) -> AsyncIterator[None]:
        """For the work that ``piece`` tells of, which ends with it."""
        try:
            await self._wait(piece)
            try:
                yield
            finally:
                self._places.release()
        except BaseException:
            piece.ends(well=False)
            raise
        piece.ends(well=True)

    async def _wait(self, piece: Piece) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        self._waiting[piece] = None
        piece.waits(ahead=self._at_once + len(self._waiting) - 1)
        try:
            await self._places.acquire()
        finally:
            del self._waiting[piece]
            for at, other in enumerate(self._waiting):
                other.waits(ahead=self._at_once + at)
