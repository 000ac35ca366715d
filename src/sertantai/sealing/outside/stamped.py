"""What a time-stamping authority has said, beside the log: so that a restart forgets neither its tokens nor a
silence.

| file | holds |
|---|---|
| ``stamped`` | the heads that were stamped, in the form of ``heads`` |
| ``stamps/SIZE.tsr`` | the answer to each, as it came (RFC 3161) |
| ``stamping`` | since when it is asked in vain, when it answered last, and for which size |
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.sealing.notes import parse_head, parse_note
from sertantai.process.private_files import make_private_folder, write_whole
from sertantai.process.summed_files import FileDamaged, read_summed, write_summed
from sertantai.sealing.files import TrailFiles, append_whole
from sertantai.sealing.heads_file import end_of_whole, notes_in

STAMPED_FILE: Final = "stamped"
STAMPS_FOLDER: Final = "stamps"
STAMPING_FILE: Final = "stamping"
STAMPED_ANEW: Final = "The next head is stamped as if it were the first, which writes it again."


class Stamping(msgspec.Struct, frozen=True):
    """Times in seconds since 1970. ``size``: of the newest head that was stamped."""

    in_vain_since: float | None = None
    answered_at: float | None = None
    size: int = 0


class Stamped:
    def __init__(self, files: TrailFiles) -> None:
        self._folder = files.folder
        path = self._folder / STAMPED_FILE
        if path.exists():
            os.truncate(path, end_of_whole(path))
        self.state = stamping_in(self._folder)

    def keep(self, note: str, token: bytes, at: float) -> None:
        """The token is on the disk before the head says that there is one."""
        size = parse_head(parse_note(note).text).size
        make_private_folder(self._folder / STAMPS_FOLDER)
        write_whole(token_path(self._folder, size), token)
        append_whole(self._folder / STAMPED_FILE, note)
        self.save(Stamping(None, at, size))

    def save(self, state: Stamping) -> None:
        """Whole, or as it was."""
        self.state = state
        write_summed(self._folder / STAMPING_FILE, msgspec.json.encode(state))


def stamped_notes(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every head that was stamped, with the answer to it, oldest first."""
    path = folder / STAMPED_FILE
    if not path.exists():
        return
    with path.open("rb") as file:
        for note in notes_in(file):
            yield note, token_path(folder, parse_head(parse_note(note).text).size).read_bytes()


def token_path(folder: Path, size: int) -> Path:
    return folder / STAMPS_FOLDER / f"{size}.tsr"


def stamping_in(folder: Path) -> Stamping:
    """Of the log in ``folder``; nothing where it was cut off: then it is asked as if for the first time."""
    try:
        return msgspec.json.decode(read_summed(folder / STAMPING_FILE, STAMPED_ANEW), type=Stamping)
    except (FileNotFoundError, FileDamaged, msgspec.DecodeError):
        return Stamping()
