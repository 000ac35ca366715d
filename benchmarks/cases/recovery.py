"""A start with a million operations in the journal that PostgreSQL does not have."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.case import Bench, Contest, case
from benchmarks.ours import EngineTicks, database_at, engine_at
from benchmarks.peers.postgres import benchmark_database
from sertantai.core.operations import encode
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.journal.sqlite import SqliteJournal
from sertantai.process.system_clock import SystemClock
from sertantai.sync.postgres_store import PostgresStore

OWNERS = 100
RECORDS = 10_000
CHUNK = 2_000
# The synchroniser writes next to nothing, so that every round finds the same backlog.
IDLE = Bounds(sync_entries_max=1, sync_interval_s=3_600)


@case("recovery_1m", unit="s", better="lower", limit=10, in_quick=False)
@asynccontextmanager
async def recovery_1m(bench: Bench) -> AsyncIterator[Contest]:
    operations = bench.pick(20_000, 1_000_000)
    async with benchmark_database(bench.directory, records=RECORDS, users=OWNERS) as database:
        path = bench.directory / "journal.sqlite"
        async with engine_at(database.dsn, path) as engine:
            ticks = EngineTicks(engine, database.users, RECORDS)
            await ticks.warm()
        await _fill(path, ticks, operations)

        async def ours() -> float:
            async with database_at(database.dsn) as pool:
                journal = SqliteJournal(path)
                engine = Engine(journal, PostgresStore(pool), SystemClock(), IDLE)
                started = time.perf_counter()
                await engine.start()
                took = time.perf_counter() - started
                await engine.stop(timeout_s=0.01)
                return took

        yield Contest(ours)


async def _fill(path: Path, ticks: EngineTicks, operations: int) -> None:
    journal = SqliteJournal(path)
    await journal.open()
    bodies = []
    for number in range(operations):
        turn, place = divmod(number // OWNERS, RECORDS)
        bodies.append(encode(ticks.operation(number % OWNERS, place + 1, select=turn % 2 == 0)))
        if len(bodies) == CHUNK:
            await journal.append(bodies)
            bodies.clear()
    await journal.close()
