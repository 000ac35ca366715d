"""What witnesses have said, beside the log: so that a restart forgets neither their signatures nor a silence.

| file | holds |
|---|---|
| ``cosigned`` | heads with the signatures of witnesses, in the form of ``heads`` |
| ``witnesses`` | of each witness since when it is asked, when it answered last, and what size it signed |
"""

import os
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.sealing.notes import Key, NotANote, parse_key
from sertantai.process.private_files import write_whole
from sertantai.sealing.files import TrailFiles, append_whole
from sertantai.sealing.heads_file import end_of_whole, last_whole, notes_in

COSIGNED_FILE: Final = "cosigned"
WITNESSES_FILE: Final = "witnesses"


class Known(msgspec.Struct, frozen=True):
    """Times in seconds since 1970. ``size``: of the newest head that it has signed."""

    asked_since: float
    answered_at: float | None = None
    size: int = 0


class Remembered:
    def __init__(self, files: TrailFiles) -> None:
        self._folder = files.folder
        path = self._folder / COSIGNED_FILE
        if path.exists():
            os.truncate(path, end_of_whole(path))
        self.known: dict[str, Known] = _read(self._folder / WITNESSES_FILE)
        """By the key as it is written."""

    def last_note(self) -> str | None:
        path = self._folder / COSIGNED_FILE
        return last_whole(path) if path.exists() else None

    def keep(self, note: str) -> None:
        """On the disk before it returns."""
        append_whole(self._folder / COSIGNED_FILE, note)

    def save(self) -> None:
        """Whole, or as it was."""
        write_whole(self._folder / WITNESSES_FILE, msgspec.json.encode(self.known))


def cosigners_of(folder: Path) -> list[Key]:
    """The keys of all witnesses that have ever signed a head of this log."""
    found = []
    for text, known in _read(folder / WITNESSES_FILE).items():
        try:
            found += [parse_key(text)] if known.size else []
        except NotANote:
            continue
    return found


def cosigned_notes(folder: Path) -> list[str]:
    """Every head with signatures of witnesses that is kept, oldest first."""
    path = folder / COSIGNED_FILE
    if not path.exists():
        return []
    with path.open("rb") as file:
        return list(notes_in(file))


def _read(path: Path) -> dict[str, Known]:
    """Nothing where it was cut off: then they are asked as if for the first time."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Known])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}
