"""The query of ``GET /api/v1/audit`` as a filter; every refusal names its field."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from sertantai.audit.days import start_of
from sertantai.audit.trail import THE_BEGINNING, THE_END, TrailFilter
from sertantai.core import audit_words
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, RecordId, parse_uuid

DEFAULT_GROUP = "default"


def parse_trail_filter(
    *,
    group: str | None = None,
    record: str | None = None,
    actions: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    include: str | None = None,
) -> TrailFilter:
    """Raises `InvalidInput`."""
    return TrailFilter(
        group=parse_group(group),
        record=RecordId(parse_uuid(record, "record")) if record else None,
        actions=_actions(actions),
        since=parse_moment(since, "since") if since else THE_BEGINNING,
        until=parse_moment(until, "until", end=True) if until else THE_END,
        lists=_lists(include),
    )


def parse_group(text: str | None) -> GroupId | str | None:
    if not text:
        return None
    return DEFAULT_GROUP if text == DEFAULT_GROUP else GroupId(parse_uuid(text, "group"))


def parse_moment(text: str, field: str, *, end: bool = False, zone: tzinfo = UTC) -> datetime:
    """A date or a date with time, in ``zone`` where it names none; a date as an ``end`` takes that day in.

    Never so early or late that it could not be written in another zone.
    """
    try:
        if len(text) <= 10:
            day = max(date.fromisoformat(text), THE_BEGINNING.date())
            moment = start_of(day + timedelta(days=1 if end else 0), zone)
        else:
            # A plus sign that was not escaped in a query arrives as a space.
            stated = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            moment = (stated.replace(tzinfo=zone) if stated.tzinfo is None else stated).astimezone(UTC)
        return min(max(moment, THE_BEGINNING), THE_END)
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"{field}: {text[:40]!r} is not a time such as 2026-01-31T12:00:00Z or 2026-01-31.", field=field
        ) from None


def _actions(actions: Sequence[str]) -> tuple[str, ...]:
    for action in actions:
        if action not in audit_words.ALL:
            known = ", ".join(audit_words.ALL)
            raise InvalidInput(f"action: {action[:40]!r} is none of {known}.", field="action")
    return tuple(actions)


def _lists(include: str | None) -> bool:
    if include not in (None, "", "lists"):
        raise InvalidInput(f"include: {include[:40]!r} is not known; it may be lists.", field="include")
    return include == "lists"
