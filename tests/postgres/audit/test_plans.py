"""In a list of a million operations an actor's own newest is found, or soon given up."""

import json

import asyncpg
import pytest

from sertantai.audit import sql
from sertantai.audit.effects import Effects
from sertantai.core.audit_words import MOVING
from sertantai.core.ids import OperationId, UserId
from sertantai.engine.hot_tier import HotOwner
from sertantai.lists import undo
from sertantai.lists.errors import NothingToUndo
from sertantai.lists.undo import FIRST_LOOK_OPERATIONS, LOOK_OPERATIONS_MAX, newest_of
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.plans_read import nodes, rows

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
UNDONE = """
UPDATE selection_operations u SET undoes = t.operation_id
  FROM selection_operations t
 WHERE u.user_id = $1 AND u.position > $2::int / 2 AND t.user_id = $1 AND t.position = $2 + 1 - u.position
"""
BY_ANOTHER = """
UPDATE selection_operations SET actor_id = $2 WHERE user_id = $1 AND position = $3 RETURNING operation_id
"""
FIRST_TWO = "SELECT operation_id FROM selection_operations WHERE user_id = $1 ORDER BY position LIMIT 2"
BUFFERS_A_ROW_MAX = 3


@pytest.fixture
async def colleague(somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]") -> UserId:
    """Who has done all that was done in somebody's list; the database is told that it was a million."""
    busy = UserId(new_id())
    await superuser.execute(MANY, somebody.id, somebody.group, busy, OPERATIONS)
    await superuser.execute("ANALYZE selection_operations")
    await superuser.execute(AS_OF_A_MILLION, SAID_TO_BE)
    return busy


@pytest.mark.parametrize("before", [None, OPERATIONS // 2])
async def test_no_more_of_a_list_is_walked_than_so_much(
    somebody: Person,
    colleague: UserId,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    before: int | None,
) -> None:
    for looked_at_max in (FIRST_LOOK_OPERATIONS, LOOK_OPERATIONS_MAX):
        plan = await superuser.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql.RECENT_OPERATIONS}",
            somebody.id,
            somebody.group,
            colleague,
            before,
            looked_at_max,
            MOVING,
        )
        top = json.loads(plan)[0]["Plan"]
        read = list(nodes(top))
        assert max(rows(node) for node in read) <= looked_at_max + 1, json.dumps(top, indent=1)
        assert not [node for node in read if node["Node Type"] == "Sort"], "the index has the order"
        blocks = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
        assert blocks <= (looked_at_max + 100) * BUFFERS_A_ROW_MAX


async def test_ones_own_is_found_up_to_there(
    effects: Effects,
    somebody: Person,
    colleague: UserId,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(undo, "LOOKED_AT_OPERATIONS_MAX", 10_000)
    looked_at = FIRST_LOOK_OPERATIONS + 2 * LOOK_OPERATIONS_MAX
    hot = await effects.engine.hot_owner(somebody.id)
    for back in (1, FIRST_LOOK_OPERATIONS + 1, looked_at, looked_at + 1):
        whose = UserId(new_id())
        own = await superuser.fetchval(BY_ANOTHER, somebody.id, whose, OPERATIONS - back)
        if back <= looked_at:
            assert await _newest(effects, hot, somebody, whose) == own
        else:
            with pytest.raises(NothingToUndo, match="last 10,000 changes"):
                await _newest(effects, hot, somebody, whose)


async def test_who_has_undone_thousands_goes_on_with_the_one_before(
    effects: Effects, somebody: Person, colleague: UserId, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """All but the first two have been undone, one after another."""
    await superuser.execute(UNDONE, somebody.id, OPERATIONS)
    hot, another = await effects.engine.hot_owner(somebody.id), UserId(new_id())
    first, second = [row["operation_id"] for row in await superuser.fetch(FIRST_TWO, somebody.id)]
    assert await _newest(effects, hot, somebody, colleague) == second
    await superuser.execute(BY_ANOTHER, somebody.id, another, 1)
    assert await _newest(effects, hot, somebody, colleague) == first
    await superuser.execute(BY_ANOTHER, somebody.id, another, 0)
    with pytest.raises(NothingToUndo, match="nothing to undo in this list"):
        await _newest(effects, hot, somebody, colleague)


async def _newest(effects: Effects, hot: HotOwner, somebody: Person, actor: UserId) -> OperationId:
    return await newest_of(effects, hot, hot.state.groups[somebody.group], actor)
