"""The synchroniser as the server sees it where it runs in a process of its own: started, watched, asked, and
started again when it ends.

What it says comes in order over one pipe. Whatever happens to it, an operation is in PostgreSQL exactly once:
its transactions are fenced by the watermark and by the server's claim, and what it had begun to set aside is
told to the next one.
"""

import asyncio
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, Final, cast

import msgspec
from msgspec.structs import replace

from sertantai.core.clock import Clock
from sertantai.core.errors import DatabaseUnavailable, SertantaiError, Unavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.protocol import Journal
from sertantai.postgres import Database, Role
from sertantai.process.background import BackgroundService
from sertantai.process.ending import end
from sertantai.process.logs import logger
from sertantai.process.settings import Settings
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.blinds import Blind, Blinds
from sertantai.sync.apart.pipe import ENDED, Pipe, PipeClosed
from sertantai.sync.bounds import SyncBounds
from sertantai.sync.claims import Claim, Overtaken
from sertantai.sync.postgres_store import PostgresStore
from sertantai.sync.status import Standing, SyncStatus, count, not_yet, waited_s
from sertantai.sync.store import Rejection, Watermark
from sertantai.sync.synchroniser import Synchroniser

log = logger(__name__)

MODULE: Final = "sertantai.synchronising"
TOLD_WITHIN_S: Final = 0.005
"""Of the journal's new end: one word for many commits."""
ENDING_S_MAX: Final = 5.0
FORGOTTEN_S_MAX: Final = 10.0
ASKED_EVERY_S: Final = 10.0
SILENT_S_MAX: Final = 60.0
"""One that does not say for so long that it is alive hangs, and is ended. It answers while PostgreSQL does
not; what it does itself in one turn takes no second."""
AGAIN_S: Final = 0.5
"""Pause before it is started again."""
Ends = tuple[Position, Position]
"""First and last of what the journal holds."""
Orders = tuple[Settings, str, SyncBounds, JournalId, Ends, Watermark | None, Standing | None]
"""With what the process begins: settings, the database that the server itself uses, bounds, the journal, from
where on, and how the one before was, if it has ended."""


class Worker(msgspec.Struct, frozen=True):
    """One life of the process. It may be started before there is anything to do: it loads meanwhile."""

    process: Process
    pipe: Pipe

    @classmethod
    async def started(cls) -> "Worker":
        ours, theirs = socket.socketpair()
        with theirs:
            command = (sys.executable, "-P", "-m", MODULE, str(theirs.fileno()))
            process = await asyncio.create_subprocess_exec(
                *command, pass_fds=(theirs.fileno(),), stdin=DEVNULL, stdout=DEVNULL
            )
        pipe = Pipe()
        await pipe.open(ours)
        return cls(process, pipe)

    async def end(self) -> int:
        """Returns how it ended, once it has."""
        self.pipe.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDING_S_MAX):
                return await self.process.wait()
        with suppress(ProcessLookupError):
            self.process.kill()
        return await self.process.wait()


class Apart(msgspec.Struct, frozen=True):
    """What the server has for the process, beside its journal and its store."""

    worker: Worker
    settings: Settings
    database: Database
    blinds: Blinds
    alarm: Alarm
    on_protection: Callable[[str], None]

    def __call__(self, *given: Any) -> Synchroniser:
        """Made of what a `Synchroniser` is made of, and for whoever uses one."""
        return cast(Synchroniser, SynchroniserApart(self, *given))


