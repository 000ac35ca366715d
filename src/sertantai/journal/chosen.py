"""Which journal it is: the one line that says so."""

from collections.abc import Callable
from pathlib import Path

from sertantai.journal.protocol import JournalFiles
from sertantai.journal.sqlite_files import SqliteFiles

KIND: Callable[[Path], JournalFiles] = SqliteFiles


def journal_in(folder: Path) -> JournalFiles:
    """The journal that is kept, or will be, in a data directory or any other folder."""
    return KIND(folder)
