"""When a report is sent next: early in the morning of its zone, by day, week, month or quarter. Pure."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from sertantai.audit.days import start_of

SCHEDULES: Final = {
    "": "Not sent",
    "daily": "Every day",
    "weekly": "Every Monday",
    "monthly": "On the first of each month",
    "quarterly": "On the first of each quarter",
}
SENT_AT: Final = timedelta(hours=6)
"""After midnight: what happened the day before is in the database by then, and it is there before work."""


def next_after(schedule: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The first moment after ``now``; None: it is not sent. ``schedule`` is one of `SCHEDULES`."""
    if not schedule:
        return None
    day = now.astimezone(zone).date()
    while True:
        moment = start_of(day, zone) + SENT_AT
        if moment > now and _is_due_on(schedule, day):
            return moment
        day += timedelta(days=1)


def _is_due_on(schedule: str, day: date) -> bool:
    match schedule:
        case "daily":
            return True
        case "weekly":
            return day.weekday() == 0
        case "monthly":
            return day.day == 1
        case _:
            return day.day == 1 and day.month in (1, 4, 7, 10)
