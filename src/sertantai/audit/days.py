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


def stretches_of(starts: Sequence[datetime]) -> tuple[list[datetime], list[datetime]]:
    """Where stretches of days begin and end, of which each begins 24 hours after the one before: the last of
    one may be shorter or longer. ``starts``: where each day begins, and where the last one ends. A day that
    never was is in no stretch."""
    begins: list[datetime] = []
    ends: list[datetime] = []
    for start, end in pairwise(starts):
        if start == end:
            continue
        if ends and ends[-1] == start and (start - begins[-1]) % A_DAY == timedelta():
            ends[-1] = end
        else:
            begins.append(start)
            ends.append(end)
    return begins, ends
