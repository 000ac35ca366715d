"""When events are worth an alert: so many of a kind, from one place, within a time. Pure."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Final, Protocol, TypeVar

from limits import parse
from msgspec import Struct

from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind as Kind

SUBJECTS_MAX: Final = 50_000
OFF: Final = "off"

T = TypeVar("T")


class RuleSettings(Protocol):
    @property
    def security_alert_failed_sign_ins(self) -> str: ...
    @property
    def security_alert_new_devices(self) -> str: ...
    @property
    def security_alert_token_misuse(self) -> str: ...
    @property
    def security_alert_denied_access(self) -> str: ...
    @property
    def security_alert_limits_hit(self) -> str: ...
    @property
    def security_alert_mass_removal(self) -> str: ...
    @property
    def security_alert_protection(self) -> str: ...
    @property
    def security_alert_sync_rejected(self) -> str: ...
    @property
    def security_alert_quiet_s(self) -> int: ...


class Rule(Struct, frozen=True):
    """``count`` events within ``period_s`` from one user or one address are worth an alert."""

    name: str
    kinds: frozenset[Kind]
    count: int
    period_s: int
    sentence: str


class Alert(Struct, frozen=True):
    """``subject``: the user, address or "system" it is about. ``unsaid``: equal ones since the last."""

    rule: str
    subject: str
    sentence: str
    unsaid: int = 0

    @property
    def title(self) -> str:
        return f"Sertantai: {self.rule.replace('_', ' ')}"

    @property
    def body(self) -> str:
        more = f" It happened {self.unsaid} more times since the last alert." if self.unsaid else ""
        return f"{self.sentence} Concerns: {self.subject}.{more} See /admin/security."


def rules_of(settings: RuleSettings) -> tuple[Rule, ...]:
    """The rules that are on; raises ValueError for a threshold that cannot be read."""
    given: list[tuple[str, set[Kind], str, str]] = [
        (
            "failed_sign_ins",
            {Kind.SIGN_IN_FAILED, Kind.SECOND_FACTOR_FAILED},
            settings.security_alert_failed_sign_ins,
            "Many failed attempts to sign in.",
        ),
        (
            "new_devices",
            {Kind.NEW_DEVICE},
            settings.security_alert_new_devices,
            "Somebody signed in to an account from several new devices.",
        ),
        (
            "token_misuse",
            {Kind.TOKEN_MISUSED, Kind.LINK_REFUSED},
            settings.security_alert_token_misuse,
            "Invalid tokens or links were used repeatedly.",
        ),
        (
            "denied_access",
            {Kind.ACCESS_DENIED},
            settings.security_alert_denied_access,
            "Somebody keeps trying to open what is not theirs.",
        ),
        (
            "limits_hit",
            {Kind.LIMIT_HIT},
            settings.security_alert_limits_hit,
            "Rate limits are being exceeded repeatedly.",
        ),
        (
            "mass_removal",
            {Kind.MASS_REMOVAL},
            settings.security_alert_mass_removal,
            "An unusual number of laws was removed from a list at once.",
        ),
        (
            "protection",
            {Kind.PROTECTION_TRIGGERED, Kind.TRAIL_DIFFERS},
            settings.security_alert_protection,
            "Rows that are kept for ever were changed, or somebody tried to.",
        ),
        (
            "sync_rejected",
            {
                Kind.SYNC_REJECTED,
                Kind.LIMIT_STORE_FAILED,
                Kind.EVENTS_DROPPED,
                Kind.CLOCK_AHEAD,
                Kind.JOURNAL_DAMAGED,
                Kind.TRAIL_UNHEARD,
            },
            settings.security_alert_sync_rejected,
            "The server needs attention: a change was refused by the database, or a part it relies on fails.",
        ),
    ]
    return tuple(
        Rule(name, frozenset(kinds), limit.amount, limit.get_expiry(), sentence)
        for name, kinds, text, sentence in given
        if text != OFF
        for limit in (parse(text),)
    )


class Judge:
    """Counts events by rule and subject in bounded memory, and keeps quiet for a while after an alert."""

    def __init__(self, rules: tuple[Rule, ...], quiet_s: float) -> None:
        self._rules_of: dict[Kind, list[Rule]] = {}
        for rule in rules:
            for kind in rule.kinds:
                self._rules_of.setdefault(kind, []).append(rule)
        self._quiet_s = quiet_s
        self._seen: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._last: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def judge(self, kind: Kind, user_id: UserId | None, ip: str | None, now: float) -> list[Alert]:
        """The alerts that this event calls for, at ``now`` (monotonic seconds)."""
        found = []
        for rule in self._rules_of.get(kind, ()):
            reached = [subject for subject in _subjects(user_id, ip) if self._reaches(rule, subject, now)]
            # One event, one alert of a rule: about the user where one is known, else about the address.
            if reached and (alert := self._unless_said(rule, reached[0], now)):
                found.append(alert)
        return found

    def _reaches(self, rule: Rule, subject: str, now: float) -> bool:
        times = _touch(self._seen, (rule.name, subject), deque[float](maxlen=rule.count))
        times.append(now)
        return len(times) == rule.count and now - times[0] < rule.period_s

    def _unless_said(self, rule: Rule, subject: str, now: float) -> Alert | None:
        key = (rule.name, subject)
        said_at, unsaid = self._last.get(key, (-self._quiet_s, 0))
        if now - said_at < self._quiet_s:
            self._last[key] = (said_at, unsaid + 1)
            return None
        _touch(self._last, key, (now, 0))
        self._last[key] = (now, 0)
        return Alert(rule.name, subject, rule.sentence, unsaid)


def _subjects(user_id: UserId | None, ip: str | None) -> list[str]:
    found = [] if user_id is None else [f"user {user_id}"]
    if ip is not None:
        found.append(f"address {ip}")
    return found or ["system"]


def _touch(kept: "OrderedDict[tuple[str, str], T]", key: tuple[str, str], new: T) -> T:
    """The value of a key, as the newest one; the oldest goes when there are too many."""
    value = kept.setdefault(key, new)
    kept.move_to_end(key)
    if len(kept) > SUBJECTS_MAX:
        kept.popitem(last=False)
    return value


def thresholds(rules: tuple[Rule, ...]) -> Mapping[str, tuple[int, int]]:
    """How many events, in how many seconds, raise an alert."""
    return {rule.name: (rule.count, rule.period_s) for rule in rules}
