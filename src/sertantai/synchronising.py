"""The synchroniser's process: ``python -m sertantai.synchronising``, started by the server alone.

It is told by the server, over the socket it was given, with what to begin. It ends when the socket does. The
server alone writes the journal, the claim to it, and every file: all of that is asked for.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

from msgspec.structs import replace

from sertantai.audit.guarding.last_sealed import SealedHistories
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.protocol import Entry, Journal
from sertantai.postgres import Connection, Database
from sertantai.postgres.lanes import Lane
from sertantai.process.garbage import collect_rarely
from sertantai.process.logs import configure_logs
from sertantai.process.system_clock import SystemClock
from sertantai.sealing.again import WrittenAgain
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.blinds import Blind, Blinds
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import journals_of, newest_log
from sertantai.sealing.notices import Notices
from sertantai.sync.apart.pipe import Pipe
from sertantai.sync.apart.supervised import Ends, Orders
from sertantai.sync.claims import Claim
from sertantai.sync.postgres_store import PostgresStore
from sertantai.sync.seals import Seals
from sertantai.sync.status import Standing
from sertantai.sync.store import Rejection, Watermark
from sertantai.sync.synchroniser import Synchroniser

NICENESS: Final = 10
"""People's changes come first."""
CONNECTIONS_MAX: Final = 8
"""Made when they are needed: one writes, the other reads ahead; a third where a history is doubted."""
pipe = Pipe()
"""To the server; this process has one."""


class JournalThere:
    """As much of a `Journal` as the synchroniser asks for. It ends where the server last said that it does,
    so nothing is read that is not acknowledged."""

    def __init__(self, id: JournalId, ends: Ends) -> None:
        self._loop = asyncio.get_running_loop()
        self.id = id
        self.first, self.last = ends

    async def read(self, after: Position, entries_max: int) -> Any:
        return await pipe.ask("read", after, entries_max, answer=list[Entry]) if after < self.last else []

    async def compare(self, watermark: Position, highest: Position) -> None:
        await pipe.ask("compare", watermark, highest)

    async def advance(self, past: Position) -> None:
        if past > self.last:
            self.first, self.last = await pipe.ask("advance", past, answer=Ends)

    def overtaken(self, after: Position, last: Position) -> None:
        """Called in a thread."""
        asyncio.run_coroutine_threadsafe(pipe.ask("overtaken", after, last), self._loop).result()


class BlindsThere(Blinds):
    """Keys are made and kept by the server; here are those met lately, until it says that they are to be
    forgotten."""

    async def _fetch(self, _connection: Connection, missing: list[Blind]) -> dict[Blind, bytes]:
        return dict(zip(missing, await pipe.ask("keys", missing, answer=list[bytes]), strict=True))

    def doubt(self, some: Collection[Blind]) -> None:
        self.forget_each(some)
        pipe.tell("doubt", list(some))

    def forget_each(self, gone: Collection[Blind]) -> None:
        super().doubt(gone)


class AlarmThere(Alarm):
    """Tells the server, which keeps it."""

    def tell(self, what: str) -> None:
        pipe.tell("alarm", what)


class StoreHere(PostgresStore):
    """Writes with the server's claim, which the server alone takes."""

    inside: "Inside"

    def for_synchroniser(self) -> PostgresStore:
        return self

    async def take(self, _journal: JournalId) -> Watermark:
        taken = await pipe.ask("take", answer=tuple[Watermark, Claim, Ends])
        watermark, self.claim, ends = cast(tuple[Watermark, Claim, Ends], taken)
        self.inside.journal.first, self.inside.journal.last = ends
        return watermark

    async def reject(self, rejection: Rejection, after: Position, parts: int) -> None:
        self.inside.tell()  # whoever comes after us tells of it, if we end before we can
        await super().reject(rejection, after, parts)


