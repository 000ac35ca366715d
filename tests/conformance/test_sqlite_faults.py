"""What the journal on SQLite must survive: a damaged file, a full disk, a failing sync."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import OwnerId, Position
from sertantai.journal import sqlite, sqlite_entries
from sertantai.journal.anchor import BODY_BYTES_MAX
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.protocol import Checkpoint
from sertantai.journal.sqlite import SqliteJournal
from sertantai.process.new_ids import new_id


async def opened(path: Path) -> SqliteJournal:
    journal = SqliteJournal(path)
    await journal.open()
    return journal


def change_file(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


async def test_a_changed_batch_is_said_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal = await opened(path)
    await journal.append([b"precious"])
    await journal.append([b"x" * BODY_BYTES_MAX])  # the anchor has neither of them
    await journal.append([b"newest"])
    await journal.close()
    change_file(path, "UPDATE batch SET body = zeroblob(length(body)) WHERE first = 2")
    journal = await opened(path)
    assert [damage.lost for damage in journal.damages] == [[(2, 2)]]
    assert [entry.body for entry in await journal.read(Position(0), 10)] == [b"precious", b"newest"]
    await journal.close()


async def test_a_batch_that_changes_while_it_is_open_is_found(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal = await opened(path)
    await journal.append([b"precious"])
    change_file(path, "UPDATE batch SET body = zeroblob(length(body))")
    with pytest.raises(JournalCorrupt, match="checksum"):
        await journal.read(Position(0), 10)
    await journal.close()


async def test_a_changed_checkpoint_is_left_out(tmp_path: Path) -> None:
    """It can be read again from PostgreSQL: nothing is missing."""
    path = tmp_path / "journal.sqlite3"
    journal = await opened(path)
    owner, other = OwnerId(new_id()), OwnerId(new_id())
    checkpoint = Checkpoint(Position(0), b"state")
    await journal.append([b"a"])
    await journal.trim(Position(0), {owner: checkpoint, other: checkpoint})
    await journal.close()
    change_file(path, f"UPDATE checkpoint SET state = x'00' WHERE owner = x'{owner.bytes.hex()}'")
    journal = await opened(path)
    assert await journal.checkpoint(owner) is None
    assert await journal.checkpoint(other) == checkpoint
    assert [damage.is_loss for damage in journal.damages] == [False]
    await journal.close()


@pytest.mark.parametrize(
    "content", [b"this is not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000]
)
async def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(content)
    with pytest.raises(JournalUnavailable, match="cannot be opened"):
        await opened(path)
    assert path.read_bytes() == content


async def test_a_journal_of_a_later_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite3"
    with monkeypatch.context() as later:
        for module in (sqlite, sqlite_entries):
            later.setattr(module, "SCHEMA_VERSION", 99)
        await (await opened(path)).close()
    with pytest.raises(JournalCorrupt, match="another version"):
        await opened(path)


async def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    """The pages of the file are limited, as a full disk would; what was acknowledged stays."""
    journal = await opened(tmp_path / "journal.sqlite3")
    await journal.append([b"before"])
    connection = journal._writing
    assert connection is not None
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(JournalUnavailable, match="full"):
        await journal.append([b"x" * 200_000])
    assert journal.last == 1
    assert await journal.append([b"after"]) == 2  # the next write opens the file anew, without the limit
    assert [entry.body for entry in await journal.read(Position(0), 10)] == [b"before", b"after"]
    await journal.close()


async def test_a_failing_commit_refuses_all_that_is_in_it_and_nothing_behind_it(tmp_path: Path) -> None:
    journal = await opened(tmp_path / "journal.sqlite3")
    real = journal._connected

    class Failing:
        def execute(self, statement: str, *_parameters: object) -> None:
            if statement.startswith("INSERT"):
                raise sqlite3.OperationalError("disk I/O error")

        def close(self) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    def failing() -> sqlite3.Connection:
        real().close()
        journal._connected = real  # type: ignore[method-assign]  # once only
        broken: Any = Failing()
        journal._writing = broken
        return cast(sqlite3.Connection, broken)

    journal._connected = failing  # type: ignore[method-assign]  # see above
    answers = await asyncio.gather(
        journal.append([b"a", b"b"]), journal.append([b"c"]), return_exceptions=True
    )
    assert isinstance(answers[0], JournalUnavailable)
    assert answers[1] == 1
    assert [entry.body for entry in await journal.read(Position(0), 10)] == [b"c"]
    await journal.close()


async def test_each_append_is_one_commit_however_many_wait(tmp_path: Path) -> None:
    """Who has many changes gathers them before; here nothing gathers again."""
    path = tmp_path / "journal.sqlite3"
    journal = await opened(path)
    await asyncio.gather(journal.append([b"a", b"b"]), journal.append([b"c"]), journal.append([b"d"]))
    with closing(sqlite3.connect(path)) as connection:
        batches = connection.execute("SELECT first, last FROM batch ORDER BY first").fetchall()
    assert batches == [(1, 2), (3, 3), (4, 4)]
    await journal.close()


async def test_many_writers_and_a_reader_at_once_see_one_order(tmp_path: Path) -> None:
    journal = await opened(tmp_path / "journal.sqlite3")

    async def write(writer: int) -> None:
        for number in range(40):
            await journal.append([b"%d.%d" % (writer, number)])

    async def read() -> list[bytes]:
        seen: list[bytes] = []
        while len(seen) < 400:
            entries = await journal.read(Position(len(seen)), 50)
            assert [entry.position for entry in entries] == list(
                range(len(seen) + 1, len(seen) + len(entries) + 1)
            )
            seen.extend(entry.body for entry in entries)
        return seen

    reading = asyncio.ensure_future(read())
    await asyncio.gather(*(write(writer) for writer in range(10)))
    seen = await reading
    for writer in range(10):
        mine = [body for body in seen if body.startswith(b"%d." % writer)]
        assert mine == [b"%d.%d" % (writer, number) for number in range(40)]
    await journal.close()


async def test_what_an_older_version_deleted_is_overwritten_at_the_next_start(tmp_path: Path) -> None:
    """SQLite leaves in free pages what stood there, unless it is told otherwise."""
    path, secret = tmp_path / "journal.sqlite3", b"only between you and me"
    journal = await opened(path)
    await journal.append([b"another's"])
    await journal.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("INSERT INTO about VALUES ('more', ?)", (secret * 9_000,))
        connection.execute("DELETE FROM about WHERE key IN ('more', 'overwritten')")
    assert secret in path.read_bytes()
    for _ in range(2):
        journal = await opened(path)
        await journal.wipe()
        assert secret not in path.read_bytes()
        assert journal._connected().execute("PRAGMA secure_delete").fetchone() == (1,)
        assert [entry.body for entry in await journal.read(Position(0), 10)] == [b"another's"]
        await journal.close()


async def test_wiping_waits_for_who_reads_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite.WIPE_TRIES_MAX == 100
    monkeypatch.setattr(sqlite, "WIPE_TRIES_MAX", 1)
    path = tmp_path / "journal.sqlite3"
    journal = await opened(path)
    await journal.append([b"one"])
    journal._connected().execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM batch").fetchone()
        await journal.append([b"two"])
        with pytest.raises(JournalUnavailable, match="Somebody reads"):
            await journal.wipe()
    await journal.wipe()
    await journal.close()
