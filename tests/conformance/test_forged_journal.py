"""Whoever has the disk and not the key: what they write into a stopped journal is never read as true."""

import hashlib
import hmac
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, Position
from sertantai.journal.about import write_about
from sertantai.journal.anchor import Anchor, anchor_path, read_anchor
from sertantai.journal.chain import link_of, next_link
from sertantai.journal.keyed import HEAD_BYTES, MARK, NO_PROOF, JournalKey, entries_in, key_path, read_key
from sertantai.journal.sqlite import SqliteJournal
from sertantai.journal.sqlite_files import SqliteFiles
from sertantai.process.new_ids import new_id
from tests.conformance.forging import forge, in_place_of

TRUE = {1: b"one", 2: b"two", 3: b"three", 4: b"four", 5: b"five"}


@pytest.fixture
async def stopped(tmp_path: Path) -> Path:
    """Two, one and two entries in three commits."""
    path = SqliteFiles(tmp_path).path
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    for bodies in ([b"one", b"two"], [b"three"], [b"four", b"five"]):
        await journal.append(bodies)
    await journal.close()
    return path


async def opened(path: Path) -> tuple[SqliteJournal, dict[int, bytes]]:
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    return journal, {entry.position: entry.body for entry in await journal.read(Position(0), 1_000)}


@pytest.mark.parametrize("anchor", [False, True])
@pytest.mark.parametrize(("at", "new"), [(1, [b"one", b"TWO"]), (3, [b"THREE"])])
async def test_a_changed_body_with_right_checksums_is_told_and_never_read(
    stopped: Path, at: int, new: list[bytes], anchor: bool
) -> None:
    forge(stopped, in_place_of(at, new), anchor=anchor)
    changed = range(at, at + len(new))
    journal, found = await opened(stopped)
    # What the journal's own pages still have of before may serve; what was put there does not.
    assert {p: body for p, body in TRUE.items() if p not in changed}.items() <= found.items()
    assert all(found[p] == TRUE[p] for p in found)
    told = journal.damages[0]
    said = f"operations {at} to {at + 1}" if len(new) == 2 else f"operations {at}"
    assert f"{said} are not as this server wrote them" in told.what
    assert {p for p in changed if p not in found} == {
        p for first, last in told.missing for p in range(first, last + 1)
    }
    kept = stopped.with_name(told.kept[0])
    salvaged = SqliteFiles(stopped.parent).salvage(kept)
    assert all(entry.body == TRUE[entry.position] for entry in salvaged.entries([(1, 9)]))
    assert await journal.append([b"six"]) == 6
    told_then = journal.damages
    await journal.close()
    again, held = await opened(stopped)
    assert (again.damages, held) == (told_then, found | {6: b"six"})
    await again.close()


async def test_the_newest_comes_back_from_the_anchor_where_only_the_file_was_changed(stopped: Path) -> None:
    forge(stopped, in_place_of(4, [b"four", b"FIVE"]), anchor=False)
    journal, found = await opened(stopped)
    assert (found, journal.damages[0].missing) == (TRUE, [])
    assert "operations 4 to 5 are not as this server wrote them" in journal.damages[0].what
    await journal.close()


async def test_an_operation_that_somebody_put_behind_the_last_is_not_read(stopped: Path) -> None:
    connection = sqlite3.connect(stopped)
    newest = connection.execute("SELECT first, last, checksum FROM batch ORDER BY first DESC").fetchone()
    body = msgspec.msgpack.encode([b"six"])
    link = next_link(link_of(*newest).chain, 6, 6, body)
    connection.execute("INSERT INTO batch VALUES (6, 6, ?, ?)", (link.checksum, body))
    connection.commit()
    connection.close()
    journal, found = await opened(stopped)
    assert found == TRUE
    assert "operations 6 are not as this server wrote them" in journal.damages[0].what
    await journal.close()


async def test_one_that_only_the_anchor_has_is_not_taken_from_there(stopped: Path) -> None:
    found = read_anchor(anchor_path(stopped))
    assert found is not None
    assert found.newest is not None
    packed = msgspec.msgpack.encode([b"six"])
    link = next_link(found.newest.end.chain, 6, 6, packed)
    end = msgspec.structs.replace(
        found.newest.end, first=6, last=6, chain=link.chain, before=found.newest.end.chain
    )
    writer = Anchor(anchor_path(stopped), sync=False)
    writer.open(found.newest.end, found.newest.serial)
    writer.begin(end, packed, link.crc)
    writer.settle()
    writer.close()
    journal, held = await opened(stopped)
    assert held == TRUE
    assert journal.damages
    await journal.close()


