"""Looking tokens up in PostgreSQL: each once at a time, and nobody waits long for an answer.

A look-up goes on when its caller has lost patience: what it finds is remembered for the next request.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.core.clock import Clock
from sertantai.core.errors import DatabaseUnavailable, Unavailable

LOOKUPS_MAX: Final = 100
"""Tokens looked up in PostgreSQL at once, in one or two statements; others wait their turn."""
LOOKUPS_WAITING_MAX: Final = 10_000
"""As many as come back at once after a restart."""
RECHECK_WAIT_S: Final = 0.5
"""A session that is only due for a look goes on after this long."""
LOOKUP_WAIT_S: Final = 4.0
"""A token that is not known is refused for now after this long."""

Read = Callable[[datetime], Awaitable[LiveSession | None]]


class SessionLookups:
    def __init__(self, live: LiveSessions, clock: Clock) -> None:
        self._live = live
        self._clock = clock
        self._turns = asyncio.Semaphore(LOOKUPS_MAX)
        self._looking: dict[bytes, asyncio.Task[LiveSession | None]] = {}

    @property
    def waiting(self) -> int:
        """Tokens that are being looked up, or wait for it."""
        return len(self._looking)

    async def find(self, token_hash: bytes, read: Read) -> LiveSession:
        """From memory, else by ``read``. What is only due for a look goes on while PostgreSQL is away.

        Raises `TokenRefused`, or `Unavailable` for a token that is not known and cannot be looked up.
        """
        known, is_due = self._live.get(token_hash)
        if known is not None and not is_due:
            return known
        looking = self._look(token_hash, read)
        patience_s = LOOKUP_WAIT_S if known is None else RECHECK_WAIT_S
        await asyncio.wait((looking,), timeout=patience_s)
        if not looking.done() or isinstance(looking.exception(), DatabaseUnavailable):
            # Looked at again: it may have been revoked while we waited.
            known, _ = self._live.get(token_hash)
            if known is not None:
                return known
        if not looking.done():
            raise DatabaseUnavailable("PostgreSQL did not answer in time.", retry_after_s=2)
        found = looking.result()
        if found is None:
            raise TokenRefused
        return found

    def _look(self, token_hash: bytes, read: Read) -> "asyncio.Task[LiveSession | None]":
        looking = self._looking.get(token_hash)
        if looking is None:
            if len(self._looking) >= LOOKUPS_WAITING_MAX:
                raise Unavailable("Too many people are signing in at once. Try again.", retry_after_s=1)
            looking = asyncio.create_task(self._read(token_hash, read), name="session-lookup")
            self._looking[token_hash] = looking
            looking.add_done_callback(lambda task: self._looked(token_hash, task))
        return looking

    async def _read(self, token_hash: bytes, read: Read) -> LiveSession | None:
        async with self._turns:
            generation = self._live.generation
            found = await read(self._clock.now())
        if found is None:
            self._live.forget(token_hash)
        else:
            self._live.put(token_hash, found, generation)
        return found

    def _looked(self, token_hash: bytes, task: "asyncio.Task[LiveSession | None]") -> None:
        del self._looking[token_hash]
        if not task.cancelled():
            task.exception()  # whoever asked may have gone; that is no error
