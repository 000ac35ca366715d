"""The data directory belongs to one process at a time."""

import asyncio
import fcntl
import os
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.process.private_files import sync_directory, write_whole

LOCK_FILE = "lock"
JOURNAL_STEM = "journal."
"""How the names of a journal's files begin, whichever journal it is."""
KNOWN_JOURNALS_FILE = "journals-known.json"
ERASED_FILE = "erased"
"""Who was erased: in no backup, and no restore takes it away."""
GIVEN_FOLDER = "given"
"""Files with what is held about somebody, until they are fetched: in no backup."""
PAGE_SECRET_FILE = "page-secret"  # noqa: S105  # the name of a file
LOCK_POLL_S = 0.05

Purpose: TypeAlias = Literal["serve", "command", "restore"]
RESTORING_FILE = "restoring"
OURS = (
    JOURNAL_STEM,
    KNOWN_JOURNALS_FILE,
    ERASED_FILE,
    "keys",
    "postgres",
    PAGE_SECRET_FILE,
    GIVEN_FOLDER,
    "sessions",
    "revocations",
    "catalogue",
    "trail",
    "witness",
)
"""How names begin of what we put into a data directory, or an operator before the first start."""
OURS_FOR_A_WHILE = ("restoring", "before-restore-", ".restore-", ".backup-", ".journal")
OF_A_FILE_SYSTEM = frozenset({"lost+found", ".snapshot", ".zfs"})
FOREIGN_SHOWN = 3
OTHERS = 0o077
"""The bits of a mode that let other users of the machine in."""


class Holder(msgspec.Struct, frozen=True):
    """Who holds a data directory. ``command``: a short-lived one, worth waiting for. ``public_url``: how
    links begin to a server that is ready."""

    pid: int
    purpose: Purpose
    command_line: str
    public_url: str | None = None


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


class DataDirectoryForeign(DataDirectoryUnusable):
    """It holds what is none of ours: most likely another directory was meant."""

    code = "data_directory_foreign"

    def __init__(self, path: Path, foreign: list[str]) -> None:
        more = " and more" if len(foreign) > FOREIGN_SHOWN else ""
        super().__init__(
            f"{path} is not a data directory: it holds {', '.join(foreign[:FOREIGN_SHOWN])}{more}. Nothing "
            "was changed. Name an empty or new directory with --data-dir."
        )


class DataDirectoryMissing(Unavailable):
    """What was asked for needs a data directory that somebody has used; nothing was made."""

    code = "data_directory_missing"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no data directory at {path}. Name the right one with --data-dir or "
            "SERTANTAI_DATA_DIR; `sertantai serve` makes a new one."
        )


class Restoring(msgspec.Struct, frozen=True):
    """A restore that has begun. ``aside`` is where what was here before goes; ``emptied``: all is there."""

    backup: str
    aside: str | None
    emptied: bool = False


class RestoreUnfinished(Unavailable):
    code = "restore_unfinished"

    def __init__(self, path: Path, restoring: Restoring) -> None:
        kept = f" What was there before is in {path / restoring.aside}." if restoring.aside else ""
        super().__init__(
            f"A restore into {path} was interrupted, so it is incomplete.{kept} Restore again: "
            f"sertantai backup restore {restoring.backup} --data-dir {path}"
        )


