"""Where the sealed log's files, the database or the journal were lost, damaged or put back."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sertantai.audit.guarding.accepting import accept
from sertantai.audit.guarding.rebuilding import rebuild
from sertantai.audit.guarding.telling import put_back_lost
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.ids import Position
from sertantai.core.operations import BulkSelect
from sertantai.core.sealing.notes import parse_head, parse_note
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing.again import WrittenAgain
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.deeds import SealedBatch
from sertantai.sealing.files import PLACE, TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reached import HistoryDiffers
from sertantai.sealing.restores import behind, put_back_notices
from sertantai.sealing.sealer import Sealer
from sertantai.sealing.sql import KEEP_LEAVES
from tests.postgres.audit.conftest import Person, add_person

DELETE_SIXTH = """
DELETE FROM user_record_selections
 WHERE record_id = (SELECT id FROM uk_lrt_records WHERE record_no = 6)
"""


@pytest.fixture
async def ann(
    engine: Engine,
    database: Database,
    superuser: Any,
    clock: ManualClock,
    sealer: Sealer,
    notices: Notices,
) -> Person:
    """Six heads: a tick or two, and a notice or two, each."""
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    for law in range(1, 7):
        await ann.select(law)
        if law % 2:
            await ann.note(law, "as at Leeds")
            async with database.transaction(Role.SYNC) as connection:
                for number in range(law % 3):
                    await notices.tell(connection, Kind.ACCESS, by=ann.id, body={"what": "read", "n": number})
        await engine.flush()
        await sealer.seal()
    return ann


def another_start(engine: Engine, database: Database, tmp_path: Path, *, mends: bool = True) -> Sealer:
    log = begin(tmp_path, engine.journal.id, "example.org")
    mend = partial(rebuild, database, log.files) if mends else None
    return Sealer(database, log, engine.journal.id, macs_in(tmp_path), rebuild=mend)


def cut(folder: Path, kept: int) -> None:
    """As an older copy of the files that grow, beside the heads of today."""
    files = TrailFiles(folder)
    notices = files.notices_before(kept)
    lines = (folder / "notices.ndjson").read_text().splitlines(keepends=True)
    (folder / "hashes.0").write_bytes((folder / "hashes.0").read_bytes()[: 32 * kept])
    (folder / "places").write_bytes((folder / "places").read_bytes()[: PLACE.size * kept])
    (folder / "notices.ndjson").write_text("".join(lines[:notices]))


def damage_hash(folder: Path) -> None:
    data = bytearray((folder / "hashes.0").read_bytes())
    data[70] ^= 1
    (folder / "hashes.0").write_bytes(data)


LOST: dict[str, Callable[[Path], object]] = {
    "all of it but the heads": lambda folder: cut(folder, 0),
    "the last entries": lambda folder: cut(folder, 8),
    "half an entry": lambda folder: (folder / "hashes.0").write_bytes(
        (folder / "hashes.0").read_bytes()[:-9]
    ),
    "one bit": damage_hash,
    "the notices": lambda folder: (folder / "notices.ndjson").write_text(""),
    "the heads, which the checkpoint has": lambda folder: (folder / "heads").write_text(""),
    "the checkpoint": lambda folder: (folder / "checkpoint").write_text("nothing"),
}


@pytest.mark.parametrize("lost", LOST)
async def test_damaged_files_are_made_whole_and_meet_their_last_head(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path, lost: str
) -> None:
    """First from the leaves that wait in the database for a week, then from the rows of the trail."""
    folder = newest_log(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "heads"}
    for rows_only in (False, True):
        if rows_only:
            await superuser.execute("DELETE FROM audit_leaves")
        LOST[lost](folder)
        await another_start(engine, database, tmp_path).seal()
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in before} == before
        assert fsck(folder).faults == []
    assert (await verify_seals(database, tmp_path, engine.journal.id)).differences == []


async def test_files_that_cannot_meet_their_last_head_are_left_as_they_are(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path
) -> None:
    """The rows were changed, too: nothing of today leads to the head of yesterday."""
    folder = newest_log(tmp_path)
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("DELETE FROM audit_leaves")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute("UPDATE selection_audit_log SET actor_id = gen_random_uuid() WHERE position = 5")
    cut(folder, 2)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    sealer = another_start(engine, database, tmp_path)
    await sealer._turn()
    assert sealer.status.fault is not None
    assert "end at entry 2" in sealer.status.fault
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in before} == before
    again = another_start(engine, database, tmp_path)
    assert again.status.fault == sealer.status.fault, "after another start it is shown still"
    with pytest.raises(HistoryDiffers, match="end at entry 2"):
        await again.seal()


def batch(position: int, leaf: bytes) -> SealedBatch:
    return SealedBatch(Position(position), 0, PLACE.pack(position, 0), leaf, {})


async def test_the_same_operation_gives_the_same_leaf_or_is_told(
    ann: Person, engine: Engine, database: Database, tmp_path: Path
) -> None:
    """Also where the database was lost again while the server ran: a stand-by took over."""
    files = TrailFiles(newest_log(tmp_path))
    alarm = Alarm(tmp_path / "elsewhere")
    again = WrittenAgain(files, alarm)
    last = files.last_place()[0]
    assert again.sealed_upto == last
    at = files.index_of(3, 0)
    assert at is not None
    await again.check(batch(3, files.leaf(at)))
    await again.check(batch(last + 1, b"n" * 32))
    await again.check(batch(last + 1, b"m" * 32))
    assert alarm.fault is None, "what is not sealed may be another one"
    await again.check(batch(3, b"x" * 32))
    [said] = alarm.said
    assert said == (
        "Operation 3 was written again after the database was restored, and is not what was sealed "
        f"(entry {at} of the log): history was rewritten."
    )


async def test_what_is_written_again_is_held_against_what_was_sealed(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path
) -> None:
    """The watermark goes back, as in a backup from before, and a link was changed in it."""
    alarm = Alarm(newest_log(tmp_path))
    seals = engine._sync._store._seals  # type: ignore[attr-defined]  # of a store on PostgreSQL
    seals._again = WrittenAgain(TrailFiles(newest_log(tmp_path)), alarm)
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    last = await superuser.fetchval("SELECT max(position) FROM selection_audit_log")
    sealed = TrailFiles(newest_log(tmp_path))
    before = [place for place in sealed.places() if place[1] == 0 and place[0] < last][-1]
    at = sealed.index_of(*before)
    assert at is not None
    for changed in (False, True):
        for table in ("selection_audit_log", "selection_operations", "audit_leaves"):
            await superuser.execute(f"DELETE FROM {table} WHERE position = $1", last)
        await superuser.execute(DELETE_SIXTH)
        link = b"z" * 32 if changed else sealed.leaf(at)
        await superuser.execute("UPDATE audit_chains SET number = number - 1, head = $1", link)
        await superuser.execute("UPDATE sync_watermarks SET position = $1, parts = 0", before[0])
        engine._sync._look_again()
        await engine.flush()
        assert (alarm.fault is not None) is changed
    assert alarm.fault is not None
    assert f"Operation {last} was written again" in alarm.fault


async def test_notices_that_a_restored_database_lacks_are_put_back(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path, sealer: Sealer
) -> None:
    files, journal = TrailFiles(newest_log(tmp_path)), engine.journal.id
    assert not (await behind(database, files, [journal])).is_behind
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE audit_notices DISABLE TRIGGER USER")
    await superuser.execute("DELETE FROM audit_notices WHERE told > 1")
    found = await behind(database, files, [journal])
    assert (found.is_behind, found.lacks_notices, found.position) == (True, True, found.sealed)
    gone = files.notices_before(files.size) - 1
    async with sealer.held() as hears:
        assert await put_back_notices(database, files, macs_in(tmp_path), hears) == gone > 0
    await sealer.seal()
    assert files.notices_before(files.size) == gone + 1, "nor is by the sealer that runs"
    assert (await verify_seals(database, tmp_path, journal)).differences == []
    await another_start(engine, database, tmp_path).seal()
    assert files.notices_before(files.size) == gone + 1, "none is sealed twice"


async def test_notices_that_a_stand_by_lacks_are_put_back_while_the_server_runs(
    ann: Person,
    engine: Engine,
    database: Database,
    superuser: Any,
    tmp_path: Path,
    sealer: Sealer,
    notices: Notices,
) -> None:
    journal, log = engine.journal.id, begin(tmp_path, engine.journal.id, "example.org")
    await sealer.seal()
    lost = sealer.still_there.lost
    assert not lost.is_set()
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE audit_notices DISABLE TRIGGER USER")
    count = await superuser.fetchval("SELECT count(*) FROM audit_notices")
    await superuser.execute("DELETE FROM audit_notices WHERE told % 2 = 0")
    gone = count - await superuser.fetchval("SELECT count(*) FROM audit_notices")
    assert gone > 0
    await sealer.seal()
    assert lost.is_set()
    await put_back_lost(database, log, sealer, notices, macs_in(tmp_path))
    await sealer.seal()
    assert not lost.is_set()
    assert await superuser.fetchval("SELECT count(*) FROM audit_notices") == count + 1
    told = [line for line in log.files.notice_lines() if '"kind":"restore"' in line]
    assert len(told) == 1
    assert f'"notices":{gone}' in told[0]
    assert (await verify_seals(database, tmp_path, journal)).differences == []


async def test_a_log_goes_on_with_another_journal(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path
) -> None:
    """What the lost one brought stays compared, and nothing of it is taken for deleted."""
    lost, fresh = engine.journal.id, UUID(int=77)
    log = begin(tmp_path, fresh, "example.org")
    assert (log.journals, log.lost_journal()) == ([lost, fresh], lost)
    assert (await verify_seals(database, tmp_path, fresh)).differences == []
    notices = Notices(macs_in(tmp_path), Blinds(newest_log(tmp_path)), ManualClock())
    body = {"before": str(lost), "first": 99, "journal": str(fresh), "sealed": 9}
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.RESTORE, body=body)
    await Sealer(database, log, fresh, macs_in(tmp_path)).seal()
    assert log.lost_journal() is None, "it is told once"
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute("UPDATE selection_audit_log SET ip_address = NULL WHERE position = 2")
    assert len((await verify_seals(database, tmp_path, fresh)).differences) == 1


async def test_a_head_says_no_less_than_was_ever_shown(
    ann: Person, engine: Engine, database: Database, tmp_path: Path
) -> None:
    """The file of heads was put back, the checkpoint was not: no other history is signed for its sizes."""
    folder = newest_log(tmp_path)
    files = TrailFiles(folder)
    notes = list(files.notes())
    (folder / "heads").write_text(f"{notes[0]}---\n")
    await another_start(engine, database, tmp_path).seal()
    head = files.newest_head()
    assert head == parse_head(parse_note(notes[-1]).text)
    assert files.last_note() == notes[-1]


async def test_an_operation_that_is_half_written_is_no_difference(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path, sealer: Sealer
) -> None:
    engine._sync._gathering._states._bounds = msgspec.structs.replace(
        engine._sync._bounds, sync_records_max=2
    )
    await ann.do(BulkSelect, records=pack(bitmap(range(7, 11))))
    await engine.flush()
    await sealer.seal()
    last = await superuser.fetchval("SELECT max(position) FROM selection_audit_log")
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute("DELETE FROM selection_audit_log WHERE position = $1 AND part = 1", last)
    found = (await verify_seals(database, tmp_path, engine.journal.id)).differences
    assert [one.fault for one in found] == ["rows_gone"], "of the part that is missing, and not of the first"


@pytest.mark.parametrize("is_changed", [False, True])
async def test_what_comes_again_beside_what_is_new_is_compared_and_the_rest_sealed(
    ann: Person,
    engine: Engine,
    database: Database,
    superuser: Any,
    tmp_path: Path,
    sealer: Sealer,
    is_changed: bool,
) -> None:
    """A stand-by took over, and one transaction wrote what it lacked and what came since."""
    for law in (7, 8):
        await sealer.seal()
        await ann.select(law)
        await engine.flush()
    size = sealer.status.size
    of_both = await superuser.fetch("SELECT * FROM audit_leaves ORDER BY position DESC LIMIT 2")
    new, again = of_both
    leaves = (b"x" * 32 if is_changed else again["leaves"]) + new["leaves"]
    said = again["position"], again["part"], again["places"] + new["places"], leaves
    mac = macs_in(tmp_path).of("leaves", str(engine.journal.id), *said)
    await superuser.execute("DELETE FROM audit_leaves WHERE position >= $1", again["position"])
    await superuser.execute(KEEP_LEAVES, engine.journal.id, *said, mac, None)
    if is_changed:
        with pytest.raises(HistoryDiffers, match=f"Operation {again['position']} comes a second time"):
            await sealer.seal()
    else:
        await sealer.seal()
        assert sealer.status.size == size + 1
        assert (await verify_seals(database, tmp_path, engine.journal.id)).differences == []


async def test_keys_that_a_stand_by_lacks_are_put_back(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path, sealer: Sealer
) -> None:
    """What is hidden with a key that is in no database cannot be told from a forgery later."""
    await superuser.execute("DELETE FROM audit_blinds")
    await ann.note(1, "at Hull")
    await engine.flush()
    await sealer.seal()
    assert await superuser.fetchval("SELECT count(*) FROM audit_blinds") == 2
    assert (await verify_seals(database, tmp_path, engine.journal.id)).differences == []


async def test_notices_that_a_stand_by_lacks_in_the_midst_are_missed(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path
) -> None:
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE audit_notices DISABLE TRIGGER USER")
    await superuser.execute("DELETE FROM audit_notices WHERE told = (SELECT min(told) FROM audit_notices)")
    assert (await behind(database, TrailFiles(newest_log(tmp_path)), [engine.journal.id])).lacks_notices


async def test_what_other_servers_on_the_database_told_is_no_part_of_what_is_made_anew(
    ann: Person, engine: Engine, database: Database, superuser: Any, tmp_path: Path, sealer: Sealer
) -> None:
    other, folder = tmp_path / "another", newest_log(tmp_path)
    await superuser.execute("INSERT INTO sync_watermarks (journal_id, position) VALUES ($1, 0)", UUID(int=5))
    ours = Notices(macs_in(tmp_path), Blinds(folder), ann.clock)
    ids = []
    for teller in (Notices(macs_in(other), Blinds(other), ann.clock), ours):
        async with database.transaction(Role.SYNC) as connection:
            ids.append(await teller.tell(connection, Kind.CHECKED, body={"law": 1}))
        await sealer.seal()
    before = (folder / "hashes.0").read_bytes()
    cut(folder, 0)
    await another_start(engine, database, tmp_path).seal()
    assert (folder / "hashes.0").read_bytes() == before
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute("UPDATE selection_audit_log SET ip_address = NULL WHERE record_no = 2")
    assert await accept(database, tmp_path, engine.journal.id, "A trial.", ann.actor, ann.clock) is not None
    told = "".join(TrailFiles(newest_log(tmp_path)).notice_lines())
    assert [str(one) in told for one in ids] == [False, True]
    assert (await verify_seals(database, tmp_path, engine.journal.id)).differences == []
