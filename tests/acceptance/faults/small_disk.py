"""A disk of its own for a folder, which can be full from one moment to the next."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOMY_BYTES = 4_000_000_000
"""An upper bound; memory is taken only for what is written."""
SPARE_BYTES = 65_536
TRIES_MAX = 50


class SmallDisk:
    """A tmpfs on ``path``: full when its size is that of what it holds."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self) -> None:
        for _ in range(TRIES_MAX):
            found = os.statvfs(self._path)
            used = (found.f_blocks - found.f_bfree) * found.f_frsize
            if _mount("-o", f"remount,size={used + SPARE_BYTES}", str(self._path)):
                return  # not so when something was written in between
        raise AssertionError(f"{self._path} could not be made full")

    def free(self) -> None:
        assert _mount("-o", f"remount,size={ROOMY_BYTES}", str(self._path))


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    """Mount it; needs root, as the continuous integration has it."""
    path.mkdir(parents=True, exist_ok=True)
    if not _mount("-t", "tmpfs", "-o", f"size={ROOMY_BYTES}", "tmpfs", str(path)):
        raise AssertionError(
            "A full disk is tested on a tmpfs, and this user may not mount one: run as root."
        )
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True, capture_output=True)


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0
