"""How far the sealed log came, remembered beside its key and not among its files.

Files that were removed, or put back as they once were, say nothing of what is missing: they would be begun
again, and a second history signed with the key of the first.
"""

import time
from pathlib import Path
from typing import Final

from sertantai.core.errors import Conflict
from sertantai.core.sealing.notes import Head, Key, NotANote, parse_head, parse_note
from sertantai.process.logs import logger
from sertantai.process.private_files import make_private_folder, write_whole
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.heads import LastHead, Log, differing, last_head
from sertantai.sealing.keys import KEYS_FOLDER, REACHED_FILE

log = logger(__name__)

REMEMBERED_EVERY_S: Final = 60.0


class HistoryDiffers(Conflict):
    """What is in the database, or in the files, is not what was sealed."""

    code = "sealed_history_differs"


class Reached:
    """Of the data directory's sealed log, whichever is written."""

    def __init__(self, data_path: Path) -> None:
        self._path = data_path / KEYS_FOLDER / REACHED_FILE
        self._remembered_at = float("-inf")

    def note(self) -> str | None:
        """As it is on the disk; None: none was remembered yet."""
        return self._path.read_text(errors="replace") if self._path.exists() else None

    def head(self) -> LastHead | None:
        """None: none was remembered yet. Raises `HistoryDiffers` where it cannot be read."""
        if (note := self.note()) is None:
            return None
        try:
            return LastHead(note, parse_head(parse_note(note).text))
        except NotANote as error:
            raise HistoryDiffers(
                f"The head that is kept beside the sealed log's key cannot be read: {error}."
            ) from None

    def last(self, files: TrailFiles, origin: str) -> LastHead | None:
        """The newest of the log called ``origin``, wherever it stands. Raises `HistoryDiffers` where another
        was written here; `NotANote`."""
        found, reached = last_head(files), self.head()
        if reached is None:
            return found
        if said := _named_otherwise(reached.head, origin):
            raise HistoryDiffers(said)
        return max((one for one in (found, reached) if one is not None), key=lambda one: one.head.size)

    def differing(self, files: TrailFiles, keys: list[Key], origin: str) -> str | None:
        """In which the log called ``origin`` is not the one that was signed here, as a sentence."""
        try:
            reached = self.head()
        except HistoryDiffers as error:
            return error.message
        if reached is None:
            return None
        what = "The head that is kept beside the log's key"
        own = Log(files, keys, files.size)  # looked up after the head, which may be of a moment ago
        return _named_otherwise(reached.head, origin) or differing(reached.note, {}, own, what)

    def require_in(self, files: TrailFiles) -> None:
        """Raises `HistoryDiffers` where the files are of another history."""
        reached = self.head()
        if reached is not None and files.root(reached.head.size) != reached.head.root:
            raise HistoryDiffers(
                f"The sealed log's files are not those whose {reached.head.size:,} entries were signed here."
            )

    def remember_last(self, files: TrailFiles) -> None:
        """When nothing more is signed. Where the files were never opened, and may be older, nothing is
        forgotten; what cannot be written is as it was a minute ago."""
        try:
            last, reached = last_head(files), self.head()
            if last is not None and (reached is None or reached.head.size <= last.head.size):
                self.remember(last.note, at_once=True)
        except (OSError, NotANote, HistoryDiffers):
            log.exception("the newest head of the sealed log is not remembered beside its key")

    def remember(self, note: str, *, at_once: bool = False) -> None:
        """A head that is on the disk among the log's files; now and then, or ``at_once``. Raises
        `OSError`."""
        if at_once or time.monotonic() - self._remembered_at >= REMEMBERED_EVERY_S:
            make_private_folder(self._path.parent)
            write_whole(self._path, note.encode())
            self._remembered_at = time.monotonic()


def _named_otherwise(reached: Head, origin: str) -> str | None:
    if reached.origin == origin:
        return None
    return (
        f"The sealed log here is called {origin}, but {reached.origin} was written, of {reached.size:,} "
        "entries. Its files were removed, or are others."
    )
