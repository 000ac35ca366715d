"""One row an operation, counted as the trail is written; the history is read from these alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any
from uuid import uuid4

import asyncpg

from sertantai.audit import sql
from sertantai.audit.effects import Effects, RecentOperations
from sertantai.audit.operations import KINDS, Timeline
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.trail import THE_BEGINNING, THE_END, Keyset, ends_before
from sertantai.core.ids import UserId
from sertantai.core.operations import DeleteGroup
from sertantai.engine.engine import Engine
from sertantai.postgres import Database, Role
from tests.postgres.audit.conftest import Person

COUNTED = """
SELECT operation_id, count(*) FILTER (WHERE action IN ('select', 'bulk_select')) AS added,
       count(*) FILTER (WHERE action IN ('deselect', 'bulk_deselect', 'clear_all')) AS removed,
       count(*) FILTER (WHERE action = 'annotate') AS annotated
  FROM selection_audit_log GROUP BY operation_id ORDER BY operation_id
"""
KEPT = "SELECT operation_id, added, removed, annotated FROM selection_operations ORDER BY operation_id"
ACTIVITY = "SELECT sum(changes) FROM selection_activity"
ALL = "SELECT * FROM selection_operations ORDER BY operation_id"
MANY = """
INSERT INTO selection_operations
       (user_id, created_at, operation_id, position, group_id, record_action, list_action,
        added, removed, annotated, undoable)
SELECT $1, $3::timestamptz - make_interval(secs => n), gen_random_uuid(), n, $2, 'select', 'update_group',
       1, 1, 1, 0
  FROM generate_series(1, 20000) n
"""
BUFFERS_MAX = 60
"""Of a page: down one index a month and to the rows shown. To walk to the middle takes a hundred."""


async def busy(engine: Engine, somebody: Person) -> None:
    bulk = await somebody.bulk_select(*range(1, 11))
    await somebody.undo(bulk)
    await somebody.select(3)
    await somebody.note(3, "kept")
    group = await somebody.make_list("Fire safety")
    await somebody.do(DeleteGroup, group)
    await somebody.clear()
    await engine.flush()


async def test_each_operation_has_the_numbers_of_its_trail(
    engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await busy(engine, somebody)
    counted = [tuple(row) for row in await superuser.fetch(COUNTED)]
    assert counted
    assert [tuple(row) for row in await superuser.fetch(KEPT)] == counted
    assert await superuser.fetchval(ACTIVITY) == await superuser.fetchval(
        "SELECT count(*) FROM selection_audit_log"
    )


async def test_what_is_written_in_parts_is_counted_as_one(
    engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    operation = uuid4()
    for part in range(3):
        await superuser.execute(
            "INSERT INTO selection_audit_log (user_id, record_id, action, operation_id, position, created_at)"
            " SELECT $1, id, 'bulk_select', $2, 7, '2026-11-01T12:00:00Z'"
            " FROM uk_lrt_records ORDER BY record_no OFFSET $3 LIMIT 2",
            somebody.id,
            operation,
            part * 2,
        )
    assert (
        await superuser.fetchval("SELECT added FROM selection_operations WHERE operation_id = $1", operation)
        == 6
    )


async def test_a_row_that_an_operation_lacked_is_counted_with_it(
    engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Of a large operation that was half written, one row may be left; it comes beside ticks of others."""
    large, tick = uuid4(), uuid4()
    for action, of_operations in (("bulk_select", [large, large]), ("select", [tick, large])):
        await superuser.execute(
            "INSERT INTO selection_audit_log (user_id, record_id, action, operation_id, position, created_at)"
            " SELECT $1, id, $2, ($3::uuid[])[record_no % 2 + 1], 7, '2026-11-01T12:00:00Z'"
            " FROM uk_lrt_records ORDER BY record_no LIMIT 2",
            somebody.id,
            action,
            of_operations,
        )
    kept = await superuser.fetch("SELECT operation_id, added, record_action FROM selection_operations")
    assert {tuple(row) for row in kept} == {(large, 3, "bulk_select"), (tick, 1, "select")}
    assert await superuser.fetchval(ACTIVITY) == 4


