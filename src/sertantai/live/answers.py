"""The joins of one screen that wait to be answered: while it has not read what it was answered before.

Who comes back to a hundred lists asks for more at once than is kept for anyone who does not read. So what is
over waits here, in the order in which it came, until there is room again: answers do not get shorter by it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from sertantai.live.bounds import LAGGING_BYTES


class Unread(Protocol):
    @property
    def unread_bytes(self) -> int: ...


class Answers:
    """``outlet``: where they go. How many wait is bounded by who asks."""

    __slots__ = ("_drained", "_outlet", "_turn", "_waiting")

    def __init__(self, outlet: Unread) -> None:
        self._outlet = outlet
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._drained: asyncio.Future[None] | None = None

    @property
    def are_waiting(self) -> bool:
        return self._waiting > 0

    @property
    def have_room(self) -> bool:
        """The next one goes out at once."""
        return not self.are_waiting and self._outlet.unread_bytes <= LAGGING_BYTES

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """After all that wait already, and when there is room."""
        self._waiting += 1
        try:
            async with self._turn:
                while self._outlet.unread_bytes > LAGGING_BYTES:
                    self._drained = asyncio.get_running_loop().create_future()
                    await self._drained
                yield
        finally:
            self._waiting -= 1

    def drained(self) -> None:
        """It reads again."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
