"""One key of the sealed log follows another: vouched for by the one before, or told that it is not."""

import time
from pathlib import Path
from typing import Any

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.sealing.notes import Key, is_signed, parse_note
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.keys import BOTH_SIGN_DAYS, KEYS_FOLDER, SIGNING_FILE, macs_in, verifies
from sertantai.sealing.log import begin, keys_of, newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.rotating import rotate
from sertantai.sealing.sealer import Sealer
from sertantai.sealing.vouching import not_vouched_for
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
