"""Everything behind the web: built in one place, started in order, stopped in the opposite order.

The server puts accounts and pages in front of it, the library only a small face.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from sertantai.audit.effects import Effects
from sertantai.audit.guarding.database_rules import DatabaseRules
from sertantai.audit.guarding.last_sealed import SealedHistories
from sertantai.audit.guarding.patrol import Patrol
from sertantai.audit.guarding.rebuilding import rebuild
from sertantai.audit.guarding.telling import Start, put_back_whatever_is_lost, tell_of_the_log
from sertantai.audit.partitions import AuditPartitions
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.audit.retaining.leaving import SealedTrail
from sertantai.audit.retaining.looks import drop_looks
from sertantai.core.clock import Clock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import Position
from sertantai.core.operations import ACCESS_KINDS, Operation
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Admission, Engine
from sertantai.engine.feed import Feed
from sertantai.engine.rejection_retries import RejectionRetries
from sertantai.engine.repeats import AskedBefore, Repeats
from sertantai.evidence.packs import Packs
from sertantai.journal.chosen import journal_in, journal_of
from sertantai.lists.actions import Actions
from sertantai.lists.deleted_lists import DeletedLists
from sertantai.lists.groups import Groups
from sertantai.lists.live_lists import LiveLists
from sertantai.organizations.memberships import Memberships
from sertantai.organizations.organizations import Organizations
from sertantai.postgres import Database, Role
from sertantai.postgres.embedded import EmbeddedPostgres
from sertantai.postgres.logins import Standing, standing
from sertantai.postgres.migrations import migrate
from sertantai.postgres.settled_time import SettledTime
from sertantai.process import logs
from sertantai.process.data_directory import ERASED_FILE, LOCK_FILE, DataDirectory
from sertantai.process.ending import end
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock
from sertantai.process.under_way import UnderWay
from sertantai.records.importing.importing import import_starter
from sertantai.records.register import Register
from sertantai.sealing.again import WrittenAgain
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import ORIGIN_FILE, begin, journals_of, newest_log
from sertantai.sealing.mending import mend
from sertantai.sealing.notices import Notices
from sertantai.sealing.outside.memories import Memories
from sertantai.sealing.restores import Behind, behind
from sertantai.sealing.sealer import Sealer
from sertantai.sealing.servers import OtherServers
from sertantai.sealing.sql import OTHER_SERVERS
from sertantai.security.accesses import Accesses
from sertantai.sync.apart.supervised import Apart, Worker
from sertantai.sync.postgres_store import PostgresStore
from sertantai.sync.presence import Presence
from sertantai.sync.seals import Seals
from sertantai.sync.synchroniser import Synchroniser
from sertantai.sync.watermarks import require_nothing_left

log = logs.logger(__name__)

SCHEMA_RETRY_S = 2.0
LOCK_WAIT_S = 10.0


class Service(Protocol):
    """One life for every service: started once, stopped once, in the opposite order."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


_Service = TypeVar("_Service", bound=Service)


class Hooks(msgspec.Struct, frozen=True):
    """What others have to say, or hear, when something happens here. Changes of lists are in the feed."""

    admission: Admission | None = None
    on_clock_ahead: Callable[[float], None] | None = None
    on_clock_believed: Callable[[float], None] | None = None
    on_sealed_differs: Callable[[str], None] | None = None
    """What is in the database is not what was sealed."""
    on_trail_unheard: Callable[[str, str], None] | None = None
    """Who outside is to remember the sealed log, and has been silent for a day; and why."""
    on_protection: Callable[[str], None] | None = None
    """PostgreSQL refused to change rows that are kept for ever."""
    on_retention_failed: Callable[[str], None] | None = None
    """What is over could not be removed."""