class SynchroniserApart(BackgroundService):
    """As `Synchroniser`, with what each of its parts and names means there."""

    task_name = "synchroniser's process"

    def __init__(
        self, apart: Apart, journal: Journal, store: Any, clock: Clock, bounds: SyncBounds, *told: Any
    ) -> None:
        self._apart, self._worker = apart, apart.worker
        self._listening: Any = None
        self._pipe = Pipe()
        """To one that has begun; closed where there is none."""
        self._store: PostgresStore = store.for_synchroniser()
        self._journal, self._clock, self._bounds = journal, clock, bounds
        self._on_synced, self._on_rejected, self._doubts = told
        self._standing, self._rejected_count = Standing(), 0
        self._up = asyncio.Event()
        self._is_telling = False
        self.fatal: str | None = None
        # Heard by who knows of it.
        self.heard_alarm, self.heard_protected = apart.alarm.tell, apart.on_protection
        self.heard_doubt, self.heard_counted = apart.blinds.doubt, count
        self.heard_read, self.heard_compare = journal.read, journal.compare

    position = property(lambda self: self._standing.position)
    moved = property(lambda self: self._standing.moved)
    contacted = property(lambda self: self._standing.contacted)

    @property
    def _ends(self) -> Ends:
        return self._journal.first, self._journal.last

    async def begin(self, watermark: Watermark | None) -> Watermark | None:
        """Raises `PipeClosed` where the process does not begin."""
        self._standing = Standing(Position(self._journal.first - 1), self._journal.last)
        loop = asyncio.get_running_loop()
        self._apart.blinds.on_forgotten = lambda gone: self._forget(loop, gone)
        claimed = await self._ordered(watermark, None)
        await self.start()
        return claimed

    def notify(self) -> None:
        if not self._is_telling:
            self._is_telling = True
            asyncio.get_running_loop().call_later(TOLD_WITHIN_S, self._tell_ends)

    def _tell_ends(self) -> None:
        self._is_telling = False
        self._pipe.tell("ends", *self._ends)

    async def reached(self, position: Position, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    await self._up.wait()
                    self._tell_ends()
                    with suppress(PipeClosed):
                        await self._pipe.ask("reached", position, timeout_s)
                        return
                    await asyncio.sleep(0)  # whoever sees to it hears that it has ended
        except TimeoutError:
            raise not_yet(self._standing.last_error) from None

    def status(self) -> SyncStatus:
        standing = self._standing
        waiting = max(0, self._journal.last - standing.position)
        oldest_s = waited_s(standing.oldest if waiting else None, self._clock.now())
        count("lag", oldest_s)
        told = standing.failing_since, standing.last_error, self._rejected_count, self.fatal
        return SyncStatus(standing.position, waiting, oldest_s, *told)

    async def find_watermark(self) -> None:
        await self._pipe.ask("find")

    async def confirmed(self) -> Position:
        with suppress(DatabaseUnavailable):
            return cast(Position, await self._pipe.ask("confirmed", answer=Position))
        return Position(0)

    def has_lost(self, upto: Position) -> None:
        self._pipe.tell("lost", upto)

    async def stop(self) -> None:
        await super().stop()
        self._apart.blinds.on_forgotten = None
        await self._worker.end()
        if self._listening is not None:
            await end(self._listening)

    # Its lives

    async def _run(self) -> None:
        while True:
            await self._ends_or_hangs()
            self._up.clear()
            self._has_ended(await self._worker.end())
            await asyncio.sleep(AGAIN_S)
            try:
                self._worker = await type(self._worker).started()
                await self._ordered(None, self._standing)
            except (SertantaiError, OSError) as error:
                log.warning("the synchroniser's process cannot begin", reason=str(error))
                await self._worker.end()  # one that lives and has not begun would be waited for for ever

    async def _ends_or_hangs(self) -> None:
        with suppress(PipeClosed):
            while True:
                await asyncio.wait((self._listening,), timeout=ASKED_EVERY_S)
                try:
                    async with asyncio.timeout(SILENT_S_MAX):
                        await self._pipe.ask("alive")
                except TimeoutError:
                    log.warning("synchroniser_process_hangs", silent_s=SILENT_S_MAX)
                    self._worker.process.kill()
                    return

    def _has_ended(self, code: int) -> None:
        log.warning("synchroniser_process_ended", code=code)
        count("failed", code="process_ended")
        oldest = self._standing.oldest or self._clock.now()
        since = self._standing.failing_since or self._clock.monotonic()
        self._standing = replace(self._standing, oldest=oldest, failing_since=since, last_error=ENDED)

    async def _ordered(self, watermark: Watermark | None, left: Standing | None) -> Watermark | None:
        pipe = self._worker.pipe
        pipe.hears = self
        self._listening = asyncio.create_task(pipe.listen())
        server = self._apart.settings, self._apart.database.dsn, self._bounds, self._journal.id, self._ends
        found = await pipe.ask("begin", (*server, watermark, left), answer=Watermark | None)
        self._pipe = pipe
        self._up.set()
        return cast(Watermark | None, found)

    def _forget(self, loop: asyncio.AbstractEventLoop, gone: Collection[Blind]) -> None:
        """In a thread. Keys go only once the process has said that it has forgotten them, too."""
        asking = asyncio.run_coroutine_threadsafe(self._forgotten(list(gone)), loop)
        try:
            asking.result(FORGOTTEN_S_MAX)
        except TimeoutError:
            asking.cancel()
            raise Unavailable("The synchroniser does not answer; its keys are not forgotten yet.") from None

    async def _forgotten(self, gone: list[Blind]) -> None:
        await self._up.wait()
        with suppress(PipeClosed):  # its memory is gone with it
            await self._pipe.ask("forget", gone)

    # What it tells and asks

    def heard_standing(self, standing: Standing) -> None:
        self._standing = standing
        self.fatal = standing.fatal or self.fatal

    def heard_synced(self, standing: Standing, position: Position, owners: list[OwnerId] | None) -> None:
        self.heard_standing(standing)
        self._on_synced(position, owners)

    def heard_rejected(self, rejection: Rejection) -> None:
        self._standing = replace(self._standing, rejecting=None)
        self._rejected_count += 1
        self._on_rejected(rejection)

    async def heard_doubted(self, owner: OwnerId) -> tuple[bool, Position, Position]:
        return await self._doubts(owner), *self._ends

    async def heard_take(self) -> tuple[Watermark, Claim, Ends]:
        watermark = await self._store.take(self._journal.id)
        return watermark, self._store.claim, self._ends

    async def heard_advance(self, past: Position) -> Ends:
        await self._journal.advance(past)
        return self._ends

    async def heard_overtaken(self, after: Position, last: Position) -> None:
        self.fatal = Overtaken().message
        await asyncio.to_thread(self._journal.overtaken, after, Position(max(last, self._journal.last)))

    async def heard_keys(self, wanted: list[Blind]) -> list[bytes]:
        async with self._apart.database.transaction(Role.SYNC) as connection:
            keys = await self._apart.blinds.keys(connection, wanted)
        self._apart.blinds.remember(keys)
        return [keys[blind] for blind in wanted]
