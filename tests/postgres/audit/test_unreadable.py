"""What nobody can read back is not taken by the database; having it take that changes one of its rules."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sertantai.audit.guarding.database_rules import DatabaseRules
from sertantai.core.clock import ManualClock
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from tests.postgres.audit.conftest import Person, add_person

POISON = {
    "selection_audit_log": (
        "metadata = '[1]'",
        "created_at = 'infinity'",
        "created_at = '20000-01-01'",
        "created_at = '0044-03-15 BC'",
        "record_no = -7",
        "ip_address = '10.0.0.0/8'",
        "ip_address = '2001:db8::/32'",
    ),
    "security_events": ("details = '[1]'", "at = 'infinity'", "ip_address = '10.0.0.0/8'"),
    "audit_notices": ("at = 'infinity'", "body = '[1]'"),
}


@pytest.fixture
async def ann(engine: Engine, superuser: Any, clock: ManualClock) -> Person:
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    await ann.select(1)
    await engine.flush()
    return ann


async def test_it_is_refused_to_a_superuser_too(ann: Person, superuser: Any) -> None:
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(
        "INSERT INTO security_events (id, at, kind, severity) "
        "VALUES (gen_random_uuid(), now(), 'signed_in', 'info')"
    )
    await superuser.execute(
        "INSERT INTO audit_notices (at, kind, body, mac) VALUES (now(), 'access', '{}', '')"
    )
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    for table, values in POISON.items():
        if table != "selection_audit_log":
            await superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for value in values:
            with pytest.raises(asyncpg.CheckViolationError, match="readable"):
                await superuser.execute(f"UPDATE {table} SET {value}")
    with pytest.raises(asyncpg.CheckViolationError, match="readable"):
        await superuser.execute(
            "INSERT INTO audit_baseline (user_id, group_id, record_no) "
            "VALUES (gen_random_uuid(), gen_random_uuid(), -5)"
        )


@pytest.mark.parametrize("again", [False, True])
async def test_taking_the_rule_away_is_told_of_also_where_it_comes_back(
    ann: Person, database: Database, superuser: Any, tmp_path: Path, again: bool
) -> None:
    rules = DatabaseRules(database, tmp_path)
    await rules.after_migration([])
    rule, table = "selection_audit_log_readable", "selection_audit_log"
    checked = await superuser.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conname = $1 AND conrelid = $2::text::regclass",
        rule,
        table,
    )
    await superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {rule}")
    if again:  # as it was, but for those rows that are there
        await superuser.execute(f"ALTER TABLE {table} ADD CONSTRAINT {rule} {checked} NOT VALID")
    [said] = await rules.differing()
    what = "was changed" if again else "is gone"
    assert said == (
        f"A rule of the database is not what the server set up: constraint {rule} on {table} {what}."
    )
