"""In a list of a million operations an actor's own newest is found, or soon given up."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from sertantai.audit import sql
from sertantai.audit.postgres_effects import WALKED_OPERATIONS_MAX, PostgresEffects
from sertantai.core.ids import UserId
from sertantai.engine.engine import Engine
from sertantai.lists.undo import RECENT_OPERATIONS_MAX
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import Person

OPERATIONS, SAID_TO_BE = 20_000, 1_000_000
MANY = """
INSERT INTO selection_operations
       (user_id, created_at, operation_id, position, group_id, actor_id, record_action,
        added, removed, annotated, undoable)
SELECT $1, now() - make_interval(secs => n), gen_random_uuid(), $4::int - n, $2, $3, 'select', 1, 0, 0, 1
  FROM generate_series(1, $4) n
"""
AS_OF_A_MILLION = """
UPDATE pg_class SET reltuples = $1
 WHERE reltuples > 0
   AND oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'selection_operations'::regclass)
"""
BY_ANOTHER = "UPDATE selection_operations SET actor_id = $2 WHERE user_id = $1 AND position = $3"
BUFFERS_A_ROW_MAX = 3


@pytest.fixture
async def colleague(somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]") -> UserId:
    """Who has done all that was done in somebody's list; the database is told that it was a million."""
    busy = UserId(new_id())
    await superuser.execute(MANY, somebody.id, somebody.group, busy, OPERATIONS)
    await superuser.execute("ANALYZE selection_operations")
    await superuser.execute(AS_OF_A_MILLION, SAID_TO_BE)
    return busy


async def test_no_more_of_a_list_is_walked_than_so_much(
    somebody: Person, colleague: UserId, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    for actor, looked_at_max in ((colleague, RECENT_OPERATIONS_MAX), (somebody.id, WALKED_OPERATIONS_MAX)):
        plan = await superuser.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql.RECENT_OPERATIONS}",
            somebody.id,
            somebody.group,
            actor,
            RECENT_OPERATIONS_MAX,
            WALKED_OPERATIONS_MAX,
        )
        top = json.loads(plan)[0]["Plan"]
        nodes = list(_nodes(top))
        assert max(_rows(node) for node in nodes) <= looked_at_max + 1, json.dumps(top, indent=1)
        assert not [node for node in nodes if node["Node Type"] == "Sort"], "the index has the order"
        blocks = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
        assert blocks <= (looked_at_max + 100) * BUFFERS_A_ROW_MAX


async def test_ones_own_is_found_up_to_there(
    engine: Engine,
    database: Database,
    somebody: Person,
    colleague: UserId,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    effects = PostgresEffects(database)

    async def found(actor: UserId) -> int:
        told = await effects.recent_operations(
            engine.journal.id, somebody.id, somebody.group, actor, RECENT_OPERATIONS_MAX
        )
        return len(told.answer)

    assert await found(colleague) == RECENT_OPERATIONS_MAX
    for walked, whose in (
        (WALKED_OPERATIONS_MAX, UserId(new_id())),
        (WALKED_OPERATIONS_MAX + 1, UserId(new_id())),
    ):
        await superuser.execute(BY_ANOTHER, somebody.id, whose, OPERATIONS - walked)
        assert await found(whose) == (walked <= WALKED_OPERATIONS_MAX)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _rows(node: dict[str, Any]) -> float:
    """What a node passed on and threw away."""
    thrown = sum(value for key, value in node.items() if key.startswith("Rows Removed"))
    return float((node["Actual Rows"] + thrown) * node["Actual Loops"])
