"""Which journals were here, and how far they were: kept away from them, so that it is not gone with them.

A journal and its anchor that are removed together leave nothing behind, and PostgreSQL knows only what it was
brought. So a start that finds no journal where this file names one says so.
"""

from pathlib import Path

import msgspec

from sertantai.core.ids import JournalId, Position
from sertantai.journal.damage import Damage, found
from sertantai.journal.survey import Survey
from sertantai.process.data_directory import KNOWN_JOURNALS_FILE
from sertantai.process.logs import logger
from sertantai.process.summed_files import FileDamaged, read_summed, write_summed

log = logger(__name__)

KNOWN_MAX = 100
WRITTEN_AGAIN = "The next start writes it again, and does not know whether a journal is missing."


class Known(msgspec.Struct, frozen=True):
    """``last``: it held operations up to there at least; by now it may be longer."""

    id: JournalId
    last: Position


class KnownJournals:
    """The file beside a journal; its name shares nothing with the journal's."""

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(KNOWN_JOURNALS_FILE)

    def all(self) -> list[Known]:
        """The newest last. A file that cannot be read knows nothing: it is no promise of its own."""
        try:
            return msgspec.json.decode(read_summed(self._path, WRITTEN_AGAIN), type=list[Known])
        except FileNotFoundError:
            return []
        except (OSError, FileDamaged, UnicodeDecodeError, msgspec.DecodeError) as error:
            log.warning(
                "which journals were here before cannot be read", path=str(self._path), reason=str(error)
            )
            return []

    def note(self, id: JournalId, last: Position) -> None:
        """A disk that does not take it is told in the log: nobody's change depends on this."""
        known = self.all()
        if known and known[-1] == Known(id, last):
            return
        try:
            self._write([*(journal for journal in known if journal.id != id), Known(id, last)][-KNOWN_MAX:])
        except OSError as error:
            log.warning("how far the journal is could not be noted", reason=str(error))

    def missing_from(self, looked: Survey) -> list[Damage]:
        """What ought to be in a journal that has no anchor to be held against."""
        known = self.all()
        if not known:
            return []
        newest = known[-1]
        if not looked.about:
            what = f"The journal is missing. It held operations up to {newest.last:,} or later."
            return [found(what, unbounded=True)]
        if looked.id is not None and looked.id not in {journal.id for journal in known}:
            return [found("The journal is not the one that was here before.", unbounded=True)]
        if looked.id == newest.id and looked.last < newest.last:
            what = f"The journal ends at {looked.last:,}, but it held operations up to {newest.last:,}."
            return [found(what, [(looked.last + 1, newest.last)], unbounded=True)]
        return []

    def _write(self, known: list[Known]) -> None:
        write_summed(self._path, msgspec.json.encode(known))
