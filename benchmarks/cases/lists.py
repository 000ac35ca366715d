"""Lists in memory and on their way to and from PostgreSQL."""

import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import msgspec

from benchmarks.case import Bench, Contest, case
from benchmarks.ours import FLUSH_S_MAX, EngineTicks, engine_at
from benchmarks.peers.ets import ets_table
from benchmarks.peers.postgres import benchmark_database
from sertantai.core.bitmaps import bitmap
from sertantai.core.ids import OwnerId
from sertantai.core.state import weight_bytes
from sertantai.sync.store import Batch

REGISTER = 200_000
LIST = 19_000
READS = 200
PEOPLE, TICKED = 100, 10_000

BULK_INSERT = """
WITH ticked AS (
  INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group)
  SELECT $1, id, record_no, 'default' FROM uk_lrt_records WHERE record_no BETWEEN 1 AND $2
  ON CONFLICT DO NOTHING RETURNING record_id, record_no
)
INSERT INTO selection_audit_log (user_id, actor_id, record_id, record_no, record_name, action, operation_id)
SELECT $1, $1, id, r.record_no, name, 'bulk_select', gen_random_uuid()
  FROM ticked JOIN uk_lrt_records r USING (record_no)
"""


@case("read_selected_50", unit="µs", better="lower", target=5)
@asynccontextmanager
async def read_selected_50(_bench: Bench) -> AsyncIterator[Contest]:
    """Which of the 50 records of a page are selected."""
    records = bitmap(random.Random(1).sample(range(REGISTER), LIST))
    page = list(range(1_000, 1_050))

    async def ours() -> float:
        started = time.perf_counter()
        for _ in range(READS):
            [number in records for number in page]
        return (time.perf_counter() - started) / READS * 1e6

    async with ets_table(LIST) as table:
        yield Contest(ours, {"ETS": lambda: table.lookup_us(50)})


@case("memory_per_selection", unit="bytes", better="lower", target=20, in_quick=False)
@asynccontextmanager
async def memory_per_selection(bench: Bench) -> AsyncIterator[Contest]:
    """The whole state in memory of an owner with 19,000 of 200,000 records at random, by selection."""
    async with _memory_of(bench, random.Random(2).sample(range(REGISTER), LIST)) as contest:
        yield contest


@case("memory_one_in_ten", unit="bytes", better="lower", target=20, in_quick=False)
@asynccontextmanager
async def memory_one_in_ten(bench: Bench) -> AsyncIterator[Contest]:
    """The same with every tenth record selected."""
    async with _memory_of(bench, range(0, REGISTER, 10)) as contest:
        yield contest


@asynccontextmanager
async def _memory_of(bench: Bench, selected: Sequence[int]) -> AsyncIterator[Contest]:
    async with (
        benchmark_database(bench.directory, records=1, users=1) as database,
        engine_at(database.dsn, bench.directory / "journal.sqlite") as engine,
        ets_table(len(selected)) as table,
    ):
        ticks = EngineTicks(engine, database.users, 1)
        await ticks.warm()
        state = await engine.state(OwnerId(ticks.users[0]))
        group = state.groups[ticks.groups[0]]
        full = state.with_group(msgspec.structs.replace(group, records=bitmap(selected)))

        async def ours() -> float:
            return weight_bytes(full) / len(selected)

        yield Contest(ours, {"ETS": table.bytes_per_entry})


@case("bulk_select_100k", unit="ms", better="lower", limit=50, in_quick=False)
@asynccontextmanager
async def bulk_select_100k(bench: Bench) -> AsyncIterator[Contest]:
    """100,000 laws ticked at once, acknowledged; PostgreSQL gets them afterwards, outside the time."""
    count = bench.pick(20_000, 100_000)
    async with (
        benchmark_database(bench.directory, records=count, users=16) as database,
        engine_at(database.dsn, bench.directory / "journal.sqlite") as engine,
    ):
        ticks = EngineTicks(engine, database.users, count)
        await ticks.warm()
        turns = iter(range(1_000))

        async def ours() -> float:
            client, turn = 0, next(turns)
            operation = ticks.bulk(client, range(1, count + 1), select=turn % 2 == 0)
            started = time.perf_counter()
            change = await engine.perform(operation)
            took = (time.perf_counter() - started) * 1000
            assert change.changed == count
            await engine.flush(FLUSH_S_MAX)
            return took

        yield Contest(ours)


@case("sync_drain", unit="changes/s", target=0.8)
@asynccontextmanager
async def sync_drain(bench: Bench) -> AsyncIterator[Contest]:
    """Journal to PostgreSQL, with all keys, indexes and audit, against one INSERT … SELECT of the same."""
    count = bench.pick(10_000, 60_000)
    async with (
        benchmark_database(bench.directory, records=count, users=40) as database,
        engine_at(database.dsn, bench.directory / "journal.sqlite") as engine,
    ):
        ticks = EngineTicks(engine, database.users[:20], count)
        await ticks.warm()
        connection = await asyncpg.connect(
            database.dsn, server_settings={"role": "sertantai_sync"}, command_timeout=300
        )
        ours_clients, theirs = iter(range(20)), iter(database.users[20:])

        async def ours() -> float:
            client = next(ours_clients)
            started = time.perf_counter()
            await engine.perform(ticks.bulk(client, range(1, count + 1), select=True))
            await engine.flush(FLUSH_S_MAX)
            return count / (time.perf_counter() - started)

        async def insert_select() -> float:
            started = time.perf_counter()
            await connection.execute(BULK_INSERT, next(theirs), count)
            return count / (time.perf_counter() - started)

        try:
            yield Contest(ours, {"one INSERT … SELECT": insert_select})
        finally:
            await connection.close()


@case("sync_batch", unit="ms", better="lower", limit=100)
@asynccontextmanager
async def sync_batch(bench: Bench) -> AsyncIterator[Contest]:
    """The longest transaction of the synchroniser while it writes what 100 people have ticked."""
    seconds = bench.seconds
    async with (
        benchmark_database(bench.directory, records=TICKED, users=PEOPLE) as database,
        engine_at(database.dsn, bench.directory / "journal.sqlite") as engine,
    ):
        ticks = EngineTicks(engine, database.users, TICKED)
        await ticks.warm()
        took: list[float] = []
        apply = engine.store.apply

        async def timed(batch: Batch) -> None:
            started = time.perf_counter()
            await apply(batch)
            took.append(time.perf_counter() - started)

        engine.store.apply = timed  # type: ignore[method-assign]  # to look at each transaction

        async def ours() -> float:
            took.clear()
            await ticks.load(PEOPLE, seconds)
            return max(took) * 1000

        yield Contest(ours)


@case("cold_load", unit="ms", better="lower", in_quick=False)
@asynccontextmanager
async def cold_load(bench: Bench) -> AsyncIterator[Contest]:
    """An owner with a list of 40,000 comes back: rows and watermark from PostgreSQL in one snapshot."""
    count = bench.pick(10_000, 40_000)
    async with (
        benchmark_database(bench.directory, records=count, users=1) as database,
        engine_at(database.dsn, bench.directory / "journal.sqlite") as engine,
    ):
        ticks = EngineTicks(engine, database.users, count)
        await ticks.warm()
        await engine.perform(ticks.bulk(0, range(1, count + 1), select=True))

        async def ours() -> float:
            await engine.release(OwnerId(ticks.users[0]), FLUSH_S_MAX)
            started = time.perf_counter()
            state = await engine.state(OwnerId(ticks.users[0]))
            took = (time.perf_counter() - started) * 1000
            assert state.groups[ticks.groups[0]].count == count
            return took

        yield Contest(ours)
