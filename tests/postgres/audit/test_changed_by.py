"""Who changed how much in which list since a moment: right, within the rights, and bounded."""

import json

import asyncpg
import pytest

from sertantai.audit import sql
from sertantai.audit.changed_by import LISTS_COUNTED_MAX, OPERATIONS_COUNTED_MAX, ChangedBy
from sertantai.audit.snapshots import Snapshots
from sertantai.core.clock import ManualClock
from sertantai.core.ids import GroupId, UserId
from sertantai.core.operations import UpdateGroup
from sertantai.engine.engine import Engine
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import Person, add_organization
from tests.postgres.audit.plans_read import nodes, rows

MANY, SAID_TO_BE = 20_000, 600_000
OPERATIONS = """
INSERT INTO selection_operations
       (user_id, created_at, operation_id, position, group_id, actor_id, record_action,
        added, removed, annotated, undoable)
SELECT $1, now() - make_interval(secs => n), gen_random_uuid(), $4::int - n,
       CASE n % $5::int WHEN 0 THEN $2::uuid ELSE gen_random_uuid() END, $3, 'select', 1, 0, 0, 1
  FROM generate_series(1, $4) n
"""
AS_OF_SO_MANY = """
UPDATE pg_class SET reltuples = $1
 WHERE reltuples > 0
   AND oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'selection_operations'::regclass)
"""
AN_HOUR_AGO = "SELECT now() - interval '1 hour'"
A_DAY_AGO = "SELECT now() - interval '1 day'"
LATELY = """
INSERT INTO selection_operations
       (user_id, created_at, operation_id, position, group_id, actor_id, record_action,
        added, removed, annotated, undoable)
SELECT $1, now() - make_interval(secs => n), gen_random_uuid(), n, $2, $1, 'select', 1, 0, 0, 1
  FROM generate_series(1, $3) n
"""


async def test_what_each_person_did_is_counted_by_list(
    snapshots: Snapshots, engine: Engine, somebody: Person
) -> None:
    other = await somebody.make_list("Other")
    await somebody.bulk_select(1, 2, 3)
    since = somebody.clock.now()
    await somebody.deselect(2)
    await somebody.note(1, "mine")
    await somebody.do(UpdateGroup, name="Renamed")
    await somebody.do_note(other, 1, "nothing is there")
    await engine.flush()
    counted = ChangedBy(snapshots)

    [found] = (await counted.since(somebody.id, [other, somebody.group], since)).answer
    assert (found.group, found.is_all) == (somebody.group, True)
    [by] = found.by
    assert by.actor == somebody.id
    # What happened at that very moment counts; what was done to the list itself is no law.
    assert (by.added, by.removed, by.annotated) == (3, 1, 1)
    somebody.clock.advance(1)
    assert (await counted.since(somebody.id, [somebody.group], somebody.clock.now())).answer == []


async def test_no_more_of_a_list_is_counted_than_so_much(
    snapshots: Snapshots, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    since, counted = await superuser.fetchval(A_DAY_AGO), ChangedBy(snapshots)
    for operations, is_all in ((OPERATIONS_COUNTED_MAX - 1, True), (OPERATIONS_COUNTED_MAX + 1, False)):
        group = GroupId(new_id())
        await superuser.execute(LATELY, somebody.id, group, operations)
        [found] = (await counted.since(somebody.id, [group], since)).answer
        assert (found.is_all, found.by[0].added) == (is_all, min(operations, OPERATIONS_COUNTED_MAX))


async def test_no_more_lists_are_counted_than_so_many(
    snapshots: Snapshots, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    since, groups = (
        await superuser.fetchval(A_DAY_AGO),
        [GroupId(new_id()) for _ in range(LISTS_COUNTED_MAX + 1)],
    )
    for group in groups:
        await superuser.execute(LATELY, somebody.id, group, 1)
    found = (await ChangedBy(snapshots).since(somebody.id, groups, since)).answer
    assert [one.group for one in found] == groups[:LISTS_COUNTED_MAX]


@pytest.mark.parametrize("lists", [2, 10])
async def test_it_is_read_off_an_index_however_much_was_done(
    lists: int,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    engine: Engine,
    clock: ManualClock,
) -> None:
    """As the application reads it: with row security."""
    office = await add_organization(superuser, engine, clock, "works")
    await superuser.execute(OPERATIONS, office.id, office.group, UserId(new_id()), MANY, lists)
    await superuser.execute("ANALYZE selection_operations")
    await superuser.execute(AS_OF_SO_MANY, SAID_TO_BE)
    for since in (AN_HOUR_AGO, A_DAY_AGO):
        moment = await superuser.fetchval(since)
        async with database.transaction(Role.APP, office.id, readonly=True) as connection:
            await connection.execute(sql.OFF_THE_INDEX)
            plan = await connection.fetchval(
                f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql.CHANGED_BY}",
                office.id,
                [office.group],
                moment,
                OPERATIONS_COUNTED_MAX,
            )
        top = json.loads(plan)[0]["Plan"]
        walked = max(rows(node) for node in nodes(top))
        assert 0 < walked <= OPERATIONS_COUNTED_MAX, json.dumps(top, indent=1)
        # Months in which nothing was done are looked through in whichever way.
        through = [node for node in nodes(top) if node["Node Type"] == "Seq Scan" and rows(node)]
        assert not through, json.dumps(through, indent=1)
