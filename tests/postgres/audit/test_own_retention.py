"""An organization keeps its trail for a time of its own: a month loses whole owners, and nothing else."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from sertantai.audit import months_sql, rewriting
from sertantai.audit.moments import BeforeTheTrail, Moments
from sertantai.audit.partitions import AuditPartitions, Done
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.audit.rights_then import access_at
from sertantai.audit.snapshots import Snapshots, snapshot
from sertantai.audit.verify import verify
from sertantai.audit.verify_rights import verify_rights
from sertantai.core.bitmaps import bitmap
from sertantai.core.clock import ManualClock
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.operations import Admit, Describe, of_no_list
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.settings import Settings
from tests.fixtures.tallies import tallied as tallied
from tests.postgres.audit.conftest import Person, add_organization

pytestmark = pytest.mark.usefixtures("tallied")

NOW = datetime.now(UTC)
MAKE_MONTH = """
SET ROLE sertantai_migrator;
SELECT sertantai_make_month('selection_operations', '{0:%Y-%m-01}');
SELECT sertantai_make_month('selection_audit_log', '{0:%Y-%m-01}');
RESET ROLE
"""
ROWS = "SELECT t::text AS row FROM {table} t WHERE user_id = $1 ORDER BY 1"
TABLES = ("selection_audit_log", "selection_operations", "selection_activity")
TOLD = """
INSERT INTO retention_notices SELECT organization_id, class, in_force_from, $1 FROM retention_policies
 WHERE in_force_from > set_at
"""
LATE_ROW = """
INSERT INTO selection_audit_log
       (user_id, record_id, record_no, action, group_id, operation_id, position, created_at)
SELECT $1, r.id, r.record_no, 'select', $2, gen_random_uuid(), 1000000, $3
  FROM uk_lrt_records r WHERE r.record_no = 9
"""
LEFT_BEHIND = "SELECT count(*) FROM pg_class WHERE relname LIKE 'rewritten%'"
THE_ACT = """
SELECT pid FROM pg_stat_activity
 WHERE query LIKE '%sertantai_finish_rewrite%' AND wait_event_type = 'Lock'
"""


COUNTED = """
SELECT relation::regclass::text AS "table" FROM pg_locks
 WHERE mode = 'ShareLock' AND granted AND relation::regclass::text LIKE 'selection_%'
"""


def months_ago(months: int) -> datetime:
    """A day in the middle of that month."""
    month = NOW.year * 12 + NOW.month - 1 - months
    return datetime(month // 12, month % 12 + 1, 12, tzinfo=UTC)


OLD = months_ago(14)
OLD_MONTH = f"selection_audit_log_{OLD:%Y_%m}"


def go_to(clock: ManualClock, moment: datetime) -> None:
    clock.step_wall_clock((moment - clock.now()).total_seconds())


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is in the way is in the way for long."""
    monkeypatch.setattr(rewriting, "TRIES", 1)


class House:
    """A person and two organizations, with an old month and this one."""

    def __init__(self, person: Person, works: Person, mill: Person) -> None:
        self.person, self.works, self.mill = person, works, mill
        self.all = (person, works, mill)


@pytest.fixture
async def house(superuser: Any, engine: Engine, clock: ManualClock, somebody: Person) -> House:
    await superuser.execute(MAKE_MONTH.format(OLD))
    works = await add_organization(superuser, engine, clock, "works")
    mill = await add_organization(superuser, engine, clock, "mill")
    go_to(clock, OLD)
    for place in (works, mill):
        founder = place.actor
        assert founder is not None
        await place.do(
            Admit, of_no_list(place.id), member=founder, role=Role.OWNER, name="Founder", given_by=founder
        )
    house = House(somebody, works, mill)
    for place in house.all:
        await place.bulk_select(1, 2, 3)
        await place.deselect(3)
    go_to(clock, NOW - timedelta(days=40))
    for place in house.all:
        await place.deselect(1)
        await place.select(4)
    await engine.flush()
    return house


