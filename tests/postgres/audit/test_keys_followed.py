"""One key of the sealed log follows another: vouched for by the one before, or told that it is not."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.sealing.notes import Key, is_signed, parse_head, parse_note
from sertantai.core.sealing.recovery import from_paper
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.keys import BOTH_SIGN_DAYS, KEYS_FOLDER, SIGNING_FILE, Cosigner, macs_in, verifies
from sertantai.sealing.log import begin, keys_of, newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.outside.remembered import Known, Remembered
from sertantai.sealing.outside.stamped import Stamped, token_path
from sertantai.sealing.outside.tokens import query_for, stamped_at
from sertantai.sealing.rotating import (
    NotAKey,
    NotTheRecoveryKey,
    make_recovery,
    rotate,
    tell_compromised,
    vouch,
)
from sertantai.sealing.sealer import Sealer
from sertantai.sealing.vouching import By, not_vouched_for, standings
from tests.fixtures.time_stamps import authority
from tests.postgres.audit.conftest import Person, add_person


@pytest.fixture
async def ann(superuser: Any, engine: Engine, clock: ManualClock, sealer: Sealer) -> Person:
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    await changed(ann, 1, sealer)
    return ann


async def changed(ann: Person, law: int, sealer: Sealer) -> set[Key]:
    """With which keys the head over one more change is signed."""
    await ann.select(law)
    await ann.engine.flush()
    await sealer.seal()
    text = sealer.files.newest_note()
    assert text is not None
    note = parse_note(text)
    found = {key for key in keys_of(sealer.files.folder) if is_signed(note, key, verifies)}
    assert len(found) == len(note.signatures)
    return found


async def test_the_old_key_vouches_for_the_next_and_signs_too_for_a_month(
    ann: Person,
    database: Database,
    engine: Engine,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = newest_log(tmp_path)
    [old] = keys_of(folder)
    new = await rotate(database, tmp_path, notices)
    assert new == await rotate(database, tmp_path, notices), "asked twice, it is one"
    assert keys_of(folder) == [old], "it does not sign yet"
    assert await changed(ann, 2, sealer) == {old}, "the head that it is told of under"
    assert await changed(ann, 3, sealer) == {old, new}
    assert sealer.key == str(new)
    assert keys_of(folder) == [old, new]
    assert not_vouched_for(folder) == []

    log = begin(tmp_path, engine.journal.id, None)
    assert not log.has_new_key, "after another start"
    after = Sealer(database, log, engine.journal.id, macs_in(tmp_path))
    later = time.time() + BOTH_SIGN_DAYS * 86_400 + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert await changed(ann, 4, after) == {new}
    assert (not_vouched_for(folder), fsck(folder).faults) == ([], [])


async def test_a_key_that_follows_a_lost_one_has_nobodys_word(
    ann: Person, database: Database, engine: Engine, tmp_path: Path
) -> None:
    folder = newest_log(tmp_path)
    [old] = keys_of(folder)
    (tmp_path / KEYS_FOLDER / SIGNING_FILE).unlink()
    log = begin(tmp_path, engine.journal.id, None)
    assert log.has_new_key
    await changed(ann, 2, Sealer(database, log, engine.journal.id, macs_in(tmp_path)))
    [first, new] = keys_of(folder)
    assert (first, not_vouched_for(folder)) == (old, [new])
    assert TrailFiles(folder).newest_head() is not None


async def restarted(ann: Person, database: Database, engine: Engine, tmp_path: Path) -> Sealer:
    """With another key, as after a restore elsewhere, of which the log tells that nobody vouched for it."""
    (tmp_path / KEYS_FOLDER / SIGNING_FILE).unlink()
    log = begin(tmp_path, engine.journal.id, None)
    assert log.has_new_key
    sealer = Sealer(database, log, engine.journal.id, macs_in(tmp_path))
    await changed(ann, 2, sealer)
    return sealer


async def test_a_recovery_key_on_paper_vouches_for_the_key_that_follows_a_lost_one(
    ann: Person, database: Database, engine: Engine, sealer: Sealer, notices: Notices, tmp_path: Path
) -> None:
    folder = newest_log(tmp_path)
    key, paper = await make_recovery(database, tmp_path, notices)
    await sealer.seal()
    everywhere = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert str(key).encode() in everywhere, "what the log tells"
    assert from_paper(paper) not in everywhere
    after = await restarted(ann, database, engine, tmp_path)
    [_, new] = keys_of(folder)
    assert not_vouched_for(folder) == [new]

    with pytest.raises(NotTheRecoveryKey, match="not the recovery key"):
        await vouch(database, tmp_path, notices, bytes(32))
    assert await vouch(database, tmp_path, notices, from_paper(paper.lower().replace("-", " "))) == new
    await after.seal()
    assert [(one.key, one.by) for one in standings(folder)][1:] == [(new, By.RECOVERY)]


async def test_only_the_last_recovery_key_counts_and_only_one_told_of_before(
    ann: Person, database: Database, engine: Engine, sealer: Sealer, notices: Notices, tmp_path: Path
) -> None:
    with pytest.raises(NotTheRecoveryKey, match="told of no recovery key"):
        await vouch(database, tmp_path, notices, bytes(32))
    _, before = await make_recovery(database, tmp_path, notices)
    await sealer.seal()
    await make_recovery(database, tmp_path, notices)
    with pytest.raises(NotTheRecoveryKey):
        await vouch(database, tmp_path, notices, from_paper(before))
    after = await restarted(ann, database, engine, tmp_path)
    _, late = await make_recovery(database, tmp_path, notices)
    await vouch(database, tmp_path, notices, from_paper(late))
    await after.seal()
    assert len(not_vouched_for(newest_log(tmp_path))) == 1, "no key that anybody knew told of it"


async def test_the_word_of_a_compromised_key_counts_where_a_witness_saw_it_before(
    ann: Person, database: Database, sealer: Sealer, notices: Notices, tmp_path: Path
) -> None:
    folder, witness = newest_log(tmp_path), Cosigner("witness.example/1", bytes(32))
    _, paper = await make_recovery(database, tmp_path, notices)
    [old] = await changed(ann, 2, sealer)
    note = sealer.files.newest_note()
    assert note is not None
    leaked = datetime.now(UTC)
    new = await rotate(database, tmp_path, notices, leaked)
    await vouch(database, tmp_path, notices, from_paper(paper))
    assert await changed(ann, 3, sealer) == {old}, "the head that it is told of under"
    assert await changed(ann, 4, sealer) == {new}, "the old one signs no more"
    assert [one.compromised_at for one in standings(folder)] == [leaked, None]
    assert not_vouched_for(folder) == [new], "nobody saw anything of before"

    remembered = Remembered(sealer.files)
    remembered.known[str(witness.key)] = Known(0, 1, 1)
    remembered.save()
    for at, by in ((int(leaked.timestamp()) + 60, By.NOBODY), (int(leaked.timestamp()) - 60, By.RECOVERY)):
        remembered.keep(note + witness.line(parse_note(note).text, at))
        assert standings(folder)[1].by == by


async def test_a_time_stamp_from_before_counts_as_a_witness_does(
    ann: Person, database: Database, sealer: Sealer, notices: Notices, tmp_path: Path
) -> None:
    folder = newest_log(tmp_path)
    _, paper = await make_recovery(database, tmp_path, notices)
    await changed(ann, 2, sealer)
    note = str(sealer.files.newest_note())
    with authority(tmp_path / "authority") as tsa:
        Stamped(sealer.files).keep(note, tsa.answer(query_for(note.encode()).body), 1.0)
    at = stamped_at(token_path(folder, sealer.files.size).read_bytes())
    assert at is not None
    await rotate(database, tmp_path, notices, at + timedelta(seconds=1))
    await vouch(database, tmp_path, notices, from_paper(paper))
    await changed(ann, 3, sealer)
    await changed(ann, 4, sealer)
    assert standings(folder)[1].by is By.RECOVERY
    token_path(folder, parse_head(parse_note(note).text).size).write_bytes(b"x")
    assert standings(folder)[1].by is By.NOBODY


async def test_an_earlier_key_that_leaked_is_told_of_without_another_one(
    ann: Person, database: Database, sealer: Sealer, notices: Notices, tmp_path: Path
) -> None:
    folder = newest_log(tmp_path)
    await rotate(database, tmp_path, notices)
    await changed(ann, 2, sealer)
    await changed(ann, 3, sealer)
    old, new = keys_of(folder)
    leaked = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(NotAKey, match="no key of this log"):
        await tell_compromised(database, tmp_path, notices, "x", leaked)
    await tell_compromised(database, tmp_path, notices, str(old), leaked)
    await sealer.seal()
    assert [(one.key, one.compromised_at) for one in standings(folder)] == [(old, leaked), (new, None)]
    assert not_vouched_for(folder) == [new]
