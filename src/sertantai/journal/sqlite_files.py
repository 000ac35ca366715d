"""A journal's SQLite file seen from outside, beside the process that writes it: report, check, copy."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, Position
from sertantai.journal import inspection_sql as sql
from sertantai.journal.about import EPOCH, write_about
from sertantai.journal.damage import Damage, Range, shown
from sertantai.journal.damage_notes import DamageNotes
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.keyed import entries_in, make_key, read_key
from sertantai.journal.known import KnownJournals
from sertantai.journal.protocol import Entry, JournalReport
from sertantai.journal.salvaging import SqliteSalvage, salvage
from sertantai.journal.sqlite import SqliteJournal
from sertantai.journal.survey import survey
from sertantai.process.data_directory import JOURNAL_STEM

FILE: Final = f"{JOURNAL_STEM}sqlite"

_OF_THE_ORIGINAL: Final = {"anchored": 0, "anchor_since": 0, EPOCH: ""}
"""What a copy must not say of itself: it goes without the anchor, which is written on, and where it is opened
it gets its own; and its positions may be given out once more."""


class SqliteFiles:
    """`JournalFiles` of a `SqliteJournal`: its file, with log, anchor and notes of damage beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._notes = DamageNotes(self.path)

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def all(self) -> list[Path]:
        return sorted(self.path.parent.glob(f"{FILE}*"))

    def journal(self, *, durable: bool = True, expected: bool = False) -> SqliteJournal:
        return SqliteJournal(self.path, sync=durable, expected=expected)

    def inspect(self) -> JournalReport | None:
        if not self.exists:
            return None
        with self._reading() as connection:
            connection.execute("BEGIN")
            about: dict[str, Any] = dict(connection.execute(sql.ABOUT).fetchall())
            first, last, size = connection.execute(sql.HELD).fetchone()
            checkpoints = connection.execute(sql.CHECKPOINTS_COUNT).fetchone()[0]
        last = max(last or 0, about["trimmed"])
        key = read_key(self.path.parent, JournalId(UUID(bytes=about["id"])))
        log = self.path.with_name(f"{FILE}-wal")
        return JournalReport(
            JournalId(UUID(bytes=about["id"])),
            Position(last + 1 if first is None else first),
            Position(last),
            size,
            sum(file.stat().st_size for file in (self.path, log) if file.exists()),
            checkpoints,
            None if key is None else Position(key.since),
        )

    def vouch(self) -> None:
        if self.exists:
            report = self.inspect()
            assert report is not None, "it exists"
            with self._reading() as connection:
                advanced = dict(connection.execute(sql.ABOUT).fetchall()).get("advanced", 0)
            make_key(self.path.parent, report.id, max(report.last, advanced) + 1)

    def first_after(self, position: Position) -> Entry | None:
        with self._reading() as connection:
            row = connection.execute(sql.BATCH_AFTER, (position,)).fetchone()
        if row is None:
            return None
        first, body = row
        place = max(first, position + 1)
        return Entry(Position(place), entries_in(body)[place - first])

    def check(self) -> JournalReport:
        """SQLite's own check too."""
        report = self.inspect()
        if report is None:
            raise JournalUnavailable(f"There is no journal {self.path}.")
        with self._reading() as connection:
            said = connection.execute("PRAGMA integrity_check(3)").fetchall()
            if said != [("ok",)]:
                raise JournalCorrupt(f"The journal {self.path} is damaged: {said[0][0]}.")
        found = survey(self.path)
        if found.gaps:
            raise JournalCorrupt(f"The journal {self.path} lacks operations {shown(found.gaps)}.")
        if found.faults:
            raise JournalCorrupt(f"The journal {self.path} is damaged: {found.faults[0]}.")
        return report

    def copy(self, folder: Path) -> JournalReport | None:
        if not self.exists:
            return None
        target = SqliteFiles(folder)
        target.path.unlink(missing_ok=True)
        with self._reading() as source, closing(sqlite3.connect(target.path)) as copied:
            source.backup(copied, pages=-1)
        with closing(sqlite3.connect(target.path)) as copied:
            # One file, without a WAL beside it.
            copied.execute("PRAGMA journal_mode = DELETE")
            about = dict(copied.execute(sql.ABOUT).fetchall())
            changes = {name: value for name, value in _OF_THE_ORIGINAL.items() if name in about}
            with copied:
                write_about(copied, changes)
        return target.inspect()

    def damages(self) -> Sequence[Damage]:
        return self._notes.open()

    def accept(self, reason: str, damages: Iterable[UUID]) -> None:
        self._notes.accept(reason, damages)

    def lost(self) -> list[Range]:
        return self._notes.lost()

    def known(self) -> Sequence[JournalId]:
        return [journal.id for journal in KnownJournals(self.path).all()]

    def salvage(self, file: Path | None = None) -> SqliteSalvage:
        return salvage(file or self.path, self.path.parent)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=5)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise JournalUnavailable(f"The journal {self.path} cannot be read: {error}.") from error
