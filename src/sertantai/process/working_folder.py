"""Folders for work in between. Whoever is killed leaves theirs behind; the next to work there removes it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NEW: Final = "new-"
"""What a folder's name has before it is held, for as long as one system call takes."""


@contextmanager
def working_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """An empty folder below ``parent`` that only its owner can use; it goes with the block.

    It is held by a lock of the kernel, which ends with the process, however that ends. Folders of the same
    ``prefix`` that nobody holds any more are removed first.
    """
    _sweep(parent, prefix)
    made = Path(tempfile.mkdtemp(prefix=f"{prefix}{NEW}", dir=parent))
    descriptor = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _hold(descriptor)
        folder = made.with_name(made.name.replace(f"{prefix}{NEW}", prefix, 1))
        made.rename(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _sweep(parent: Path, prefix: str) -> None:
    for path in parent.glob(f"{prefix}*"):
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(f"{prefix}{NEW}"):
            _remove_unheld(path)


def _remove_unheld(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return  # it has just gone, or belongs to somebody else
    try:
        if os.fstat(descriptor).st_uid == os.geteuid() and _hold(descriptor):
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)


def _hold(descriptor: int) -> bool:
    """False where somebody else holds it, or the file system has no such locks: then nothing is swept."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
