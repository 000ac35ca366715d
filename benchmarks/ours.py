"""Sertantai as the benchmarks run it: the real engine on the disk, with a real PostgreSQL behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from benchmarks.load import Load, closed_loop
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordNo, UserId
from sertantai.core.operations import BulkDeselect, BulkSelect, Deselect, Operation, Origin, Select
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.journal.protocol import Journal
from sertantai.journal.sqlite import SqliteJournal
from sertantai.postgres import Database
from sertantai.process.garbage import collect_rarely
from sertantai.process.new_ids import new_id
from sertantai.process.system_clock import SystemClock
from sertantai.sync.postgres_store import PostgresStore
from sertantai.sync.seals import Seals

FLUSH_S_MAX = 300.0
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"


@asynccontextmanager
async def database_at(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn, pool_size_max=12, connect_timeout_s=5, command_timeout_s=120)
    await database.start()
    try:
        yield database
    finally:
        await database.stop()


@asynccontextmanager
async def engine_at(
    dsn: str, journal: Path | Journal, bounds: Bounds | None = None, *, seals: Seals | None = None
) -> AsyncIterator[Engine]:
    journal = SqliteJournal(journal) if isinstance(journal, Path) else journal
    async with database_at(dsn) as database:
        store = PostgresStore(database, seals=seals)
        engine = Engine(journal, store, SystemClock(), bounds or Bounds())
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()


class EngineTicks:
    """Clients that each tick and untick records of a list of their own, one acknowledged change at a time."""

    def __init__(self, engine: Engine, users: list[UUID], records: int) -> None:
        self.engine = engine
        self.users = [UserId(user) for user in users]
        self.groups: list[GroupId] = []
        self._records = records
        self._next = [0] * len(users)
        self._clock = SystemClock()

    async def warm(self) -> None:
        for user in self.users:
            group = (await self.engine.state(OwnerId(user))).default_group()
            assert group is not None
            self.groups.append(group.id)
        collect_rarely()  # as the server does when it is ready

    async def load(self, clients: int, seconds: float) -> Load:
        """The load, and then, outside its time, the wait until PostgreSQL has it all."""
        done = await closed_loop(self.tick, clients, seconds)
        await self.engine.flush(FLUSH_S_MAX)
        return done

    async def tick(self, client: int) -> None:
        turn, place = divmod(self._next[client], self._records)
        self._next[client] += 1
        change = await self.engine.perform(self.operation(client, place + 1, select=turn % 2 == 0))
        if change.changed != 1:
            raise RuntimeError("a tick changed nothing")

    def operation(self, client: int, record: int, *, select: bool) -> Operation:
        kind = Select if select else Deselect
        return kind(
            id=OperationId(new_id()),
            owner=OwnerId(self.users[client]),
            group=self.groups[client],
            at=self._clock.now(),
            origin=Origin(self.users[client], "benchmark", "127.0.0.1", AGENT),
            record=RecordNo(record),
        )

    def bulk(self, client: int, records: range, *, select: bool) -> Operation:
        kind = BulkSelect if select else BulkDeselect
        return kind(
            id=OperationId(new_id()),
            owner=OwnerId(self.users[client]),
            group=self.groups[client],
            at=self._clock.now(),
            origin=Origin(self.users[client], "benchmark", "127.0.0.1", AGENT, "filter"),
            records=pack(bitmap(records)),
        )
