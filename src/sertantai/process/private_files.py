"""Files and folders that only their owner may read, whatever the umask is, and that are there whole or not
at all, also after a power cut."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

DRAFT: Final = ".draft"
"""How the name of a file ends that takes another's place in a moment."""


def write_whole(path: Path, data: bytes) -> None:
    """Takes the place of what was there only when all of it is on the disk."""
    writing_whole(path, (data,))


def writing_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """The same, of what is not in memory at once: ``pieces`` may be read from what was there."""
    draft = path.with_name(f"{path.name}.{os.getpid()}{DRAFT}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)  # a disk that is full is not helped by a half of it
        raise
    sync_directory(path.parent)


def drop_drafts(path: Path) -> None:
    """What a crash left of one that was to take the place of ``path``, which nobody is writing now."""
    for draft in path.parent.glob(f"{path.name}.*{DRAFT}"):
        draft.unlink(missing_ok=True)


def append_bytes(path: Path, data: bytes) -> None:
    """Puts it behind what is there, and on the disk. Where the disk has no room for all of it, nothing of it
    is left, so that what comes next is not spoilt by a half; a power cut may leave one. Raises `OSError`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    before = os.fstat(descriptor).st_size
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fdatasync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, before)
        raise
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Makes it, and what is missing above it: pathlib would leave the latter to the umask."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def sync_directory(path: Path) -> None:
    """What has been made, renamed and removed in ``path`` is so after a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
