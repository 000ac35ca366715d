"""Retention drops whole months, and what they led to can still be checked."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from sertantai.audit import months_sql
from sertantai.audit.moments import BeforeTheTrail, Moments
from sertantai.audit.partitions import AuditPartitions
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.verify import verify
from sertantai.core.bitmaps import bitmap
from sertantai.core.errors import Forbidden, SertantaiError
from sertantai.engine.engine import Engine
from sertantai.postgres import Database, Role
from sertantai.process.settings import Settings
from tests.fixtures.tallies import tallied as tallied
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.test_reports import Asks

pytestmark = pytest.mark.usefixtures("tallied")

PARTITION_OF = """
CREATE TABLE selection_audit_log_2025_12 PARTITION OF selection_audit_log
FOR VALUES FROM ('2025-12-01T00:00:00Z') TO ('2026-01-01T00:00:00Z')
"""
GUARD = "SELECT sertantai_guard_audit_partition('selection_audit_log_2025_12')"
OWN = "ALTER TABLE selection_audit_log_2025_12 OWNER TO sertantai_migrator"
OLD_ROW = """
INSERT INTO user_record_selections (user_id, record_id, record_no) SELECT $1, id, record_no
  FROM uk_lrt_records WHERE record_no = 7
"""
OLD_TRAIL = """
INSERT INTO selection_audit_log
       (user_id, record_id, record_no, action, group_id, operation_id, position, created_at)
SELECT $1, r.id, r.record_no, 'select', g.id, gen_random_uuid(), 1000000, '2025-12-05T00:00:00Z'
  FROM uk_lrt_records r, user_selection_groups g WHERE r.record_no = 7 AND g.user_id = $1
"""
A_POLICY = """
INSERT INTO retention_policies (class, keep_months, in_force_from, set_at) VALUES ('deeds', 1, now(), now())
"""
COUNT = "SELECT count(*) FROM selection_audit_log"


@pytest.fixture
async def old_and_new(
    somebody: Person, engine: Engine, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> Person:
    """Three records selected in December 2025, of which one is deselected again this month."""
    for statement in (PARTITION_OF, OWN, GUARD):
        await superuser.execute(statement)
    now = datetime.now(UTC)
    somebody.clock.step_wall_clock((datetime(2025, 12, 9, tzinfo=UTC) - somebody.clock.now()).total_seconds())
    await somebody.bulk_select(1, 2, 3)
    await somebody.deselect(3)
    somebody.clock.step_wall_clock((now - somebody.clock.now()).total_seconds())
    await somebody.deselect(1)
    await somebody.select(4)
    await engine.flush()
    return somebody


async def test_old_months_are_dropped_and_lists_can_still_be_rebuilt(
    database: Database,
    snapshots: Snapshots,
    old_and_new: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    dropped = (await AuditPartitions(database, Settings(audit_retention_months=1)).keep_up()).dropped

    assert dropped == ["selection_audit_log_2025_12"]
    assert await superuser.fetchval(COUNT) == 2
    assert (await verify(database)).clean
    now = old_and_new.clock.now()
    told = await Moments(snapshots).as_of(old_and_new.id, old_and_new.group, now)
    assert told.answer == [bitmap([2, 4])]
    with pytest.raises(BeforeTheTrail):
        await Moments(snapshots).as_of(old_and_new.id, old_and_new.group, now - timedelta(days=400))


async def test_a_report_over_a_time_that_was_dropped_says_so_and_which_certificate_tells_why(
    database: Database, snapshots: Snapshots, old_and_new: Person
) -> None:
    asks = Asks(old_and_new, snapshots, database)
    assert len(await asks.rows("removals", period="all")) == 2
    await AuditPartitions(database, Settings(audit_retention_months=1)).keep_up()

    shown = await asks.report("removals", period="all").shown()
    assert len(shown.rows) == 1
    [said] = shown.ending.notes
    assert "was dropped: nothing of then is in here." in said
    assert f"the certificate of {datetime.now(UTC).year}" in said
    *_, end = [piece async for piece in asks.report("removals", period="all").file("csv")]
    assert "was dropped" in end.decode()
    recent = old_and_new.clock.now().date().replace(day=1).isoformat()
    assert (await asks.report("removals", since=recent).shown()).ending.notes == ()
    with pytest.raises(BeforeTheTrail):
        await asks.report("applicable", list="default", at="2025-12-20").shown()


async def test_what_the_dropped_months_led_to_ends_at_a_position_of_each_owner(
    database: Database,
    snapshots: Snapshots,
    engine: Engine,
    old_and_new: Person,
    another: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Positions of two owners may be of two journals: how far one was then says nothing of the other."""
    for statement in (OLD_ROW, OLD_TRAIL):
        await superuser.execute(statement, another.id)
    await AuditPartitions(database, Settings(audit_retention_months=1)).keep_up()
    await old_and_new.select(5)
    await engine.flush()

    assert (await verify(database)).differences == []
    told = await Moments(snapshots).as_of(old_and_new.id, old_and_new.group, old_and_new.clock.now())
    assert told.answer == [bitmap([2, 4, 5])]
    told = await Moments(snapshots).as_of(another.id, another.group, old_and_new.clock.now())
    assert told.answer == [bitmap([7])]


