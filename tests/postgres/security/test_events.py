"""Security events on a real PostgreSQL: written once, read by administrators only, never changed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from sertantai.core.errors import Forbidden
from sertantai.core.ids import GroupId, UserId
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from sertantai.security.model import SecurityEvent
from sertantai.security.store import EventFilter, SecurityEventStore
from tests.fixtures.postgres import DatabaseUnderTest

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANNA = UserId(UUID(int=1))
WEEK = EventFilter(NOW - timedelta(days=7))
SUPERUSER_ATTEMPTS = (
    "UPDATE security_events SET kind = 'signed_in'",
    "DELETE FROM security_events",
    "TRUNCATE security_events",
)


def event(at: datetime = NOW, kind: str = "sign_in_failed", severity: str = "warning") -> SecurityEvent:
    return SecurityEvent(new_id(), at, kind, severity, ANNA, "192.0.2.1", 3, {"limit": "reads"})


async def test_an_event_is_read_as_it_was_written_and_a_second_writing_adds_nothing(
    database: Database,
) -> None:
    store = SecurityEventStore(database)
    written = event()
    await store.add([written])
    await store.add([written])
    assert await store.newest(WEEK, NOW, 10) == [written]


async def test_filters_and_pages(database: Database) -> None:
    store = SecurityEventStore(database)
    events = [event(NOW - timedelta(hours=n)) for n in range(5)]
    await store.add([*events, event(kind="signed_in", severity="info")])
    failed = EventFilter(WEEK.since, kinds=("sign_in_failed",), ip="192.0.2.1")
    first = await store.newest(failed, NOW, 3)
    rest = await store.newest(
        EventFilter(WEEK.since, kinds=failed.kinds, before=(first[-1].at, first[-1].id)), NOW, 3
    )
    assert [*first, *rest] == events
    assert not await store.newest(EventFilter(WEEK.since, user_id=UserId(UUID(int=9))), NOW, 3)


async def test_the_trend_counts_each_severity_by_the_hour(database: Database) -> None:
    store = SecurityEventStore(database)
    await store.add([event(), event(severity="danger"), event(NOW - timedelta(hours=1))])
    trend = await store.trend(NOW)
    assert len(trend) == 168
    assert (trend[-1].warning, trend[-1].danger, trend[-2].warning) == (3, 3, 3)


@pytest.mark.parametrize("statement", SUPERUSER_ATTEMPTS)
async def test_not_even_a_superuser_changes_an_event(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", statement: str
) -> None:
    await SecurityEventStore(database).add([event()])
    with pytest.raises(asyncpg.RestrictViolationError):
        await superuser.execute(statement)


@pytest.mark.parametrize("role", [Role.APP, Role.SYNC, Role.REGISTER])
async def test_other_roles_neither_read_nor_write_events(database: Database, role: Role) -> None:
    for statement in ("SELECT * FROM security_events", "DELETE FROM security_events"):
        with pytest.raises(Forbidden):
            async with database.transaction(role, ANNA) as connection:
                await connection.execute(statement)


async def test_retention_removes_what_is_old_and_nothing_younger_than_a_month(database: Database) -> None:
    store, now = SecurityEventStore(database), datetime.now(UTC)
    young, old = event(now - timedelta(days=20)), event(now - timedelta(days=500))
    await store.add([young, old])
    assert await store.forget(400) == 1
    assert await store.newest(EventFilter(now - timedelta(days=1_000)), now, 10) == [young]


async def test_only_somebody_elses_list_is_a_list_of_another(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute("INSERT INTO users (id, email) VALUES ($1, 'anna@example.org')", ANNA)
    group = await superuser.fetchval("SELECT id FROM user_selection_groups WHERE user_id = $1", ANNA)
    store = SecurityEventStore(database)
    assert await store.owner_of(GroupId(group), UserId(UUID(int=2))) == ANNA
    assert await store.owner_of(GroupId(group), ANNA) is None
    assert await store.owner_of(GroupId(new_id()), ANNA) is None


async def test_a_refused_change_of_what_is_kept_for_ever_is_reported(
    database: Database, cloned: DatabaseUnderTest
) -> None:
    heard: list[str] = []
    await SecurityEventStore(database).add([event()])
    mighty = Database(
        cloned.superuser_dsn,
        pool_size_max=4,
        connect_timeout_s=60,
        command_timeout_s=60,
        on_protection=heard.append,
    )
    await mighty.start()
    with pytest.raises(Forbidden):
        async with mighty.transaction(Role.MIGRATOR) as connection:
            await connection.execute(SUPERUSER_ATTEMPTS[0])
    await mighty.stop()
    assert len(heard) == 1
