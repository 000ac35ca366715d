"""Each way in which a line of the trail cannot be as the server wrote it: planted once, alone, and named."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from sertantai.audit import misfits, misfits_sql
from sertantai.audit.misfits import Misfit, find_misfits
from sertantai.cli.audit.sentences import MISFITS_SAID, of_misfits
from sertantai.core.ids import RecordNo
from sertantai.core.operations import Select
from sertantai.engine.engine import Engine
from tests.postgres.audit.conftest import Person

OFF = """
ALTER TABLE selection_audit_log DISABLE TRIGGER USER;
DO $$ DECLARE p regclass; BEGIN
  FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'selection_audit_log'::regclass LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', p);
  END LOOP;
END $$
"""
LINE = "UPDATE selection_audit_log SET {} WHERE user_id = '{{ann}}' AND record_no = 7"
UNSEALED = "UPDATE selection_audit_log SET journal_id = NULL"
OPERATION = """
UPDATE selection_operations SET {} WHERE user_id = '{{ann}}'
   AND record_id = (SELECT id FROM uk_lrt_records WHERE record_no = 7)
"""
CUT = "INSERT INTO audit_baseline_owners (user_id, position, reaches_back_to) VALUES ('{{ann}}', 3, {})"
HELD = "INSERT INTO audit_baseline VALUES ('{ann}', '{list}', 7)"
LAST_MONTH = "date_trunc('month', now() - interval '40 days', 'UTC')"
OTHER_NAME = """
DO $$ BEGIN
  EXECUTE format('ALTER TABLE %s RENAME TO selection_audit_log_2024_01',
                 (SELECT DISTINCT tableoid::regclass FROM selection_audit_log LIMIT 1));
