"""A journal's file seen from outside, beside the process that writes it: report, check, copy."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, Position
from sertantai.journal import inspection_sql as sql
from sertantai.journal.about import write_about
from sertantai.journal.damage import shown
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.protocol import Entry
from sertantai.journal.survey import survey

_bodies = msgspec.msgpack.Decoder(list[bytes])


class JournalReport(msgspec.Struct, frozen=True):
    """``first`` is one more than ``last`` when nothing is held. ``file_bytes`` counts the WAL too."""

    id: JournalId
    first: Position
    last: Position
    size_bytes: int
    file_bytes: int
    checkpoints: int


def inspect(path: Path) -> JournalReport | None:
    """What the file holds; None when there is no journal yet. Raises `JournalUnavailable`."""
    if not path.exists():
        return None
    with _reading(path) as connection:
        connection.execute("BEGIN")
        about: dict[str, Any] = dict(connection.execute(sql.ABOUT).fetchall())
        first, last, size = connection.execute(sql.HELD).fetchone()
        checkpoints = connection.execute(sql.CHECKPOINTS_COUNT).fetchone()[0]
    last = max(last or 0, about["trimmed"])
    return JournalReport(
        JournalId(UUID(bytes=about["id"])),
        Position(last + 1 if first is None else first),
        Position(last),
        size,
        sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists()),
        checkpoints,
    )


def first_entry_after(path: Path, position: Position) -> Entry | None:
    """The oldest entry beyond ``position``."""
    with _reading(path) as connection:
        row = connection.execute(sql.BATCH_AFTER, (position,)).fetchone()
    if row is None:
        return None
    first, body = row
    place = max(first, position + 1)
    return Entry(Position(place), _bodies.decode(body)[place - first])


def check(path: Path) -> JournalReport:
    """Reads all of it: SQLite's own check, every checksum, and that no position is missing.

    Raises `JournalCorrupt` saying where, or `JournalUnavailable`.
    """
    report = inspect(path)
    if report is None:
        raise JournalUnavailable(f"There is no journal {path}.")
    with _reading(path) as connection:
        said = connection.execute("PRAGMA integrity_check(3)").fetchall()
        if said != [("ok",)]:
            raise JournalCorrupt(f"The journal {path} is damaged: {said[0][0]}.")
    found = survey(path)
    if found.gaps:
        raise JournalCorrupt(f"The journal {path} lacks operations {shown(found.gaps)}.")
    if found.faults:
        raise JournalCorrupt(f"The journal {path} is damaged: {found.faults[0]}.")
    return report


def copy(path: Path, target: Path) -> JournalReport:
    """A copy of one moment, made beside the writer; returns what the copy holds."""
    with _reading(path) as source, closing(sqlite3.connect(target)) as copied:
        source.backup(copied, pages=-1)
    with closing(sqlite3.connect(target)) as copied:
        # One file, without a WAL beside it.
        copied.execute("PRAGMA journal_mode = DELETE")
        # It goes without the anchor, which is written on: where the copy is opened it gets its own.
        if "anchored" in dict(copied.execute(sql.ABOUT).fetchall()):
            with copied:
                write_about(copied, {"anchored": 0, "anchor_since": 0})
    report = inspect(target)
    assert report is not None
    return report


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        ) as connection:
            yield connection
    except sqlite3.Error as error:
        raise JournalUnavailable(f"The journal {path} cannot be read: {error}.") from error
