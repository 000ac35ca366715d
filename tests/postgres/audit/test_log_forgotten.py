"""The sealed log's folder removed, put back as it once was, or given another name: what was signed is
remembered beside the key, so no second history is begun."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sertantai.audit.guarding.accepting import accept
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.core.sealing.notes import Head, parse_head, parse_note
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.keys import KEYS_FOLDER, REACHED_FILE, macs_in, signer_in
from sertantai.sealing.log import ORIGIN_FILE, begin, newest_log, origin_of
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reached import Reached
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person, add_person


@pytest.fixture
async def ann(
    engine: Engine,
    database: Database,
    superuser: Any,
    clock: ManualClock,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> Person:
    """Three heads, the last of which is remembered; what the log's folder was at the first stands aside."""
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    for law in range(1, 4):
        await ann.select(law)
        if law == 2:
            async with database.transaction(Role.SYNC) as connection:
                await notices.tell(connection, Kind.ACCESS, by=ann.id, body={"what": "read"})
        await engine.flush()
        await sealer.seal()
        if law == 1:
            shutil.copytree(newest_log(tmp_path), tmp_path / "older")
    Reached(tmp_path).remember_last(sealer.files)
    return ann


def started(engine: Engine, database: Database, data_path: Path) -> Sealer:
    log = begin(data_path, engine.journal.id, "example.org")
    return Sealer(database, log, engine.journal.id, macs_in(data_path))


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def put_back_older(folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(folder.parents[1] / "older", folder)


def rename(folder: Path) -> None:
    (folder / ORIGIN_FILE).write_text("example.net/trail/1\n")


DONE: dict[str, tuple[Callable[[Path], None], str]] = {
    "removed": (remove, "end at entry 0, but 4 are under its last head"),
    "put back as it was": (put_back_older, "end at entry 1, but 4 are under its last head"),
    "renamed": (rename, "is called example.net/trail/1, but example.org/trail/1 was written, of 4 entries"),
}


@pytest.mark.parametrize("done", DONE)
async def test_no_second_history_is_begun(
    ann: Person, engine: Engine, database: Database, clock: ManualClock, tmp_path: Path, done: str
) -> None:
    act, said = DONE[done]
    act(newest_log(tmp_path))
    assert not (await verify_seals(database, tmp_path, engine.journal.id)).clean, "before the server starts"
    sealer = started(engine, database, tmp_path)
    await sealer._turn()
    assert said in (sealer.status.fault or "")
    assert not (await verify_seals(database, tmp_path, engine.journal.id)).clean
    assert not fsck(newest_log(tmp_path), Reached(tmp_path)).clean

    accepted = await accept(database, tmp_path, engine.journal.id, "A disk was changed.", None, clock)
    assert accepted is not None
    assert accepted.origin == "example.org/trail/2", "a name is never used twice"
    assert accepted.ended is not None
    assert parse_head(parse_note(accepted.ended).text).size == 4
    sealer = started(engine, database, tmp_path)
    await sealer._turn()
    assert sealer.status.fault is None
    assert (await verify_seals(database, tmp_path, engine.journal.id)).differences == []


async def test_a_longer_history_with_our_signature_is_none_to_go_on_with(
    ann: Person, engine: Engine, database: Database, tmp_path: Path
) -> None:
    """As of a copy of this directory that went on by itself: all of it is whole, and is another."""
    folder = newest_log(tmp_path)
    files, origin = TrailFiles(folder), origin_of(folder)
    first = bytearray((folder / "hashes.0").read_bytes())
    first[0] ^= 1
    (folder / "hashes.0").write_bytes(first)
    files.append(
        [bytes([number]) * 32 for number in range(3)], [(number + 100, 0) for number in range(3)], []
    )
    signer = signer_in(tmp_path, origin)
    files.keep_head(signer.sign(Head(origin, files.size, files.root(files.size))))
    sealer = started(engine, database, tmp_path)
    await sealer._turn()
    assert "are not those whose 4 entries were signed here" in (sealer.status.fault or "")
    assert not (await verify_seals(database, tmp_path, engine.journal.id)).clean


async def test_heads_that_were_lost_alone_are_put_back_from_the_one_beside_the_key(
    ann: Person, engine: Engine, database: Database, tmp_path: Path
) -> None:
    folder = newest_log(tmp_path)
    (folder / "heads").write_text("")
    (folder / "checkpoint").unlink()
    sealer = started(engine, database, tmp_path)
    await sealer._turn()
    assert (sealer.status.fault, sealer.status.size) == (None, 4)
    assert fsck(folder, Reached(tmp_path)).faults == []


async def test_a_server_that_stops_before_it_looked_forgets_nothing(
    ann: Person, engine: Engine, database: Database, tmp_path: Path
) -> None:
    put_back_older(newest_log(tmp_path))
    sealer = started(engine, database, tmp_path)
    Reached(tmp_path).remember_last(sealer.files)
    await sealer._turn()
    assert "end at entry 1, but 4" in (sealer.status.fault or "")


@pytest.mark.parametrize("text", ["", "nothing", "example.org/trail/1\n4\n"])
async def test_a_remembered_head_that_was_damaged_is_told(
    ann: Person, engine: Engine, database: Database, tmp_path: Path, text: str
) -> None:
    (tmp_path / KEYS_FOLDER / REACHED_FILE).write_text(text)
    sealer = started(engine, database, tmp_path)
    await sealer._turn()
    assert "beside the sealed log's key cannot be read" in (sealer.status.fault or "")


async def test_without_a_log_a_head_from_elsewhere_is_told_of(
    ann: Person, engine: Engine, database: Database, sealer: Sealer, tmp_path: Path
) -> None:
    note = sealer.files.newest_note()
    assert note is not None
    shutil.rmtree(newest_log(tmp_path))
    (tmp_path / KEYS_FOLDER / REACHED_FILE).unlink()
    assert (await verify_seals(database, tmp_path, engine.journal.id)).clean, (
        "nothing says that there was one"
    )
    found = await verify_seals(database, tmp_path, engine.journal.id, [note])
    [one] = found.differences
    assert one.said == (
        "This data directory has no sealed log, but a head says that example.org/trail/1 had "
        "4 entries: its files were removed, or are elsewhere."
    )


async def test_notices_that_are_gone_from_files_and_database_are_told_at_the_start(
    ann: Person, engine: Engine, database: Database, superuser: Any, sealer: Sealer, tmp_path: Path
) -> None:
    """Hashes are all there, and lead to the last head."""
    await superuser.execute("ALTER TABLE audit_notices DISABLE TRIGGER USER")
    await superuser.execute("DELETE FROM audit_notices")
    folder = newest_log(tmp_path)
    lines = (folder / "notices.ndjson").read_text().splitlines(keepends=True)
    (folder / "notices.ndjson").write_text("".join(lines[1:]))
    again = started(engine, database, tmp_path)
    await again._turn()
    assert again.status.fault == "Notices in the sealed log's files are missing, or were changed."
