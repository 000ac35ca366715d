"""Which list and which moment somebody means who asks for what happened; every refusal names its field."""

from datetime import UTC, date, datetime, timedelta, tzinfo

from sertantai.audit.days import start_of
from sertantai.audit.trail import THE_BEGINNING, THE_END
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, parse_uuid

DEFAULT_GROUP = "default"


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
