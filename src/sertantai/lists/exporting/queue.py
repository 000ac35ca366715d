"""One queue for all exports: each is long work, and there is one processor for everybody who ticks."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from sertantai.core.errors import RateLimited
from sertantai.core.ids import UserId
from sertantai.process.under_way import Piece

AT_ONCE_MAX: Final = 2
WAITING_MAX: Final = 20
SMALL_ROWS_MAX: Final = 2_000
"""So few rows take less than a second; they need no turn, unless a process is started for them."""
TURN_S_MAX: Final = 120.0
"""Whoever takes longer goes on, but no longer in the way of those who wait: a client may read slowly."""
RETRY_AFTER_S: Final = 15


class TooManyExports(RateLimited):
    """There are too many, or one of the same person already."""

    code = "too_many_exports"


class Turn:
    """One export's place, until `end`."""

    def __init__(self, queue: "ExportQueue", who: UserId, piece: Piece) -> None:
        self._queue = queue
        self._is_whole = False
        self.who = who
        self.piece = piece
        self.began = asyncio.get_running_loop().create_future()
        self.is_running = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self.is_running = True
        self.piece.runs()
        self._timer = asyncio.get_running_loop().call_later(TURN_S_MAX, self._make_way)
        if not self.began.done():
            self.began.set_result(None)

    async def to_its_end(self, file: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The file; whoever hangs up before all of it was taken has none."""
        async for part in file:
            yield part
        self._is_whole = True

    def end(self) -> None:
        """Any number of times."""
        self._queue.leave(self)
        self._make_way()
        self.piece.ends(well=self._is_whole)

    def _make_way(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.is_running:
            self.is_running = False
            self._queue.next()


class ExportQueue:
    """Two run, twenty wait, one a person."""

    def __init__(self) -> None:
        self._waiting: deque[Turn] = deque()
        self._people: set[UserId] = set()
        self._running = 0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def join(self, who: UserId, piece: Piece) -> Turn:
        """A place, whose ``began`` is awaited; whoever has it must `Turn.end` it. ``piece`` says how it
        goes. Raises `TooManyExports`."""
        if who in self._people:
            raise TooManyExports(
                "You already have an export running. Wait for it or stop it.", retry_after_s=RETRY_AFTER_S
            )
        if len(self._waiting) >= WAITING_MAX:
            raise TooManyExports(
                "Too many exports are running. Try again in a minute.", retry_after_s=RETRY_AFTER_S
            )
        turn = Turn(self, who, piece)
        self._people.add(who)
        if self._running < AT_ONCE_MAX:
            self._running += 1
            turn.begin()
        else:
            self._waiting.append(turn)
            self._tell()
        return turn

    def next(self) -> None:
        """One has made way."""
        if self._waiting:
            self._waiting.popleft().begin()
            self._tell()
        else:
            self._running -= 1

    def leave(self, turn: Turn) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
            self._tell()
        self._people.discard(turn.who)

    def _tell(self) -> None:
        """Those who wait, how many are before them."""
        for at, turn in enumerate(self._waiting):
            turn.piece.waits(ahead=AT_ONCE_MAX + at)
