"""The embedded PostgreSQL is reached whatever is set for another one: variables, services, passwords."""

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.forked import run_forked
from tests.fixtures.postgres import short_directory
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import COMMAND, COMMAND_S_MAX, ServerProcess, environment_of

VARIABLES = re.findall(
    r"\w+",
    """
PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGREQUIREAUTH PGCHANNELBINDING PGSERVICE
PGSERVICEFILE PGOPTIONS PGAPPNAME PGSSLMODE PGSSLNEGOTIATION PGREQUIRESSL PGSSLCOMPRESSION PGSSLCERT PGSSLKEY
PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR PGSSLSNI PGREQUIREPEER PGSSLMINPROTOCOLVERSION
PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGKRBSRVNAME PGGSSLIB PGGSSDELEGATION PGCONNECT_TIMEOUT PGCLIENTENCODING
PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGMINPROTOCOLVERSION PGMAXPROTOCOLVERSION PGDATESTYLE PGTZ PGGEQO
PGSYSCONFDIR PGLOCALEDIR PGDATA PGCTLTIMEOUT PG_COLOR
""",
)
"""https://www.postgresql.org/docs/current/libpq-envars.html, and the server's own."""
OTHERS = {
    **dict.fromkeys(VARIABLES, "nonsense"),
    "PGPORT": "5433",
    "PGSSLMODE": "verify-full",
    "PGTARGETSESSIONATTRS": "read-only",
    "PGSERVICE": "elsewhere",
}


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """All variables at once, and files that name another PostgreSQL at the places where clients look."""
    service, passwords = tmp_path / ".pg_service.conf", tmp_path / ".pgpass"
    service.write_text("[elsewhere]\nhost=192.0.2.1\nport=5433\nuser=somebody\nsslmode=verify-full\n")
    passwords.write_text("*:*:*:*:another password\n")  # with a mode that clients warn of
    passwords.chmod(0o644)
    files = {"PGSERVICEFILE": str(service), "PGPASSFILE": str(passwords), "HOME": str(tmp_path)}
    return {**OTHERS, **files}


def call(surroundings: dict[str, str], data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_forked(
        [COMMAND, *arguments],
        environment_of({**surroundings, "SERTANTAI_DATA_DIR": str(data)}),
        stdin="a long pass phrase 9\n",
        seconds_max=COMMAND_S_MAX,
    )


def test_no_command_that_starts_it_looks_at_them(surroundings: dict[str, str]) -> None:
    with short_directory(on_disk=True) as home:  # the doctor wants it so
        copy_prepared(home / "data")  # one is made and migrated by a restore
        for command in (
            "users create somebody@example.org",
            "audit verify",
            f"backup create {home}/a.backup",
            f"backup verify {home}/a.backup --restore",
            f"backup restore {home}/a.backup --force",
            "sync flush",
            "doctor",
        ):
            done = call(surroundings, home / "data", *command.split())
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            assert "password file" not in done.stderr, command
        assert "somebody@example.org" in call(surroundings, home / "data", "users", "list").stdout


async def test_nor_does_the_server_or_a_command_beside_it(surroundings: dict[str, str]) -> None:
    with short_directory() as home:
        server = ServerProcess(copy_prepared(home / "data"), surroundings)  # made in them above
        try:
            await server.start_async()
            async with await server.register() as person:
                record = (await person.records(limit=1))[0]["id"]
                await person.select(record)
            flushed = await asyncio.to_thread(server.command, "sync", "flush")
            assert flushed.returncode == 0, flushed.stderr
        finally:
            server.sweep()
