"""Named spans of time, in a zone: a report that is sent each month says "last month", not two dates. Pure."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from sertantai.audit.days import start_of

USUAL: Final = "90-days"
LABELS: Final = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7-days": "The last 7 days",
    "30-days": "The last 30 days",
    "90-days": "The last 90 days",
    "365-days": "The last 365 days",
    "this-month": "This month",
    "last-month": "Last month",
    "this-quarter": "This quarter",
    "last-quarter": "Last quarter",
    "this-year": "This year",
    "last-year": "Last year",
    "all": "All there is",
}
FIRST_DAY: Final = date(1, 1, 2)


def days_of(name: str, today: date) -> tuple[date, date]:
    """From the first day to the one after the last. ``name`` is one of `LABELS`."""
    if name == "all":
        return FIRST_DAY, today + timedelta(days=1)
    if name == "yesterday":
        return today - timedelta(days=1), today
    if name == "today":
        return today, today + timedelta(days=1)
    number, _, unit = name.partition("-")
    if unit == "days":
        return today - timedelta(days=int(number) - 1), today + timedelta(days=1)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = _first_of(today, months)
    if number == "last":
        return _before(first, months), first
    return first, _after(first, months)


def span_of(name: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The same as moments: the first that is in it, and the first that is not."""
    first, after = days_of(name, now.astimezone(zone).date())
    return start_of(first, zone), start_of(after, zone)


def _first_of(day: date, months: int) -> date:
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _after(first: date, months: int) -> date:
    return _moved(first, months)


def _before(first: date, months: int) -> date:
    return _moved(first, -months)


def _moved(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
