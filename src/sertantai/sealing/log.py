"""Where the sealed log of this data directory lies, and what it is called."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.sealing.notes import Key, NotANote, is_name, parse_key
from sertantai.process.private_files import write_whole
from sertantai.process.summed_files import FileDamaged
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import HeadSigner, follow, next_key, signer_in

TRAIL_FOLDER: Final = "trail"
FIRST: Final = "1"
ORIGIN_FILE: Final = "origin"
KEYS_FILE: Final = "keys.txt"
"""Every public key that ever signed this log, a line each, oldest first."""
JOURNALS_FILE: Final = "journals"
"""Whose operations it holds, a line each, oldest first: one journal, unless it was lost."""
MADE_AGAIN: Final = (
    "Put it back from a copy; else the next start writes it again from what the log itself says."
)


def logs_in(data_path: Path) -> list[Path]:
    """The folders of all logs, the one that is written last: a log may end, and the next begins beside it."""
    folder = data_path / TRAIL_FOLDER
    found = [path for path in folder.iterdir() if path.name.isdigit()] if folder.is_dir() else []
    return sorted(found, key=lambda path: int(path.name))


def newest_log(data_path: Path) -> Path:
    """The folder of the log that is written, whether it is there yet or not."""
    return [data_path / TRAIL_FOLDER / FIRST, *logs_in(data_path)][-1]


def carried_in(files: TrailFiles) -> int:
    """How many of the log's notices were taken over, its own first one among them; 0: it is the first log."""
    first = next(files.notice_lines(), None)
    carried = None if first is None else msgspec.json.decode(first).get("body", {}).get("carried")
    return 0 if carried is None else int(carried["notices"]) + 1


def begin(data_path: Path, journal: UUID, host: str | None) -> "SealedLog":
    """The log as it is, made where there is none. ``host``: of the public URL, when it is first made. Raises
    `FileDamaged` for what `damaged.mend` could not mend."""
    folder = newest_log(data_path)
    files = TrailFiles(folder)
    files.make()
    origin = folder / ORIGIN_FILE
    if not origin.exists() and files.newest_note() is None and files.last_note() is None:
        write_whole(origin, f"{host or f'sertantai-{str(journal)[-8:]}'}/trail/{folder.name}\n".encode())
    signer = signer_in(data_path, origin_of(folder))
    keys = folder / KEYS_FILE
    known = [str(key) for key in keys_of(folder)] if keys.exists() else []
    is_new = str(signer.key) not in known
    if is_new:
        write_whole(keys, "".join(f"{line}\n" for line in [*known, signer.key]).encode())
    journals = journals_of(folder)
    if journal not in journals:
        journals = [*journals, journal]
        write_whole(folder / JOURNALS_FILE, "".join(f"{one}\n" for one in journals).encode())
    return SealedLog(data_path, files, signer, journals, has_new_key=is_new and bool(known))


class SealedLog:
    """``has_new_key``: another one signed it until now, as after a restore, which brings none along.
    ``journals``: those that it was written with, the newest last."""

    def __init__(
        self,
        data_path: Path,
        files: TrailFiles,
        signer: HeadSigner,
        journals: Sequence[UUID],
        *,
        has_new_key: bool,
    ) -> None:
        self.data_path = data_path
        self.files = files
        self.signer = signer
        self.journals = journals
        self.has_new_key = has_new_key

    def follow_key(self) -> None:
        """Where another key is to sign and the log has told of it: from now on it does. To be called once
        what is in the log is under a head of the old one."""
        origin = self.signer.key.name
        key = next_key(self.data_path, origin)
        told = [line for line in self.files.notice_lines() if _tells_of(line, key)] if key else []
        if not told:
            return
        known = [str(one) for one in keys_of(self.files.folder)]
        if str(key) not in known:
            write_whole(self.files.folder / KEYS_FILE, "".join(f"{one}\n" for one in [*known, key]).encode())
        leaked = any('"compromised":' in line for line in told)
        self.signer = follow(self.data_path, origin, both_sign=not leaked)

    def lost_journal(self) -> UUID | None:
        """The one before this, of which nothing more will come, until the log has told of it."""
        if len(self.journals) < 2:
            return None
        newest = f'"journal":"{self.journals[-1]}"'
        is_told = any(newest in line and '"kind":"restore"' in line for line in self.files.notice_lines())
        return None if is_told else self.journals[-2]


def _tells_of(line: str, key: Key | None) -> bool:
    return '"kind":"key"' in line and f'"key":"{key}"' in line


def journals_of(folder: Path) -> list[UUID]:
    """Nothing where it has not begun. Raises `FileDamaged`."""
    path = folder / JOURNALS_FILE
    try:
        found = [UUID(line) for line in path.read_text("ascii").splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise FileDamaged(path, "has a line that names no journal", MADE_AGAIN) from None
    if not found:
        raise FileDamaged(path, "is empty", MADE_AGAIN)
    return found


def origin_of(folder: Path) -> str:
    """What the log is called. Raises `FileDamaged`."""
    path = folder / ORIGIN_FILE
    try:
        name = path.read_text("utf-8").strip()
    except FileNotFoundError:
        raise FileDamaged(path, "is missing", MADE_AGAIN) from None
    except (OSError, UnicodeDecodeError):
        raise FileDamaged(path, "cannot be read", MADE_AGAIN) from None
    if not is_name(name):
        raise FileDamaged(path, "does not say what the log is called", MADE_AGAIN)
    return name


def keys_of(folder: Path) -> list[Key]:
    """The public keys of a log. Raises `FileDamaged`."""
    path = folder / KEYS_FILE
    try:
        found = [parse_key(line) for line in path.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        raise FileDamaged(path, "is missing", MADE_AGAIN) from None
    except (OSError, UnicodeDecodeError, NotANote) as error:
        raise FileDamaged(path, f"cannot be read ({error})", MADE_AGAIN) from None
    if not found:
        raise FileDamaged(path, "is empty", MADE_AGAIN)
    return found
