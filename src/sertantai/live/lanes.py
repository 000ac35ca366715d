"""Messages on their way: written in slices, so that one to ten thousand holds nobody up, and in order."""

import asyncio
from collections import deque
from collections.abc import Callable

from sertantai.live.bounds import WRITES_AT_ONCE
from sertantai.live.messages import Message
from sertantai.live.screens import Channel

WAITING_MAX = 1_000
"""Messages in a lane."""
Deliver = Callable[[Channel, Message], None]
SLOW_AT_ONCE = 32
"""Of the slow lane in each turn at least, however much the quick one has."""


class _Lane:
    def __init__(self) -> None:
        self._waiting: deque[tuple[Message, tuple[Channel, ...]]] = deque()
        self._at = 0
        """How many of the first message's channels have been written to."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message, channels: tuple[Channel, ...]) -> None:
        self._waiting.append((message, channels))

    def write(self, most: int, deliver: Deliver) -> int:
        """Returns how many were written to."""
        written = 0
        while self._waiting and written < most:
            message, channels = self._waiting[0]
            some = channels[self._at : self._at + most - written]
            # First: whoever is told may be closed by it, and that may tell others.
            self._at += len(some)
            if self._at >= len(channels):
                self._waiting.popleft()
                self._at = 0
            for channel in some:
                if channel.is_open:
                    deliver(channel, message)
            written += max(1, len(some))
        return written


class Lanes:
    """What is told of lists and to persons goes first; what all are told comes behind."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._quick = _Lane()
        self._slow = _Lane()
        self._is_writing = False

    @property
    def waiting(self) -> int:
        return len(self._quick) + len(self._slow)

    def is_behind(self, *, quick: bool) -> bool:
        """So much waits there that more should gather before it is put behind it."""
        return len(self._quick if quick else self._slow) >= WAITING_MAX

    def put(self, message: Message, channels: tuple[Channel, ...], *, quick: bool) -> None:
        (self._quick if quick else self._slow).put(message, channels)
        if not self._is_writing:
            self._write()

    def _write(self) -> None:
        """Some of it, and the rest in the next turn of the loop."""
        self._is_writing = True
        try:
            written = self._quick.write(WRITES_AT_ONCE, self._deliver)
            self._slow.write(max(SLOW_AT_ONCE, WRITES_AT_ONCE - written), self._deliver)
        finally:
            self._is_writing = self.waiting > 0
            if self._is_writing:
                asyncio.get_running_loop().call_soon(self._write)
