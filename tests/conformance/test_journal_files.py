"""What `JournalFiles` promises to those who look at a journal from outside, for every implementation."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import OwnerId, Position
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.protocol import Checkpoint, Journal, JournalFiles
from sertantai.journal.sqlite_files import SqliteFiles
from sertantai.process.data_directory import is_ours
from sertantai.process.new_ids import new_id
from tests.conformance.plain_journal import PlainFiles
from tests.conformance.test_journal import everything

KINDS: dict[str, type[SqliteFiles] | type[PlainFiles]] = {"sqlite": SqliteFiles, "plain": PlainFiles}


@pytest.fixture(params=KINDS)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> JournalFiles:
    made: JournalFiles = KINDS[request.param](tmp_path)
    return made


@pytest.fixture
async def journal(files: JournalFiles) -> AsyncIterator[Journal]:
    made = files.journal()
    await made.open()
    yield made
    await made.close()


def elsewhere(files: JournalFiles, name: str = "elsewhere") -> JournalFiles:
    """A place for another journal of the same kind."""
    folder = files.path.parent / name
    folder.mkdir(exist_ok=True)
    return type(files)(folder)  # type: ignore[call-arg]  # every kind is made of its folder


def test_where_there_is_none_nothing_is_made(files: JournalFiles) -> None:
    assert not files.exists
    assert (files.all(), files.inspect(), files.copy(elsewhere(files).path.parent)) == ([], None, None)
    assert (list(files.damages()), files.lost(), list(files.known())) == ([], [], [])
    with pytest.raises(JournalUnavailable):
        files.check()
    with pytest.raises(JournalCorrupt):
        files.salvage()
    assert not list(files.path.parent.glob("journal*"))


async def test_it_is_inspected_beside_its_writer(files: JournalFiles, journal: Journal) -> None:
    await journal.append([b"a", b"b"])
    await journal.append([b"c"])
    for look in (files.inspect, files.check):
        report = look()
        assert report is not None
        assert (report.id, report.first, report.last, report.checkpoints) == (journal.id, 1, 3, 0)
        assert report.size_bytes == journal.size_bytes
        assert report.file_bytes > 0
    await journal.trim(Position(2), {OwnerId(new_id()): Checkpoint(Position(2), b"state")})
    trimmed = files.check()
    assert (trimmed.first, trimmed.last, trimmed.checkpoints) == (journal.first, 3, 1)
    await journal.trim(Position(3), {})
    emptied = files.check()
    assert (emptied.first, emptied.last) == (4, 3)


async def test_the_oldest_entry_that_waits_is_found(files: JournalFiles, journal: Journal) -> None:
    await journal.append([b"a", b"b"])
    await journal.append([b"c"])
    waits = [files.first_after(Position(position)) for position in range(4)]
    assert [entry and (entry.position, entry.body) for entry in waits] == [
        (1, b"a"),
        (2, b"b"),
        (3, b"c"),
        None,
    ]


async def test_a_copy_is_of_one_moment_and_goes_on_by_itself(files: JournalFiles, journal: Journal) -> None:
    owner, other = OwnerId(new_id()), elsewhere(files)
    await journal.append([b"a"])
    files.copy(other.path.parent)  # an earlier attempt, whose place is taken
    await journal.append([b"b"])
    await journal.keep_parts({owner: {b"1": b"part"}})
    await journal.trim(Position(0), {owner: Checkpoint(Position(2), b"state", (b"1",))})
    copied = files.copy(other.path.parent)
    await journal.append([b"later"])
    assert copied == other.check()
    assert copied is not None
    assert (copied.id, copied.first, copied.last) == (journal.id, 1, 2)
    other.vouch()
    opened = other.journal()
    await opened.open()
    assert not opened.damages
    assert await everything(opened) == [(1, b"a"), (2, b"b")]
    assert await opened.checkpoint(owner) == Checkpoint(Position(2), b"state", (b"1",))
    assert await opened.append([b"of its own"]) == 3
    assert opened.epoch != journal.epoch, "a position of both stands for two things"
    await opened.close()
    assert await everything(journal) == [(1, b"a"), (2, b"b"), (3, b"later")]


async def test_all_its_files_together_are_the_journal(files: JournalFiles) -> None:
    journal = files.journal()
    await journal.open()
    await journal.append([b"a", b"b"])
    assert all(is_ours(path.name) for path in files.path.parent.iterdir())
    await journal.close()
    other = elsewhere(files)
    for path in files.all():
        path.rename(other.path.parent / path.name)
    assert not files.exists
    other.vouch()
    moved = other.journal(expected=True)
    await moved.open()
    await moved.compare(Position(2), Position(2))
    assert (moved.id, moved.last, list(moved.damages)) == (journal.id, 2, [])
    assert await everything(moved) == [(1, b"a"), (2, b"b")]
    await moved.close()


async def test_a_changed_byte_is_found_by_the_check(files: JournalFiles) -> None:
    journal = files.journal()
    await journal.open()
    body = random.Random(1).randbytes(500)
    await journal.append([body])
    await journal.close()
    content = files.path.read_bytes()
    at = content.index(body) + 100
    files.path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
    with pytest.raises((JournalCorrupt, JournalUnavailable)):
        files.check()


async def test_what_can_be_read_is_salvaged(files: JournalFiles, journal: Journal) -> None:
    await journal.append([b"a", b"b", b"c"])
    await journal.append([b"d"])
    await journal.close()
    for found in (files.salvage(), elsewhere(files).salvage(files.path)):
        assert found.id == journal.id
        assert {p for first, last in found.ranges for p in range(first, last + 1)} == {1, 2, 3, 4}
        assert [(e.position, e.body) for e in found.entries([(2, 2), (4, 9)])] == [(2, b"b"), (4, b"d")]
    assert journal.id in files.known()
