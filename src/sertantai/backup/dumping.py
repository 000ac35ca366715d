"""pg_dump and pg_restore: the embedded PostgreSQL's, or the machine's own where the server is newer."""

import asyncio
import os
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from sertantai.backup.manifest import BackupFailed
from sertantai.postgres import Role
from sertantai.postgres.cluster import is_embedded
from sertantai.postgres.installation import MAJOR_VERSION, EmbeddedPostgresUnusable, find_installation

SAID_CHARS_MAX = 2_000
BLOCK_BYTES = 256 * 1024
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")

# Owned by the role that owns the schema wherever it is restored; row level security lets that role see all.
_AS_OWNER = (f"--role={Role.MIGRATOR}",)


async def dump(dsn: str, server_major: int, snapshot: str, target: Path) -> None:
    """The database as ``snapshot`` (pg_export_snapshot) has it. Raises `BackupFailed`."""
    arguments = [
        *_AS_OWNER,
        "--enable-row-security",
        "--format=custom",
        "--no-owner",
        "--schema=public",
        f"--snapshot={snapshot}",
        f"--file={target}",
    ]
    await _run(find_program("pg_dump", server_major), arguments, dsn)


async def restore(dsn: str, server_major: int, source: Path) -> None:
    """Fills an empty database, all or nothing. Raises `BackupFailed`.

    Through psql: pg_restore itself asks a server for settings that one older than itself does not know.
    """
    program = find_program("pg_restore", server_major)
    contents = source.with_suffix(".contents")
    listed = await _run(program, ["--list", str(source)])
    # The schema public is already there, and its privileges are its owner's to give.
    contents.write_text("".join(line for line in listed.splitlines(True) if not _SCHEMA.search(line)))
    written = [*_AS_OWNER, "--no-owner", f"--use-list={contents}", "--file=-", str(source)]
    psql = str(Path(program).with_name("psql"))
    async with (
        _started(program, written, stdout=PIPE) as script,
        _started(psql, _IN_ONE_TRANSACTION, dsn, stdin=PIPE) as database,
    ):
        if await _pass_on(script, database):
            # If it failed, psql is killed, which undoes all: the end of its input would be a commit.
            await _end(script)
        await _end(database)


async def contents(source: Path, server_major: int) -> str:
    """The table of contents of a dump. Raises `BackupFailed` when it cannot be read."""
    return await _run(find_program("pg_restore", server_major), ["--list", str(source)])


_IN_ONE_TRANSACTION = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-")
_OF_NEWER_SERVERS = b"SET transaction_timeout"
_LAST_SETTING = b"SET row_security"
_SCHEMA = re.compile(r" (SCHEMA|ACL|COMMENT) - (SCHEMA )?public ")


def find_program(name: str, server_major: int) -> str:
    """A program at least as new as the server; raises `BackupFailed` saying what to install."""
    if server_major <= MAJOR_VERSION:
        try:
            return find_installation(None).program(name)
        except EmbeddedPostgresUnusable:
            pass  # The machine's own will do.
    candidates = sorted(DEBIAN_PROGRAMS.glob(f"*/bin/{name}"), key=_major_of_path, reverse=True)
    for candidate in candidates:
        if _major_of_path(candidate) >= server_major:
            return str(candidate)
    found = shutil.which(name)
    if found is not None and not candidates:
        return found
    raise BackupFailed(
        f"{name} of PostgreSQL {server_major} or newer is needed. Install it: "
        f"apt-get install postgresql-client-{server_major}"
    )


def _major_of_path(path: Path) -> int:
    version = path.parts[-3]
    return int(version) if version.isdigit() else 0


async def _pass_on(script: Process, database: Process) -> bool:
    """All of it, but for the settings at its head that older servers do not have. False: psql hung up."""
    assert script.stdout is not None
    assert database.stdin is not None
    try:
        async for line in script.stdout:
            if not line.startswith(_OF_NEWER_SERVERS):
                database.stdin.write(line)
            if line.startswith(_LAST_SETTING):
                break
        while block := await script.stdout.read(BLOCK_BYTES):
            database.stdin.write(block)
            await database.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


async def _run(program: str, arguments: Sequence[str], dsn: str | None = None) -> str:
    """What it printed. Raises `BackupFailed`."""
    async with _started(program, arguments, dsn, stdout=PIPE) as process:
        return await _end(process)


async def _end(process: Process) -> str:
    """The rest of what it prints; it is given no more. Raises `BackupFailed` with what it complains of."""
    if process.stdin is not None:
        process.stdin.close()
    output, said = await process.communicate()
    if process.returncode != 0:
        text = said.decode(errors="replace").strip()[-SAID_CHARS_MAX:]
        raise BackupFailed(f"A program of PostgreSQL failed: {text}")
    return (output or b"").decode(errors="replace")


@asynccontextmanager
async def _started(
    program: str,
    arguments: Sequence[str],
    dsn: str | None = None,
    *,
    stdin: int = DEVNULL,
    stdout: int = DEVNULL,
) -> AsyncIterator[Process]:
    """A program of PostgreSQL, killed where it is left before its end."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    target = []
    if dsn is not None:
        if not is_embedded(dsn):  # certificates and passwords for a database elsewhere
            environment |= {name: value for name, value in os.environ.items() if name.startswith("PG")}
        url, password = without_password(dsn)
        target = [f"--dbname={url}"]
        if password is not None:
            environment["PGPASSWORD"] = password
    process = await asyncio.create_subprocess_exec(
        program, *target, *arguments, env=environment, stdin=stdin, stdout=stdout, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def without_password(dsn: str) -> tuple[str, str | None]:
    """The URL without its password, which others on the machine could see among a process's arguments."""
    parts = urlsplit(dsn)
    if parts.password is None:
        return dsn, None
    user_info, _, place = parts.netloc.rpartition("@")
    user = user_info.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@{place}")), unquote(parts.password)
