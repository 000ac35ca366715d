"""A report about a whole list asks for some laws at a time, and reads what was done about those alone."""

import json
from datetime import UTC, datetime

import asyncpg
import pytest

from sertantai.core.audit_words import ADDING
from sertantai.reporting import sql
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.plans_read import nodes, rows

LAWS, TIMES = 20_000, 2
ASKED = 500
MORE_RECORDS = (
    "INSERT INTO uk_lrt_records (name, title_en) SELECT 'UK_more_' || n, 'Law' FROM generate_series(1, $1) n"
)
MUCH_DONE = """
INSERT INTO selection_audit_log
       (user_id, group_id, record_id, record_no, record_name, action, position, created_at, metadata)
SELECT $1, $2, r.id, r.record_no, r.name, 'bulk_select', n,
       now() - make_interval(secs => $3 - n),
       '{"changes": {"note": "x"}}'
  FROM uk_lrt_records r CROSS JOIN generate_series(1, $3::int) n
"""
SOME_LAWS = "SELECT array_agg(id) FROM (SELECT id FROM uk_lrt_records ORDER BY name DESC LIMIT $1) r"


@pytest.mark.parametrize("is_analyzed", [True, False])
@pytest.mark.parametrize("question", ["BROUGHT_IN", "NOTED"])
async def test_of_some_laws_only_their_own_lines_are_read(
    somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]", question: str, is_analyzed: bool
) -> None:
    await superuser.execute(MORE_RECORDS, LAWS)
    await superuser.execute(MUCH_DONE, somebody.id, somebody.group, TIMES)
    if is_analyzed:
        await superuser.execute("ANALYZE selection_audit_log")
    laws = await superuser.fetchval(SOME_LAWS, ASKED)
    asked = [somebody.id, somebody.group, laws, datetime.now(UTC)]
    if question == "BROUGHT_IN":
        asked.append(list(ADDING))
    statement = getattr(sql, question)
    plan = await superuser.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", *asked)
    top = json.loads(plan)[0]["Plan"]
    scanned = [node for node in nodes(top) if "Relation Name" in node]
    assert sum(map(rows, scanned)) <= ASKED * TIMES, json.dumps(top, indent=1)
    found = await superuser.fetch(statement, *asked)
    assert len(found) == ASKED
