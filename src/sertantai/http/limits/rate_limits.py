"""How much anybody may do: counted per user and per address, by class, in this process or a shared store.

While a shared store fails (see `shared_counts`), everything is counted in this process instead: nobody is
refused because of the failure, and nobody escapes either.
"""

from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, Final, NoReturn, Protocol
from uuid import UUID

from limits import parse
from msgspec import Struct

from sertantai.core.clock import Clock
from sertantai.core.errors import RateLimited
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.http.durations import span_of_time
from sertantai.http.limits.limit_classes import LimitClass
from sertantai.http.limits.limit_windows import Allowance, LocalWindows, Use
from sertantai.http.limits.network_keys import IPV6_BLOCKS, address_keys
from sertantai.http.limits.shared_counts import KEY_PREFIX, StoreAway, shared_counts
from sertantai.http.limits.work_limits import Payers, WorkLimits

STATE_KEY: Final = "rate_limit"

_request: ContextVar[MutableMapping[str, Any] | None] = ContextVar(
    "rate limits of this request", default=None
)


class LimitSettings(Protocol):
    """The part of the settings that is read here; each limit as ``amount/period``, such as ``60/minute``."""

    @property
    def rate_limits_enabled(self) -> bool: ...
    @property
    def rate_limit_store_url(self) -> str | None: ...
    @property
    def rate_limit_sign_in_per_address(self) -> str: ...
    @property
    def rate_limit_guests_per_address(self) -> str: ...
    @property
    def rate_limit_changes_per_user(self) -> str: ...
    @property
    def rate_limit_changes_per_address(self) -> str: ...
    @property
    def rate_limit_bulk_per_user(self) -> str: ...
    @property
    def rate_limit_bulk_per_address(self) -> str: ...
    @property
    def rate_limit_bulk_records_per_user(self) -> str: ...
    @property
    def rate_limit_bulk_records_per_address(self) -> str: ...
    @property
    def rate_limit_bulk_bytes_per_user(self) -> str: ...
    @property
    def rate_limit_bulk_bytes_per_address(self) -> str: ...
    @property
    def rate_limit_reads_per_user(self) -> str: ...
    @property
    def rate_limit_reads_per_address(self) -> str: ...
    @property
    def rate_limit_exports_per_user(self) -> str: ...
    @property
    def rate_limit_exports_per_address(self) -> str: ...
    @property
    def rate_limit_work_per_user(self) -> str: ...
    @property
    def rate_limit_work_per_address(self) -> str: ...
    @property
    def rate_limit_work_of_strangers_per_address(self) -> str: ...
    @property
    def rate_limit_work_of_exports_per_user(self) -> str: ...


class Rule(Struct, frozen=True):
    """What one class allows. A sign-in knows no user yet, and neither does the making of a guest."""

    per_user: Allowance | None
    per_address: Allowance
    policy_header: tuple[bytes, bytes]


def rules_of(settings: LimitSettings) -> Mapping[LimitClass, Rule]:
    """Every class's rule; raises ValueError for a limit that cannot be read."""
    given = {
        LimitClass.SIGN_IN: (None, settings.rate_limit_sign_in_per_address),
        LimitClass.SIGN_OUT: (settings.rate_limit_changes_per_user, settings.rate_limit_changes_per_address),
        LimitClass.GUESTS: (None, settings.rate_limit_guests_per_address),
        LimitClass.CHANGES: (settings.rate_limit_changes_per_user, settings.rate_limit_changes_per_address),
        LimitClass.BULK: (settings.rate_limit_bulk_per_user, settings.rate_limit_bulk_per_address),
        LimitClass.BULK_RECORDS: (
            settings.rate_limit_bulk_records_per_user,
            settings.rate_limit_bulk_records_per_address,
        ),
        LimitClass.BULK_BYTES: (
            settings.rate_limit_bulk_bytes_per_user,
            settings.rate_limit_bulk_bytes_per_address,
        ),
        LimitClass.READS: (settings.rate_limit_reads_per_user, settings.rate_limit_reads_per_address),
        LimitClass.EXPORTS: (settings.rate_limit_exports_per_user, settings.rate_limit_exports_per_address),
    }
    return {kind: _rule(kind, *limits) for kind, limits in given.items()}


def _rule(kind: LimitClass, per_user: str | None, per_address: str) -> Rule:
    user = None if per_user is None else _allowance(f"{kind}-user", per_user)
    address = _allowance(f"{kind}-address", per_address)
    policies = ", ".join(one.policy for one in (user, address) if one is not None)
    return Rule(user, address, (b"ratelimit-policy", policies.encode("ascii")))


def _allowance(name: str, text: str) -> Allowance:
    limit = parse(text)
    return Allowance(name, limit.amount, limit.get_expiry())


