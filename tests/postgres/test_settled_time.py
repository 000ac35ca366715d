"""A clock that is ahead destroys nothing before it has said the same for a day; on real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from sertantai.accounts.guests.purge import GuestPurge
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.retention import Retention
from sertantai.core.clock import ManualClock
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from tests.fixtures.people import people_told

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY_S = 86_400.0
AHEAD_S = 730 * DAY_S
GUEST = "INSERT INTO users (id, role) VALUES ($1, 'guest')"
GUEST_ROW = "INSERT INTO guests (id, created_at, expires_at) VALUES ($1, $2, $3)"
RETAIN = "SELECT month FROM sertantai_retain_audit_month()"
A_YEAR = """
INSERT INTO retention_policies (class, keep_months, in_force_from, set_at)
VALUES ('deeds', 12, '2020-01-01Z', '2020-01-01Z')
"""
GUESTS = "SELECT count(*) FROM users WHERE role = 'guest'"


@pytest.fixture
async def clock(superuser: "asyncpg.Connection[asyncpg.Record]") -> ManualClock:
    await superuser.execute("UPDATE settled_time SET settled_at = $1", START)
    return ManualClock(START)


@pytest.fixture
async def settled(database: Database, clock: ManualClock) -> SettledTime:
    found = SettledTime(database, clock)
    await found.now()
    return found


async def pass_hours(clock: ManualClock, settled: SettledTime, hours: int) -> None:
    for _ in range(hours):
        clock.advance(3600)
        await settled.now()


async def test_a_guest_outlives_a_clock_that_is_ahead(
    database: Database,
    clock: ManualClock,
    settled: SettledTime,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
) -> None:
    guest = uuid4()
    await superuser.execute(GUEST, guest)
    await superuser.execute(GUEST_ROW, guest, START, START + timedelta(days=30))
    purge = GuestPurge(
        database,
        LiveSessions(clock, entries_max=10, recheck_s=60),
        clock,
        people_told(tmp_path, clock),
        settled,
    )

    clock.step_wall_clock(AHEAD_S)
    assert await purge.sweep() == 0
    await pass_hours(clock, settled, 23)
    assert await purge.sweep() == 0
    clock.step_wall_clock(-AHEAD_S)
    assert await purge.sweep() == 0
    assert await superuser.fetchval(GUESTS) == 1

    await pass_hours(clock, settled, 30 * 24)
    assert await purge.sweep() == 1, "its time is over in fact"


async def test_the_step_is_told_when_it_is_seen_and_when_it_is_believed(
    clock: ManualClock, settled: SettledTime, database: Database
) -> None:
    ahead: list[float] = []
    believed: list[float] = []
    settled = SettledTime(database, clock, on_ahead=ahead.append, on_believed=believed.append)
    clock.step_wall_clock(AHEAD_S)
    await settled.now()
    await settled.now()
    assert ahead == [AHEAD_S]
    await pass_hours(clock, settled, 24)
    assert believed == [AHEAD_S]
    assert await settled.now() == clock.now()


async def test_what_was_remembered_holds_after_a_restart(
    database: Database, clock: ManualClock, settled: SettledTime
) -> None:
    clock.step_wall_clock(AHEAD_S)
    for _ in range(30):  # a server that is started again and again
        assert await SettledTime(database, clock).now() == START
    await pass_hours(clock, settled, 25)
    assert await SettledTime(database, clock).now() == clock.now()


async def test_what_postgresql_itself_drops_is_judged_by_the_same_time(
    superuser: "asyncpg.Connection[asyncpg.Record]", clock: ManualClock
) -> None:
    assert await superuser.fetchval("SELECT sertantai_settled_now()") == START
    await superuser.execute("UPDATE settled_time SET settled_at = now() + interval '2 years'")
    assert await superuser.fetchval("SELECT sertantai_settled_now() = now()"), "never later than the clock"


async def test_months_of_the_trail_are_not_dropped_by_a_clock_that_is_ahead(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """What is believed is two years behind PostgreSQL's clock here: the same distance."""
    await superuser.execute("UPDATE settled_time SET settled_at = now() - interval '2 years'")
    await superuser.execute(
        "SET ROLE sertantai_migrator;"
        " SELECT sertantai_make_month('selection_audit_log', '2025-01-01'); RESET ROLE"
    )
    await superuser.execute(A_YEAR)
    async with database.transaction(Role.SYNC) as connection:
        assert await connection.fetchval(RETAIN) is None
    await superuser.execute("UPDATE settled_time SET settled_at = now()")
    async with database.transaction(Role.SYNC) as connection:
        assert await connection.fetchval(RETAIN) == "selection_audit_log_2025_01"


async def test_sessions_links_and_mail_are_kept_too(
    database: Database, clock: ManualClock, settled: SettledTime
) -> None:
    seen: list[datetime] = []

    class Watching(SettledTime):
        async def now(self) -> datetime:
            seen.append(await super().now())
            return seen[-1]

    watching = Watching(database, clock)
    await watching.now()
    clock.step_wall_clock(AHEAD_S)
    await Retention(database, clock, watching).sweep()
    assert seen == [START, START]
