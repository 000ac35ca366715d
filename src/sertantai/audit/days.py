"""Where the days of a time zone begin: they are 23, 24 or 25 hours long, and some never were."""

from datetime import UTC, date, datetime, time, tzinfo


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of ``day``. Where the clocks leap over midnight it is that of the leap.

    In UTC, as two points in time of one zone are compared by what its clocks show.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)
