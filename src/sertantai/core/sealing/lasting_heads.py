"""Which of the heads that were signed are kept for ever. Pure.

A head that is dropped takes no proof away: whoever kept it elsewhere still proves by it, as the log is a
later state of it. Those that are kept say when entries were there already, to the hour of the last week and
to the day of all time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

EVERY_ONE_FOR: Final = timedelta(days=1)
ONE_AN_HOUR_FOR: Final = timedelta(days=7)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def lasting(times: Sequence[datetime | None], now: datetime) -> list[int]:
    """The numbers of those that are kept, of heads signed at ``times``, oldest first: all of the last day, of
    the week the last of each hour, before it the last of each day, and the newest. None: nobody knows when,
    so it stays."""
    last = {_span(number, at, now): number for number, at in enumerate(times)}
    if times:
        last[("newest",)] = len(times) - 1
    return sorted(set(last.values()))


def _span(number: int, at: datetime | None, now: datetime) -> tuple[object, ...]:
    """Of each the last is kept. By UTC, as everything that is sealed; an hour and a day are over as a whole,
    so it is the same however often heads are thinned on the way."""
    if at is None:
        return (number,)
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if hour + _HOUR > now - EVERY_ONE_FOR:
        return (number,)
    day = hour.replace(hour=0)
    return (hour,) if day + _DAY > now - ONE_AN_HOUR_FOR else (day, "day")
