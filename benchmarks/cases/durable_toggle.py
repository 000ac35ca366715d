"""A tick, acknowledged after its fsync: by the engine, PostgreSQL, the bare journal and Redis."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from benchmarks.case import Bench, Contest, case
from benchmarks.load import Load, closed_loop
from benchmarks.ours import EngineTicks, engine_at
from benchmarks.peers.postgres import benchmark_database, direct_ticks
from benchmarks.peers.redis import RedisTicks, redis_server
from sertantai.core.operations import encode
from sertantai.journal.sqlite import SqliteJournal

RECORDS = 20_000

_Load = Callable[[int, float], Awaitable[Load]]


class BareJournal:
    """The same bytes appended by as many clients, without an engine around the journal."""

    def __init__(self, journal: SqliteJournal, body: bytes) -> None:
        self._journal = journal
        self._body = body

    async def load(self, clients: int, seconds: float) -> Load:
        async def append(_client: int) -> None:
            await self._journal.append([self._body])

        return await closed_loop(append, clients, seconds)


@asynccontextmanager
async def contenders(bench: Bench, clients: int) -> AsyncIterator[dict[str, _Load]]:
    async with AsyncExitStack() as stack:
        directory: Path = bench.directory
        database = await stack.enter_async_context(
            benchmark_database(directory, records=RECORDS, users=clients * 2)
        )
        engine = await stack.enter_async_context(engine_at(database.dsn, directory / "journal.sqlite"))
        ticks = EngineTicks(engine, database.users[:clients], RECORDS)
        await ticks.warm()
        journal = SqliteJournal(directory / "bare.sqlite")
        await journal.open()
        stack.push_async_callback(journal.close)
        socket = await stack.enter_async_context(redis_server(directory))
        redis = RedisTicks(socket)
        stack.push_async_callback(redis.close)
        direct = await stack.enter_async_context(direct_ticks(database, records=RECORDS))
        yield {
            "ours": ticks.load,
            "PostgreSQL directly, a transaction": direct.in_a_transaction,
            "PostgreSQL directly, one statement": direct.in_a_statement,
            "bare journal": BareJournal(journal, encode(ticks.operation(0, 1, select=True))).load,
            "Redis, appendfsync always": redis.load,
        }


async def _rates(bench: Bench, clients: int, stack: AsyncExitStack) -> Contest:
    loads = await stack.enter_async_context(contenders(bench, clients))

    def rate(load: _Load) -> Callable[[], Awaitable[float]]:
        async def measure() -> float:
            return (await load(clients, bench.seconds)).rate

        return measure

    ours = rate(loads.pop("ours"))
    return Contest(ours, {name: rate(load) for name, load in loads.items()})


async def _latencies(bench: Bench, clients: int, stack: AsyncExitStack) -> Contest:
    loads = await stack.enter_async_context(contenders(bench, clients))

    def p99(load: _Load) -> Callable[[], Awaitable[float]]:
        async def measure() -> float:
            return (await load(clients, bench.seconds)).p99_ms

        return measure

    ours = p99(loads.pop("ours"))
    return Contest(ours, {name: p99(load) for name, load in loads.items()})


@case("durable_toggle", unit="ticks/s", target=25)
@asynccontextmanager
async def durable_toggle(bench: Bench) -> AsyncIterator[Contest]:
    """100 people tick at once; each tick is acknowledged after its fsync."""
    async with AsyncExitStack() as stack:
        yield await _rates(bench, 100, stack)


@case("durable_toggle_1000", unit="ticks/s", in_quick=False)
@asynccontextmanager
async def durable_toggle_1000(bench: Bench) -> AsyncIterator[Contest]:
    """The same with 1,000 people."""
    async with AsyncExitStack() as stack:
        yield await _rates(bench, 1_000, stack)


@case("durable_toggle_1_p99", unit="ms", better="lower", limit=1.0, in_quick=False)
@asynccontextmanager
async def durable_toggle_1(bench: Bench) -> AsyncIterator[Contest]:
    """One person ticks: how long until it is durable, for 99 of 100 ticks."""
    async with AsyncExitStack() as stack:
        yield await _latencies(bench, 1, stack)


@case("durable_toggle_16_p99", unit="ms", better="lower", limit=1.0, in_quick=False)
@asynccontextmanager
async def durable_toggle_16(bench: Bench) -> AsyncIterator[Contest]:
    """The same with 16 people at once."""
    async with AsyncExitStack() as stack:
        yield await _latencies(bench, 16, stack)
