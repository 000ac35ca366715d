"""What witnesses have said, beside the log: so that a restart forgets neither their signatures nor a silence.

| file | holds |
|---|---|
| ``cosigned`` | heads with the signatures of witnesses, in the form of ``heads`` |
| ``witnesses`` | of each witness since when it is asked, when it answered last, and what size it signed |
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.sealing.notes import Key, NotANote, cosigned_at, parse_key, parse_note
from sertantai.process.summed_files import FileDamaged, read_summed, write_summed
from sertantai.sealing.files import TrailFiles, append_whole
from sertantai.sealing.heads_file import end_of_whole, last_whole, notes_in, thin_heads

COSIGNED_FILE: Final = "cosigned"
WITNESSES_FILE: Final = "witnesses"
ASKED_ANEW: Final = "Witnesses are asked as if for the first time, which writes it again."


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
        self.known: dict[str, Known] = known_in(self._folder)
        """By the key as it is written."""

    def last_note(self) -> str | None:
        path = self._folder / COSIGNED_FILE
        return last_whole(path) if path.exists() else None

    def keep(self, note: str) -> None:
        """On the disk before it returns."""
        append_whole(self._folder / COSIGNED_FILE, note)

    def thin(self, now: datetime) -> int:
        """As heads are: of a day all, of a week one an hour, before it one a day; returns how many went.
        Raises `OSError`: then it is as it was."""
        path = self._folder / COSIGNED_FILE
        return thin_heads(path, now, _seen_at) if path.exists() else 0

    def save(self) -> None:
        """Whole, or as it was."""
        write_summed(self._folder / WITNESSES_FILE, msgspec.json.encode(self.known))


def _seen_at(note: str) -> datetime | None:
    """When a witness saw it last, of all that signed it."""
    try:
        times = [at for one in parse_note(note).signatures if (at := cosigned_at(one)) is not None]
        return datetime.fromtimestamp(max(times), UTC) if times else None
    except (NotANote, ValueError, OverflowError, OSError):
        return None


def cosigners_of(folder: Path) -> list[Key]:
    """The keys of all witnesses that have ever signed a head of this log."""
    found = []
    for text, known in known_in(folder).items():
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


def known_in(folder: Path) -> dict[str, Known]:
    """By the key as it is written; nothing where it was cut off: then they are asked as if for the first
    time."""
    try:
        return msgspec.json.decode(read_summed(folder / WITNESSES_FILE, ASKED_ANEW), type=dict[str, Known])
    except (FileNotFoundError, FileDamaged, msgspec.DecodeError):
        return {}
