"""Where the days of a time zone begin: they are 23, 24 or 25 hours long, and some never were."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

A_DAY: Final = timedelta(days=1)


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of ``day``. Where the clocks leap over midnight it is that of the leap.

    In UTC, as two points in time of one zone are compared by what its clocks show.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def stretches_of(starts: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Where stretches of days begin and end, of which each begins 24 hours after the one before: the last of
    one may be shorter or longer. ``starts``: where each day begins, and where the last one ends. A day that
    never was is in no stretch."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in pairwise(starts):
        if start == end:
            continue
        begins, ended = found[-1] if found else (start, end)
        if ended == start and (start - begins) % A_DAY == timedelta():
            found[-1] = (begins, end)
        else:
            found.append((start, end))
    return found
