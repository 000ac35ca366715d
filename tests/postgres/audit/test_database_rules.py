"""A rule of the database that was changed behind the server's back is told of, whichever it is."""

from pathlib import Path
from typing import Any

import pytest

from sertantai.audit.guarding.database_rules import SAID_MAX, DatabaseRules
from sertantai.audit.guarding.rules_sql import RULES_KEPT
from sertantai.postgres import Database
from sertantai.sealing.keys import KEYS_FOLDER, RULES_FILE

CHANGED = {
    "CREATE POLICY hide ON selection_audit_log AS RESTRICTIVE FOR SELECT TO sertantai_app "
    "USING (action <> 'deselect')": "policy hide on selection_audit_log was added",
    "ALTER POLICY {policy} ON {table} USING (false)": "policy {policy} on {table} was changed",
    "DROP POLICY {policy} ON {table}": "policy {policy} on {table} is gone",
    "ALTER TABLE user_record_selections NO FORCE ROW LEVEL SECURITY": (
        "row security of user_record_selections was changed"
    ),
    "ALTER TABLE selection_audit_log DISABLE TRIGGER append_only": (
        "trigger append_only on selection_audit_log was changed"
    ),
    "CREATE RULE quiet AS ON INSERT TO security_events DO INSTEAD NOTHING": (
        "rule quiet on security_events was added"
    ),
    "CREATE OR REPLACE FUNCTION sertantai_refuse() RETURNS trigger LANGUAGE plpgsql "
    "AS 'BEGIN RETURN NULL; END'": "function sertantai_refuse() was changed",
    "GRANT DELETE ON selection_audit_log TO sertantai_app": (
        "privileges of sertantai_app on selection_audit_log was changed"
    ),
}


@pytest.fixture
async def rules(database: Database, tmp_path: Path) -> DatabaseRules:
    rules = DatabaseRules(database, tmp_path)
    await rules.after_migration([])
    return rules


async def test_each_change_is_named_and_can_be_accepted(rules: DatabaseRules, superuser: Any) -> None:
    row = await superuser.fetchrow(
        "SELECT policyname, tablename FROM pg_policies WHERE tablename = 'selection_audit_log' "
        "AND qual IS NOT NULL ORDER BY 1"
    )
    names = {"policy": row["policyname"], "table": row["tablename"]}
    assert await rules.differing() == []
    for statement, said in CHANGED.items():
        await superuser.execute(statement.format(**names))
        expected = f"A rule of the database is not what the server set up: {said.format(**names)}."
        assert await rules.differing() == [expected]
        await rules.accept()
        assert await rules.differing() == []


async def test_a_month_more_is_no_change_of_rules(rules: DatabaseRules, superuser: Any) -> None:
    await superuser.execute("SELECT sertantai_make_audit_partitions(40)")
    assert await rules.differing() == []


async def test_what_differed_before_the_schema_was_changed_is_told_after_it(
    rules: DatabaseRules, superuser: Any
) -> None:
    await superuser.execute("DROP TRIGGER append_only ON security_events")
    before = await rules.before_migration()
    assert len(before) == 1
    await superuser.execute("UPDATE alembic_version SET version_num = '9999'")
    await rules.after_migration(before)
    assert await rules.differing() == before
    await rules.accept()
    assert await rules.differing() == []


async def test_many_are_counted_and_a_file_that_was_damaged_is_made_again(
    rules: DatabaseRules, superuser: Any, tmp_path: Path
) -> None:
    for number in range(SAID_MAX + 5):
        await superuser.execute(f"CREATE TABLE stray_{number} (n int)")
    said = await rules.differing()
    assert len(said) == SAID_MAX + 1
    assert said[-1].startswith("5 more rules")
    (tmp_path / KEYS_FOLDER / RULES_FILE).write_text("{")
    assert await rules.differing() == []
    await rules.after_migration([])
    assert await rules.differing() == []


async def test_rules_of_all_kinds_are_read(superuser: Any) -> None:
    kinds = {row["rule"].split()[0] for row in await superuser.fetch(RULES_KEPT)}
    assert kinds >= {"policy", "row", "trigger", "constraint", "function", "privileges", "role"}
