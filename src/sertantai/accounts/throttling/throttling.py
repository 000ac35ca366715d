"""The throttle of sign-ins for one server or several: counts here, and where a store is set, there as well.

A try must pass both. What is counted in the store are failures, so that several servers slow a guesser down
as one would; that a hundred tries at once are not a hundred free ones each server sees to for itself. While
the store fails, each server goes on with its own counts.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from sertantai.accounts.throttling.throttle import Key, KeyKind, SignInThrottle, delay_s
from sertantai.core.clock import Clock
from sertantai.http.limits.shared_counts import KEY_PREFIX, SharedCounts, StoreAway

COUNT_MAX: Final = 1_000_000


class Throttling:
    """`SignInThrottle` says what the methods mean; time is taken from ``clock``."""

    def __init__(self, local: SignInThrottle, shared: SharedCounts | None, clock: Clock) -> None:
        self.local = local
        self._shared = shared
        self._clock = clock

    async def wait_s(self, keys: Sequence[Key]) -> float:
        wait = self.local.wait_s(keys, self._clock.monotonic())
        return wait if wait > 0 else await self._blocked_s(keys)

    async def begin(self, keys: Sequence[Key]) -> float:
        wait = self.local.begin(keys, self._clock.monotonic())
        if wait <= 0 and (wait := await self._blocked_s(keys)) > 0:
            self.local.undecided(keys)
        return wait

    async def failed(self, keys: Sequence[Key]) -> None:
        self.local.failed(keys, self._clock.monotonic())
        if self._shared is None:
            return
        try:
            for key in keys:
                await self._fail(self._shared, key)
        except StoreAway:
            return

    def undecided(self, keys: Sequence[Key]) -> None:
        self.local.undecided(keys)

    async def succeeded(self, keys: Sequence[Key], account: str, address: str | None) -> None:
        self.local.succeeded(keys, account, address)
        await self._clear([key for key in keys if key.kind is not KeyKind.ADDRESS])

    async def forgive(self, account: str) -> None:
        self.local.forgive(account)
        await self._clear([Key(KeyKind.ACCOUNT, account)])

    async def _fail(self, shared: SharedCounts, key: Key) -> None:
        rules = self.local.rules(key)
        found = await shared.add(_counted(key), round(rules.forgotten_after_s), 1, COUNT_MAX)
        delay = delay_s(found.used, rules)
        if delay > 0:
            await shared.block(_blocked(key), max(1, round(delay)))

    async def _blocked_s(self, keys: Sequence[Key]) -> float:
        if self._shared is None:
            return 0.0
        try:
            return max([await self._shared.blocked_s(_blocked(key)) for key in keys], default=0.0)
        except StoreAway:
            return 0.0

    async def _clear(self, keys: Sequence[Key]) -> None:
        if self._shared is None or not keys:
            return
        try:
            await self._shared.clear(*(name(key) for key in keys for name in (_counted, _blocked)))
        except StoreAway:
            return


def _counted(key: Key) -> str:
    return f"{KEY_PREFIX}sign-in-failures/{key.kind}/{_digest(key)}"


def _blocked(key: Key) -> str:
    return f"{KEY_PREFIX}sign-in-waits/{key.kind}/{_digest(key)}"


def _digest(key: Key) -> str:
    """Nobody who looks into the store learns addresses of accounts."""
    return hashlib.sha256(msgspec.json.encode(key.value)).hexdigest()
