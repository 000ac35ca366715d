"""A year of days as squares."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sertantai.web.parts.reporting.heat_map import LEVELS, first_day, heat_map, level


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_calendar_ends_today_and_begins_with_a_monday_a_year_ago(today: date) -> None:
    cells = heat_map({}, today).cells
    assert [cell.day for cell in cells] == [
        first_day(today) + timedelta(days=at) for at in range((today - first_day(today)).days + 1)
    ]
    assert first_day(today).weekday() == 0
    assert 364 <= len(cells) <= 371
    assert len({(cell.x, cell.y) for cell in cells}) == len(cells)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_changes_are_never_lighter(one: int, other: int) -> None:
    most = max(one, other)
    assert (level(one, most) <= level(other, most)) or one > other
    assert level(most, most) <= LEVELS
    assert (level(one, most) == 0) == (one == 0)


def test_the_busiest_day_is_the_darkest_and_one_tick_is_seen() -> None:
    today = date(2026, 11, 24)
    drawn = {c.day: c.level for c in heat_map({today: 40_000, today - timedelta(days=1): 1}, today).cells}
    assert (drawn[today], drawn[today - timedelta(days=1)], drawn[today - timedelta(days=2)]) == (
        LEVELS,
        1,
        0,
    )
