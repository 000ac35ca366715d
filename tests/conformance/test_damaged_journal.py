"""A journal whose files were damaged: what was acknowledged is there, or said to be missing; and it opens.

Every byte is flipped, and the files are cut at every length, of a small journal that was closed and of one
that was killed, with its log beside it.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import OwnerId, Position
from sertantai.journal.anchor import SLOT_BYTES, anchor_path
from sertantai.journal.protocol import Checkpoint
from sertantai.journal.sqlite import SqliteJournal
from sertantai.journal.sqlite_files import FILE, SqliteFiles
from sertantai.process.new_ids import new_id

EVERY = int(os.environ.get("SERTANTAI_DAMAGE_EVERY_BYTES", "1499"))
"""One byte in so many is flipped, and one length in so many cut to; 1 is all of them."""
HEADER_BYTES = 100
"""Of a file and of its log: each byte of them means something else."""
OWNER = OwnerId(new_id())
TRIMMED = 5
BATCHES = 14
Change = Callable[[Path], None]


def bodies(first: int) -> list[bytes]:
    """Some batches have several entries, and some go on in further pages."""
    sizes = [30, 2_500] if first % 3 == 0 else [60]
    return [b"%d:" % (first + number) + b"x" * size for number, size in enumerate(sizes)]


async def write(path: Path) -> tuple[SqliteJournal, dict[int, bytes]]:
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    written: dict[int, bytes] = {}
    for _ in range(BATCHES):
        first = journal.last + 1
        await journal.append(bodies(first))
        written |= dict(enumerate(bodies(first), first))
        if first == TRIMMED:
            await journal.trim(Position(TRIMMED), {OWNER: Checkpoint(Position(TRIMMED), b"state" * 50)})
    return journal, {position: body for position, body in written.items() if position > TRIMMED}


@pytest.fixture
async def closed(tmp_path: Path) -> tuple[Path, dict[int, bytes]]:
    """A journal that was closed: all of it is in its file."""
    (tmp_path / "closed").mkdir()
    path = tmp_path / "closed" / "journal.sqlite"
    journal, written = await write(path)
    await journal.close()
    return path, written


@pytest.fixture
async def killed(tmp_path: Path) -> tuple[Path, dict[int, bytes]]:
    """A journal whose process died: its newest batches are in the log, the older ones in the file."""
    (tmp_path / "killed").mkdir()
    (tmp_path / "living").mkdir()
    path = tmp_path / "living" / "journal.sqlite"
    journal, older = await write(path)
    await journal.close()
    again = SqliteJournal(path, sync=False)
    await again.open()
    newer: dict[int, bytes] = {}
    for _ in range(6):
        first = again.last + 1
        await again.append(bodies(first))
        newer |= dict(enumerate(bodies(first), first))
    for file in path.parent.iterdir():
        if file.is_file() and not file.name.endswith("-shm"):
            shutil.copy(file, tmp_path / "killed" / file.name)
    shutil.copytree(path.parent / "keys", tmp_path / "killed" / "keys")
    await again.close()
    return tmp_path / "killed" / "journal.sqlite", older | newer


async def held(journal: SqliteJournal) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    position = Position(0)
    while entries := await journal.read(position, 1000):
        found |= {entry.position: entry.body for entry in entries}
        position = entries[-1].position
    return found


def said_missing(journal: SqliteJournal) -> set[int]:
    return {p for d in journal.damages for first, last in d.lost for p in range(first, last + 1)}


async def opens(source: Path, into: Path, written: dict[int, bytes], change: Change, what: str) -> set[int]:
    """Damage a copy, open it, and see that nothing is silent; returns what is said to be missing."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(source.parent, into)
    path = into / source.name
    change(path)
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    found = await held(journal)
    missing = said_missing(journal)
    lost = {position for position, body in written.items() if found.get(position) != body}
    assert lost <= missing, f"{what}: {sorted(lost - missing)} are lost in silence"
    assert not missing & found.keys(), f"{what}: {sorted(missing & found.keys())} are there after all"
    assert found.keys() <= written.keys(), f"{what}: what was trimmed, or never there, has come back"
    assert journal.last >= max(written), f"{what}: positions are given out again"
    new = await journal.append([b"on we go"])
    told = [damage.id for damage in journal.damages]
    await journal.close()
    again = SqliteJournal(path, sync=False)
    await again.open()
    assert [damage.id for damage in again.damages] == told, f"{what}: {again.damages}"
    assert (await held(again)) == found | {new: b"on we go"}, f"{what}: the next start does not agree"
    await again.close()
    return missing


