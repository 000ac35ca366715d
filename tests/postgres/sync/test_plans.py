"""Writing a few rows of a long list costs a few rows, whatever PostgreSQL believes about its tables."""

import json
from typing import Any

import asyncpg
import pytest

from sertantai.postgres.arrays import array_as_text
from sertantai.process.new_ids import new_id
from sertantai.sync import sql

LIST_RECORDS, CHANGED = 13_000, 300
ROWS_EACH_MAX = 20
"""Rows that a plan may look at for each row it changes: a handful of joins."""
ADD_RECORDS = """
INSERT INTO uk_lrt_records (name, title_en) SELECT 'UK_test_' || n, 'Law ' || n FROM generate_series(1, $1) n
"""
ADD_USERS = """
INSERT INTO users (id, email) SELECT gen_random_uuid(), n || '@example.org' FROM generate_series(1, 200) n
"""
SELECT_ALL = """
INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group, source, actor_id)
SELECT $1, id, record_no, 'default', 'hand', $1 FROM uk_lrt_records
"""


@pytest.mark.parametrize("statement", [sql.DELETE_SELECTIONS, sql.ANNOTATE_SELECTIONS])
async def test_statistics_of_before_a_list_grew_long_do_no_harm(
    superuser: "asyncpg.Connection[asyncpg.Record]", statement: str
) -> None:
    user = new_id()
    await superuser.execute(ADD_USERS)
    await superuser.execute("INSERT INTO users (id, email) VALUES ($1, 'somebody@example.org')", user)
    await superuser.execute(ADD_RECORDS, LIST_RECORDS)
    await superuser.execute("ANALYZE")  # the lists are empty
    await superuser.execute(SELECT_ALL, user)
    group = await superuser.fetchval("SELECT id FROM user_selection_groups WHERE user_id = $1", user)
    numbers = [
        row["record_no"]
        for row in await superuser.fetch("SELECT record_no FROM uk_lrt_records LIMIT $1", CHANGED)
    ]
    arguments: list[Any] = [[1] * CHANGED, numbers, [user], [group]]
    if statement is sql.DELETE_SELECTIONS:
        arguments[:2] = map(array_as_text, arguments[:2])
    if statement is sql.ANNOTATE_SELECTIONS:
        at = await superuser.fetchval("SELECT now()")
        await superuser.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        arguments[2:2] = [[{"note": "read it"}] * CHANGED]
        arguments.append([at])
    plan = await superuser.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", *arguments)
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    assert _rows(top) <= CHANGED * ROWS_EACH_MAX, json.dumps(top, indent=1)


def _rows(node: dict[str, Any]) -> float:
    """All that the nodes of a plan passed on, and threw away."""
    thrown = sum(value for key, value in node.items() if key.startswith("Rows Removed"))
    own = (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return float(own + sum(_rows(child) for child in node.get("Plans", ())))
