"""Counters that several servers share, in a store of the Python library `limits` such as Redis or Valkey.

Whoever asks while the store fails gets `StoreAway` at once and counts for themselves; the store is tried
again after a pause, and its failure is reported.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import time
from typing import Any, Final, TypeVar

from limits.aio.storage import Storage
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from msgspec import Struct

from sertantai.core.clock import Clock
from sertantai.core.errors import InvalidInput
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.process.logs import logger

log = logger(__name__)

STORE_TIMEOUT_S: Final = 0.25
STORE_RETRY_S: Final = 5.0
KEY_PREFIX: Final = "sertantai/"
_REDIS: Final = ("async+redis", "async+valkey")

T = TypeVar("T")


class StoreAway(Exception):
    """It cannot be relied on now."""


class Counted(Struct, frozen=True):
    """Whether it was within the bound; what is used up in this window now, and when that ends."""

    is_within: bool
    used: int
    ends_in_s: float


class SharedCounts:
    """``store`` is of the kind that `open_store` makes."""

    def __init__(self, store: Storage, clock: Clock, events: SecurityEvents) -> None:
        self._store = store
        self._clock = clock
        self._events = events
        self._retry_at = 0.0

    async def add(self, key: str, period_s: int, amount: int, most: int) -> Counted:
        """Count ``amount`` in a window that opens with its first use and is over after ``period_s``.

        What goes beyond ``most`` uses up nothing, so that something smaller can still be done; ones are
        counted all the same, which makes no difference and saves asking first.
        """

        async def counted(store: Storage) -> Counted:
            if amount > 1 and (used := await store.get(key)) + amount > most:
                return Counted(False, used, await _left_s(store, key))
            used = await store.incr(key, period_s, amount)
            return Counted(used <= most, used, await _left_s(store, key))

        return await self._ask(counted)

    async def note(self, key: str, period_s: int, amount: int) -> Counted:
        """Count ``amount``, whatever was counted before; ``is_within`` says nothing."""

        async def noted(store: Storage) -> Counted:
            used = await store.incr(key, period_s, amount)
            return Counted(True, used, await _left_s(store, key))

        return await self._ask(noted)

    async def block(self, key: str, seconds: int) -> None:
        """From now on `blocked_s` of this key is more than 0, for so long."""

        async def blocked(store: Storage) -> None:
            await store.clear(key)
            await store.incr(key, seconds, 1)

        await self._ask(blocked)

    async def blocked_s(self, key: str) -> float:
        async def asked(store: Storage) -> float:
            return await _left_s(store, key) if await store.get(key) else 0.0

        return await self._ask(asked)

    async def clear(self, *keys: str) -> None:
        async def cleared(store: Storage) -> None:
            for key in keys:
                await store.clear(key)

        await self._ask(cleared)

    async def stop(self) -> None:
        """Let go of the connections."""
        client: Any = getattr(getattr(self._store, "bridge", None), "storage", None)
        if client is not None and hasattr(client, "aclose"):
            await client.aclose()

    async def _ask(self, question: Callable[[Storage], Awaitable[T]]) -> T:
        now = self._clock.monotonic()
        if now < self._retry_at:
            raise StoreAway
        try:
            async with asyncio.timeout(STORE_TIMEOUT_S):
                return await question(self._store)
        except Exception as error:
            # Whatever a store raises, it cannot be relied on now.
            self._retry_at = now + STORE_RETRY_S
            log.warning("shared_counts_away", reason=type(error).__name__)
            details = {"reason": type(error).__name__}
            self._events.record(SecurityEventKind.LIMIT_STORE_FAILED, None, None, details)
            raise StoreAway from error


async def _left_s(store: Storage, key: str) -> float:
    """The store tells the end by this machine's clock, from seconds that are left by its own."""
    return max(0.0, await store.get_expiry(key) - time())


def shared_counts(url: str | None, clock: Clock, events: SecurityEvents) -> SharedCounts | None:
    """None where each server counts for itself; raises `InvalidInput` for a store that cannot be had."""
    return None if url is None else SharedCounts(open_store(url), clock, events)


def open_store(url: str) -> Storage:
    url = url if url.startswith("async+") else f"async+{url}"
    options = {"implementation": "redispy"} if url.startswith(_REDIS) else {}
    try:
        store: Any = storage_from_string(url.replace("async+valkey", "async+redis"), **options)
    except (ConfigurationError, ValueError) as error:
        raise InvalidInput(
            f"rate_limit_store_url: {error} For Redis or Valkey: pip install 'sertantai[shared-limits]'.",
            field="rate_limit_store_url",
        ) from None
    opened: Storage = store
    return opened