async def test_a_batch_of_another_moment_in_its_place_is_told(stopped: Path) -> None:
    """It is one of ours, so it is read; that it was not written there is said."""
    key = read_key(stopped.parent, SqliteFiles(stopped.parent).known()[-1])
    assert key is not None
    other = key.sealed(b"x" * 32, 3, 3, msgspec.msgpack.encode([b"THREE"]))[0]
    forge(stopped, lambda first, _last, body: other if first == 3 else body, anchor=True)
    journal, _ = await opened(stopped)
    assert "does not follow the one before it" in journal.damages[0].what
    await journal.close()


async def test_a_proof_that_was_taken_off_is_missed(stopped: Path) -> None:
    forge(stopped, lambda _first, _last, body: body[HEAD_BYTES:], anchor=True)
    journal, found = await opened(stopped)
    assert all(found[p] == TRUE[p] for p in found)
    assert "operations 1 to 2 are not as this server wrote them" in journal.damages[0].what
    await journal.close()


async def test_what_is_changed_while_the_server_runs_is_not_read(stopped: Path) -> None:
    journal, _ = await opened(stopped)
    forge(stopped, in_place_of(3, [b"THREE"]), anchor=False)
    with pytest.raises(JournalUnavailable, match="position 3 is not what this server wrote"):
        await journal.read(Position(0), 100)
    await journal.close()


async def test_a_journal_of_before_goes_on_and_is_proved_from_then_on(stopped: Path) -> None:
    id = SqliteFiles(stopped.parent).known()[-1]
    forge(stopped, lambda _first, _last, body: body[HEAD_BYTES:], anchor=True)
    connection = sqlite3.connect(stopped)
    write_about(connection, {"version": 2})
    connection.commit()
    connection.close()
    key_path(stopped.parent, id).unlink()
    journal, found = await opened(stopped)
    assert (found, list(journal.damages)) == (TRUE, [])
    await journal.append([b"six"])
    await journal.trim(Position(6), {})
    await journal.append([b"seven"])
    await journal.close()
    report = SqliteFiles(stopped.parent).check()
    assert (report.proved_from, report.first, report.last) == (6, 7, 7)
    forge(stopped, in_place_of(7, [b"SEVEN"]), anchor=True)
    again, found = await opened(stopped)
    assert found.get(7) in (None, b"seven")
    assert "operations 7 are not as this server wrote them" in again.damages[0].what
    await again.close()


async def test_a_key_that_is_gone_is_told_and_a_copy_that_is_vouched_for_is_not(
    stopped: Path, tmp_path: Path
) -> None:
    files, elsewhere = SqliteFiles(stopped.parent), SqliteFiles(tmp_path / "elsewhere")
    elsewhere.path.parent.mkdir()
    files.copy(elsewhere.path.parent)
    elsewhere.vouch()
    restored, found = await opened(elsewhere.path)
    assert (found, list(restored.damages)) == (TRUE, [])
    assert await restored.append([b"of its own"]) == 6
    await restored.close()
    assert elsewhere.check().proved_from == 6

    shutil.rmtree(stopped.parent / "keys")
    assert files.check().proved_from is None
    journal, found = await opened(stopped)
    assert found == TRUE
    assert "The key of the journal is gone" in journal.damages[0].text
    await journal.close()


def test_the_proof_is_an_hmac_of_all_that_it_is_said_to_cover(tmp_path: Path) -> None:
    secret, packed = bytes(range(32)), b"\x91\xc4\x03abc" * 5_000
    key, place = JournalKey(secret, 1), (3).to_bytes(8) + (4).to_bytes(8)
    for some in (packed[:6], packed[:2_047], packed[:2_048], packed):
        body, proof = key.sealed(NO_PROOF, 3, 4, some)
        assert proof == hmac.new(secret, NO_PROOF + place + some, hashlib.sha256).digest()
        assert body == MARK + NO_PROOF + proof + some
        assert key.proves(3, 4, body)
        for first, last, other in ((2, 4, body), (3, 5, body), (3, 4, body[:-1] + b"?"), (3, 4, some)):
            assert not key.proves(first, last, other)
    assert entries_in(key.sealed(NO_PROOF, 1, 1, msgspec.msgpack.encode([b"a"]))[0]) == [b"a"]


def test_half_a_key_is_none(tmp_path: Path) -> None:
    id = JournalId(new_id())
    assert read_key(tmp_path, id) is None
    key_path(tmp_path, id).parent.mkdir()
    key_path(tmp_path, id).write_bytes(b"half")
    assert read_key(tmp_path, id) is None
