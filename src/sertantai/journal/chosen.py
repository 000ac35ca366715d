"""Which journal it is: here, and nowhere else, that is said."""

from collections.abc import Callable
from pathlib import Path

from sertantai.journal.protocol import JournalFiles
from sertantai.journal.shared.files import SharedFiles
from sertantai.journal.shared.hub import Durability
from sertantai.journal.sqlite_files import SqliteFiles
from sertantai.process.settings import Settings

KIND: Callable[[Path], JournalFiles] = SqliteFiles


def journal_in(folder: Path) -> JournalFiles:
    """The journal that is kept, or will be, in a data directory or any other folder."""
    return KIND(folder)


def journal_of(settings: Settings) -> JournalFiles:
    """The journal of a server: in its data directory, or in PostgreSQL. Raises `InvalidInput`."""
    if settings.journal_url is None:
        return journal_in(settings.data_path)
    return SharedFiles(settings.data_path, settings.journal_url, Durability(settings.journal_durability))


def of_no_stand_by(settings: Settings) -> str | None:
    """In a sentence, where answers ought to stand for another copy and PostgreSQL waits for none."""
    journal = journal_of(settings)
    if not isinstance(journal, SharedFiles) or journal.is_copied():
        return None
    return "Its PostgreSQL waits for no stand-by (synchronous_standby_names is empty): nothing is accepted."
