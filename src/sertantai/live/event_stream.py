"""A stream of server-sent events about one list, for whoever can do no more than read lines.

It says nothing twice and goes on for as long as there is something to listen to. It ends where something was
missed, too: its client comes again, says what it has, and is told the difference.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from sertantai.http.protocol.told_slowly import Way
from sertantai.live.hub import Hub
from sertantai.live.messages import Written
from sertantai.live.screens import Screen

SIGN_OF_LIFE_S: Final = 15.0
"""After so long a silence proxies, and clients, begin to think that nobody is there."""
SIGN_OF_LIFE: Final = b":\n\n"
COME_AGAIN: Final = b"retry: 2000\n\n"
"""In milliseconds, where a stream ends and the list goes on."""


class EventStream:
    """The outlet of one stream, and what reads it. ``screen`` is to be set before anything is read."""

    screen: Screen

    def __init__(self, hub: Hub, way: Way, sign_of_life_s: float = SIGN_OF_LIFE_S) -> None:
        way.be_narrow()
        self._way = way
        self._hub = hub
        self._sign_of_life_s = sign_of_life_s
        self._waiting: deque[bytes] = deque()
        self._unread_bytes = self._given_bytes = 0
        self._came = asyncio.Event()
        self._is_over = False

    # -------------------------------------------------------------------------------- as an `Outlet`

    def write(self, message: Written) -> None:
        self._waiting.append(message.text)
        self._unread_bytes += len(message.text)
        self._came.set()

    @property
    def unread_bytes(self) -> int:
        """What was given to the client's connection counts until the kernel has taken it."""
        return self._unread_bytes

    def close(self, code: int, reason: str = "") -> None:  # noqa: ARG002  # as an `Outlet`
        """What was said before still goes out."""
        self._is_over = True
        self._came.set()

    def abort(self) -> None:
        self._waiting.clear()
        self._unread_bytes = self._given_bytes
        self.close(0)
        self._way.hang_up()

    # ------------------------------------------------------------------------------------- its text

    async def texts(self, *, until_now: bool = False) -> AsyncIterator[bytes]:
        """``until_now``: only what it begins with."""
        yield COME_AGAIN
        while text := await self._next():
            yield text
            if until_now:
                return

    async def _next(self) -> bytes:
        """What has come, or a sign of life after a while; nothing at the end."""
        await self._way.drained()
        self._unread_bytes -= self._given_bytes
        self._given_bytes = 0
        if not self._waiting and self.screen.lagging_since is not None:
            self._hub.drained(self.screen)
        while not (text := self._take()) and self._goes_on:
            self._came.clear()
            try:
                async with asyncio.timeout(self._sign_of_life_s):
                    await self._came.wait()
            except TimeoutError:
                return SIGN_OF_LIFE
        return text

    def _take(self) -> bytes:
        text = b"".join(self._waiting)
        self._waiting.clear()
        self._given_bytes = len(text)
        return text

    @property
    def _goes_on(self) -> bool:
        return not self._is_over and bool(self.screen.channels)