END $$
"""
CASES: dict[Misfit, tuple[str, ...]] = {
    Misfit.OWNER_UNKNOWN: (LINE.format("user_id = gen_random_uuid()"),),
    Misfit.ACTOR_UNKNOWN: (LINE.format("actor_id = gen_random_uuid()"),),
    Misfit.OF_NO_OPERATION: (LINE.format("position = NULL"),),
    Misfit.POSITION_NOT_REACHED: (LINE.format("position = 1000000"),),
    Misfit.OF_NO_LIST: (LINE.format("group_id = NULL"),),
    Misfit.LIST_OF_ANOTHER: (LINE.format("group_id = '{of_ben}'"),),
    Misfit.ANOTHER_LAW: (LINE.format("record_name = 'UK_test_8'"),),
    Misfit.NOT_YET: (LINE.format("created_at = now() + interval '2 days', journal_id = NULL"),),
    Misfit.BEFORE_ACCOUNT: (UNSEALED, "UPDATE users SET created_at = now() WHERE id = '{ann}'"),
    Misfit.AFTER_ACCOUNT: (
        UNSEALED,
        "DELETE FROM users WHERE id = '{ann}'",
        "UPDATE former_accounts SET erased_at = '2001-01-01'",
    ),
    Misfit.UNSEALED: (LINE.format("journal_id = NULL"),),
    Misfit.NOT_COUNTED: ("DELETE FROM selection_operations WHERE user_id = '{ann}'",),
    Misfit.COUNTED_OTHERWISE: (OPERATION.format("ip_address = '192.0.2.99'"),),
    Misfit.LINES_MISSING: ("DELETE FROM selection_audit_log WHERE user_id = '{ann}' AND record_no = 7",),
    Misfit.TALLIED_OTHERWISE: ("UPDATE audit_daily SET n = n + 1 WHERE user_id = '{ann}'",),
    Misfit.SAME_POSITION: (OPERATION.format("position = 1"),),
    Misfit.TICK_UNTOLD: ("UPDATE user_record_selections SET source = 'import' WHERE user_id = '{ann}'",),
    Misfit.NEWEST_MISSING: ("UPDATE user_selection_groups SET version = version + 1 WHERE id = '{list}'",),
    Misfit.CUT_WITHOUT_MONTH: (CUT.format("now()"),),
    Misfit.LINE_BEFORE_CUT: (
        UNSEALED,
        CUT.format("date_trunc('month', now(), 'UTC')"),
    ),
    Misfit.HELD_WITHOUT_CUT: (HELD,),
    Misfit.HELD_TOO_YOUNG: (
        "UPDATE user_record_selections SET created_at = now() WHERE user_id = '{ann}'",
        "DELETE FROM selection_audit_log WHERE user_id = '{ann}'",
        CUT.format(LAST_MONTH),
        HELD,
    ),
    Misfit.IN_ANOTHER_MONTH: (OTHER_NAME,),
}


async def test_each_is_found_by_itself_and_said(
    engine: Engine, somebody: Person, another: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert set(CASES) == set(Misfit)
    last_month = datetime.now(UTC).replace(day=1) - timedelta(days=3)  # a clock may be a day off
    somebody.clock.step_wall_clock((last_month - somebody.clock.now()).total_seconds())
    await somebody.bulk_select(1, 2, 3)
    await somebody.deselect(2)
    await somebody.note(3, "kept")
    await somebody.select(7)
    await another.select(7)
    await engine.flush()
    assert await find_misfits(superuser) == []
    told = {"ann": somebody.id, "list": somebody.group, "of_ben": another.group}
    for misfit, statements in CASES.items():
        tampering = superuser.transaction()
        await tampering.start()
        for statement in (OFF, *(one.format(**told) for one in statements)):
            await superuser.execute(statement)
        found = [one for one in await find_misfits(superuser) if one.misfit is misfit]
        await tampering.rollback()
        assert found, misfit
        assert MISFITS_SAID[misfit] in of_misfits(found[0])
        if misfit not in (Misfit.OWNER_UNKNOWN, Misfit.IN_ANOTHER_MONTH):
            assert f"user {somebody.id}" in of_misfits(found[0])
    assert await find_misfits(superuser) == []


async def test_of_many_lines_one_sentence_says_how_many_and_where_they_begin(
    engine: Engine, somebody: Person, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await somebody.bulk_select(*range(1, 10))
    await engine.flush()
    for statement in (OFF, UNSEALED, "UPDATE users SET created_at = now()"):
        await superuser.execute(statement)
    [found] = await find_misfits(superuser)
    assert (found.misfit, found.lines, found.record) == (Misfit.BEFORE_ACCOUNT, 9, 1)
    assert "9 lines, the first of 2026-01-01 00:00 UTC, law 1, operation" in of_misfits(found)


@pytest.mark.parametrize("gone", [False, True])
async def test_what_people_did_who_are_gone_is_theirs(
    engine: Engine, office: Person, superuser: "asyncpg.Connection[asyncpg.Record]", gone: bool
) -> None:
    """Somebody who worked in another's lists only, with none left of their own, is known all the same."""
    await office.select(1)
    await engine.flush()
    actor = office.actor
    if gone:
        await superuser.execute("DELETE FROM user_organization_memberships WHERE user_id = $1", actor)
        await superuser.execute("DELETE FROM users WHERE id = $1", actor)
        await superuser.execute("DELETE FROM erased_lists WHERE user_id = $1", actor)
    assert await find_misfits(superuser) == []


async def test_so_many_are_told_for_each_question(
    engine: Engine,
    somebody: Person,
    another: Person,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert misfits.MISFITS_MAX == 1_000
    lists = [await somebody.make_list(name) for name in ("a", "b")]
    for group in (somebody.group, *lists):
        await somebody.do(Select, group, record=RecordNo(1))
    await engine.flush()
    for statement in (OFF, UNSEALED, "UPDATE users SET created_at = now()"):
        await superuser.execute(statement)
    assert len(await find_misfits(superuser)) == 3
    monkeypatch.setattr(misfits, "MISFITS_MAX", 2)
    assert len(await find_misfits(superuser)) == 2


async def test_what_postgresql_does_not_know_yet_to_be_much_is_hashed_all_the_same(
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Nobody has counted what an import brought: compared each with each, it takes minutes and hours."""
    async with superuser.transaction():
        await superuser.execute(misfits_sql.WITH_ROOM)
        for statement, words in misfits.QUESTIONS:
            rows = await superuser.fetch(f"EXPLAIN {statement}", misfits.MISFITS_MAX, *words)
            plan = "\n".join(row["QUERY PLAN"] for row in rows)
            assert "Merge" not in plan
            assert plan.count("Nested Loop") <= (statement is misfits_sql.LINES)  # one row with all
