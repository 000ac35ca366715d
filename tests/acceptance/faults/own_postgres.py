"""A PostgreSQL of the operator's own, which nobody but the test starts again."""

import asyncio
import os
import signal
import subprocess
import threading
from pathlib import Path

import asyncpg

from sertantai.postgres.cluster import ENVIRONMENT, dsn
from sertantai.postgres.installation import Installation, find_installation
from sertantai.postgres.leftovers import processes_below
from tests.fixtures.postgres import CREATE_LOGIN, DEBIAN_BIN, as_of_ones_own

DATABASE = "laws"
CONNECTIONS_MAX = 40
STOP_S_MAX = 120.0
SETTINGS = {"listen_addresses": "", "max_connections": str(CONNECTIONS_MAX)}


class OwnPostgres:
    """Debian's PostgreSQL in ``home``, durable as it comes. Dies with the test that made it."""

    def __init__(self, home: Path) -> None:
        if not (DEBIAN_BIN / "postgres").exists():
            raise AssertionError(
                "Debian's PostgreSQL 15 is missing. Install it: apt-get install postgresql-15"
            )
        self.home = home
        self.socket = home / ".s.PGSQL.5432"
        self.superuser_dsn = as_of_ones_own(dsn(home, user="postgres", database=DATABASE))
        self._installation = Installation(bin=DEBIAN_BIN, account=find_installation(None).account)
        self._process: subprocess.Popen[str] | None = None

    async def make(self) -> None:
        account = self._installation.account
        os.chown(self.home, account.uid, account.gid)
        options = ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"]
        await asyncio.to_thread(self._run, "initdb", *options)
        await self.start()
        connection = await asyncpg.connect(dsn(self.home, user="postgres", database="postgres"))
        await connection.execute(CREATE_LOGIN)
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER sertantai")
        await connection.close()

    async def start(self) -> None:
        """Returns when it accepts connections."""
        ready = threading.Event()
        settings = {**SETTINGS, "unix_socket_directories": str(self.home)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self._command("postgres", *arguments)
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd="/", env=ENVIRONMENT)
        threading.Thread(target=_listen, args=(self._process, ready), daemon=True).start()
        if not await asyncio.to_thread(ready.wait, STOP_S_MAX):
            raise AssertionError("PostgreSQL did not start")

    async def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it in order, SIGQUIT at once; SIGKILL takes its children with it."""
        process, self._process = self._process, None
        if process is None:
            return
        if how is signal.SIGKILL:
            self.signal(how)
        else:
            process.send_signal(how)
        await asyncio.to_thread(process.wait, STOP_S_MAX)

    def signal(self, number: signal.Signals) -> None:
        """Send it to every process of this PostgreSQL."""
        for pid in processes_below(self.home):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def _command(self, program: str, *arguments: str) -> list[str]:
        data = ["-D", str(self.home / "data")]
        return self._installation.command(program, [*data, *arguments], reaches=self.home)

    def _run(self, program: str, *arguments: str) -> None:
        command = self._command(program, *arguments)
        subprocess.run(command, check=True, capture_output=True, cwd="/", env=ENVIRONMENT)


def _listen(process: subprocess.Popen[str], ready: threading.Event) -> None:
    """Read its log to the end, so that it never waits for a reader."""
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            if "ready to accept connections" in line:
                ready.set()