async def keep(place: Person, months: int, at: datetime, site_months: int = 0) -> None:
    go_to(place.clock, at)
    await place.do(
        Describe, of_no_list(place.id), audit_retention_months=months, site_retention_months=site_months
    )
    await place.engine.flush()


async def kept_for_twelve_months(place: Person, superuser: Any) -> None:
    """In force since yesterday."""
    await keep(place, 12, NOW - timedelta(days=16))
    await superuser.execute(TOLD, NOW - timedelta(days=15))


async def act(superuser: Any, database: Database, site_months: int = 0) -> Done:
    """The site has kept so much from its start on."""
    await superuser.execute("DELETE FROM retention_policies WHERE organization_id IS NULL")
    return await keep_up(database, site_months)


async def keep_up(database: Database, site_months: int = 0) -> Done:
    return await AuditPartitions(database, Settings(audit_retention_months=site_months)).keep_up()


async def rows_of(superuser: Any, owner: OwnerId) -> list[list[str]]:
    return [
        [row["row"] for row in await superuser.fetch(ROWS.format(table=table), owner)] for table in TABLES
    ]


async def then_and_now(snapshots: Snapshots, place: Person, moment: datetime) -> list[Any]:
    return (await Moments(snapshots).as_of(place.id, place.group, moment, NOW)).answer


# ---------------------------------------------------------------------------------------------- the act