def flips(path: Path, name: str) -> Iterator[tuple[str, Change]]:
    file = path.with_name(f"{path.name}{name}")
    for at in sorted({*range(HEADER_BYTES), *range(0, file.stat().st_size, EVERY)}):
        yield f"byte {at} of {file.name} flipped", _flip(name, at)


def _flip(name: str, at: int) -> Change:
    def change(path: Path) -> None:
        file = path.with_name(f"{path.name}{name}")
        content = bytearray(file.read_bytes())
        content[at] ^= 0xFF
        file.write_bytes(content)

    return change


def cuts(path: Path, name: str) -> Iterator[tuple[str, Change]]:
    file = path.with_name(f"{path.name}{name}")
    for size in range(0, file.stat().st_size, EVERY):
        yield f"{file.name} cut to {size} bytes", _cut(name, size)


def _cut(name: str, size: int) -> Change:
    return lambda path: os.truncate(path.with_name(f"{path.name}{name}"), size)


def _remove(*names: str) -> Change:
    def change(path: Path) -> None:
        for name in names:
            path.with_name(f"{path.name}{name}").unlink()

    return change


def _sql(statement: str) -> Change:
    def change(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.executescript(statement)
        connection.commit()
        connection.close()

    return change


@pytest.mark.parametrize("how", [flips, cuts])
async def test_any_byte_of_the_file_is_damaged(
    closed: tuple[Path, dict[int, bytes]],
    tmp_path: Path,
    how: Callable[[Path, str], Iterator[tuple[str, Change]]],
) -> None:
    path, written = closed
    for what, change in how(path, ""):
        await opens(path, tmp_path / "damaged", written, change, what)


@pytest.mark.parametrize("name", ["", "-wal"])
@pytest.mark.parametrize("how", [flips, cuts])
async def test_any_byte_of_a_killed_journal_is_damaged(
    killed: tuple[Path, dict[int, bytes]],
    tmp_path: Path,
    name: str,
    how: Callable[[Path, str], Iterator[tuple[str, Change]]],
) -> None:
    path, written = killed
    assert path.with_name(f"{path.name}-wal").stat().st_size > 20_000
    for what, change in how(path, name):
        await opens(path, tmp_path / "damaged", written, change, what)


async def test_a_table_that_says_something_else_of_its_columns_loses_nothing(
    closed: tuple[Path, dict[int, bytes]], tmp_path: Path
) -> None:
    path, written = closed
    words = b"first INTEGER PRIMARY KEY"
    begins = path.read_bytes().index(words)
    for at in range(begins, begins + len(words)):
        assert not await opens(path, tmp_path / "damaged", written, _flip("", at), f"byte {at} flipped")


async def test_rows_that_were_deleted_are_said_to_be_missing(
    closed: tuple[Path, dict[int, bytes]], tmp_path: Path
) -> None:
    path, written = closed
    for position in written:
        change = _sql(f"PRAGMA secure_delete = ON; DELETE FROM batch WHERE first = {position}")
        await opens(path, tmp_path / "damaged", written, change, f"the row {position} deleted")


@pytest.mark.parametrize("is_missing", [True, False])
async def test_a_checkpoint_serves_only_where_nothing_is_missing_behind_it(
    closed: tuple[Path, dict[int, bytes]], is_missing: bool
) -> None:
    """With PostgreSQL away it would be shown as the whole story, with what PostgreSQL has left out of it."""
    path, written = closed
    if is_missing:
        _sql(f"PRAGMA secure_delete = ON; DELETE FROM batch WHERE first = {min(written) + 2}")(path)
    else:
        _sql("DROP TABLE checkpoint_part")(path)
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    assert (await journal.checkpoint(OWNER) is None) == is_missing
    await journal.close()


@pytest.mark.parametrize("names", [("",), ("-wal",), ("", "-wal")], ids=["file", "log", "both"])
async def test_files_that_were_removed_are_said_to_be_missing(
    killed: tuple[Path, dict[int, bytes]], tmp_path: Path, names: tuple[str, ...]
) -> None:
    path, written = killed
    assert await opens(path, tmp_path / "damaged", written, _remove(*names), f"{names} removed")


async def test_an_older_copy_of_the_journal_is_found_out(
    killed: tuple[Path, dict[int, bytes]], closed: tuple[Path, dict[int, bytes]], tmp_path: Path
) -> None:
    path, written = killed
    older = tmp_path / "older" / FILE
    older.parent.mkdir()
    SqliteFiles(path.parent).copy(older.parent)
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    first = await journal.append([b"newer"])
    await journal.append([b"newest"])
    await journal.close()

    def change(damaged: Path) -> None:
        damaged.with_name(f"{damaged.name}-wal").unlink(missing_ok=True)
        shutil.copy(older, damaged)

    newer = written | {first: b"newer", first + 1: b"newest"}
    assert await opens(path, tmp_path / "damaged", newer, change, "an older copy") == {first}
    # Where it is meant, the older anchor is not there either.
    alone = tmp_path / "alone" / "journal.sqlite"
    alone.parent.mkdir()
    shutil.copy(older, alone)
    SqliteFiles(alone.parent).vouch()
    restored = SqliteJournal(alone, sync=False)
    await restored.open()
    assert not restored.damages
    assert await held(restored) == written
    await restored.close()


@pytest.mark.parametrize("at", [0, 20, 60, SLOT_BYTES + 20, SLOT_BYTES + 130])
async def test_one_damaged_record_of_the_anchor_loses_nothing(
    killed: tuple[Path, dict[int, bytes]], tmp_path: Path, at: int
) -> None:
    path, written = killed
    assert not await opens(path, tmp_path / "damaged", written, _flip("-anchor", at), f"anchor, byte {at}")


@pytest.mark.parametrize("how", ["removed", "emptied"])
async def test_a_lost_anchor_is_told(killed: tuple[Path, dict[int, bytes]], how: str) -> None:
    path, written = killed
    if how == "removed":
        anchor_path(path).unlink()
    else:
        anchor_path(path).write_bytes(b"")
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    assert [damage.is_loss for damage in journal.damages] == [True]
    assert "anchor" in journal.damages[0].text
    assert await held(journal) == written
    await journal.close()


async def test_what_postgresql_has_is_not_lost(killed: tuple[Path, dict[int, bytes]]) -> None:
    path, _ = killed
    _remove("", "-wal")(path)
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    last = journal.last
    missing = said_missing(journal)
    assert missing
    await journal.compare(Position(10), Position(10))
    assert said_missing(journal) == {position for position in missing if position > 10}
    await journal.compare(last, last)  # what was written since is no proof
    assert said_missing(journal) == {position for position in missing if position > 10}
    await journal.close()


async def test_a_watermark_beyond_the_end_is_told(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite", sync=False)
    await journal.open()
    await journal.append([b"a"])
    await journal.compare(Position(7), Position(7))
    assert [damage.is_loss for damage in journal.damages] == [True]
    assert "PostgreSQL has operations up to 7" in journal.damages[0].text
    await journal.close()


async def test_a_journal_that_is_gone_with_its_anchor_is_told(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite", sync=False, expected=True)
    await journal.open()
    await journal.compare(Position(0), Position(240))
    assert "PostgreSQL has changes of another one, up to operation 240" in journal.damages[0].text
    await journal.close()


async def test_a_journal_from_before_opens_and_gets_an_anchor(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = SqliteJournal(path, sync=False)
    await journal.open()
    await journal.append([b"old"])
    await journal.close()
    anchor_path(path).unlink()
    for statement in (
        "UPDATE batch SET checksum = checksum & 4294967295",
        "DELETE FROM about WHERE key NOT IN ('id', 'trimmed', 'advanced', 'version')",
        "UPDATE about SET value = 1 WHERE key = 'version'",
    ):
        _sql(statement)(path)
    for expected in ({1: b"old"}, {1: b"old", 2: b"new"}):
        journal = SqliteJournal(path, sync=False)
        await journal.open()
        assert not journal.damages
        assert await held(journal) == expected
        await journal.append([b"new"])
        await journal.close()
    assert anchor_path(path).exists()


async def test_a_file_that_is_none_of_ours_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    _sql("CREATE TABLE other (number)")(path)
    _sql("PRAGMA application_id = 7")(path)
    content = path.read_bytes()
    with pytest.raises(JournalUnavailable, match="another program"):
        await SqliteJournal(path).open()
    assert path.read_bytes() == content
