"""The newest link of a history, changed by somebody between two entries: it is told, and what is done next
goes on from what was sealed, so that nobody honest is accused."""

from pathlib import Path
from typing import Any

import pytest

from sertantai.audit.guarding.last_sealed import SealedHistories
from sertantai.audit.verify_seals import verify_seals
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import newest_log
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person

LIST, OWNER = "user_id <> group_id", "user_id = group_id"
FITTED = f"""
WITH leaf AS (UPDATE audit_leaves SET leaves = overlay(leaves PLACING sha256('x') FROM length(leaves) - 31))
UPDATE audit_chains SET head = sha256('x') WHERE {OWNER}
"""
"""The leaf that the database has still says the same."""


@pytest.fixture
async def alarm(
    engine: Engine, sealer: Sealer, database: Database, somebody: Person, tmp_path: Path
) -> Alarm:
    """Of a log with a few entries, whose server holds links against them."""
    await somebody.bulk_select(1, 2, 3)
    await somebody.select(4)
    await engine.flush()
    await sealer.seal()
    folder = newest_log(tmp_path)
    alarm = Alarm(folder)
    seals: Any = engine._sync._store._seals  # type: ignore[attr-defined]  # of a store on PostgreSQL
    journals, macs = frozenset({engine.journal.id}), macs_in(tmp_path)
    seals._last = SealedHistories(database, TrailFiles(folder), journals, macs, alarm)
    return alarm


async def differences(engine: Engine, database: Database, data_dir: Path) -> list[str]:
    await engine.flush()
    return [one.said for one in (await verify_seals(database, data_dir, engine.journal.id)).differences]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (f"UPDATE audit_chains SET number = number + 5 WHERE {OWNER}", "of user {ann}"),
        (f"UPDATE audit_chains SET number = number + 5 WHERE {LIST}", "of the list {list} of user {ann}"),
        (f"UPDATE audit_chains SET head = sha256(head) WHERE {LIST}", "of the list {list} of user {ann}"),
        (f"UPDATE audit_chains SET number = 9, mac = NULL WHERE {OWNER}", "of user {ann}"),
        (f"UPDATE audit_chains SET number = 9, mac = sha256('x') WHERE {OWNER}", "of user {ann}"),
        (f"DELETE FROM audit_chains WHERE {OWNER}", "of user {ann}"),
        (FITTED, "of user {ann}"),
    ],
)
async def test_a_link_that_somebody_changed_is_told_and_what_is_done_next_is_true(
    alarm: Alarm,
    engine: Engine,
    database: Database,
    somebody: Person,
    superuser: Any,
    tmp_path: Path,
    change: str,
    says: str,
) -> None:
    await superuser.execute(change)
    await somebody.select(5)
    await somebody.deselect(1)
    assert await differences(engine, database, tmp_path) == []
    [said] = alarm.said
    assert says.format(ann=somebody.id, list=somebody.group) in said
    assert "is not the last that was sealed" not in said


@pytest.mark.parametrize("change", ["mac = NULL", "mac = sha256('the key of another machine')"])
async def test_one_without_a_true_code_counts_where_entries_lead_to_it(
    alarm: Alarm,
    engine: Engine,
    database: Database,
    somebody: Person,
    superuser: Any,
    tmp_path: Path,
    change: str,
) -> None:
    """As in a database that was restored on another machine, whose keys are in no backup."""
    await superuser.execute(f"UPDATE audit_chains SET {change}")
    await somebody.select(5)
    assert await differences(engine, database, tmp_path) == []
    assert not alarm.said
    assert await superuser.fetchval("SELECT count(*) FROM audit_chains WHERE length(mac) = 32") == 2
    await superuser.execute("UPDATE audit_chains SET number = number + 1")
    await somebody.select(6)
    assert await differences(engine, database, tmp_path) == []
    assert len(alarm.said) == 2
