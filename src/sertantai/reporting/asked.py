"""A question with its parameters, from the texts of an address, a command or a saved report. Pure.

Every refusal names its parameter. A parameter that a question does not take is refused, too: whoever narrows
a report and is not told that it was in vain believes it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

import msgspec

from sertantai.audit.queries import DEFAULT_GROUP, parse_group, parse_moment
from sertantai.audit.trail import THE_BEGINNING
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, UserId, parse_uuid
from sertantai.core.security_events import SecurityEventKind
from sertantai.reporting.periods import LABELS, USUAL, span_of
from sertantai.reporting.questions import Question

TEXT_CHARACTERS_MAX: Final = 500
PERIOD_DAYS_MAX: Final = 1_100
"""Of what is divided by hours: three years."""
LEAST_USUAL: Final = 100
LEAST_MAX: Final = 1_000_000_000
MINUTES_A_DAY: Final = 24 * 60
HOURS_USUAL: Final = (8 * 60, 18 * 60)
SOURCES: Final = ("hand", "filter", "import", "undo", "merge", "system", "salvage")
KINDS: Final = tuple(kind.value for kind in SecurityEventKind)
CHOICES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "period": tuple(LABELS.items()),
    "reason": (("with", "With a reason"), ("without", "Without a reason")),
    "state": (("overdue", "Overdue"), ("due", "Due within 30 days"), ("all", "All that have a day")),
    "why": (("hours", "Outside working hours"), ("address", "From a new address")),
    "undone": (("yes", "Undone"), ("no", "Not undone")),
    "by": (("family", "By family"), ("type", "By type")),
}
LABELLED: Final = {
    "list": "List",
    "other": "Other list",
    "law": "Law",
    "person": "Person",
    "period": "Time",
    "since": "From",
    "until": "To",
    "at": "On",
    "then": "And on",
    "family": "Family",
    "type": "Type",
    "source": "How",
    "reason": "Reason",
    "state": "Which",
    "hours": "Working hours",
    "why": "Why",
    "least": "At least, laws",
    "undone": "Undone",
    "by": "Divided",
    "kind": "What",
}
NAMES: Final = tuple(LABELLED)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """``since`` is in it, ``until`` is not. ``at``: as it was then; ``then``: the later moment to compare
    with. ``list``: an id, or "default". ``law`` is as somebody wrote it: an id or a name. ``hours``: from
    which minute of the day to which somebody works, on Mondays to Fridays."""

    question: Question
    zone: tzinfo
    now: datetime
    since: datetime
    until: datetime
    at: datetime
    then: datetime
    list: GroupId | str | None = None
    other: GroupId | str | None = None
    law: str = ""
    person: UserId | None = None
    family: str | None = None
    type: str | None = None
    source: str | None = None
    reason: bool | None = None
    undone: bool | None = None
    state: Literal["overdue", "due", "all"] = "overdue"
    why: Literal["hours", "address"] = "hours"
    by: Literal["family", "type"] = "family"
    hours: tuple[int, int] = HOURS_USUAL
    least: int = LEAST_USUAL
    kind: str | None = None

    @property
    def has_period(self) -> bool:
        return "since" in self.question.takes


def asked_of(question: Question, given: Mapping[str, str], now: datetime, zone: tzinfo) -> Asked:
    """What is asked for. Raises `InvalidInput` naming the parameter."""
    stated = {name: text.strip() for name, text in given.items() if text.strip()}
    for name, text in stated.items():
        if name not in question.takes:
            raise InvalidInput(f"{name}: this question does not take it.", field=name)
        if len(text) > TEXT_CHARACTERS_MAX:
            raise InvalidInput(f"{name}: at most {TEXT_CHARACTERS_MAX} characters.", field=name)
        if name in CHOICES and text not in dict(CHOICES[name]):
            known = ", ".join(value for value, _ in CHOICES[name])
            raise InvalidInput(f"{name}: {text[:40]!r} is none of {known}.", field=name)
    since, until = _span(stated, now, zone)
    at = _moment(stated, "at", now, zone)
    then = _moment(stated, "then", now, zone)
    if then < at:
        raise InvalidInput("then: it must not be before the other day.", field="then")
    if "hours" in question.takes:
        # What is divided by hours needs a beginning.
        earliest = until - timedelta(days=PERIOD_DAYS_MAX)
        if since < earliest and stated.get("period") != "all" and "since" in stated:
            raise InvalidInput(f"since: at most {PERIOD_DAYS_MAX:,} days before the end.", field="since")
        since = max(since, earliest)
    return Asked(
        question=question,
        zone=zone,
        now=now,
        since=since,
        until=until,
        at=at,
        then=then,
        list=_list(stated.get("list"), "list"),
        other=_list(stated.get("other"), "other"),
        law=stated.get("law", ""),
        person=UserId(parse_uuid(stated["person"], "person")) if "person" in stated else None,
        family=stated.get("family"),
        type=stated.get("type"),
        source=_one_of(stated, "source", SOURCES),
        reason=None if "reason" not in stated else stated["reason"] == "with",
        undone=None if "undone" not in stated else stated["undone"] == "yes",
        state=stated.get("state", "overdue"),  # type: ignore[arg-type]  # one of the choices
        why=stated.get("why", "hours"),  # type: ignore[arg-type]  # one of the choices
        by=stated.get("by", "family"),  # type: ignore[arg-type]  # one of the choices
        hours=_hours(stated.get("hours")),
        least=_least(stated.get("least")),
        kind=_one_of(stated, "kind", KINDS),
    )


def missing(question: Question, given: Mapping[str, str]) -> list[str]:
    """What the question is nothing without, and was not said."""
    return [name for name in question.needs if not given.get(name, "").strip()]


def require_all(question: Question, given: Mapping[str, str]) -> None:
    """Raises `InvalidInput` naming the first that is missing."""
    for name in missing(question, given):
        raise InvalidInput(f"{name}: this question needs it.", field=name)


def _span(stated: Mapping[str, str], now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """What a period says, which each of the two ends overrules."""
    since, until = span_of(stated.get("period") or USUAL, now, zone)
    if "until" in stated:
        until = parse_moment(stated["until"], "until", end=True, zone=zone)
    if "since" in stated:
        since = parse_moment(stated["since"], "since", zone=zone)
    elif "until" in stated and "period" not in stated:
        since = max(THE_BEGINNING + timedelta(days=90), until) - timedelta(days=90)
    if since > until:
        raise InvalidInput("since: it must not be after the end.", field="since")
    return max(since, THE_BEGINNING), until


def _moment(stated: Mapping[str, str], name: str, now: datetime, zone: tzinfo) -> datetime:
    """A day is meant at its end; of today that is now. Raises for a day that is still to come."""
    if name not in stated:
        return now
    moment = parse_moment(stated[name], name, end=True, zone=zone)
    if moment > now + timedelta(days=1):
        raise InvalidInput(f"{name}: that day is still to come.", field=name)
    return min(moment, now)


def _list(text: str | None, name: str) -> GroupId | str | None:
    if text is None or text == DEFAULT_GROUP:
        return text
    try:
        return parse_group(text)
    except InvalidInput:
        raise InvalidInput(f"{name}: {text[:60]!r} is neither a UUID nor 'default'.", field=name) from None


def _one_of(stated: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    text = stated.get(name)
    if text is not None and text not in known:
        raise InvalidInput(f"{name}: {text[:40]!r} is none of {', '.join(known)}.", field=name)
    return text


def _least(text: str | None) -> int:
    if text is None:
        return LEAST_USUAL
    if not text.isascii() or not text.isdigit() or len(text) > 10 or not 1 <= int(text) <= LEAST_MAX:
        raise InvalidInput(f"least: a whole number from 1 to {LEAST_MAX}.", field="least")
    return int(text)


def _hours(text: str | None) -> tuple[int, int]:
    """Such as 08:00-18:00."""
    if text is None:
        return HOURS_USUAL
    begins, dash, ends = text.partition("-")
    found = (_minute(begins), _minute(ends)) if dash else (-1, -1)
    if not 0 <= found[0] < found[1] <= MINUTES_A_DAY:
        raise InvalidInput(f"hours: {text[:40]!r} is not such as 08:00-18:00.", field="hours")
    return found


def _minute(text: str) -> int:
    hours, _, minutes = text.strip().partition(":")
    if not (hours.isascii() and hours.isdigit() and len(hours) <= 2):
        return -1
    if minutes and not (minutes.isascii() and minutes.isdigit() and len(minutes) == 2 and int(minutes) < 60):
        return -1
    return int(hours) * 60 + int(minutes or 0)
