"""What one of five hundred people did in an organization is found without walking what the others did."""

import json
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from sertantai.audit import sql
from sertantai.audit.trail import THE_BEGINNING
from sertantai.core import audit_words
from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.engine.engine import Engine
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from tests.postgres.audit.conftest import Person, add_organization
from tests.postgres.audit.plans_read import nodes, rows

DONE, OF_ACTOR, SAID_TO_BE, PAGE = 20_000, 50, 600_000, 51
OPERATIONS = """
INSERT INTO selection_operations
       (user_id, created_at, operation_id, position, group_id, actor_id, record_action,
        added, removed, annotated, undoable)
SELECT $1, now() - make_interval(secs => n), gen_random_uuid(), $4::int - n, $2,
       CASE WHEN n % 400 = 0 THEN $3::uuid ELSE gen_random_uuid() END, 'select', 1, 0, 0, 1
  FROM generate_series(1, $4) n
"""
ROWS = """
INSERT INTO selection_audit_log (user_id, created_at, operation_id, position, group_id, actor_id, action)
SELECT $1, now() - make_interval(secs => n), gen_random_uuid(), $4::int - n, $2,
       CASE WHEN n % 400 = 0 THEN $3::uuid ELSE gen_random_uuid() END, 'update_group'
  FROM generate_series(1, $4) n
"""
AS_OF_SO_MANY = """
UPDATE pg_class SET reltuples = $1
 WHERE reltuples > 0
   AND oid IN (SELECT inhrelid FROM pg_inherits
                WHERE inhparent IN ('selection_operations'::regclass, 'selection_audit_log'::regclass))
"""
LATER = datetime(2100, 1, 1, tzinfo=UTC)
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@pytest.fixture
async def office(
    superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock
) -> Person:
    """An organization where twenty thousand things were done; fifty of them by ``actor``."""
    office = await add_organization(superuser, engine, clock, "works")
    office.actor = UserId(new_id())
    for statement in (OPERATIONS, ROWS):
        await superuser.execute(statement, office.id, office.group, office.actor, DONE)
    await superuser.execute("ANALYZE selection_operations, selection_audit_log")
    await superuser.execute(AS_OF_SO_MANY, SAID_TO_BE)
    return office


@pytest.mark.parametrize("kind", ["", "ticked"])
async def test_the_timeline_of_one_person_is_theirs_alone(
    database: Database, office: Person, kind: str
) -> None:
    page = (office.id, THE_BEGINNING, LATER, LAST, None, PAGE, office.actor)
    await finds(database, office, sql.TIMELINE_OF_ACTOR[kind], *page)


async def test_the_trail_of_one_person_is_theirs_alone(database: Database, office: Person) -> None:
    page = (office.id, THE_BEGINNING, LATER, LAST, None, None, list(audit_words.ALL), office.actor, PAGE)
    await finds(database, office, sql.TRAIL_OF_ANOTHER, *page)


async def finds(database: Database, office: Person, statement: str, *page: Any) -> None:
    """As the application reads it: with row security."""
    async with database.transaction(Role.APP, office.id, readonly=True) as connection:
        plan = await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", *page)
    top = json.loads(plan)[0]["Plan"]
    assert top["Actual Rows"] >= OF_ACTOR
    walked = max(rows(node) for node in nodes(top))
    assert walked <= 2 * PAGE, json.dumps(top, indent=1)
