"""The embedded server under what happens to servers: kills, leftovers, deep paths, a second holder."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from sertantai.core.errors import DatabaseUnavailable, Unavailable
from sertantai.postgres import Database, Role
from sertantai.postgres.cluster import Cluster
from sertantai.postgres.embedded import EmbeddedPostgres, spoken
from sertantai.postgres.installation import EmbeddedPostgresUnusable
from sertantai.postgres.leftovers import processes_below
from sertantai.postgres.logins import migrating
from sertantai.postgres.migrations import migrate
from sertantai.postgres.running import find_running, postgres_for_command
from sertantai.process.data_directory import DataDirectory, DataDirectoryBusy
from tests.fixtures.postgres import make_embedded, short_directory
from tests.fixtures.prepared import copy_made_once

RECOVERED_S_MAX = 60.0

# A server process that says "ready" and waits to be killed.
HOLD = """
import asyncio, sys
from pathlib import Path
from sertantai.process.data_directory import DataDirectory
from sertantai.postgres.embedded import EmbeddedPostgres, spoken

async def hold():
    directory = DataDirectory(Path(sys.argv[1]))
    directory.lock()
    await EmbeddedPostgres(directory, durable=False).start()
    print("ready", flush=True)
    await asyncio.sleep(600)

asyncio.run(hold())
"""


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """Where nothing is yet, and nobody else may pass through, as in /root."""
    with short_directory() as path:
        path.chmod(0o700)
        yield path / "data"


@pytest.fixture
def data_dir(new_dir: Path) -> Path:
    """With files of PostgreSQL's that were made before; most tests are about what happens to a server."""
    return copy_made_once("embedded", make_embedded, new_dir)


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    with DataDirectory(data_dir) as directory:
        server = EmbeddedPostgres(directory, durable=False)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=60)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def until_restarted(server: EmbeddedPostgres, restarts: int) -> None:
    await until(lambda: server.status.restarts >= restarts and server.status.state == "running")


async def until(holds: Callable[[], bool]) -> None:
    """The supervisor has no event to await: its state is what operators see."""
    async with asyncio.timeout(RECOVERED_S_MAX):
        while not holds():  # noqa: ASYNC110  # see above
            await asyncio.sleep(0.02)


async def test_it_starts_stops_and_keeps_what_was_written(new_dir: Path) -> None:
    async with running(new_dir) as server:
        assert server.status.state == "running"
        await ask(migrating(server.dsn), "CREATE TABLE kept AS SELECT 1 AS one")
    assert processes_below(new_dir) == []
    async with running(new_dir) as server:
        assert await ask(migrating(server.dsn), "SELECT one FROM kept") == 1


async def test_its_login_is_an_ordinary_user_and_its_settings_are_safe(data_dir: Path) -> None:
    with DataDirectory(data_dir) as directory:
        server = EmbeddedPostgres(directory)
        await server.start()
        try:
            assert await ask(server.dsn, "SHOW is_superuser") == "off"
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert await ask(server.dsn, f"SHOW {setting}") == "on"
            assert await ask(server.dsn, "SHOW listen_addresses") == ""
            assert await ask(server.dsn, "SHOW server_encoding") == "UTF8"
        finally:
            await server.stop()


async def test_nobody_else_can_reach_its_socket_or_files(new_dir: Path) -> None:
    async with running(new_dir):
        for name in ("postgres", "postgres/socket", "postgres/data"):
            assert (new_dir / name).stat().st_mode & 0o077 == 0


async def test_a_killed_postmaster_is_started_again_and_the_pool_recovers(data_dir: Path) -> None:
    async with running(data_dir) as server:
        await migrate(server.dsn)
        database = Database(server.dsn, pool_size_max=2, connect_timeout_s=60, command_timeout_s=60)
        await database.start()
        for restarts in (1, 2):
            pid = server.status.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await until_restarted(server, restarts)
            async with asyncio.timeout(RECOVERED_S_MAX):
                await recovered(database)
        await database.stop()
        assert "exit -9" in (server.status.last_error or "")


async def test_a_paused_server_is_said_to_be_away_in_bounded_time_and_comes_back(data_dir: Path) -> None:
    async with running(data_dir) as server:
        await migrate(server.dsn)
        database = Database(server.dsn, pool_size_max=2, connect_timeout_s=1, command_timeout_s=1)
        await database.start(require=False)
        await recovered(database)
        try:
            # In the middle of a transaction, then with connections the pool has, then with new ones.
            for ask_it in (pause_and_ask, ping, ping, ping):
                async with asyncio.timeout(RECOVERED_S_MAX):
                    with pytest.raises(DatabaseUnavailable):
                        await ask_it(database, data_dir)
        finally:
            signal_all(data_dir, signal.SIGCONT)
        async with asyncio.timeout(RECOVERED_S_MAX):
            await recovered(database)
        await database.stop()


async def pause_and_ask(database: Database, data_dir: Path) -> None:
    async with database.transaction(Role.APP) as connection:
        signal_all(data_dir, signal.SIGSTOP)
        await connection.fetchval("SELECT 1")


async def ping(database: Database, data_dir: Path) -> None:
    await database.ping()


def signal_all(data_dir: Path, signal_number: signal.Signals) -> None:
    for pid in processes_below(data_dir):
        os.kill(pid, signal_number)


async def recovered(database: Database) -> None:
    """Connections of the dead server fail once each."""
    while True:
        try:
            return await database.ping()
        except DatabaseUnavailable:
            await asyncio.sleep(0.02)


async def test_a_postmaster_that_cannot_start_is_tried_again_until_it_can(data_dir: Path) -> None:
    async with running(data_dir) as server:
        version = data_dir / "postgres" / "data" / "PG_VERSION"
        version.write_text("9\n")
        pid = server.status.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: "made by PostgreSQL 9" in (server.status.last_error or ""))
        assert server.status.state == "restarting"
        version.write_text("18\n")
        await until_restarted(server, 1)


