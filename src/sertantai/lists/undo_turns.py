"""Undos of one owner's lists, one after another: each sees what those before it have undone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sertantai.core.errors import Unavailable
from sertantai.core.ids import OwnerId

UNDOS_AT_ONCE_MAX: Final = 20
"""Of one owner: the one that is made, and those that wait for it."""
WAIT_S: Final = 4.0


class UndosBusy(Unavailable):
    """Others of the same owner are being undone just now."""

    code = "undos_busy"

    def __init__(self) -> None:
        super().__init__(
            "Other changes of these lists are being undone. Nothing was changed; try again in a moment.",
            retry_after_s=1,
        )


class _Turn:
    __slots__ = ("asked", "lock")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.asked = 0


class UndoTurns:
    """In the order in which they are asked for, by whomever: what one undoes another does not undo again."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._turns: dict[int, _Turn] = {}

    @asynccontextmanager
    async def of(self, owner: OwnerId) -> AsyncIterator[None]:
        """Raises `UndosBusy` where too many wait already, or when it takes too long."""
        turn = self._turns.setdefault(owner.int, _Turn())
        if turn.asked >= UNDOS_AT_ONCE_MAX:
            raise UndosBusy
        turn.asked += 1
        try:
            await self._take(turn.lock)
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            turn.asked -= 1
            if not turn.asked:
                del self._turns[owner.int]

    async def _take(self, lock: asyncio.Lock) -> None:
        try:
            async with asyncio.timeout(self._wait_s):
                await lock.acquire()
        except TimeoutError:
            raise UndosBusy from None