class DataDirectory:
    """Holds ``path`` while locked. The kernel frees the lock when the process ends, however it ends."""

    def __init__(self, path: Path, *, purpose: Purpose = "serve") -> None:
        self.path = path.expanduser().absolute()
        self._purpose: Purpose = purpose
        self._descriptor: int | None = None
        self._holder: Holder | None = None

    @property
    def locked(self) -> bool:
        return self._descriptor is not None

    def lock(self) -> None:
        """Makes the directory if missing and takes it, or raises `DataDirectoryBusy` saying who holds it.

        One that a restore has left half made is nobody's but the next restore's: raises `RestoreUnfinished`.
        """
        if self.locked:
            return
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise DataDirectoryBusy(self.path, read_holder(self.path)) from None
        if self._purpose != "restore":
            try:
                require_whole(self.path)
            except RestoreUnfinished:
                os.close(descriptor)
                raise
        command_line = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
        holder = Holder(pid=os.getpid(), purpose=self._purpose, command_line=command_line)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(holder) + b"\n", 0)
        self._descriptor, self._holder = descriptor, holder

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

    def note_public_url(self, url: str) -> None:
        """For commands that make links to the server that holds the directory: see `served_at`."""
        assert self._descriptor is not None, "only who holds it may say so"
        assert self._holder is not None
        self._holder = msgspec.structs.replace(self._holder, public_url=url)
        os.pwrite(self._descriptor, msgspec.json.encode(self._holder) + b"\n", 0)

    def unlock(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            # Emptied, not removed: removing it would let two processes lock two files of one name.
            os.ftruncate(descriptor, 0)
            os.close(descriptor)

    def note_restoring(self, restoring: Restoring) -> None:
        """On the disk before this returns, and from then on nobody but a restore takes the directory."""
        write_whole(self.path / RESTORING_FILE, msgspec.json.encode(restoring))

    def note_restored(self) -> None:
        """The directory is whole, and on the disk."""
        (self.path / RESTORING_FILE).unlink()
        sync_directory(self.path)

    def close_to_others(self) -> None:
        """Mends what an earlier program, a copy or an open umask has left readable to other users.

        Below ``postgres`` it is PostgreSQL that sees to this. A directory that is for everybody, as /tmp is,
        is left alone, and so is what belongs to somebody else: `doctor` tells of both.
        """
        for path in open_to_others(self.path):
            state = path.lstat()
            if state.st_uid == os.geteuid() and not state.st_mode & stat.S_ISVTX:
                path.chmod(stat.S_IMODE(state.st_mode) & ~OTHERS)

    def _open(self) -> int:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            require_ours(self.path)
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


def make_private_file(path: Path) -> None:
    """An empty file that only its owner may read, for SQLite to fill; its log takes on the same mode.

    One that is there is not opened: closing it again would drop the locks that SQLite has on it.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError:
        return  # it is there, or whoever fills it says what is wrong


def open_to_others(data_dir: Path) -> list[Path]:
    """What in a data directory has a mode that lets other users in, itself included; not below postgres."""
    places = [
        data_dir,
        *data_dir.iterdir(),
        *(data_dir / "keys").rglob("*"),
        *(data_dir / "trail").rglob("*"),
    ]
    found = []
    for path in places:
        mode = path.lstat().st_mode
        if (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) and mode & OTHERS:
            found.append(path)
    return found


def require_ours(data_dir: Path) -> None:
    """Raises `DataDirectoryForeign` for a directory of something else: we would close it to others, and a
    restore would move all of it aside. One that was served before has our lock."""
    lock = data_dir / LOCK_FILE
    if lock.is_file() and not lock.is_symlink():
        return
    names = sorted(path.name for path in data_dir.iterdir())
    foreign = [name for name in names if not is_ours(name) and name not in OF_A_FILE_SYSTEM]
    if foreign:
        raise DataDirectoryForeign(data_dir, foreign)


def is_ours(name: str) -> bool:
    return name == LOCK_FILE or name.startswith((*OURS, *OURS_FOR_A_WHILE))


def require_whole(data_dir: Path) -> None:
    """Raises `RestoreUnfinished` where a restore was cut off."""
    restoring = read_restoring(data_dir)
    if restoring is not None:
        raise RestoreUnfinished(data_dir, restoring)


def read_restoring(data_dir: Path) -> Restoring | None:
    """The restore that is under way, or was cut off."""
    try:
        return msgspec.json.decode((data_dir / RESTORING_FILE).read_bytes(), type=Restoring)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except msgspec.DecodeError as error:
        raise DataDirectoryUnusable(
            f"{data_dir / RESTORING_FILE} cannot be read, so nobody can say what {data_dir} holds: {error}."
        ) from error


def read_holder(path: Path) -> Holder | None:
    """What the lock file says. Only meaningful while somebody holds the lock."""
    try:
        return msgspec.json.decode((path / LOCK_FILE).read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def serving(path: Path) -> Holder | None:
    """The server that holds a data directory just now; a killed one leaves its name in the file."""
    holder = read_holder(path)
    return holder if holder is not None and holder.purpose == "serve" and is_held(path) else None


def served_at(path: Path) -> str | None:
    """How links to the server begin that holds a data directory just now; None where none does."""
    holder = read_holder(path)
    return holder.public_url if holder is not None and is_held(path) else None


def is_held(path: Path) -> bool:
    """Whether a process holds it; not by what the file says, which a killed one leaves behind."""
    try:
        descriptor = os.open(path / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