async def test_a_stopped_postmaster_does_not_hold_up_the_end(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sertantai.postgres.embedded.FAST_STOP_TIMEOUT_S", 0.2)
    monkeypatch.setattr("sertantai.postgres.embedded.IMMEDIATE_STOP_TIMEOUT_S", 0.2)
    async with running(data_dir) as server:
        pid = server.status.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
    assert pid not in processes_below(data_dir)
    async with running(data_dir) as server:
        assert await ask(server.dsn, "SELECT 1") == 1


async def test_stale_pid_file_and_socket_are_survived(data_dir: Path) -> None:
    async with running(data_dir):
        pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
        lines = pid_file.read_text()
        owner = pid_file.stat()
    # The number in it now belongs to another process of the same user, as happens in containers.
    other = subprocess.Popen(["sleep", "60"], user=owner.st_uid)
    try:
        pid_file.write_text("\n".join([str(other.pid), *lines.splitlines()[1:]]) + "\n")
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        socket = data_dir / "postgres" / "socket" / ".s.PGSQL.5432"
        socket.touch()
        socket.with_name(f"{socket.name}.lock").write_text(f"{other.pid}\n")
        async with running(data_dir) as server:
            assert await ask(server.dsn, "SELECT 1") == 1
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("with_death_signal", [True, False])
async def test_after_a_kill_of_our_process_the_next_one_takes_over(
    data_dir: Path, with_death_signal: bool
) -> None:
    holder = held(data_dir)
    try:
        postmaster = int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        if not with_death_signal:
            # It sleeps through the signal that its parent's death sends, and goes on as an orphan.
            os.kill(postmaster, signal.SIGSTOP)
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()
    if not with_death_signal:
        assert postmaster in processes_below(data_dir)
        asyncio.get_running_loop().call_later(0.3, os.kill, postmaster, signal.SIGCONT)
    async with running(data_dir) as server:
        assert await ask(server.dsn, "SELECT 1") == 1
        assert server.status.pid != postmaster


def held(data_dir: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLD, str(data_dir)]
    holder = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "src"}
    )
    assert holder.stdout is not None
    for line in holder.stdout:
        if line == "ready\n":
            return holder
    pytest.fail("the server did not start")


async def test_a_half_made_cluster_is_made_anew(new_dir: Path) -> None:
    unfinished = new_dir / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    async with running(new_dir) as server:
        assert await ask(server.dsn, "SELECT 1") == 1
        assert (new_dir / "postgres").stat().st_mode & 0o077 == 0
    assert not unfinished.exists()


async def test_a_path_too_deep_for_a_socket_gets_one_elsewhere(new_dir: Path) -> None:
    deep = new_dir / ("d" * 60) / ("e" * 60)
    async with running(deep) as server:
        assert await ask(server.dsn, "SELECT 1") == 1
        found = find_running(deep)
        assert found == server.dsn
        socket_dir = Cluster(deep).running_socket_dir()
        assert socket_dir is not None
        assert socket_dir.stat().st_mode & 0o077 == 0
    socket_dir.rmdir()


async def test_files_of_another_version_are_refused_with_what_to_do(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    (data_dir / "postgres" / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresUnusable, match="Back it up"):
        async with running(data_dir):
            pass


async def test_a_start_that_fails_says_what_postgresql_said(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    (data_dir / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(Unavailable, match="no_such_setting"):
        async with running(data_dir):
            pass
    assert processes_below(data_dir) == []


async def test_it_refuses_to_run_without_the_lock(new_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresUnusable, match="locked"):
        await EmbeddedPostgres(DataDirectory(new_dir)).start()


async def test_a_command_uses_the_running_server(data_dir: Path) -> None:
    async with running(data_dir) as server, postgres_for_command(data_dir) as dsn:
        assert dsn == server.dsn
        pid = server.status.pid
    assert pid is not None


async def test_a_command_without_a_server_brings_its_own_for_as_long_as_it_takes(new_dir: Path) -> None:
    async with postgres_for_command(new_dir, may_make=True) as dsn:
        assert await ask(dsn, "SELECT 1") == 1
        with pytest.raises(DataDirectoryBusy):
            DataDirectory(new_dir).lock()
    assert processes_below(new_dir) == []
    DataDirectory(new_dir).lock()


async def test_two_commands_take_turns(new_dir: Path) -> None:
    order: list[str] = []

    async def command(name: str) -> None:
        async with postgres_for_command(new_dir, may_make=True) as dsn:
            order.append(name)
            await ask(dsn, "SELECT 1")
            order.append(name)

    await asyncio.gather(command("a"), command("b"))
    assert order in (["a", "a", "b", "b"], ["b", "b", "a", "a"])


async def test_a_given_database_needs_no_data_directory(new_dir: Path) -> None:
    async with postgres_for_command(new_dir, "postgresql://elsewhere/db") as dsn:
        assert dsn == "postgresql://elsewhere/db"
    assert not new_dir.exists()


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        (
            "FATAL:  the database system is in recovery mode",
            ("warning", "the database system is in recovery mode"),
        ),
        ("PANIC:  could not write to file", ("error", "could not write to file")),
        ("FATAL:  connection to client lost", ("debug", "connection to client lost")),
        ("LOG:  checkpoint starting", ("debug", "checkpoint starting")),
        ("\tat a line of its own", ("debug", "\tat a line of its own")),
    ],
)
def test_what_postgresql_says_is_as_loud_as_it_concerns_somebody(line: str, heard: tuple[str, str]) -> None:
    """A command that ends while a question of its is under way says nothing of that to whoever called it."""
    assert spoken(line) == heard