async def test_a_database_that_is_there_already_is_counted_alike(
    engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await busy(engine, somebody)
    before = [tuple(row) for row in await superuser.fetch(ALL)]
    script = (resources.files("sertantai.postgres.migrations") / "sql/0009/operations.sql").read_text()
    begin = script.index("INSERT INTO selection_operations\n  SELECT")
    await superuser.execute("TRUNCATE selection_operations, selection_activity")
    await superuser.execute(script[begin : script.index("ANALYZE selection_operations", begin)])
    assert [tuple(row) for row in await superuser.fetch(ALL)] == before


async def test_the_history_is_narrowed_by_what_was_done(
    snapshots: Snapshots, engine: Engine, somebody: Person
) -> None:
    await busy(engine, somebody)

    async def found(kind: str) -> list[str]:
        entries, _ = (await Timeline(snapshots).page(somebody.id, None, 50, kind=kind)).answer
        return [entry.action for entry in entries]

    assert await found("lists") == ["delete_group", "create_group"]
    assert await found("ticked") == ["select", "bulk_select"]
    assert await found("unticked") == ["clear_all", "bulk_deselect"]
    assert await found("notes") == ["annotate"]
    assert len(await found("")) == 7


async def test_a_page_reads_no_more_than_it_shows_and_counts_nothing(
    database: Database, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    newest = datetime.now(UTC)
    await superuser.execute(MANY, somebody.id, somebody.group, newest)
    await superuser.execute("ANALYZE selection_operations")
    middle = newest - timedelta(seconds=10_000)
    for kind in KINDS:
        for until, after in (
            (THE_END, None),
            (THE_END, (middle, uuid4())),
            (middle, None),
            (newest, (middle, uuid4())),
        ):
            await _reads_little(database, somebody, kind, until, after)


async def _reads_little(
    database: Database, somebody: Person, kind: str, until: datetime, after: Keyset | None
) -> None:
    arguments = (somebody.id, THE_BEGINNING, *ends_before(until, after), None, 51)
    async with database.transaction(Role.APP, somebody.id, readonly=True) as connection:
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) {sql.TIMELINE[kind]}",
            *arguments,  # a constant
        )
    top = json.loads(plan)[0]["Plan"]
    nodes = list(_nodes(top))
    assert not [node for node in nodes if "Aggregate" in node["Node Type"]]
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= 60, nodes
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] <= BUFFERS_MAX, json.dumps(top, indent=1)


async def test_pages_and_an_end_leave_nothing_out_and_show_nothing_twice(
    snapshots: Snapshots, somebody: Person, engine: Engine
) -> None:
    for record in range(1, 9):
        await somebody.select(record)
    end = somebody.clock.now()
    await somebody.select(9)
    await engine.flush()
    timeline = Timeline(snapshots)
    every, _ = (await timeline.page(somebody.id, None, 50)).answer
    found, after = (await timeline.page(somebody.id, None, 3, until=end)).answer
    while after is not None:
        more, after = (await timeline.page(somebody.id, after, 3, until=end)).answer
        found += more
    # What was done at the end itself is not before it.
    assert [entry.at for entry in found] == [entry.at for entry in every if entry.at < end]
    assert len(found) == 7


async def test_the_newest_operations_of_a_list_are_found_without_its_trail(
    effects: Effects, somebody: Person
) -> None:
    first = await somebody.bulk_select(1, 2)
    second = await somebody.undo(first)
    found = await effects.newest(
        somebody.id, somebody.group, UserId(somebody.id), second.position, before=None, walked=2
    )
    both = [(second.operation.id, first.operation.id), (first.operation.id, None)]
    assert found.answer == RecentOperations(both, first.position)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
