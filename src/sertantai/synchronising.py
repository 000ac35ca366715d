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
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from sertantai.audit.guarding.last_sealed import SealedHistories
from sertantai.core.clock import Clock
from sertantai.core.ids import JournalId, Position
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
from sertantai.sync.apart.inside import Inside
from sertantai.sync.apart.pipe import Pipe
from sertantai.sync.apart.supervised import Orders
from sertantai.sync.postgres_store import PostgresStore
from sertantai.sync.seals import Seals
from sertantai.sync.store import Rejection, Watermark

NICENESS: Final = 10
"""People's changes come first."""
CONNECTIONS_MAX: Final = 8
"""Made when they are needed: one writes, the other reads ahead; a third where a history is doubted."""


class BlindsThere(Blinds):
    """Keys are made and kept by the server; here are those met lately, until it says that they are to be
    forgotten."""

    def __init__(self, pipe: Pipe, folder: Path) -> None:
        super().__init__(folder)
        self._pipe = pipe

    async def _fetch(self, _connection: Connection, missing: list[Blind]) -> dict[Blind, bytes]:
        return dict(zip(missing, await self._pipe.ask("keys", missing, answer=list[bytes]), strict=True))

    def doubt(self, some: Collection[Blind]) -> None:
        self.forget_each(some)
        self._pipe.tell("doubt", list(some))

    def forget_each(self, gone: Collection[Blind]) -> None:
        super().doubt(gone)


class AlarmThere(Alarm):
    """Tells the server, which keeps it."""

    def __init__(self, pipe: Pipe, folder: Path) -> None:
        super().__init__(folder)
        self._pipe = pipe

    def tell(self, what: str) -> None:
        self._pipe.tell("alarm", what)


class StoreHere(PostgresStore):
    """Writes with the server's claim, which the server alone takes."""

    inside: Inside

    def for_synchroniser(self) -> PostgresStore:
        return self

    async def take(self, _journal: JournalId) -> Watermark:
        watermark, self.claim = await self.inside.take()
        return watermark

    async def reject(self, rejection: Rejection, after: Position, parts: int) -> None:
        self.inside.tell()  # whoever comes after us tells of it, if we end before we can
        await super().reject(rejection, after, parts)


async def made(inside: Inside, orders: Orders) -> tuple[PostgresStore, Clock]:
    """What writes to PostgreSQL, and seals what it writes, as the server does."""
    settings, dsn, _, journal, *_ = orders
    pipe = inside.pipe
    configure_logs(settings.log_level, settings.log_format)
    database = Database(
        dsn,
        pool_size_max=CONNECTIONS_MAX,
        connect_timeout_s=settings.database_connect_timeout_s,
        command_timeout_s=settings.database_command_timeout_s,
        on_protection=partial(pipe.tell, "protected"),
    )
    await database.start(require=False)
    folder, macs, clock = newest_log(settings.data_path), macs_in(settings.data_path), SystemClock()
    files, blinds, alarm = TrailFiles(folder), BlindsThere(pipe, folder), AlarmThere(pipe, folder)
    journals = frozenset({*journals_of(folder), journal})
    last = SealedHistories(database, files, journals, macs, alarm)
    streams = settings.audit_stream_url is not None
    seals = Seals(macs, blinds, WrittenAgain(files, alarm), keeps_entries=streams, last=last)
    store = StoreHere(database, Lane.SYNC, seals=seals, notices=Notices(macs, blinds, clock))
    store.inside, inside.forget = inside, blinds.forget_each
    collect_rarely()
    return store, clock


async def _listen(end: socket.socket) -> None:
    pipe = Pipe()
    pipe.hears = Inside(pipe, made)
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