class Backend:
    """Database, register, engine and what works on them. Use it with ``async with``.

    ``watching`` is awaited once there are database, clock and feed, before anything is performed: who wants
    to hear of everything starts there.

    ``durable=False`` gives up fsync and is for tests of other things only. ``overtakes``: it may take the
    claim of its journal from a server that runs, as a server does; nobody expects that of a command.
    ``apart``: the synchroniser runs in a process of its own.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        durable: bool = True,
        overtakes: bool = False,
        apart: bool = False,
        watching: "Callable[[Backend], Awaitable[Hooks]] | None" = None,
    ) -> None:
        self.settings = settings
        self._watching = watching
        self._hooks = Hooks()
        self.feed = Feed()
        self.under_way = UnderWay()
        self._overtakes = overtakes
        self._is_apart = apart
        self.clock: Clock = SystemClock()
        self.directory = DataDirectory(settings.data_path)
        self.embedded = (
            None
            if settings.database_url
            else EmbeddedPostgres(self.directory, durable=durable, on_protection=self._protected)
        )
        self.journal_files = journal_of(settings)
        self.journal = self.journal_files.journal(durable=durable, expected=_was_used(settings.data_path))
        self.login_standing: Standing | None = None
        """What the database login could do; None: the database has not been reached yet."""
        self.stack = AsyncExitStack()
        self.database: Database
        self.settled: SettledTime
        self.register: Register
        self.engine: Engine
        self.effects: Effects
        self.actions: Actions
        self.groups: Groups
        self.memberships: Memberships
        self.organizations: Organizations
        self.erased_back: dict[UUID | None, str] = {}
        """Who was erased, is there again after a restore, and is not erased yet: with why. None: it is not
        known who was erased."""
        self.notices: Notices
        self.accesses: Accesses
        self.sealer: Sealer
        self.patrol: Patrol
        self.memories: Memories
        self.packs: Packs
        self.sealed_trail: SealedTrail

    async def __aenter__(self) -> "Backend":
        try:
            await self._start()
        except BaseException:
            await self.stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stack.aclose()

    async def running(self, service: _Service) -> _Service:
        """Start a service and see to it that it is stopped."""
        self.stack.push_async_callback(service.stop)
        await service.start()
        return service

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine until the backend stops."""
        self.stack.push_async_callback(end, asyncio.create_task(work))

    async def _start(self) -> None:
        self.stack.callback(self.directory.unlock)
        await self.directory.lock_within(LOCK_WAIT_S)
        self.directory.close_to_others()
        worker = await Worker.started() if self._is_apart else None
        if worker is not None:  # it loads while the database starts
            self.stack.push_async_callback(worker.end)
        dsn = await self._start_database()
        schema_ready = await self._prepare_schema(dsn)
        macs, blinds = macs_in(self.settings.data_path), Blinds(newest_log(self.settings.data_path))
        self.notices = Notices(macs, blinds, self.clock)
        if self.settings.journal_url is not None:
            await require_nothing_left(self.database, journal_in(self.settings.data_path))
        hooks = self._hooks = Hooks() if self._watching is None else await self._watching(self)
        self.register = await self.running(Register(self.database, self.settings.data_path))
        presence = await self.running(Presence(self.database))
        folder = newest_log(self.settings.data_path)
        alarm = Alarm(folder, hooks.on_sealed_differs)
        again, streams = WrittenAgain(TrailFiles(folder), alarm), self.settings.audit_stream_url is not None
        journals = frozenset({*journals_of(folder), self.journal.id})
        last = SealedHistories(self.database, TrailFiles(folder), journals, macs, alarm)
        seals = Seals(macs, blinds, again, keeps_entries=streams, last=last)
        store = PostgresStore(
            self.database, presence=presence, overtakes=self._overtakes, seals=seals, notices=self.notices
        )
        asked = AskedBefore()
        memberships = self.memberships = Memberships(
            self.database, lambda: self.journal.id, lambda: self.engine.synced
        )

        def heard(position: Position, operation: Operation) -> None:
            asked.note(position, operation)
            if type(operation) in ACCESS_KINDS:
                memberships.note(position, operation)

        apart = worker and Apart(worker, self.settings, self.database, blinds, alarm, self._protected)
        self.engine = Engine(
            self.journal,
            store,
            self.clock,
            Bounds.of(self.settings),
            feed=self.feed,
            admission=hooks.admission,
            heard=heard,
            synchroniser=apart or Synchroniser,
        )
        self.effects = Effects(self.engine, PostgresEffects(self.database))
        self.accesses = await self.running(Accesses(self.database, self.notices, self.clock))
        older = await self._behind_the_log(folder)
        self.stack.push_async_callback(
            self._stop_sealer
        )  # after the engine, which writes until it has stopped
        self.stack.push_async_callback(self.engine.stop, self.settings.shutdown_s_max)
        await self.engine.start()
        log_of_this = begin(self.settings.data_path, self.journal.id, await self._log_name())
        first = self.journal.last + 1
        mend = partial(rebuild, self.database, log_of_this.files)
        self.sealer = Sealer(self.database, log_of_this, self.journal.id, macs, alarm, mend)
        self.sealer.others = others = OtherServers(
            self.database, log_of_this, self.journal.id, self.notices, self.clock
        )
        self.memories = Memories(self.sealer, self.database, self.settings, self._hooks.on_trail_unheard)
        await self.running(self.memories)
        await self.sealer.start()
        self.sealed_trail = SealedTrail(log_of_this.files, log_of_this.journals, self.notices, blinds)
        let_go = partial(drop_looks, self.database, self.sealed_trail, self.clock.now)
        start = Start(self.journal.id, older, first, others, let_go)
        self.in_background(
            tell_of_the_log(self.database, log_of_this, self.sealer, self.notices, blinds, macs, start)
        )
        self.in_background(
            put_back_whatever_is_lost(self.database, log_of_this, self.sealer, self.notices, macs)
        )
        self.packs = Packs(self.database, folder, self.journal.id, self.notices, self.sealer.seal)
        self.patrol = await self.running(
            Patrol(self.database, self.settings.data_path, self.journal.id, self.notices, alarm, self.clock)
        )
        memberships.meet(self.engine.in_memory(), self.engine.folded)
        months = self.settings.audit_retention_months
        self.organizations = Organizations(
            self.database, self.engine, memberships, self.clock, months, self.notices
        )
        self.settled = await self.running(self._settled_time(hooks))
        await self.running(
            AuditPartitions(
                self.database,
                self.settings,
                self.settled,
                self.engine.flush,
                clock=self.clock,
                on_failure=hooks.on_retention_failed,
                sealed_log=self.sealed_trail,
            )
        )
        await self.running(RejectionRetries(self.database, self.engine, self.effects.of))
        repeats = await self.running(Repeats(self.engine, asked, self.effects.of))
        self.actions = Actions(self.engine, self.effects, self.register, self.clock, repeats)
        self.groups = Groups(self.engine, self.effects, self.clock)
        await self.running(DeletedLists(self.database, self.groups, self.settled))
        await self.running(LiveLists(self.database, self.register, self.engine, self.actions, self.under_way))
        if not schema_ready:
            self.in_background(self._heal_schema(dsn))

    async def _log_name(self) -> str | None:
        """How the origin of a log begins that is made now: with the address that people know it by, if it
        has one. Other servers on the database have the same, and two logs are never one."""
        host = None if self.settings.public_url is None else urlsplit(self.settings.public_url).hostname
        if host is None or (newest_log(self.settings.data_path) / ORIGIN_FILE).exists():
            return host
        with suppress(DatabaseUnavailable):  # then nobody knows, as for the first of them
            async with self.database.session(Role.SYNC) as connection:
                if await connection.fetchval(OTHER_SERVERS, [self.journal.id]):
                    return f"{host}/{str(self.journal.id)[-12:]}"
        return host

    async def _behind_the_log(self, folder: Path) -> Behind | None:
        """How far the database was before anything is done again. The journal does the rest, and it is sealed
        as it was. None: it cannot be asked now, or nothing is sealed."""
        journal, files = self.journal_files.inspect(), TrailFiles(folder)
        await asyncio.to_thread(mend, self.settings.data_path, None if journal is None else journal.id)
        if files.newest_note() is None:
            return None
        journals = {*journals_of(folder), *(() if journal is None else (journal.id,))}
        try:
            return await behind(self.database, files, journals)
        except DatabaseUnavailable:
            return None

    async def _stop_sealer(self) -> None:
        if hasattr(self, "sealer"):
            await self.sealer.stop()

    def _settled_time(self, hooks: Hooks) -> SettledTime:
        told = {"on_ahead": hooks.on_clock_ahead, "on_believed": hooks.on_clock_believed}
        return SettledTime(self.database, self.clock, **told)

    def _protected(self, statement: str) -> None:
        """Whoever hears of it needs the database first."""
        if self._hooks.on_protection is not None:
            self._hooks.on_protection(statement)

    async def _start_database(self) -> str:
        dsn = self.settings.database_url
        if self.embedded is not None:
            await self.running(self.embedded)
            dsn = self.embedded.dsn
        assert dsn is not None, "either the one or the other"
        self.database = Database(
            dsn,
            pool_size_max=self.settings.database_pool_size_max,
            connect_timeout_s=self.settings.database_connect_timeout_s,
            command_timeout_s=self.settings.database_command_timeout_s,
            # The embedded one says what it refused to anybody; of another one we hear of ourselves only.
            on_protection=None if self.embedded else self._protected,
        )
        self.stack.push_async_callback(self.database.stop)
        await self.database.start(require=False)
        return dsn

    async def _prepare_schema(self, dsn: str) -> bool:
        """Migrate and fill an empty register. False when the database is away but we know its journal."""
        try:
            await self._migrate(dsn)
        except DatabaseUnavailable as error:
            if not self.journal_files.exists:
                raise DatabaseUnavailable(
                    f"{error.message} Check --database-url, and that PostgreSQL is running and accepts this "
                    "user; without --database-url an embedded PostgreSQL is used."
                ) from error
            log.warning(
                "the database is not available; starting with what the journal holds", reason=error.message
            )
            return False
        return True

    async def _migrate(self, dsn: str, notices: Notices | None = None) -> None:
        rules = DatabaseRules(self.database, self.settings.data_path)
        differed = await rules.before_migration()
        await migrate(dsn, self.settings.database_migration_url)
        await rules.after_migration(differed)
        await import_starter(self.database, notices)
        two_wanted = self.embedded is not None or self.settings.database_migration_url is not None
        async with self.database.transaction(Role.APP, readonly=True) as connection:
            found = self.login_standing = await standing(connection, two_wanted=two_wanted)
        if not found.harmless:
            log.warning(found.warning, mend=found.mending)

    async def _heal_schema(self, dsn: str) -> None:
        """Once the database is back, do what could not be done at start."""
        while True:
            await asyncio.sleep(SCHEMA_RETRY_S)
            try:
                await self._migrate(dsn, self.notices)
            except DatabaseUnavailable as error:
                log.debug("the database is still not available", reason=error.message)
            else:
                return


def _was_used(data_path: Path) -> bool:
    """Whether an earlier start has left something in the directory: then a journal too."""
    return data_path.is_dir() and any(
        path.name not in (LOCK_FILE, ERASED_FILE) for path in data_path.iterdir()
    )
