"""The data directory belongs to one process at a time."""

import asyncio
import fcntl
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

import msgspec

from sertantai.core.errors import Unavailable

LOCK_FILE = "lock"
LOCK_POLL_S = 0.05

Purpose: TypeAlias = Literal["serve", "command"]


class Holder(msgspec.Struct, frozen=True):
    """Who holds a data directory. ``command``: a short-lived one, worth waiting for."""

    pid: int
    purpose: Purpose
    command_line: str


class DataDirectoryBusy(Unavailable):
    code = "data_directory_busy"

    def __init__(self, path: Path, holder: Holder | None) -> None:
        who = f"process {holder.pid} ({holder.command_line})" if holder else "another process"
        super().__init__(
            f"{path} is in use by {who}. Stop it first, or choose another directory with --data-dir."
        )
        self.holder = holder


class DataDirectoryUnusable(Unavailable):
    code = "data_directory_unusable"


class DataDirectory:
    """Holds ``path`` while locked. The kernel frees the lock when the process ends, however it ends."""

    def __init__(self, path: Path, *, purpose: Purpose = "serve") -> None:
        self.path = path.expanduser().absolute()
        self._purpose: Purpose = purpose
        self._descriptor: int | None = None

    @property
    def locked(self) -> bool:
        return self._descriptor is not None

    def lock(self) -> None:
        """Makes the directory if missing and takes it, or raises `DataDirectoryBusy` saying who holds it."""
        if self.locked:
            return
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise DataDirectoryBusy(self.path, read_holder(self.path)) from None
        command_line = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
        holder = Holder(pid=os.getpid(), purpose=self._purpose, command_line=command_line)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(holder) + b"\n", 0)
        self._descriptor = descriptor

    async def lock_within(self, wait_s: float) -> None:
        """Like `lock`, but waits for commands that hold the directory for a moment; never for a server."""
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            try:
                return self.lock()
            except DataDirectoryBusy as busy:
                served = busy.holder is not None and busy.holder.purpose == "serve"
                if served or asyncio.get_running_loop().time() >= deadline:
                    raise
            await asyncio.sleep(LOCK_POLL_S)  # flock tells nobody when it becomes free

    def unlock(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            # Emptied, not removed: removing it would let two processes lock two files of one name.
            os.ftruncate(descriptor, 0)
            os.close(descriptor)

    def _open(self) -> int:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self.path / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            reason = error.strerror or str(error)
            raise DataDirectoryUnusable(f"{self.path} cannot be the data directory: {reason}.") from error

    def __enter__(self) -> Self:
        self.lock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unlock()


def read_holder(path: Path) -> Holder | None:
    """What the lock file says. Only meaningful while somebody holds the lock."""
    try:
        return msgspec.json.decode((path / LOCK_FILE).read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None