def without_body(rejection: Rejection) -> Rejection:
    """As the server is told: the operation itself stands in the database, and may be large."""
    return replace(rejection, body=b"")


class Inside:
    """The synchroniser, asked and told by the server."""

    async def heard_begin(self, orders: Orders) -> Watermark | None:
        settings, dsn, bounds, journal, ends, watermark, left = orders
        configure_logs(settings.log_level, settings.log_format)
        database = Database(
            dsn,
            pool_size_max=CONNECTIONS_MAX,
            connect_timeout_s=settings.database_connect_timeout_s,
            command_timeout_s=settings.database_command_timeout_s,
            on_protection=partial(pipe.tell, "protected"),
        )
        await database.start(require=False)
        folder, macs = newest_log(settings.data_path), macs_in(settings.data_path)
        files, self._blinds, alarm = TrailFiles(folder), BlindsThere(folder), AlarmThere(folder)
        journals = frozenset({*journals_of(folder), journal})
        last = SealedHistories(database, files, journals, macs, alarm)
        streams = settings.audit_stream_url is not None
        seals = Seals(macs, self._blinds, WrittenAgain(files, alarm), keeps_entries=streams, last=last)
        notices = Notices(macs, self._blinds, SystemClock())
        store = StoreHere(database, Lane.SYNC, seals=seals, notices=notices)
        store.inside = self
        self.journal = JournalThere(journal, ends)
        told = self._synced, self._rejected, self._is_in_doubt, self._count
        sync = Synchroniser(cast(Journal, self.journal), store, SystemClock(), bounds, *told)
        self._sync, self.heard_reached, self.heard_confirmed = sync, sync.reached, sync.confirmed
        self.heard_find, self.heard_lost = sync.find_watermark, sync.has_lost
        try:
            return await sync.begin(watermark, left)
        finally:
            self.tell()
            collect_rarely()

    def heard_ends(self, first: Position, last: Position) -> None:
        self.journal.first, self.journal.last = first, last
        self._sync.notify()

    async def heard_alive(self) -> None:
        """That is heard, and answered: it does not hang."""

    async def heard_forget(self, gone: list[Blind]) -> None:
        self._blinds.forget_each(gone)

    def tell(self) -> None:
        pipe.tell("standing", self._standing())

    def _standing(self) -> Standing:
        sync, status = self._sync, self._sync.status()
        known = sync.position, sync.started_at, sync.moved, sync.contacted, sync.oldest
        rejecting = None if sync.rejecting is None else without_body(sync.rejecting)
        return Standing(*known, status.failing_since, sync.last_error, sync.fatal, rejecting)

    def _rejected(self, rejection: Rejection) -> None:
        pipe.tell("rejected", without_body(rejection))

    def _synced(self, position: Position, owners: Iterable[OwnerId] | None) -> None:
        pipe.tell("synced", self._standing(), position, None if owners is None else list(owners))

    async def _is_in_doubt(self, owner: OwnerId) -> bool:
        """The server has heard by then what was set aside, and says where its journal ends since."""
        doubted, *ends = await pipe.ask("doubted", owner, answer=tuple[bool, Position, Position])
        self.journal.first, self.journal.last = cast(Sequence[Position], ends)
        return cast(bool, doubted)

    def _count(self, what: str, amount: float = 1, code: str = "") -> None:
        """How it stands changes with what is counted."""
        self.tell()
        pipe.tell("counted", what, amount, code)


async def _listen(end: socket.socket) -> None:
    pipe.hears = Inside()
    await pipe.open(end)
    await pipe.listen()
    # Nothing is finished: everything is such that it may end like this at any time.
    os._exit(0)


def main(end: int) -> None:
    # Whoever stops a server may signal the whole group: only the server says when this is to end, by its word
    # or by its own end, however that came.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError, AttributeError):  # not on Linux: the end of the socket says so, too
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    os.nice(NICENESS)
    asyncio.run(_listen(socket.socket(fileno=end)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