async def test_damage_in_what_the_dropped_months_led_to_is_found(
    database: Database, old_and_new: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await AuditPartitions(database, Settings(audit_retention_months=1)).keep_up()
    await superuser.execute("DELETE FROM user_record_selections WHERE record_no = 2")

    assert not (await verify(database)).clean


async def test_the_trail_is_kept_for_ever_by_default(database: Database, old_and_new: Person) -> None:
    dropped = (await AuditPartitions(database, Settings()).keep_up()).dropped

    assert dropped == []
    assert (await verify(database)).trail_rows == 6


async def test_the_current_month_is_never_dropped(
    database: Database, old_and_new: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await AuditPartitions(database, Settings(audit_retention_months=1)).keep_up()
    assert await superuser.fetchval("SELECT count(*) FROM selection_audit_log") == 2
    for months in (0, -1):
        with pytest.raises(SertantaiError):
            async with database.transaction(Role.SYNC) as connection:
                await connection.execute(months_sql.SET_POLICY, *_everybody(months))


@pytest.mark.parametrize("role", [Role.APP, Role.ACCOUNTS, Role.AUDITOR, Role.REGISTER])
async def test_only_the_synchroniser_may_ask_for_it(database: Database, role: Role) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(role) as connection:
            await connection.fetchrow(months_sql.RETAIN_MONTH)


async def test_attack_8_nothing_goes_though_somebody_has_the_servers_login(
    database: Database, old_and_new: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Months were dropped by a number that whoever asked for it said, though all was to be kept."""
    await AuditPartitions(database, Settings()).keep_up()
    for statement in (
        "SELECT sertantai_drop_audit_months(1)",
        "SELECT sertantai_retain_audit_month(1)",
        "SELECT sertantai_begin_drop('selection_audit_log_2025_12')",
        A_POLICY,
        "UPDATE retention_policies SET keep_months = 1",
    ):
        with pytest.raises(SertantaiError):
            async with database.transaction(Role.SYNC) as connection:
                await connection.execute(statement)
    async with database.transaction(Role.SYNC) as connection:
        assert await connection.execute("DELETE FROM retention_policies") == "DELETE 0"
    told = "INSERT INTO retention_notices (class, in_force_from, told_at) VALUES ('deeds', $1, $2)"
    async with database.transaction(Role.SYNC) as connection:
        at = await connection.fetchval(months_sql.SET_POLICY, *_everybody(1))
        assert await connection.fetchrow(months_sql.RETAIN_MONTH) is None
    with pytest.raises(SertantaiError):
        async with database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(told, at, at - timedelta(days=60))
    async with database.transaction(Role.SYNC) as connection:
        assert await connection.fetchrow(months_sql.RETAIN_MONTH) is None
    assert await superuser.fetchval(COUNT) == 6


def _everybody(months: int) -> tuple[object, ...]:
    return ("deeds", None, None, months, None, None, "whoever holds the password")


async def test_the_service_starts_and_stops(database: Database) -> None:
    partitions = AuditPartitions(database, Settings())
    await partitions.start()
    await partitions.stop()
