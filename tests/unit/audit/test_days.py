"""Days of a time zone: where they begin, also where the clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.audit.days import start_of, stretches_of
from sertantai.audit.queries import parse_moment

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", 23),
        ("Europe/London", "2026-07-01", "2026-06-30T23:00:00Z", 24),
        ("Europe/London", "2026-10-25", "2026-10-24T23:00:00Z", 25),
        ("America/Los_Angeles", "2026-03-08", "2026-03-08T08:00:00Z", 23),
        ("America/Los_Angeles", "2026-11-01", "2026-11-01T07:00:00Z", 25),
        # The clocks leap over midnight: the day begins at one.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", 23),
        # Samoa went over the date line, and had no such day.
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", 24),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24),
    ],
)
def test_a_day_is_as_long_as_it_was_there(zone: str, day: str, begins: str, hours: int) -> None:
    there = ZoneInfo(zone)
    since = parse_moment(day, "since", zone=there)
    assert since == start_of(date.fromisoformat(day), there) == datetime.fromisoformat(begins)
    assert parse_moment(day, "until", end=True, zone=there) - since == hours * HOUR


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds of hypothesis have none
    st.sampled_from(["UTC", "Europe/London", "America/Los_Angeles", "Asia/Kathmandu"]),
)
def test_a_moment_lies_in_the_day_that_the_clocks_show(moment: datetime, zone: str) -> None:
    there = ZoneInfo(zone)
    day = moment.astimezone(there).date()
    assert start_of(day, there) <= moment < start_of(day + timedelta(days=1), there)


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00Z", "9999-12-30", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_earliest_and_the_latest_can_be_written_everywhere(text: str, zone: str) -> None:
    moment = parse_moment(text, "at", zone=ZoneInfo(zone))
    for other in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert parse_moment(moment.astimezone(ZoneInfo(other)).isoformat(), "at") == moment


def test_a_moment_without_a_zone_is_the_readers() -> None:
    there = ZoneInfo("America/Los_Angeles")
    at = datetime(2026, 3, 8, 1, tzinfo=UTC)
    assert parse_moment("2026-03-07T17:00:00", "at", zone=there) == at
    assert parse_moment("2026-03-08T01:00:00Z", "at", zone=there) == at
    assert parse_moment("2026-03-08T02:00:00+01:00", "at", zone=there) == at
    assert parse_moment("2026-03-08T01:00:00", "at") == at


@pytest.mark.parametrize(
    ("zone", "year", "hours"),
    [
        ("UTC", 2026, [365 * 24]),
        # Until the day of 23 hours has passed, then until that of 25 has, then the rest.
        ("Europe/London", 2026, [88 * 24 - 1, 210 * 24 + 1, 67 * 24]),
        ("Pacific/Apia", 2011, [92 * 24 + 1, 175 * 24 - 1, 97 * 24]),  # without the day that never was
    ],
)
def test_a_year_has_few_stretches_of_days_that_begin_at_the_same_time(
    zone: str, year: int, hours: list[int]
) -> None:
    """And all of them together are the year, whatever was done to the clocks."""
    first, there = date(year, 1, 1), ZoneInfo(zone)
    starts = [start_of(first + timedelta(days=number), there) for number in range(366)]
    found = stretches_of(starts)
    assert [(end - begin) // HOUR for begin, end in found] == hours
    assert (found[0][0], found[-1][1]) == (starts[0], starts[-1])
    assert all(one[1] == other[0] for one, other in pairwise(found))
