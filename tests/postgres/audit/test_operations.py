"""One row an operation, counted as the trail is written; the history is read from these alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from sertantai.audit import sql
from sertantai.audit.operations import KINDS, Timeline
from sertantai.audit.trail import LAST_ID, THE_BEGINNING, THE_END
from sertantai.core.operations import DeleteGroup
from sertantai.postgres import Database, Role
from sertantai.selections.engine import Engine
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
INSERT INTO selection_audit_log
       (user_id, record_id, record_no, action, group_id, operation_id, position, created_at)
SELECT $1, id, record_no, 'select', $2, gen_random_uuid(), n, now() - make_interval(secs => n)
  FROM generate_series(1, 2000) n JOIN uk_lrt_records ON record_no = 1 + n % 10
"""


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
            " SELECT $1, id, 'bulk_select', $2, 7, '2026-11-01T12:00:00Z' FROM uk_lrt_records"
            " ORDER BY record_no OFFSET $3 LIMIT 2",
            somebody.id,
            operation,
            part * 2,
        )
    assert (
        await superuser.fetchval("SELECT added FROM selection_operations WHERE operation_id = $1", operation)
        == 6
    )


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
    database: Database, engine: Engine, somebody: Person
) -> None:
    await busy(engine, somebody)

    async def found(kind: str) -> list[str]:
        entries, _ = await Timeline(database).page(somebody.id, None, 50, kind=kind)
        return [entry.action for entry in entries]

    assert await found("lists") == ["delete_group", "create_group"]
    assert await found("ticked") == ["select", "bulk_select"]
    assert await found("unticked") == ["clear_all", "bulk_deselect"]
    assert await found("notes") == ["annotate"]
    assert len(await found("")) == 7


@pytest.mark.parametrize("kind", KINDS)
async def test_a_page_reads_no_more_than_it_shows_and_counts_nothing(
    database: Database, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]", kind: str
) -> None:
    await superuser.execute(MANY, somebody.id, somebody.group)
    await superuser.execute("ANALYZE selection_operations")
    middle = datetime.now(UTC) - timedelta(seconds=1000)
    for at in (THE_END, middle):
        await _reads_little(database, somebody, kind, at)


async def _reads_little(database: Database, somebody: Person, kind: str, at: datetime) -> None:
    arguments = (somebody.id, THE_BEGINNING, THE_END, at, LAST_ID, None, 51)
    async with database.transaction(Role.APP, somebody.id, readonly=True) as connection:
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT json) {sql.TIMELINE[kind]}",
            *arguments,  # a constant
        )
    nodes = list(_nodes(json.loads(plan)[0]["Plan"]))
    assert not [node for node in nodes if "Aggregate" in node["Node Type"]]
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= 60, nodes


async def test_the_newest_operations_of_a_list_are_found_without_its_trail(
    engine: Engine, somebody: Person
) -> None:
    first = await somebody.bulk_select(1, 2)
    second = await somebody.undo(first)
    await engine.flush()
    found = await engine.store.recent_operations(engine.journal.id, somebody.id, somebody.group, 10)
    assert found.answer == [
        (second.operation.id, first.operation.id),
        (first.operation.id, None),
    ]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
