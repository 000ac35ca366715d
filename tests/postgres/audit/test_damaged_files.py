"""Every file of the sealed log and of its keys damaged in every way: each is told of in a sentence that names
it, or is made again and told of; nothing ends in a trace, and nothing is silent."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.audit.guarding import patrol as patrols
from sertantai.audit.guarding.patrol import Patrol
from sertantai.audit.guarding.rebuilding import rebuild
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.core.sealing.tree import ZERO
from sertantai.engine.engine import Engine
from sertantai.http.health import Health
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.process.summed_files import FileDamaged
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.blinds import FILE as BLINDS_FILE
from sertantai.sealing.blinds import NONE_LEFT, Blinds
from sertantai.sealing.damaged import HEADLESS_ENTRIES_MAX, faults_in, of_keys
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.keys import KEYS_FOLDER, macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.mending import mend
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reached import Reached
from sertantai.sealing.sealer import Sealer, SealStatus
from sertantai.web.status import of_the_trail
from tests.postgres.audit.conftest import add_person
from tests.postgres.audit.test_accepting import AtOnce


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 - 3])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": flip,
    "emptied": lambda path: path.write_bytes(b""),
    "removed": Path.unlink,
    "cut": cut,
}


@pytest.fixture
async def whole(
    engine: Engine, database: Database, superuser: Any, clock: ManualClock, sealer: Sealer, tmp_path: Path
) -> Path:
    """A log that began where another one ended, with a patrol done, and everything under a head."""
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    notices = Notices(macs_in(tmp_path), Blinds(newest_log(tmp_path)), clock)
    for law in (1, 2, 3):
        await ann.select(law)
        await ann.note(law, "as at Leeds")
        async with database.transaction(Role.SYNC) as connection:
            await notices.tell(connection, Kind.ACCESS, by=ann.id, body={"what": "read", "n": law})
        await engine.flush()
        await sealer.seal()
    alarm = Alarm(newest_log(tmp_path))
    await Patrol(database, tmp_path, engine.journal.id, notices, alarm, clock).turn()
    await sealer.seal()
    Reached(tmp_path).remember_last(sealer.files)
    aside = tmp_path.parent / f"{tmp_path.name}-aside"
    aside.mkdir()
    for name in ("trail", KEYS_FOLDER):
        shutil.copytree(tmp_path / name, aside / name)
    return aside


SECRETS = ("keys/trail", "keys/trail-mac")
"""Damaged ones stop a start: who has a copy of them puts it back."""
OF_THE_JOURNAL = "journal-"
REACHED = "keys/trail-reached"
"""Damaged, it may be what somebody removed on purpose: that is accepted in words, as any difference."""
PATROL = "trail/1/patrol.json"
"""Without it the patrol begins anew, of which the start tells."""
STAYS = {("trail/1/heads", "flipped"), ("trail/1/places", "flipped")}
"""Told of until it is put back, or accepted."""


def damaged(whole: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """One file after the other, in one way after the other; everything else is as it was."""
    for path in sorted(one.relative_to(whole) for one in whole.rglob("*") if one.is_file()):
        for how, damage in DAMAGES.items():
            for name in ("trail", KEYS_FOLDER):
                shutil.rmtree(tmp_path / name)
                shutil.copytree(whole / name, tmp_path / name)
            if not path.name.startswith(OF_THE_JOURNAL):
                damage(tmp_path / path)
                yield str(path), how


async def started(engine: Engine, database: Database, data_path: Path) -> tuple[list[str], str | None]:
    """What a start mends, and what is wrong after it."""
    said = mend(data_path, engine.journal.id)
    log = begin(data_path, engine.journal.id, "example.org")
    mending = partial(rebuild, database, log.files)
    sealer = Sealer(database, log, engine.journal.id, macs_in(data_path), rebuild=mending)
    async with database.transaction(Role.SYNC, readonly=True) as connection:
        if await Blinds(log.files.folder).mend(connection) is not None:
            said.append("blinds")
    await sealer._turn()
    return said, sealer.status.fault


async def test_each_damage_is_told_with_its_file_and_mended_or_told_at_the_start(
    whole: Path, engine: Engine, database: Database, tmp_path: Path
) -> None:
    tried = 0
    for path, how in damaged(whole, tmp_path):
        tried += 1
        journal, folder = engine.journal.id, newest_log(tmp_path)
        seals = (await verify_seals(database, tmp_path, journal)).differences
        verified = [one.said for one in seals] + [one.said for one in faults_in(tmp_path)]
        of_files = fsck(folder, Reached(tmp_path)).faults + [one.said for one in of_keys(tmp_path)]
        is_told_later = path in (REACHED, PATROL) and how == "removed"
        assert verified or of_files or is_told_later, (path, how, "silent")
        name = path.rpartition("/")[2]
        if name not in ("places", "hashes.0", "trail-reached") and not is_told_later:
            assert any(name in said for said in [*verified, *of_files]), (path, how, verified, of_files)
        if path in SECRETS and how != "removed":
            with pytest.raises(FileDamaged, match=str(tmp_path / path)):
                await started(engine, database, tmp_path)
            continue
        said, fault = await started(engine, database, tmp_path)
        if path == REACHED and how != "removed":
            assert "beside" in (fault or "") or any(name in one for one in said), (how, fault, said)
            continue
        assert fault is None, (path, how, fault)
        if name not in ("places", "hashes.0", "heads"):
            assert any(name in one for one in said), (path, how, said)
        left = fsck(folder, Reached(tmp_path)).faults + [one.said for one in faults_in(tmp_path)]
        assert bool(left) == ((path, how) in STAYS), (path, how, left)
        if not left:
            assert (await verify_seals(database, tmp_path, journal)).differences == [], (path, how)
    assert tried > 50


async def test_what_is_whole_is_silent(
    whole: Path, engine: Engine, database: Database, tmp_path: Path
) -> None:
    assert faults_in(tmp_path) == []
    assert mend(tmp_path, engine.journal.id) == []


@pytest.mark.parametrize("entries", [1, HEADLESS_ENTRIES_MAX, HEADLESS_ENTRIES_MAX + 1])
def test_who_was_killed_before_there_was_a_head_finds_nothing_damaged(tmp_path: Path, entries: int) -> None:
    """Of a log with more than so many entries there was one."""
    journal = UUID(int=7)
    macs_in(tmp_path)
    files = begin(tmp_path, journal, None).files
    (files.folder / BLINDS_FILE).write_text(f"{NONE_LEFT}\n")
    files.append([ZERO] * entries, [(number, 0) for number in range(1, entries + 1)], [])
    is_odd = entries > HEADLESS_ENTRIES_MAX
    assert bool(faults_in(tmp_path)) == is_odd
    assert bool(mend(tmp_path, journal)) == is_odd


async def test_the_patrol_looks_at_the_files_too(
    whole: Path,
    engine: Engine,
    database: Database,
    clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`FILES_ENTRIES_MAX` of them every hour, larger ones with everything else; no log ends by it."""
    places = newest_log(tmp_path) / "places"
    notices = Notices(macs_in(tmp_path), Blinds(newest_log(tmp_path)), clock)
    alarm = Alarm(newest_log(tmp_path))
    patrol = Patrol(database, tmp_path, engine.journal.id, notices, alarm, clock, AtOnce)
    await patrol.turn()
    assert patrol.damaged == []
    right = places.read_bytes()
    flip(places)
    entries = TrailFiles(newest_log(tmp_path)).size
    for most, is_found in ((entries - 1, False), (entries, True)):
        monkeypatch.setattr(patrols, "FILES_ENTRIES_MAX", most)
        await patrol.turn()
        assert bool(patrol.damaged) == is_found
    assert alarm.fault is None
    health = of_the_trail(SealStatus(entries, 1, None, None), [], 1, bool(patrol.damaged))
    assert health.status is Health.DEGRADED
    places.write_bytes(right)
    await patrol.turn()
    assert patrol.damaged == []
