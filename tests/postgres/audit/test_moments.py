"""A list as it was, and how busy its days were."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from sertantai.audit.moments import Moments
from sertantai.audit.snapshots import Snapshots
from sertantai.core.bitmaps import bitmap
from sertantai.engine.engine import Engine
from tests.postgres.audit.conftest import Person


async def test_a_list_is_shown_as_it_was_at_a_moment(
    snapshots: Snapshots, engine: Engine, somebody: Person
) -> None:
    await somebody.bulk_select(1, 2, 3)
    early = somebody.clock.now()
    await somebody.deselect(2)
    await somebody.select(7)
    late = somebody.clock.now()
    cleared = await somebody.clear()

    before, now = early - timedelta(seconds=5), somebody.clock.now()
    told = await Moments(snapshots).as_of(somebody.id, somebody.group, before, early, late, now)
    assert told.answer == [bitmap([]), bitmap([1, 2, 3]), bitmap([1, 3, 7]), bitmap([])]
    assert (told.settled, told.upto) == (True, cleared.position)


async def test_activity_counts_changes_a_day(snapshots: Snapshots, engine: Engine, somebody: Person) -> None:
    await somebody.bulk_select(1, 2, 3)
    first = somebody.clock.now().date()
    somebody.clock.advance(86_400)
    await somebody.deselect(2)
    await engine.flush()

    activity = (await Moments(snapshots).activity(somebody.id, first, first + timedelta(days=30))).answer

    assert activity == {first: 3, first + timedelta(days=1): 1}


ADD_ACTIVITY = "INSERT INTO selection_activity (user_id, at, changes) VALUES ($1, $2, $3)"


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Europe/London", {"2026-03-29": 23, "2026-03-30": 24, "2026-10-25": 25}),
        ("America/Los_Angeles", {"2026-03-08": 23, "2026-03-09": 24, "2026-11-01": 25}),
        ("Asia/Kathmandu", {"2026-03-29": 24}),
        ("Pacific/Apia", {"2011-12-29": 24, "2011-12-30": 0, "2011-12-31": 24}),
    ],
)
async def test_days_are_those_of_a_zone_also_when_the_clocks_change(
    snapshots: Snapshots,
    somebody: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    zone: str,
    hours: dict[str, int],
) -> None:
    days = {date.fromisoformat(day): length for day, length in hours.items()}
    first, last = min(days) - timedelta(days=2), max(days) + timedelta(days=2)
    begins = datetime.combine(first, time(), UTC) - timedelta(days=1)
    quarters = [begins + timedelta(minutes=15 * n) for n in range(((last - first).days + 3) * 96)]
    await superuser.executemany(ADD_ACTIVITY, [(somebody.id, at, 1) for at in quarters])

    activity = (await Moments(snapshots).activity(somebody.id, first, last, ZoneInfo(zone))).answer

    assert {day: activity.get(day, 0) for day in days} == {day: 4 * length for day, length in days.items()}
    shown = Counter(at.astimezone(ZoneInfo(zone)).date() for at in quarters)
    assert activity == {day: count for day, count in shown.items() if first <= day <= last}
