"""What nobody can read back is not taken by the database; having it take that changes one of its rules."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sertantai.audit.comparing.readable import Unreadable, naming_unreadable
from sertantai.audit.guarding.database_rules import DatabaseRules
from sertantai.core.clock import ManualClock
from sertantai.engine.engine import Engine
from sertantai.evidence.gathering import TrailDiffers
from sertantai.evidence.packs import Packs, Question, Subject
from sertantai.postgres import Database
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.sealer import Sealer
from tests.fixtures.forked import run_forked
from tests.fixtures.postgres import DatabaseUnderTest
from tests.fixtures.process import COMMAND, COMMAND_S_MAX, environment_of
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


ALLOWED = "ALTER TABLE {0} DROP CONSTRAINT {0}_readable; ALTER TABLE {0} DISABLE TRIGGER USER"
ORDINARY = "metadata = '{{}}', created_at = '{at}', record_no = 1, ip_address = '192.0.2.7'"
JUNK = (
    """metadata = '{"handed_over_from": "x", "selected_at": "junk", "selected_by": "x"}'""",
    """metadata = '{"handed_over_from": "x", "selected_at": "2026-02-31T00:00:00+00:00"}'""",
)
RULE_GONE = "ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_readable"
OF_MOVES = ("metadata.selected_at and metadata.selected_by", "metadata.selected_at")
NAMED = ("details", "time", "time", "time", "number of a law", "IP address", "IP address", *OF_MOVES)


async def test_rows_that_nobody_can_read_are_named_to_whoever_compares_or_makes_a_pack(
    ann: Person,
    engine: Engine,
    sealer: Sealer,
    notices: Notices,
    database: Database,
    superuser: Any,
    tmp_path: Path,
) -> None:
    """A pack says the operation alone: who asks may see no more."""
    await sealer.seal()
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(ALLOWED.format("selection_audit_log"))
    row = await superuser.fetchrow("SELECT id, created_at FROM selection_audit_log")
    packs = Packs(database, newest_log(tmp_path), engine.journal.id, notices, sealer.seal)
    for value, what in zip((*POISON["selection_audit_log"], *JUNK), NAMED, strict=True):
        await superuser.execute(f"UPDATE selection_audit_log SET {value}")
        with pytest.raises(Unreadable) as met:
            async with naming_unreadable(database):
                raise ValueError("as reading it ends")
        [said] = met.value.rows
        assert f"selection_audit_log {row['id']} of user {ann.id}, operation 1" in said
        assert said.endswith(f"its {what}.")
        if "ip_address" in value or "selected_at" in value:
            with pytest.raises(Unreadable) if "ip" in value else suppress(TrailDiffers):
                await packs.make(Question(Subject.LIST, str(ann.group), ann.id), ann.id)
        assert str(ann.id) not in met.value.message
        await superuser.execute(
            f"UPDATE selection_audit_log SET {ORDINARY.format(at=row['created_at'].isoformat())}"
        )
    with pytest.raises(ValueError, match="of something else"):
        async with naming_unreadable(database):
            raise ValueError("of something else")


async def test_the_command_names_the_row_and_exits_with_one(
    ann: Person, sealer: Sealer, cloned: DatabaseUnderTest, superuser: Any, tmp_path: Path
) -> None:
    await sealer.seal()
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    row = await superuser.fetchval("SELECT id FROM selection_audit_log")
    moved = JUNK[0].replace("x", str(ann.id), 1)
    settings = {"SERTANTAI_DATABASE_URL": cloned.dsn, "SERTANTAI_DATA_DIR": str(tmp_path)}
    for change, what in (
        (f"UPDATE selection_audit_log SET {moved}", "metadata.selected_at and metadata.selected_by"),
        (f"{RULE_GONE}; UPDATE selection_audit_log SET created_at = 'infinity'", "time"),
    ):
        await superuser.execute(change)
        environment = environment_of(settings)
        done = await asyncio.to_thread(
            run_forked, [COMMAND, "audit", "verify"], environment, seconds_max=COMMAND_S_MAX
        )
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
        assert f"selection_audit_log {row} of user {ann.id}, operation 1" in done.stdout
        assert f"its {what}" in done.stdout
        assert "nothing else was compared" in done.stdout
