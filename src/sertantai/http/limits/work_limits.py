"""Who pays for the event loop's time, and how much of it anybody may have.

Everybody waits while one request has its turn, so what counts is not how many requests somebody sends but how
long they take. People with an account pay for themselves and their address; strangers and guests, of whom
anybody can be any number, pay for their address with an allowance of their own, so that they never use up
what people with an account have there. Exports have an allowance of their own: one is long and gives way to
others, and whoever waits for it goes on reading.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from sertantai.core.clock import Clock
from sertantai.http.caller import GUEST_ROLE, AnyCaller
from sertantai.http.limits.limit_classes import LimitClass
from sertantai.http.limits.limit_windows import Allowance, Use
from sertantai.http.limits.network_keys import IPV6_BLOCKS, address_keys
from sertantai.http.limits.shared_counts import KEY_PREFIX, SharedCounts, StoreAway
from sertantai.http.limits.work_budgets import Bucket, Buckets

PAYERS: Final = "work_payers"
"""In the scope's state: the buckets that the request is charged to."""
SENT_EACH_MS: Final = 100.0
"""A shared store is told of so much at a time: ordinary requests never wait for it or make it work."""

ADDED_EACH_MS: Final = 1.0
"""What one payer's requests took is added up to so much before it counts."""

Payers = tuple[Bucket, ...]
Header = tuple[bytes, bytes]


class WorkLimits:
    """Milliseconds of processor time; see `work_budgets`."""

    def __init__(
        self,
        per_user: Allowance,
        per_address: Allowance,
        of_strangers: Allowance,
        of_exports: Allowance,
        clock: Clock,
        shared: Callable[[], SharedCounts | None],
    ) -> None:
        self._per_user = per_user
        self._per_address = _for_networks(per_address)
        self._of_strangers = _for_networks(of_strangers)
        self._of_exports = of_exports
        self._clock = clock
        self._shared = shared
        self._buckets = Buckets(clock.monotonic)
        self._sending: set[asyncio.Task[None]] = set()

    def payers(self, kind: LimitClass, caller: AnyCaller | None, ip: str | None) -> Payers:
        of = self._buckets.of
        if caller is None:
            return tuple(map(of, self._of_strangers, address_keys(ip)))
        whose = caller.user_id.int  # as text it would take longer than all the rest
        if kind is LimitClass.EXPORTS:
            return (of(self._of_exports, whose),)
        allowances = self._of_strangers if caller.role == GUEST_ROLE else self._per_address
        return (of(self._per_user, whose), *map(of, allowances, address_keys(ip)))

    def used_up(self, payers: Payers) -> Use | None:
        """The use of a payer that may have no more for now; of several, the one who waits longest."""
        longest: Use | None = None
        for bucket in payers:
            if bucket.ms >= bucket.full_ms:  # without a look at the clock, which nearly everybody is spared
                use = bucket.use(self._clock.monotonic())
                if not use.is_within and (longest is None or use.renews_in_s > longest.renews_in_s):
                    longest = use
        return longest

    def charge(self, payers: Payers, seconds: float) -> None:
        ms = seconds * 1000
        for bucket in payers:
            if not bucket.is_known:
                bucket = self._buckets.now_of(bucket)  # the same payer's
            bucket.unadded_ms += ms
            if bucket.unadded_ms >= ADDED_EACH_MS:  # most requests are too short for a look at the clock
                self._add(bucket)

    def _add(self, bucket: Bucket) -> None:
        ms, bucket.unadded_ms = bucket.unadded_ms, 0.0
        bucket.add(ms, self._clock.monotonic())
        shared = self._shared()
        if shared is not None:
            bucket.unsent_ms += ms
            if bucket.unsent_ms >= SENT_EACH_MS:
                self._tell(shared, bucket)

    async def told(self) -> None:
        """Wait until a shared store knows what it was to be told of; it has a bound of its own."""
        await asyncio.gather(*self._sending)

    def _tell(self, shared: SharedCounts, bucket: Bucket) -> None:
        ms, bucket.unsent_ms = int(bucket.unsent_ms), 0.0
        task = asyncio.get_running_loop().create_task(self._note(shared, bucket, ms), name="work-limits")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _note(self, shared: SharedCounts, bucket: Bucket, ms: int) -> None:
        """What was used up at all servers together is used up here too, until the store's window ends."""
        allowance = bucket.allowance
        try:
            found = await shared.note(f"{KEY_PREFIX}{allowance.name}/{bucket.whose}", allowance.period_s, ms)
        except StoreAway:
            return
        if found.used >= allowance.amount:
            bucket.fill(min(allowance.period_s, found.ends_in_s), self._clock.monotonic())


def _for_networks(allowance: Allowance) -> tuple[Allowance, ...]:
    return tuple(
        Allowance(allowance.name, allowance.amount * times, allowance.period_s) for _, times in IPV6_BLOCKS
    )
