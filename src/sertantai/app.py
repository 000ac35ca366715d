"""The composition root: builds everything, starts it in order, stops it in the opposite order."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.middleware import DefineMiddleware

from sertantai import routes, telemetry
from sertantai.accounts.authentication import Authentication
from sertantai.accounts.service import Accounts
from sertantai.audit.partitions import AuditPartitions
from sertantai.core.clock import Clock, SystemClock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.security_events import NoSecurityEvents
from sertantai.data_directory import DataDirectory
from sertantai.journal.sqlite import SqliteJournal
from sertantai.postgres import Database
from sertantai.postgres.embedded import EmbeddedPostgres
from sertantai.postgres.migrations import migrate
from sertantai.records.importing import import_starter
from sertantai.records.register import Register
from sertantai.selections.actions import Actions
from sertantai.selections.bounds import Bounds
from sertantai.selections.engine import Engine
from sertantai.selections.groups import Groups
from sertantai.selections.postgres_store import PostgresStore
from sertantai.selections.services import STATE_KEY, Services
from sertantai.settings import Settings
from sertantai.web.application import web_application
from sertantai.web.secret_file import secret_in

log = telemetry.logger(__name__)

JOURNAL_FILE = "journal.sqlite"
MIGRATE_PAUSE_S = 2.0
LOCK_WAIT_S = 10.0
PAGE_SECRET_FILE = "page-secret"


class Application:
    """Everything that runs in one server. Use it with ``async with``; `web` is its ASGI application."""

    def __init__(self, settings: Settings, *, durable: bool = True) -> None:
        self.settings = settings
        self.clock: Clock = SystemClock()
        self.directory = DataDirectory(settings.data_path)
        self.embedded = (
            EmbeddedPostgres(self.directory, durable=durable) if not settings.database_url else None
        )
        self.journal = SqliteJournal(settings.data_path / JOURNAL_FILE, sync=durable)
        self._stack = AsyncExitStack()
        self.database: Database
        self.engine: Engine
        self.register: Register
        self.accounts: Accounts
        self.services: Services

    async def __aenter__(self) -> "Application":
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self._stack.callback(self.directory.unlock)
        await self.directory.lock_within(LOCK_WAIT_S)
        dsn = await self._start_database()
        self.database = await self._running(self._new_database(dsn))
        ready = await self._prepare_schema(dsn)
        self.register = await self._running(Register(self.database, self.settings.data_path))
        self.accounts = await self._running(
            Accounts(self.database, self.settings, self.clock, NoSecurityEvents())
        )
        self.engine = Engine(self.journal, PostgresStore(self.database), self.clock, Bounds.of(self.settings))
        self._stack.push_async_callback(self.engine.stop, self.settings.shutdown_s_max)
        await self.engine.start()
        self.accounts.on_sign_out.append(self.engine.release)
        await self._running(AuditPartitions(self.database, self.settings))
        self.services = Services(
            self.engine,
            self.register,
            Actions(self.engine, self.register, self.clock),
            Groups(self.engine, self.clock),
            self.clock,
        )
        if not ready:
            self._in_background(self._heal_schema(dsn))

    def _new_database(self, dsn: str) -> Database:
        return Database(
            dsn,
            pool_size_max=self.settings.database_pool_size_max,
            connect_timeout_s=self.settings.database_connect_timeout_s,
            command_timeout_s=self.settings.database_command_timeout_s,
        )

    async def _start_database(self) -> str:
        if self.embedded is None:
            assert self.settings.database_url is not None
            return self.settings.database_url
        await self._running(self.embedded)
        return self.embedded.dsn

    async def _prepare_schema(self, dsn: str) -> bool:
        """Migrate and fill an empty register. False when the database is away but we know its journal."""
        try:
            await migrate(dsn)
            await import_starter(self.database)
        except DatabaseUnavailable as error:
            if not (self.settings.data_path / JOURNAL_FILE).exists():
                raise DatabaseUnavailable(
                    f"{error.message} Check --database-url and that PostgreSQL runs and lets this user in; "
                    "without --database-url an embedded PostgreSQL is used."
                ) from error
            log.warning("the database is away; starting with what the journal holds", reason=error.message)
            return False
        return True

    async def _heal_schema(self, dsn: str) -> None:
        while True:
            await asyncio.sleep(MIGRATE_PAUSE_S)
            try:
                await migrate(dsn)
                await import_starter(self.database)
            except DatabaseUnavailable:
                continue
            return

    async def _running(self, service: Any) -> Any:
        """Start a service and see to it that it is stopped."""
        self._stack.push_async_callback(service.stop)
        await service.start()
        return service

    def _in_background(self, work: Any) -> None:
        task = asyncio.create_task(work)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)

    def web(self) -> Litestar:
        return web_application(
            routes.ALL,
            self.settings,
            secret=secret_in(self.settings.data_path / PAGE_SECRET_FILE),
            authentication=[DefineMiddleware(Authentication)],
            probes=routes.probes(self.engine, self.database),
            page_context=routes.page_context(self.engine),
            observe=routes.observe,
            clock=self.clock,
            state={"accounts": self.accounts, "database": self.database, STATE_KEY: self.services},
        )


@asynccontextmanager
async def running(settings: Settings, *, durable: bool = True) -> AsyncIterator[Application]:
    async with Application(settings, durable=durable) as application:
        yield application


class _Server(uvicorn.Server):
    """uvicorn, telling when it is ready and leaving the signals to us."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[str], Awaitable[None] | None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    async def serve(self, sockets: Any = None) -> None:
        """Like uvicorn's, without raising the signal again after a graceful stop: that exits with 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        await self._serve(sockets)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in flight, sync, and return."""
    telemetry.configure_logs(settings.log_level, settings.log_format)
    async with running(settings) as application:
        config = uvicorn.Config(
            application.web(),
            host=settings.host,
            port=settings.port,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=True,
            backlog=2048,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=int(settings.shutdown_s_max),
        )
        await _Server(config, _say_ready).serve()


def _say_ready(url: str) -> None:
    sys.stdout.write(f"Sertantai is ready on {url}\n")
    sys.stdout.flush()
