"""Somebody accepts in words that the history is not what was sealed: the log ends, and the next begins."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sertantai.audit.guarding.accepting import REASON_LETTERS_MAX, HalfWritten, accept
from sertantai.audit.guarding.patrol import Checked, Patrol, Slowly, checked_in
from sertantai.audit.standing.checking import A_STATEMENT_ROWS
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.notes import is_signed, parse_key, parse_note
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing.accepted import Accepted, accepted_in
from sertantai.sealing.again import WrittenAgain
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.keys import macs_in, verifies
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.mending import mend
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person, add_person

WHY = "The auditor has seen it: a trial on the wrong database."
Accept = Callable[[], Awaitable[Accepted | None]]


@pytest.fixture
async def ann(
    engine: Engine, database: Database, superuser: Any, clock: ManualClock, sealer: Sealer, notices: Notices
) -> Person:
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    site = await ann.make_list("Site")
    for law in range(1, 7):
        await ann.select(law)
    await ann.do_note(site, 3, "as at Leeds")
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.POLICY, by=ann.id, body={"months": 84})
    await engine.flush()
    await sealer.seal()
    await superuser.execute("SET session_replication_role = replica")
    for table in ("selection_audit_log", "audit_notices"):
        await superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await superuser.execute("ALTER TABLE selection_audit_log ENABLE ALWAYS TRIGGER count_operations")
    return ann


@pytest.fixture
def accepted(database: Database, engine: Engine, clock: ManualClock, tmp_path: Path, ann: Person) -> Accept:
    async def accepted() -> Accepted | None:
        return await accept(database, tmp_path, engine.journal.id, WHY, ann.id, clock)

    return accepted


DIFFERENCES = {
    "a row was changed": "UPDATE selection_audit_log SET actor_id = gen_random_uuid() WHERE record_no = 2",
    "an operation was deleted": "DELETE FROM selection_audit_log WHERE record_no = 4",
    "all was deleted": "DELETE FROM selection_audit_log",
    "a row was invented": """
        INSERT INTO selection_audit_log (user_id, actor_id, record_id, record_no, record_name, action,
               group_id, selection_group, operation_id, position, metadata, created_at, journal_id, part)
        SELECT user_id, actor_id, record_id, record_no, record_name, 'annotate', group_id, selection_group,
               gen_random_uuid(), position + 1000, '{}', created_at, journal_id, 0
          FROM selection_audit_log WHERE record_no = 1 AND action = 'select'
        """,
    "a notice was changed": """UPDATE audit_notices SET body = '{"months": 1}'""",
    "a notice was deleted": "DELETE FROM audit_notices",
    "leaves were forged": "UPDATE audit_leaves SET leaves = sha256('x') WHERE octet_length(leaves) = 32",
    "a notice was forged": "INSERT INTO audit_notices (at, kind, body, mac)"
    " VALUES (now(), 'erasure', '{}', sha256('x'))",
    "it claims to be older": "UPDATE selection_audit_log SET journal_id = NULL WHERE record_no = 5",
}


@pytest.mark.parametrize("what", DIFFERENCES)
async def test_what_was_accepted_is_sealed_as_it_was_found(
    accepted: Accept,
    ann: Person,
    engine: Engine,
    database: Database,
    superuser: Any,
    sealer: Sealer,
    tmp_path: Path,
    what: str,
) -> None:
    """Nothing differs from then on, the next change goes on from there, and what is changed now is found."""
    old = newest_log(tmp_path)
    head = TrailFiles(old).newest_note()
    assert head is not None
    if what == "leaves were forged":
        await ann.select(7)
        await engine.flush()
    await superuser.execute(DIFFERENCES[what])
    await sealer._turn()
    journal = engine.journal.id
    before = (await verify_seals(database, tmp_path, journal)).differences
    assert sealer.status.fault is not None or before

    done = await accepted()
    assert done is not None
    assert (done.reason, done.by, done.ended) == (WHY, ann.id, head)
    assert done.differences >= 1
    folder = newest_log(tmp_path)
    assert (folder.name, old.name) == ("2", "1")
    assert Alarm(folder).fault is None
    assert accepted_in(folder) == done

    note = TrailFiles(folder).newest_note()
    assert note is not None
    assert is_signed(parse_note(note), parse_key(done.key), verifies)
    first = msgspec.json.decode(next(TrailFiles(folder).notice_lines()))
    before_it = TrailFiles(old).newest_head()
    assert before_it is not None
    assert first["body"]["ended"]["size"] == before_it.size
    assert first["body"]["found"]["root"] != first["body"]["ended"]["root"]
    assert first["body"]["accepted"]["count"] == done.differences
    assert (first["by"], WHY in str(first)) == (str(ann.id), False), "free text is sealed as a hash alone"

    log = begin(tmp_path, journal, "example.org")
    assert not log.has_new_key
    await engine.journal.advance(WrittenAgain(TrailFiles(folder), Alarm(folder)).sealed_upto)  # as at a start
    after = Sealer(database, log, journal, macs_in(tmp_path))
    await ann.select(8)
    await ann.deselect(2)
    await engine.flush()
    await after.seal()
    assert after.status.fault is None
    found = await verify_seals(database, tmp_path, journal, [head, note])
    assert found.differences == [], "also with a head of the log that ended"
    assert found.waiting == 0
    assert [one.faults for one in map(fsck, (old, folder))] == [[], []]
    assert await accepted() is None, "there is nothing more to accept"

    await superuser.execute("UPDATE selection_audit_log SET ip_address = '198.51.100.9' WHERE record_no = 6")
    if what != "all was deleted":
        assert len((await verify_seals(database, tmp_path, journal)).differences) == 1


async def test_a_reason_is_asked_for(
    ann: Person, database: Database, engine: Engine, clock: ManualClock, tmp_path: Path
) -> None:
    for reason in ("", "  ", "x" * (REASON_LETTERS_MAX + 1)):
        with pytest.raises(InvalidInput, match="Give a reason"):
            await accept(database, tmp_path, engine.journal.id, reason, None, clock)
    assert newest_log(tmp_path).name == "1"


async def test_nothing_is_accepted_while_an_operation_is_half_written(
    accepted: Accept, superuser: Any, tmp_path: Path
) -> None:
    await superuser.execute(DIFFERENCES["all was deleted"])
    await superuser.execute("UPDATE sync_watermarks SET parts = 1")
    with pytest.raises(HalfWritten, match="sync status"):
        await accepted()
    assert newest_log(tmp_path).name == "1"


async def test_a_dropped_month_of_the_log_that_ended_hides_nothing_of_the_next(
    accepted: Accept,
    ann: Person,
    engine: Engine,
    database: Database,
    superuser: Any,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> None:
    """Its notice of retention says numbers of leaves, which are others now."""
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.RETENTION, body={"act": "x", "gone": [[0, 500]]})
    await sealer.seal()
    await superuser.execute(DIFFERENCES["a row was changed"])
    assert await accepted() is not None
    await superuser.execute(DIFFERENCES["an operation was deleted"])
    found = (await verify_seals(database, tmp_path, engine.journal.id)).differences
    assert "rows_gone" in {one.fault for one in found}


# ---------------------------------------------------------------------------------------------- the patrol


class AtOnce(Slowly):
    """How long it would have rested is told, and it does not."""

    rows = 0

    async def __call__(self, rows: int) -> None:
        AtOnce.rows += rows


@pytest.fixture
def patrol(
    database: Database, engine: Engine, notices: Notices, clock: ManualClock, tmp_path: Path, ann: Person
) -> Callable[[], Patrol]:
    def patrol() -> Patrol:
        alarm = Alarm(newest_log(tmp_path))
        return Patrol(database, tmp_path, engine.journal.id, notices, alarm, clock, AtOnce)

    return patrol


async def test_the_patrol_looks_at_everything_once_a_month_and_else_at_a_list(
    patrol: Callable[[], Patrol], superuser: Any, clock: ManualClock, sealer: Sealer, tmp_path: Path
) -> None:
    told = "SELECT subject, body FROM audit_notices WHERE kind = 'checked' ORDER BY told DESC LIMIT 1"
    folder = newest_log(tmp_path)
    AtOnce.rows = 0
    await patrol().turn()
    everything = checked_in(folder)
    assert everything is not None
    assert (everything.of, everything.differences, everything.entries) == (None, 0, 7)
    rests = 7 + 2 * A_STATEMENT_ROWS + 1
    assert AtOnce.rows >= rests, "it rests after rows, statements, lines of lists and pieces of files"
    row = await superuser.fetchrow(told)
    body = {"differences": 0, "entries": 7, "rows": 7, "what": "all"}
    assert (row["subject"], json.loads(row["body"])) == (None, body)
    await patrol().turn()
    one = checked_in(folder)
    assert one is not None
    assert one.of is not None
    assert (one.month, one.all_at) == (everything.month, everything.all_at)
    assert (await superuser.fetchrow(told))["subject"] == one.of
    clock.advance(32 * 86_400)
    await patrol().turn()
    assert checked_in(folder) is not None
    assert checked_in(folder).of is None  # type: ignore[union-attr]  # asked before


async def test_the_next_log_misses_no_patrol_of_the_one_before(
    patrol: Callable[[], Patrol],
    accepted: Accept,
    superuser: Any,
    sealer: Sealer,
    engine: Engine,
    tmp_path: Path,
) -> None:
    """It holds the notice of one; its own has not been."""
    await patrol().turn()
    await sealer.seal()
    await superuser.execute(DIFFERENCES["a row was changed"])
    assert await accepted() is not None
    assert any('"kind":"checked"' in line for line in TrailFiles(newest_log(tmp_path)).notice_lines())
    assert mend(tmp_path, engine.journal.id) == []


@pytest.mark.parametrize(
    ("whole", "what"), [(True, "an operation was deleted"), (False, "a row was changed")]
)
async def test_what_the_patrol_finds_raises_the_alarm(
    patrol: Callable[[], Patrol], superuser: Any, sealer: Sealer, tmp_path: Path, whole: bool, what: str
) -> None:
    if not whole:
        await patrol().turn()
    await superuser.execute(DIFFERENCES[what])
    await patrol().turn()
    found: Checked | None = checked_in(newest_log(tmp_path))
    assert found is not None
    assert (found.of is None, found.differences > 0) == (whole, True)
    assert Alarm(newest_log(tmp_path)).fault is not None
    again = UUID(int=1)
    await superuser.execute("UPDATE audit_notices SET actor = $1 WHERE kind = 'checked'", again)
    await patrol().turn()
    count = "SELECT count(*) FROM audit_notices WHERE kind = 'checked'"
    assert await superuser.fetchval(count) == (1 if whole else 2), "what is known is not looked for"
