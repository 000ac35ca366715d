"""Slows guessing down: by account, by address of the other end, and never for good.

A pure state machine; time is passed in. After some free failures every further one makes the next try
wait twice as long, up to a bound. A try that comes too early is refused unread: it counts for nothing, so
nobody can make another wait longer than the bound. And waiting for an account's sake does not concern
a device or an address from which that account was entered before: whoever attacks an account from
elsewhere delays themselves and other unknown browsers, not its owner.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from enum import StrEnum
from ipaddress import ip_network
from typing import Final

import msgspec
from msgspec import Struct

KEYS_MAX: Final = 100_000
KNOWN_PLACES_MAX: Final = 100_000
WIDE_NETWORKS: Final = ("/56", "/48")
WIDE_FREE: Final = 2
"""As many more failures are free in a wide network."""


class ThrottleRules(Struct, frozen=True):
    """``free``: failures without delay. The first delay is ``delay_s``; it doubles up to ``delay_s_max``."""

    free: int
    delay_s: float
    delay_s_max: float
    forgotten_after_s: float


class KeyKind(StrEnum):
    ACCOUNT = "account"
    """All unknown browsers that try one account."""
    KNOWN = "known"
    """One account from one place where it was entered before."""
    ADDRESS = "address"
    """All accounts tried from one address, or from one of the networks that an IPv6 address is in."""


class Key(Struct, frozen=True):
    kind: KeyKind
    value: Hashable


class Failures(Struct, frozen=True):
    count: int = 0
    blocked_until: float = 0.0
    last_at: float = 0.0


NONE: Final = Failures()


def networks_of(address: str | None) -> tuple[str, ...]:
    """What a try from ``address`` (an IPv4 address, or the /64 of an IPv6 address) counts for.

    Providers give one customer a /64, a /56 or a /48: counting blocks of one size only, whoever has a larger
    one is unknown 256 or 65,536 times.
    """
    if address is None:
        return ()
    if not address.endswith("/64"):
        return (address,)
    start = address.partition("/")[0]
    return (address, *(str(ip_network(f"{start}{wide}", strict=False)) for wide in WIDE_NETWORKS))


def after_failure(before: Failures, rules: ThrottleRules, now: float) -> Failures:
    """The state after one more failure at ``now`` (monotonic seconds)."""
    count = (0 if is_forgotten(before, rules, now) else before.count) + 1
    return Failures(count, now + delay_s(count, rules), now)


def delay_s(failures: int, rules: ThrottleRules) -> float:
    """How long the next try must wait after that many failures."""
    beyond = failures - rules.free
    if beyond < 0:
        return 0.0
    return float(min(rules.delay_s_max, rules.delay_s * 2 ** min(beyond, 60)))


def is_forgotten(state: Failures, rules: ThrottleRules, now: float) -> bool:
    return now - state.last_at >= rules.forgotten_after_s


class SignInThrottle:
    """Counts failures by key, in bounded memory: the longest untouched keys go first."""

    def __init__(self, rules_of: dict[KeyKind, ThrottleRules], *, keys_max: int = KEYS_MAX) -> None:
        self.rules_of = rules_of
        self._keys_max = keys_max
        self._states: OrderedDict[Key, Failures] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def keys(self, account: str, address: str | None, device: str | None) -> tuple[Key, ...]:
        """The keys that a try of ``account`` counts for."""
        found = []
        if device is not None:
            # Whoever else shares the address is not to keep this person waiting.
            return (Key(KeyKind.KNOWN, (account, device)),)
        if address is not None and (account, address) in self._known:
            found.append(Key(KeyKind.KNOWN, (account, address)))
        else:
            found.append(Key(KeyKind.ACCOUNT, account))
        return (*found, *(Key(KeyKind.ADDRESS, network) for network in networks_of(address)))

    def wait_s(self, keys: Sequence[Key], now: float) -> float:
        """How long a try must wait; 0: it may go on."""
        return max((self._states.get(key, NONE).blocked_until - now for key in keys), default=0.0)

    def begin(self, keys: Sequence[Key], now: float) -> float:
        """Like `wait_s`; a try that may go on counts as failed for its account until it is known better.

        So a hundred tries at once are not a hundred free ones.
        """
        wait = self.wait_s(keys, now)
        if wait > 0:
            return wait
        for key in keys:
            if key.kind is not KeyKind.ADDRESS:
                self._fail(key, now)
        return 0.0

    def failed(self, keys: Sequence[Key], now: float) -> None:
        """It was wrong. The account has counted it at the beginning."""
        for key in keys:
            if key.kind is KeyKind.ADDRESS:
                self._fail(key, now)

    def undecided(self, keys: Sequence[Key]) -> None:
        """Neither right nor wrong: the database was away, or a second factor is still to come."""
        for key in keys:
            state = self._states.get(key)
            if state is not None and key.kind is not KeyKind.ADDRESS:
                count = max(0, state.count - 1)
                blocked_until = state.last_at + delay_s(count, self.rules(key))
                self._put(key, Failures(count, min(blocked_until, state.blocked_until), state.last_at))

    def succeeded(self, keys: Sequence[Key], account: str, address: str | None) -> None:
        """It was right. The address keeps its count: an attacker may have an account of their own."""
        for key in keys:
            if key.kind is not KeyKind.ADDRESS:
                self._states.pop(key, None)
        if address is not None:
            self._know(account, address)

    def forgive(self, account: str) -> None:
        """Its owner has proved themselves in another way: a link sent to their address."""
        self._states.pop(Key(KeyKind.ACCOUNT, account), None)

    def waiting(self, now: float) -> list[tuple[Key, float]]:
        """Who must wait, and how long, the longest first; for administrators."""
        found = [(key, state.blocked_until - now) for key, state in self._states.items()]
        return sorted(((key, wait) for key, wait in found if wait > 0), key=lambda item: -item[1])

    def __len__(self) -> int:
        return len(self._states)

    def rules(self, key: Key) -> ThrottleRules:
        """Those of its kind; a network that many customers may share has more failures free."""
        rules = self.rules_of[key.kind]
        wide = key.kind is KeyKind.ADDRESS and str(key.value).endswith(WIDE_NETWORKS)
        return msgspec.structs.replace(rules, free=rules.free * WIDE_FREE) if wide else rules

    def _fail(self, key: Key, now: float) -> None:
        self._put(key, after_failure(self._states.get(key, NONE), self.rules(key), now))

    def _put(self, key: Key, state: Failures) -> None:
        self._states[key] = state
        self._states.move_to_end(key)
        if len(self._states) > self._keys_max:
            self._states.popitem(last=False)

    def _know(self, account: str, address: str) -> None:
        self._known[account, address] = None
        self._known.move_to_end((account, address))
        if len(self._known) > KNOWN_PLACES_MAX:
            self._known.popitem(last=False)
