"""A list of many long notes goes to another owner in statements that are short each."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from sertantai.core.bitmaps import bitmap
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, JournalId, OwnerId, Position, UserId
from sertantai.core.notes import text_bytes
from sertantai.core.operations import Annotation, Origin
from sertantai.core.sharing.hand_over_steps import moved
from sertantai.core.state import GroupState, OwnerState
from sertantai.postgres import Connection, Database, Role
from sertantai.process.new_ids import new_id
from sertantai.sync import move_sql, writing
from sertantai.sync.move_writing import SLICE_BYTES, SLICE_RECORDS, both_trails, move_list
from sertantai.sync.moving import moving
from sertantai.sync.store import GroupRows, MovedList

LAWS, NOTE_BYTES = 2_000, 16_000
JOURNAL = JournalId(UUID(int=1))
"""All in one statement they were 32 MB, for which PostgreSQL took longer than it was given."""
ROWS_EACH_MAX, OF_A_WALK = 35, LAWS // (SLICE_RECORDS // 10)
"""Of both trails; to walk the list once would be ten more."""
BY_ITS_KEY_SINCE = 160_000
"""PostgreSQL 15 walks the list once a slice where it has not heard that it grew."""
ADD_RECORDS = """
INSERT INTO uk_lrt_records (name, title_en) SELECT 'UK_test_' || n, 'Law ' || n FROM generate_series(1, $1) n
"""
ADD_USERS = "INSERT INTO users (id, email) SELECT id, id || '@example.org' FROM unnest($1::uuid[]) AS id"
ADD_LIST = "INSERT INTO user_selection_groups (user_id, id, name) VALUES ($1, $2, 'Site')"
SELECT_ALL = """
INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group, source, actor_id)
SELECT $1, id, record_no, 'Site', 'hand', $1 FROM uk_lrt_records
"""
NOTES = "SELECT count(*) FROM user_record_selections WHERE user_id = $1 AND length(metadata ->> 'note') = $2"


@pytest.fixture
async def move(superuser: "asyncpg.Connection[asyncpg.Record]") -> MovedList:
    giver, receiver, group = OwnerId(new_id()), OwnerId(new_id()), GroupId(new_id())
    await superuser.execute(ADD_USERS, [giver, receiver])
    await superuser.execute(ADD_RECORDS, LAWS)
    await superuser.execute(ADD_LIST, giver, group)
    await superuser.execute("ANALYZE")  # the list is empty
    await superuser.execute(SELECT_ALL, giver)
    numbers = [row["record_no"] for row in await superuser.fetch("SELECT record_no FROM uk_lrt_records")]
    at = await superuser.fetchval("SELECT now()")
    notes: dict[int, Annotation] = {number: {"note": "x" * NOTE_BYTES} for number in numbers}
    there = GroupState(group, "Site", at, at, records=bitmap(numbers), annotations=notes)
    here, to = OwnerState(giver, {group: there}), OwnerState(receiver, {})
    taken, _ = moved(here, to, there, name="Site", at=at, origin=Origin(UserId(receiver)), with_history=True)
    bare = OwnerState(giver, {group: GroupState(group, "Site", at, at, records=bitmap(numbers))})
    _, change = fold(to, Position(5), taken)
    move = moving(JOURNAL, Position(4), 0, change, bare).move_list
    assert move is not None
    assert len(move.annotate) == LAWS
    return move


async def test_no_statement_has_more_notes_than_it_has_time_for(
    superuser: "asyncpg.Connection[asyncpg.Record]", database: Database, move: MovedList
) -> None:
    statements: list[int] = []

    async def annotated(connection: Connection, rows: Sequence[GroupRows]) -> None:
        statements.append(sum(text_bytes(note) for one in rows for note in one.annotate.values()))
        await writing._annotate(connection, rows)

    async with database.transaction(Role.SYNC) as connection:  # with the time that each statement has
        await move_list(connection, move, JOURNAL, annotated)
    assert max(statements) <= SLICE_BYTES
    assert sum(statements) > LAWS * NOTE_BYTES
    assert await superuser.fetchval(NOTES, move.owner, NOTE_BYTES) == LAWS


async def test_each_slice_of_a_long_list_is_found_by_its_key(
    superuser: "asyncpg.Connection[asyncpg.Record]", move: MovedList
) -> None:
    """With statistics of before it grew long: else the whole list would be walked for each slice."""
    some = move.records[: SLICE_RECORDS // 10]
    await superuser.execute(move_sql.STAGE, move.owner, "Site", move.group.created_at, None)
    await superuser.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    arguments: list[Any] = [move.giver, move.called, move.owner, move.group.name, some, *both_trails(move)]
    arguments.append(JOURNAL)
    plan = await superuser.fetchval(
        f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {move_sql.MOVE_ROWS}", *arguments
    )
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    is_old = int(await superuser.fetchval("SHOW server_version_num")) < BY_ITS_KEY_SINCE
    each_max = ROWS_EACH_MAX + OF_A_WALK * is_old
    assert _rows(top) <= len(some) * each_max, json.dumps(top, indent=1)


def _rows(node: dict[str, Any]) -> float:
    """All that the nodes of a plan passed on, and threw away."""
    thrown = sum(value for key, value in node.items() if key.startswith("Rows Removed"))
    own = (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return float(own + sum(_rows(child) for child in node.get("Plans", ())))
