"""Sockets for whom no proxy lets one through: what waits is fetched by one request after another."""

import asyncio
from collections import deque
from secrets import token_urlsafe
from typing import Final

from sertantai.live.bounds import LAGGING_BYTES, LONG_POLL_BYTES_MAX, LONG_POLL_GATHERS_S, LONG_POLL_S
from sertantai.live.conversation import Conversation
from sertantai.live.messages import Written

MESSAGES_IN_ONE: Final = 500


class LongPoll:
    """The outlet of one session. What is not fetched in time is the end of it: its client begins anew."""

    def __init__(self, token: str, wait_s: float = LONG_POLL_S) -> None:
        self.token = token
        self._wait_s = wait_s
        self.conversation: Conversation | None = None
        self.is_over = False
        self._messages: deque[bytes] = deque()
        self._bytes = self._given_bytes = 0
        self._came = asyncio.Event()

    def write(self, message: Written) -> None:
        self._messages.append(message.text)
        self._bytes += len(message.text)
        self._came.set()
        if self._bytes > LONG_POLL_BYTES_MAX:
            self._end()

    @property
    def unread_bytes(self) -> int:
        """What was given counts until somebody comes for more."""
        return self._bytes + self._given_bytes

    def close(self, code: int, reason: str = "") -> None:  # noqa: ARG002  # as an `Outlet`
        self._end()

    def abort(self) -> None:
        self._end()

    async def fetch(self) -> list[bytes]:
        """What has come since the last time, or as much of it as one should be given at once; waits a while
        for something."""
        self._given_bytes = 0
        if self.conversation is not None and self._bytes <= LAGGING_BYTES:
            self.conversation.drained()
        if not self._messages and not self.is_over:
            self._came.clear()
            try:
                async with asyncio.timeout(self._wait_s):
                    await self._came.wait()
            except TimeoutError:
                return []
        if self.conversation is not None and self.conversation.screen.answers.are_waiting:
            await asyncio.sleep(LONG_POLL_GATHERS_S)
        some: list[bytes] = []
        while self._messages and len(some) < MESSAGES_IN_ONE and self._given_bytes < LAGGING_BYTES:
            some.append(self._messages.popleft())
            self._given_bytes += len(some[-1])
        self._bytes -= self._given_bytes
        return some

    def _end(self) -> None:
        self.is_over = True
        self._came.set()
        if self.conversation is not None:
            self.conversation.gone()


class LongPolls:
    """Sessions by their tokens, which nobody can guess."""

    def __init__(self, wait_s: float = LONG_POLL_S) -> None:
        """``wait_s``: so long an answer waits for something to say."""
        self._wait_s = wait_s
        self._sessions: dict[str, LongPoll] = {}

    def begin(self, prefix: str) -> LongPoll:
        self._forget_ended()
        session = LongPoll(prefix + token_urlsafe(32), self._wait_s)
        self._sessions[session.token] = session
        return session

    def find(self, token: str) -> LongPoll | None:
        """One that is not over."""
        found = self._sessions.get(token)
        return None if found is None or found.is_over else found

    def _forget_ended(self) -> None:
        over = [token for token, one in self._sessions.items() if one.is_over]
        for token in over:
            del self._sessions[token]
