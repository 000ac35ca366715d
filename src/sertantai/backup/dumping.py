"""pg_dump and pg_restore: the embedded PostgreSQL's, or the machine's own where the server is newer."""

import asyncio
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from sertantai.backup.manifest import BackupFailed
from sertantai.postgres import Role
from sertantai.postgres.cluster import is_embedded
from sertantai.postgres.installation import MAJOR_VERSION, EmbeddedPostgresUnusable, find_installation

SAID_CHARS_MAX = 2_000
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
    """Fills an empty database, all or nothing. Raises `BackupFailed`."""
    program = find_program("pg_restore", server_major)
    contents = source.with_suffix(".contents")
    listed = await _run(program, ["--list", str(source)])
    # The schema public is already there, and its privileges are its owner's to give.
    contents.write_text("".join(line for line in listed.splitlines(True) if not _SCHEMA.search(line)))
    arguments = [*_AS_OWNER, "--no-owner", "--single-transaction", "--exit-on-error"]
    await _run(program, [*arguments, f"--use-list={contents}", str(source)], dsn, into="--dbname")


async def contents(source: Path, server_major: int) -> str:
    """The table of contents of a dump. Raises `BackupFailed` when it cannot be read."""
    return await _run(find_program("pg_restore", server_major), ["--list", str(source)])


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


async def _run(
    program: str, arguments: Sequence[str], dsn: str | None = None, *, into: str = "--dbname"
) -> str:
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    target = []
    if dsn is not None:
        if not is_embedded(dsn):  # certificates and passwords for a database elsewhere
            environment |= {name: value for name, value in os.environ.items() if name.startswith("PG")}
        url, password = without_password(dsn)
        target = [f"{into}={url}"]
        if password is not None:
            environment["PGPASSWORD"] = password
    process = await asyncio.create_subprocess_exec(
        program,
        *target,
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        text = said.decode(errors="replace").strip()[-SAID_CHARS_MAX:]
        raise BackupFailed(f"{Path(program).name} failed: {text}")
    return output.decode(errors="replace")


def without_password(dsn: str) -> tuple[str, str | None]:
    """The URL without its password, which others on the machine could see among a process's arguments."""
    parts = urlsplit(dsn)
    if parts.password is None:
        return dsn, None
    user_info, _, place = parts.netloc.rpartition("@")
    user = user_info.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@{place}")), unquote(parts.password)
