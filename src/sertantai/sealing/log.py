"""Where the sealed log of this data directory lies, and what it is called."""

from pathlib import Path
from typing import Final
from uuid import UUID

from sertantai.core.sealing.notes import Key, NotANote, parse_key
from sertantai.process.private_files import write_whole
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import HeadSigner, signer_in

TRAIL_FOLDER: Final = "trail"
FIRST: Final = "1"
ORIGIN_FILE: Final = "origin"
KEYS_FILE: Final = "keys.txt"
"""Every public key that ever signed this log, a line each, oldest first."""


def newest_log(data_path: Path) -> Path:
    """The folder of the log that is written: a log may end, and the next begins beside it."""
    folder = data_path / TRAIL_FOLDER
    numbers = [int(path.name) for path in folder.iterdir() if path.name.isdigit()] if folder.is_dir() else []
    return folder / str(max(numbers, default=int(FIRST)))


def begin(data_path: Path, journal: UUID, host: str | None) -> "SealedLog":
    """The log as it is, made where there is none. ``host``: of the public URL, when it is first made."""
    folder = newest_log(data_path)
    files = TrailFiles(folder)
    files.make()
    origin = folder / ORIGIN_FILE
    if not origin.exists():
        write_whole(origin, f"{host or f'sertantai-{str(journal)[:8]}'}/trail/{folder.name}\n".encode())
    signer = signer_in(data_path, origin.read_text().strip())
    keys = folder / KEYS_FILE
    known = keys.read_text().splitlines() if keys.exists() else []
    is_new = str(signer.key) not in known
    if is_new:
        write_whole(keys, "".join(f"{line}\n" for line in [*known, signer.key]).encode())
    return SealedLog(files, signer, has_new_key=is_new and bool(known))


class SealedLog:
    """``has_new_key``: another one signed it until now, as after a restore, which brings none along."""

    def __init__(self, files: TrailFiles, signer: HeadSigner, *, has_new_key: bool) -> None:
        self.files = files
        self.signer = signer
        self.has_new_key = has_new_key


def origin_of(folder: Path) -> str:
    return (folder / ORIGIN_FILE).read_text().strip()


def keys_of(folder: Path) -> list[Key]:
    """The public keys of a log. Raises `NotANote` where the file is damaged."""
    path = folder / KEYS_FILE
    if not path.exists():
        raise NotANote("the log has no keys yet")
    return [parse_key(line) for line in path.read_text().splitlines() if line]