class RateLimits:
    """Counts and refuses. ``charge`` is the whole interface; requests are charged by the middleware."""

    def __init__(self, settings: LimitSettings, clock: Clock, events: SecurityEvents) -> None:
        self._rules = rules_of(settings)
        self._clock = clock
        self._events = events
        self._windows = LocalWindows()
        self.is_enabled = settings.rate_limits_enabled
        self.shared = shared_counts(settings.rate_limit_store_url, clock, events)
        self.work = WorkLimits(
            _allowance("work-user", settings.rate_limit_work_per_user),
            _allowance("work-address", settings.rate_limit_work_per_address),
            _allowance("work-strangers", settings.rate_limit_work_of_strangers_per_address),
            _allowance("work-exports", settings.rate_limit_work_of_exports_per_user),
            clock,
            lambda: self.shared,
        )

    async def start(self) -> None:
        """It needs nothing before the first charge."""

    async def stop(self) -> None:
        await self.work.told()
        if self.shared is not None:
            await self.shared.stop()

    async def charge(
        self, kind: LimitClass, user_id: UUID | None, ip: str | None, cost: int = 1
    ) -> tuple[Rule, Use]:
        """Count ``cost``, at most the whole allowance, so that an idle user can always do one thing.

        Returns the use that is nearest to its end. Raises `RateLimited`.
        """
        rule = self._rules[kind]
        by_address = nearest = await self._count_address(rule.per_address, ip, cost)
        if by_address.is_within and user_id is not None and rule.per_user is not None:
            by_user = await self._count(rule.per_user, str(user_id), cost)
            if not by_user.is_within or by_user.fraction_left <= by_address.fraction_left:
                nearest = by_user
        _note(rule.policy_header, nearest)
        if not nearest.is_within:
            self._refuse(nearest, user_id, ip)
        return rule, nearest

    def give_back(self, kind: LimitClass, ip: str | None) -> None:
        """What was charged turned out to be nothing that counts. In a shared store it stays counted."""
        if self.shared is None:
            allowance, now = self._rules[kind].per_address, self._clock.monotonic()
            for (_, times), network in zip(IPV6_BLOCKS, address_keys(ip), strict=False):
                self._windows.count(_times(allowance, times), network, -1, now)

    def require_work(self, payers: Payers, user_id: UUID | None, ip: str | None) -> None:
        """Raises `RateLimited` while what ``payers`` asked for lately took too much of the loop."""
        used_up = self.work.used_up(payers)
        if used_up is not None:
            allowance = used_up.allowance
            _note((b"ratelimit-policy", allowance.policy.encode("ascii")), used_up)
            self._refuse(
                used_up,
                user_id,
                ip,
                "Your recent requests took too much of the server's time: at most "
                f"{allowance.amount:,} milliseconds in {span_of_time(allowance.period_s)}",
            )

    async def charge_guest(self, ip: str | None) -> None:
        """Count one more guest from that address; raises `RateLimited`."""
        if self.is_enabled:
            await self.charge(LimitClass.GUESTS, None, ip)

    async def charge_bulk(self, user_id: UUID, ip: str | None, *, records: int, bytes_written: int) -> None:
        """Count what an operation of the request at hand touches and writes; raises `RateLimited`.

        What no request asked for (a retry, a script beside the server) is not limited.
        """
        if not self.is_enabled or _request.get() is None:
            return
        if bytes_written > 0:
            await self.charge(LimitClass.BULK_BYTES, user_id, ip, bytes_written)
        if records > 0:
            await self.charge(LimitClass.BULK_RECORDS, user_id, ip, records)

    async def _count_address(self, allowance: Allowance, ip: str | None, cost: int) -> Use:
        """The use of the address, or of the first of its networks that has used up its own."""
        first, *wider = address_keys(ip)
        nearest = await self._count(allowance, first, cost)
        for (_, times), network in zip(IPV6_BLOCKS[1:], wider, strict=False):
            if not nearest.is_within:
                break
            use = await self._count(_times(allowance, times), network, cost)
            if not use.is_within:
                nearest = use
        return nearest

    async def _count(self, allowance: Allowance, whose: str, cost: int) -> Use:
        cost = min(cost, allowance.amount)
        if self.shared is not None:
            key = f"{KEY_PREFIX}{allowance.name}/{whose}"
            try:
                found = await self.shared.add(key, allowance.period_s, cost, allowance.amount)
            except StoreAway:
                pass
            else:
                left, ends_in_s = (
                    max(0, allowance.amount - found.used),
                    min(allowance.period_s, found.ends_in_s),
                )
                return Use(allowance, found.is_within, left, ends_in_s)
        return self._windows.count(allowance, whose, cost, self._clock.monotonic())

    def _refuse(self, use: Use, user_id: UUID | None, ip: str | None, reason: str | None = None) -> NoReturn:
        allowance = use.allowance
        who = None if user_id is None else UserId(user_id)
        self._events.record(SecurityEventKind.LIMIT_HIT, who, ip, {"limit": allowance.name})
        reason = reason or (
            f"Too many requests: at most {allowance.amount:,} in {span_of_time(allowance.period_s)}"
        )
        raise RateLimited(f"{reason} ({allowance.name}). Nothing was changed.", retry_after_s=use.renews_in_s)


def remember_request(state: MutableMapping[str, Any]) -> None:
    """From here on, in this task, charges are shown in the answer whose scope has this ``state``."""
    _request.set(state)


def _note(policy: tuple[bytes, bytes], use: Use) -> None:
    state = _request.get()
    if state is not None:
        left = f'"{use.allowance.name}";r={use.left};t={-int(-use.renews_in_s // 1)}'
        state[STATE_KEY] = (policy, (b"ratelimit", left.encode("ascii")))


def _times(allowance: Allowance, times: int) -> Allowance:
    return Allowance(allowance.name, allowance.amount * times, allowance.period_s)