async def test_a_month_loses_whole_owners_and_others_rows_are_the_same_byte_for_byte(
    house: House, database: Database, superuser: Any, snapshots: Snapshots, engine: Engine
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    before = {place.id: await rows_of(superuser, place.id) for place in house.all}

    done = await act(superuser, database)

    assert (done.dropped, done.rewritten) == ([], [OLD_MONTH])
    for place in (house.person, house.mill):
        assert await rows_of(superuser, place.id) == before[place.id]
    trail, operations, activity = await rows_of(superuser, house.works.id)
    assert len(before[house.works.id][0]) - len(trail) == 5
    assert (len(trail), len(operations), len(activity)) == (3, 3, 2)
    assert (await verify(database)).differences == []
    assert (await act(superuser, database)).rewritten == []


async def test_a_list_as_it_was_begins_where_the_trail_of_its_owner_does(
    house: House, database: Database, superuser: Any, snapshots: Snapshots, engine: Engine
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    await act(superuser, database)
    later = OLD + timedelta(days=1)
    assert await then_and_now(snapshots, house.person, later) == [bitmap([1, 2]), bitmap([2, 4])]
    begins = datetime(OLD.year + OLD.month // 12, OLD.month % 12 + 1, 1, tzinfo=UTC)
    assert await then_and_now(snapshots, house.works, begins) == [bitmap([1, 2]), bitmap([2, 4])]
    with pytest.raises(BeforeTheTrail, match=f"goes back to 1 {begins:%B %Y}"):
        await then_and_now(snapshots, house.works, later)


async def test_that_everybody_was_allowed_to_is_still_proven(
    house: House, database: Database, superuser: Any, engine: Engine
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    await act(superuser, database)
    found = await verify_rights(database, house.works.id)
    assert found is not None
    assert found.clean, found.faults
    assert (found.members, found.operations, found.lines) == (1, 2, 1)
    assert found.since is not None
    whole = await verify_rights(database, house.mill.id)
    assert whole is not None
    assert (whole.clean, whole.since, whole.operations) == (True, None, 4)
    async with database.transaction(DatabaseRole.AUDITOR) as connection:
        now = await access_at(connection, house.works.id, NOW)
        assert now is not None
        assert now.access is not None
        assert list(now.access.members) == [house.works.actor]
        with pytest.raises(BeforeTheTrail):
            await access_at(connection, house.works.id, OLD)


async def test_what_was_put_into_the_kept_rights_behind_the_log_is_found(
    house: House, database: Database, superuser: Any
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    await act(superuser, database)
    await superuser.execute("UPDATE user_organization_memberships SET role = 'viewer'")
    found = await verify_rights(database, house.works.id)
    assert found is not None
    assert not found.clean


async def test_what_was_done_in_a_month_that_is_gone_cannot_be_undone(
    house: House, database: Database, superuser: Any, engine: Engine
) -> None:
    operation = await superuser.fetchval(
        "SELECT operation_id FROM selection_operations WHERE user_id = $1 AND removed > 0 ORDER BY position",
        house.works.id,
    )
    asked = (engine.journal.id, house.works.id, operation)
    effects = PostgresEffects(database)
    assert (await effects.effect_of(*asked)).answer is not None
    await kept_for_twelve_months(house.works, superuser)
    await act(superuser, database)
    assert (await effects.effect_of(*asked)).answer is None


async def test_what_the_site_drops_stays_where_an_organization_keeps_it(
    house: House, database: Database, superuser: Any
) -> None:
    await keep(house.mill, 36, NOW - timedelta(days=1), site_months=12)
    before = await rows_of(superuser, house.mill.id)

    done = await act(superuser, database, 12)

    assert (done.dropped, done.rewritten) == ([], [OLD_MONTH])
    assert (await rows_of(superuser, house.mill.id))[:2] == before[:2]
    assert len((await rows_of(superuser, house.person.id))[0]) == 2
    assert (await verify(database)).differences == []
    assert await act(superuser, database, 12) == Done(0, [], [])


async def test_a_month_is_dropped_once_nobody_wants_anything_of_it(
    house: House, database: Database, superuser: Any
) -> None:
    await keep(house.mill, 36, NOW - timedelta(days=30), site_months=12)
    await act(superuser, database, 12)
    await keep(house.mill, 0, NOW - timedelta(days=20), site_months=12)
    await superuser.execute(TOLD, NOW - timedelta(days=19))

    assert await act(superuser, database, 12) == Done(0, [OLD_MONTH], [])
    assert await superuser.fetchval("SELECT to_regclass($1)", OLD_MONTH) is None
    assert (await verify(database)).differences == []
    for place in (house.works, house.mill):
        found = await verify_rights(database, place.id)
        assert found is not None
        assert found.clean


SHAPE = {
    "indexes": "SELECT replace(indexdef, $1, '') FROM pg_indexes WHERE tablename = $1 ORDER BY 1",
    "constraints": """
SELECT replace(conname, $1, '') || pg_get_constraintdef(oid) || coninhcount || conislocal || (conparentid = 0)
  FROM pg_constraint WHERE conrelid = $1::text::regclass ORDER BY 1
""",
    "triggers": """
SELECT replace(pg_get_triggerdef(oid), $1, '') || tgenabled::text || (tgparentid = 0)
  FROM pg_trigger WHERE tgrelid = $1::text::regclass AND NOT tgisinternal ORDER BY 1
""",
    "what is checked": """
SELECT tgfoid::regproc || tgenabled::text
  FROM pg_trigger WHERE tgrelid = $1::text::regclass AND tgisinternal ORDER BY 1
""",
    "policies": """
SELECT polname || polroles::text || pg_get_expr(polqual, polrelid) || polcmd::text
  FROM pg_policy WHERE polrelid = $1::text::regclass ORDER BY 1
""",
    "the table": """
SELECT relrowsecurity::text || relforcerowsecurity || relowner::regrole || coalesce(relacl::text, '-')
       || relispartition || relpersistence::text FROM pg_class WHERE oid = $1::text::regclass
""",
    "columns": """
SELECT attname || atttypid::regtype || attnotnull || attstorage::text || attinhcount || attislocal
       || coalesce(pg_get_expr(d.adbin, d.adrelid), '-')
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum
""",
}


async def test_a_month_that_was_rewritten_is_as_one_that_was_made(
    house: House, database: Database, superuser: Any
) -> None:
    await superuser.execute(MAKE_MONTH.format(months_ago(10)))
    await kept_for_twelve_months(house.works, superuser)
    assert (await act(superuser, database)).rewritten == [OLD_MONTH]
    for parent in ("selection_audit_log", "selection_operations"):
        old, made = (f"{parent}_{months_ago(months):%Y_%m}" for months in (14, 10))
        for what, statement in SHAPE.items():
            shapes = [[row[0] for row in await superuser.fetch(statement, name)] for name in (old, made)]
            assert shapes[0] == shapes[1], (parent, what)
            assert shapes[0] or parent == "selection_operations", what
    with pytest.raises(asyncpg.PostgresError, match="kept for ever"):
        await superuser.execute(f"DELETE FROM {OLD_MONTH}")


# --------------------------------------------------------------------------------- what is not yet in force


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param(13, 13, id="asked for less than two weeks ago"),
        pytest.param(30, 13, id="told less than two weeks ago"),
        pytest.param(30, None, id="never told"),
    ],
)
async def test_a_shorter_period_waits_until_its_owners_knew_for_two_weeks(
    house: House, database: Database, superuser: Any, asked: int, told: int | None
) -> None:
    await keep(house.works, 12, NOW - timedelta(days=asked))
    if told is not None:
        await superuser.execute(TOLD, NOW - timedelta(days=told))
    assert await act(superuser, database) == Done(0, [], [])


async def test_a_longer_one_at_once_calls_off_what_waited(
    house: House, database: Database, superuser: Any
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    await keep(house.works, 24, NOW + timedelta(minutes=5))
    assert await act(superuser, database) == Done(0, [], [])
    assert await act(superuser, database, 12) == Done(0, [], [OLD_MONTH])
    assert len((await rows_of(superuser, house.works.id))[0]) > 3


async def test_where_a_period_was_never_told_of_nothing_is_lost_by_the_sites(
    house: House, database: Database, superuser: Any
) -> None:
    """24 instead of 36 months came to be in force in the log, and its owners were never told."""
    await keep(house.works, 36, NOW - timedelta(days=38), site_months=12)
    await keep(house.works, 24, NOW - timedelta(days=37), site_months=12)
    await keep(house.works, 13, NOW - timedelta(days=1), site_months=12)
    before = await rows_of(superuser, house.works.id)
    await act(superuser, database, 12)
    assert (await rows_of(superuser, house.works.id))[:2] == before[:2]


async def test_no_organizations_rows_go_before_what_they_led_to_is_kept(
    house: House, database: Database, superuser: Any
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    async with database.session(DatabaseRole.SYNC) as connection:
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
            await connection.fetchrow(months_sql.RETAIN_MONTH)
    assert len((await rows_of(superuser, house.works.id))[0]) == 8


# ------------------------------------------------------------------------------- while others are at work


async def held(superuser: Any) -> None:
    """Until the act waits for a lock."""
    async with asyncio.timeout(20):
        while await superuser.fetchval(THE_ACT) is None:  # noqa: ASYNC110  # it is PostgreSQL that waits
            await asyncio.sleep(0.02)


async def test_whoever_writes_the_trail_goes_first(house: House, database: Database, superuser: Any) -> None:
    await kept_for_twelve_months(house.works, superuser)
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await connection.execute("LOCK TABLE ONLY selection_audit_log IN ROW EXCLUSIVE MODE")
        async with asyncio.timeout(20):
            with pytest.raises(SertantaiError):
                await act(superuser, database)
    assert len((await rows_of(superuser, house.works.id))[0]) == 8
    assert await superuser.fetchval(LEFT_BEHIND) == 0
    assert (await act(superuser, database)).rewritten == [OLD_MONTH]


async def test_a_month_is_counted_before_anybody_waits_for_it(
    house: House, database: Database, superuser: Any
) -> None:
    """While the act waits for the whole trail it has counted: that month can be read, and not written."""
    await kept_for_twelve_months(house.works, superuser)
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await connection.execute("LOCK TABLE ONLY selection_audit_log IN ROW EXCLUSIVE MODE")
        acting = asyncio.create_task(keep_up(database))
        await held(superuser)
        counted = {row["table"] for row in await superuser.fetch(COUNTED)}
        with pytest.raises(SertantaiError):
            await acting
    assert counted == {OLD_MONTH, OLD_MONTH.replace("audit_log", "operations")}


async def test_a_row_that_comes_while_the_month_is_copied_is_not_lost(
    house: House, database: Database, superuser: Any
) -> None:
    """Somebody's clock is a year behind, in the middle of it."""
    await kept_for_twelve_months(house.works, superuser)
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await connection.execute(LATE_ROW, house.person.id, house.person.group, OLD)
        acting = asyncio.create_task(keep_up(database))
        await held(superuser)
    assert (await acting).rewritten == [OLD_MONTH]
    trail, operations, _ = await rows_of(superuser, house.person.id)
    assert (len(trail), len(operations)) == (7, 5)
    assert (await act(superuser, database)).rewritten == []


async def test_whoever_writes_of_that_month_when_it_was_counted_loses_nothing(
    house: House, database: Database, superuser: Any
) -> None:
    """Each waits for the other: PostgreSQL breaks one of them off, and both are tried again anyway."""
    await kept_for_twelve_months(house.works, superuser)
    late, written = (LATE_ROW, house.person.id, house.person.group, OLD), 0
    with suppress(SertantaiError):
        async with database.transaction(DatabaseRole.SYNC) as connection:
            await connection.execute("LOCK TABLE ONLY selection_audit_log IN ROW EXCLUSIVE MODE")
            acting = asyncio.create_task(keep_up(database))
            await held(superuser)
            await connection.execute(*late)
        written = 1
    with suppress(SertantaiError):
        await acting
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await connection.execute(*late)
    await act(superuser, database)
    assert await superuser.fetchval(LEFT_BEHIND) == 0
    assert len((await rows_of(superuser, house.person.id))[0]) == 6 + written + 1


async def test_broken_off_in_the_middle_the_month_is_whole(
    house: House, database: Database, superuser: Any
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    before = {place.id: await rows_of(superuser, place.id) for place in house.all}
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await connection.execute("LOCK TABLE ONLY selection_audit_log IN ROW EXCLUSIVE MODE")
        acting = asyncio.create_task(keep_up(database))
        await held(superuser)
        await superuser.execute(f"SELECT pg_terminate_backend(pid) FROM ({THE_ACT}) act")
        with pytest.raises(SertantaiError):
            await acting
    assert {place.id: await rows_of(superuser, place.id) for place in house.all} == before
    assert await superuser.fetchval(LEFT_BEHIND) == 0
    assert (await verify(database)).clean
    assert (await act(superuser, database)).rewritten == [OLD_MONTH]


async def test_whoever_reads_a_moment_reads_it_whole(
    house: House, database: Database, superuser: Any, engine: Engine
) -> None:
    """A snapshot of before shows nothing of a month that was made since: so nobody makes one meanwhile."""
    await kept_for_twelve_months(house.works, superuser)
    async with snapshot(database, house.person.id, engine.journal.id) as found:
        with pytest.raises(SertantaiError):
            await act(superuser, database)
        counted = "SELECT count(*) FROM selection_audit_log WHERE user_id = $1"
        assert await found.connection.fetchval(counted, house.person.id) == 6


async def test_ticks_go_on_while_a_month_is_rewritten(
    house: House, database: Database, superuser: Any, engine: Engine
) -> None:
    await kept_for_twelve_months(house.works, superuser)
    acting = asyncio.create_task(keep_up(database))
    ticked = 0
    while not acting.done():
        await (house.person.select(5) if ticked % 2 == 0 else house.person.deselect(5))
        ticked += 1
        await asyncio.sleep(0)
    assert (await acting).rewritten == [OLD_MONTH]
    await engine.flush()
    assert ticked
    assert (await verify(database)).differences == []


async def test_many_owners_of_a_month_are_told_apart(
    house: House, database: Database, superuser: Any
) -> None:
    found = await superuser.fetchval("SELECT sertantai_owners_in($1::text::regclass)", OLD_MONTH)
    assert sorted(found, key=str) == sorted((place.id for place in house.all), key=str)
    empty = f"selection_audit_log_{NOW:%Y_%m}"
    assert UserId(house.person.id) in found
    assert isinstance(await superuser.fetchval("SELECT sertantai_owners_in($1::text::regclass)", empty), list)
