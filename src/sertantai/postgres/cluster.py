"""The files of the embedded PostgreSQL below the data directory: made once, whole or not at all."""

import asyncio
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

from sertantai.postgres.installation import (
    MAJOR_VERSION,
    Account,
    EmbeddedPostgresUnusable,
    Installation,
    find_installation,
)
from sertantai.process.private_files import sync_directory

SUPERUSER = "postgres"
LOGIN = "sertantai"
MIGRATION_LOGIN = "sertantai_migration"
"""Who makes and alters the tables; the server itself is never it."""
DATABASE = "sertantai"
PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES_MAX = 107  # sun_path of unix(7), less its end
INITDB_TIMEOUT_S = 60.0

# Never a C compiler's, a desktop's or another PostgreSQL's settings.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


OF_ITS_OWN = (
    f"port={PORT}&sslmode=disable&sslnegotiation=postgres&target_session_attrs=any&gsslib=gssapi"
    "&krbsrvname=postgres&passfile=/dev/null/none"
)
"""How the embedded PostgreSQL is reached, whatever variables there are for another one."""


class Cluster:
    """``home`` (DATA_DIR/postgres) holds ``data`` and, where its path is short enough, ``socket``."""

    def __init__(self, data_dir: Path) -> None:
        self.home = data_dir.expanduser().absolute() / "postgres"
        self.data = self.home / "data"

    @property
    def is_made(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def installation(self) -> Installation:
        """Raises `EmbeddedPostgresUnusable` when these files are not for this PostgreSQL."""
        try:
            version = (self.data / "PG_VERSION").read_text("ascii").strip()
        except FileNotFoundError:
            return find_installation(None)
        if version != str(MAJOR_VERSION):
            raise EmbeddedPostgresUnusable(
                f"{self.data} was made by PostgreSQL {version}; this Sertantai brings {MAJOR_VERSION}. "
                "Back it up with the Sertantai that created it, and restore that into a new data directory."
            )
        return find_installation(self.data.stat().st_uid)

    async def prepare(self, installation: Installation, *, durable: bool) -> Path:
        """Makes what is missing; returns the directory for the socket."""
        _make_private(self.home, installation.account)
        if not self.is_made:
            await self._initialise(installation, durable=durable)
        socket_dir = self._socket_dir()
        _make_private(socket_dir, installation.account)
        return socket_dir

    async def _initialise(self, installation: Installation, *, durable: bool) -> None:
        """In a directory beside, renamed when complete: a kill in the middle leaves nothing half made."""
        unfinished = self.home / "data.unfinished"
        await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)
        arguments = [f"--pgdata={unfinished}", f"--username={SUPERUSER}", "--encoding=UTF8"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        # The socket's directory lets in its owner only; there is no other way to connect.
        arguments += ["--auth-local=trust", "--auth-host=reject"]
        arguments += [] if durable else ["--no-sync"]
        process = await asyncio.create_subprocess_exec(
            *installation.command("initdb", arguments, reaches=self.home),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(INITDB_TIMEOUT_S):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            said = output.decode(errors="replace").strip()[-1000:]
            raise EmbeddedPostgresUnusable(f"PostgreSQL could not create its files in {self.home}:\n{said}")
        unfinished.rename(self.data)
        sync_directory(self.home)

    def _socket_dir(self) -> Path:
        beside = self.home / "socket"
        if len(os.fsencode(beside / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            return beside
        name = hashlib.sha256(os.fsencode(self.home.resolve())).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"sertantai-{name}"

    def running_socket_dir(self) -> Path | None:
        """Where a running server listens, as its pid file says; None when it is not ready."""
        try:
            lines = (self.data / "postmaster.pid").read_text("utf-8").splitlines()
        except OSError:
            return None
        ready = len(lines) >= 8 and lines[7].strip() == "ready"
        return Path(lines[4].strip()) if ready else None


def dsn(socket_dir: Path, *, user: str = LOGIN, database: str = DATABASE) -> str:
    """Says itself all that a client would else look up in the environment or in files of services and
    passwords: what is meant there is another PostgreSQL."""
    place = quote(str(socket_dir), safe="/")
    return f"postgresql://{user}@/{database}?host={place}&{OF_ITS_OWN}"


def is_embedded(dsn: str) -> bool:
    return dsn.endswith(OF_ITS_OWN)


def _make_private(path: Path, account: Account) -> None:
    """A directory only ``account`` (and root) can use.

    In a directory open to all, such as /tmp, somebody else may have made it first: then it is refused.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid not in (account.uid, os.geteuid()):
        raise EmbeddedPostgresUnusable(
            f"{path} belongs to somebody else. Remove it, or choose another --data-dir."
        )
    if state.st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
    if stat.S_IMODE(state.st_mode) != 0o700:
        path.chmod(0o700)
