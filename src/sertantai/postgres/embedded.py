"""The embedded PostgreSQL: started with the program, started again when it dies, stopped cleanly."""

import asyncio
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

import asyncpg
import msgspec

from sertantai.core.errors import Unavailable
from sertantai.postgres import cluster, logins_sql, sql
from sertantai.postgres.installation import EmbeddedPostgresUnusable
from sertantai.postgres.leftovers import clear_leftovers
from sertantai.process import logs
from sertantai.process.data_directory import DataDirectory
from sertantai.process.ending import end

log = logs.logger(__name__)

# Crash recovery reads at most max_wal_size and takes seconds; this only ends a wait that is hopeless.
READY_TIMEOUT_S = 120.0
FAST_STOP_TIMEOUT_S = 10.0
IMMEDIATE_STOP_TIMEOUT_S = 5.0
BOOTSTRAP_TIMEOUT_S = 10.0
RESTART_PAUSE_S_MIN, RESTART_PAUSE_S_MAX = 0.05, 5.0
STEADY_AFTER_S = 30.0
LOG_TAIL_LINES = 20

State: TypeAlias = Literal["stopped", "starting", "running", "restarting"]

SETTINGS = {
    "listen_addresses": "",
    "port": str(cluster.PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    # Statements and DETAIL hold people's values; they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "idle_in_transaction_session_timeout": "5min",
}
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
# For test servers that nobody will miss.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

_READY = "database system is ready to accept connections"
_LOG_LINE = re.compile(r"(?P<level>DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC):  (?P<text>.*)")
_A_CLIENT_WENT = re.compile("connection to client lost")
"""FATAL to that one connection, and it was ours that went: whoever asked has heard of it already."""
_A_REFUSAL = re.compile(r"(UPDATE|DELETE|TRUNCATE) on \w+ is refused: its rows are kept")
_LOG_METHODS = {"WARNING": "warning", "ERROR": "warning", "FATAL": "warning", "PANIC": "error"}


def spoken(line: str) -> tuple[str, str]:
    """How loud a line of PostgreSQL's log is in ours (a method of the logger), and what it says."""
    match = _LOG_LINE.match(line)
    if match is None or _A_CLIENT_WENT.search(line):
        return "debug", line if match is None else match["text"]
    return _LOG_METHODS.get(match["level"], "debug"), match["text"]


class EmbeddedStatus(msgspec.Struct, frozen=True):
    state: State
    pid: int | None
    restarts: int
    last_error: str | None


class EmbeddedPostgres:
    """One PostgreSQL server as a child process, reachable through a Unix socket only its user can use.

    The data directory must be locked by the caller, who alone may run a server on it. ``dsn`` stays the same
    through restarts; it logs in as an ordinary user, subject to row level security, who cannot become the
    owner of the tables; `migrating` says who can. ``superuser_dsn`` makes the two, and is for tests.
    """

    def __init__(
        self,
        directory: DataDirectory,
        *,
        durable: bool = True,
        on_protection: Callable[[str], None] | None = None,
    ) -> None:
        """``on_protection`` is told when it refuses to change rows that are kept for ever, whoever tried."""
        self._directory = directory
        self._on_protection = on_protection
        self._cluster = cluster.Cluster(directory.path)
        self._durable = durable
        self._process: asyncio.subprocess.Process | None = None
        self._log_reader: asyncio.Task[None] | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._socket_dir: Path | None = None
        self._log_tail: list[str] = []
        self._state: State = "stopped"
        self._restarts = 0
        self._last_error: str | None = None

    @property
    def dsn(self) -> str:
        return cluster.dsn(self._require_socket_dir())

    @property
    def superuser_dsn(self) -> str:
        return cluster.dsn(self._require_socket_dir(), user=cluster.SUPERUSER, database="postgres")

    @property
    def status(self) -> EmbeddedStatus:
        pid = self._process.pid if self._process and self._process.returncode is None else None
        return EmbeddedStatus(self._state, pid, self._restarts, self._last_error)

    async def start(self) -> None:
        """Returns when connections are accepted; raises `EmbeddedPostgresUnusable` or `Unavailable`."""
        if self._supervisor is not None:
            return
        if not self._directory.locked:
            raise EmbeddedPostgresUnusable("The data directory must be locked before its PostgreSQL starts.")
        self._state = "starting"
        try:
            await self._launch()
        except BaseException as error:
            self._state, self._last_error = "stopped", str(error)
            await self._end_process()
            raise
        self._state = "running"
        self._supervisor = asyncio.create_task(self._supervise(), name="embedded postgres supervisor")

    async def stop(self) -> None:
        """A fast shutdown: open transactions are rolled back, what is committed is written out. Bounded."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            await end(supervisor)
        await self._end_process()
        self._state = "stopped"

    async def _supervise(self) -> None:
        pause_s = RESTART_PAUSE_S_MIN
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            if self._process is not None:
                code = await self._process.wait()
                self._last_error = f"PostgreSQL ended by itself (exit {code})"
                log.error("PostgreSQL ended by itself; starting it again", exit_code=code)
            self._state = "restarting"
            if loop.time() - started >= STEADY_AFTER_S:
                pause_s = RESTART_PAUSE_S_MIN
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RESTART_PAUSE_S_MAX)
            try:
                await self._end_process()
                await self._launch()
            except Exception as error:  # noqa: BLE001  # whatever it is, a supervisor goes on trying
                self._last_error = str(error)
                log.error("PostgreSQL could not be started", error=str(error), next_try_s=pause_s)  # noqa: TRY400  # expected while, say, the disk is full
                await self._end_process()
            else:
                self._restarts += 1
                self._state = "running"
                log.info("PostgreSQL runs again", restarts=self._restarts)

    async def _launch(self) -> None:
        installation = self._cluster.installation()
        await clear_leftovers(self._cluster.home)
        self._socket_dir = await self._cluster.prepare(installation, durable=self._durable)
        settings = SETTINGS | (DURABLE if self._durable else NOT_DURABLE)
        settings["unix_socket_directories"] = str(self._socket_dir)
        arguments = ["-D", str(self._cluster.data)]
        arguments += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = await asyncio.create_subprocess_exec(
            *installation.command("postgres", arguments, reaches=self._cluster.home),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd="/",
            env=cluster.ENVIRONMENT,
            # A Ctrl+C in the terminal is for us; PostgreSQL is stopped after the last change is written.
            start_new_session=True,
        )
        await self._wait_until_ready(self._process)
        await self._bootstrap()

    async def _wait_until_ready(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        ready = asyncio.Event()
        self._log_tail = []
        self._log_reader = asyncio.create_task(
            self._read_log(process.stderr, ready), name="embedded postgres log"
        )
        waiting = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait(
                (waiting, self._log_reader), timeout=READY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waiting.cancel()
        if not ready.is_set():
            said = "\n".join(self._log_tail)
            raise Unavailable(f"PostgreSQL did not start on {self._cluster.data}:\n{said}")

    async def _read_log(self, stream: asyncio.StreamReader, ready: asyncio.Event) -> None:
        """Passes PostgreSQL's log on to ours, until the last of its processes has ended."""
        while line := await _next_line(stream):
            text = line.decode(errors="replace").rstrip()
            self._log_tail = [*self._log_tail[1 - LOG_TAIL_LINES :], text]
            if _READY in text:
                ready.set()
            method, said = spoken(text)
            if self._on_protection is not None and _A_REFUSAL.match(said):
                self._on_protection(said)
            getattr(log, method)("postgres", said=said)

    async def _bootstrap(self) -> None:
        """Makes both logins and the database; finds them made on every start but the first."""
        connection = await asyncpg.connect(self.superuser_dsn, timeout=BOOTSTRAP_TIMEOUT_S)
        try:
            await connection.execute(logins_sql.TWO_LOGINS)
            if not await connection.fetchval(sql.DATABASE_EXISTS):
                await connection.execute(sql.CREATE_DATABASE)
        finally:
            await connection.close(timeout=BOOTSTRAP_TIMEOUT_S)

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            for signal_number, patience_s in (
                (signal.SIGINT, FAST_STOP_TIMEOUT_S),
                (signal.SIGQUIT, IMMEDIATE_STOP_TIMEOUT_S),
                (signal.SIGKILL, IMMEDIATE_STOP_TIMEOUT_S),
            ):
                if await _ended(process, signal_number, patience_s):
                    break
        reader, self._log_reader = self._log_reader, None
        if reader is not None:
            await end(reader)

    def _require_socket_dir(self) -> Path:
        if self._socket_dir is None:
            raise Unavailable("The embedded PostgreSQL has not been started.")
        return self._socket_dir


async def _next_line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than the reader's limit, and dropped by it
        return b"(a line too long to show)\n"


async def _ended(
    process: asyncio.subprocess.Process, signal_number: signal.Signals, patience_s: float
) -> bool:
    if process.returncode is not None:
        return True
    try:
        process.send_signal(signal_number)
        async with asyncio.timeout(patience_s):
            await process.wait()
    except ProcessLookupError:
        return True
    except TimeoutError:
        log.warning("PostgreSQL does not stop", signal=signal_number, waited_s=patience_s)
        return False
    return True
