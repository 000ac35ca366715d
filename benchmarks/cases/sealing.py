"""What it costs that the trail is sealed: the same work with leaves and without, alternated in one run; how
far behind the seal is, and how fast all of it is held against the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from benchmarks.case import Bench, Contest, case
from benchmarks.load import closed_loop
from benchmarks.ours import FLUSH_S_MAX, EngineTicks, database_at, engine_at
from benchmarks.peers.postgres import benchmark_database
from sertantai.audit.standing.as_found import tell_as_standing
from sertantai.audit.standing.told import Known
from sertantai.audit.verify import verify
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.postgres import Database
from sertantai.postgres.lanes import Lane
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.sealer import Sealer
from sertantai.sync.seals import Seals
from sertantai.sync.store import Batch

CLIENTS = 50
WATCHED_EVERY_S = 0.02
SEALED = "sealed"
WITHOUT = "the same, not sealed"


class Kept(Seals):
    """Seals, and keeps the batches that it has sealed."""

    def __init__(self, directory: Path) -> None:
        super().__init__(macs_in(directory), Blinds(newest_log(directory)))
        self.batches: list[Batch] = []

    async def prepared(self, database: Database, batch: Batch, lane: Lane) -> Any:
        self.batches.append(batch)
        return await super().prepared(database, batch, lane)


class NoDatabase:
    """In place of a connection: takes what is written, and knows the newest entry of each history."""

    def __init__(self) -> None:
        self._heads: dict[tuple[UUID, UUID], tuple[int, bytes]] = {}

    async def fetch(self, _statement: str, owners: list[UUID], groups: list[UUID], *_: Any) -> list[Any]:
        keys = zip(owners, groups, strict=True)
        found = [(*key, *self._heads[key]) for key in keys if key in self._heads]
        return [dict(zip(("user_id", "group_id", "number", "head"), one, strict=True)) for one in found]

    async def execute(self, _statement: str, *columns: Any) -> None:
        if len(columns) == 4:
            owners, groups, numbers, heads = columns
            links = zip(numbers, heads, strict=True)
            self._heads.update(zip(zip(owners, groups, strict=True), links, strict=True))


class Ran(NamedTuple):
    ticks: EngineTicks
    dsn: str
    seals: Kept | None


@asynccontextmanager
async def _running(bench: Bench, name: str, records: int, users: int) -> AsyncIterator[Ran]:
    """An engine with a database of its own; it seals where it is called so."""
    directory = bench.directory / name
    directory.mkdir()
    seals = Kept(directory) if name == SEALED else None
    async with (
        benchmark_database(directory, records=records, users=users) as database,
        engine_at(database.dsn, directory / "journal.sqlite", seals=seals) as engine,
    ):
        ticks = EngineTicks(engine, database.users, records)
        await ticks.warm()
        yield Ran(ticks, database.dsn, seals)


@asynccontextmanager
async def _both(bench: Bench, records: int, users: int) -> AsyncIterator[tuple[EngineTicks, EngineTicks]]:
    async with (
        _running(bench, SEALED, records, users) as sealed,
        _running(bench, "plain", records, users) as plain,
    ):
        yield sealed.ticks, plain.ticks


def _audited(ticks: EngineTicks, seconds: float) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        """Single changes a second, until the last is in PostgreSQL."""
        started = time.perf_counter()
        done = await closed_loop(ticks.tick, CLIENTS, seconds)
        await ticks.engine.flush(FLUSH_S_MAX)
        return done.requests / (time.perf_counter() - started)

    return run


@case("sealing", unit="changes/s", target=0.95)
@asynccontextmanager
async def sealing(bench: Bench) -> AsyncIterator[Contest]:
    """Single ticks of fifty people, until all of them are in PostgreSQL, with a leaf each."""
    async with _both(bench, 500, CLIENTS) as (sealed, plain):
        yield Contest(_audited(sealed, bench.seconds), {WITHOUT: _audited(plain, bench.seconds)})


@case("sealing_bulk", unit="rows/s", target=0.95)
@asynccontextmanager
async def sealing_bulk(bench: Bench) -> AsyncIterator[Contest]:
    """Forty thousand laws in one operation, until all of them are in PostgreSQL, a leaf for each part."""
    count = bench.pick(4_000, 40_000)
    async with _both(bench, count, CLIENTS) as both:

        def of(ticks: EngineTicks) -> Callable[[], Awaitable[float]]:
            clients = iter(range(CLIENTS))

            async def run() -> float:
                started = time.perf_counter()
                await ticks.engine.perform(ticks.bulk(next(clients), range(1, count + 1), select=True))
                await ticks.engine.flush(FLUSH_S_MAX)
                return count / (time.perf_counter() - started)

            return run

        sealed, plain = (of(ticks) for ticks in both)
        yield Contest(sealed, {WITHOUT: plain})


@case("sealing_p99", unit="ms", better="lower", target=0.98)
@asynccontextmanager
async def sealing_p99(bench: Bench) -> AsyncIterator[Contest]:
    """The same ticks: how long until one is acknowledged, for 99 of 100 of them."""
    async with _both(bench, 500, CLIENTS) as both:

        def of(ticks: EngineTicks) -> Callable[[], Awaitable[float]]:
            async def run() -> float:
                return (await ticks.load(CLIENTS, bench.seconds)).p99_ms

            return run

        sealed, plain = (of(ticks) for ticks in both)
        yield Contest(sealed, {WITHOUT: plain})


async def _cost_us(seals: Kept, rows: int) -> float:
    """Processor time of sealing the kept batches once more, a row, without the database's part."""
    nowhere: Any = NoDatabase()
    batches, seals.batches = seals.batches, []
    started = time.process_time()
    for batch in batches:
        prepared = await seals.prepared(nowhere, batch, Lane.LISTS)
        assert prepared is not None
        async with seals.sealing(nowhere, batch, prepared):
            pass
    took = time.process_time() - started
    seals.batches = batches
    return took / rows * 1_000_000


@case("sealing_cost", unit="µs", better="lower", limit=6.0)
@asynccontextmanager
async def sealing_cost(bench: Bench) -> AsyncIterator[Contest]:
    """What a single change costs the synchroniser more for its leaf: processor time, without PostgreSQL's."""
    async with _running(bench, SEALED, 500, CLIENTS) as (ticks, _, seals):
        assert seals is not None
        await closed_loop(ticks.tick, CLIENTS, bench.seconds)
        await ticks.engine.flush(FLUSH_S_MAX)
        changes = sum(len(batch.operations) for batch in seals.batches)

        async def cost() -> float:
            return await _cost_us(seals, changes)

        yield Contest(cost)


@case("sealing_cost_bulk", unit="µs", better="lower", limit=3.0)
@asynccontextmanager
async def sealing_cost_bulk(bench: Bench) -> AsyncIterator[Contest]:
    """The same for each row of a change of forty thousand."""
    count = bench.pick(4_000, 40_000)
    async with _running(bench, SEALED, count, 2) as (ticks, _, seals):
        assert seals is not None
        for client in range(2):
            await ticks.engine.perform(ticks.bulk(client, range(1, count + 1), select=True))
        await ticks.engine.flush(FLUSH_S_MAX)

        async def cost() -> float:
            return await _cost_us(seals, 2 * count)

        yield Contest(cost)


@case("sealing_behind", unit="s", better="lower", limit=2.0)
@asynccontextmanager
async def sealing_behind(bench: Bench) -> AsyncIterator[Contest]:
    """How long what is in PostgreSQL waits for a signed head at most, while fifty people tick."""
    async with _running(bench, SEALED, 500, CLIENTS) as (ticks, dsn, _), database_at(dsn) as database:
        directory, journal = bench.directory / SEALED, ticks.engine.journal.id
        sealer = Sealer(database, begin(directory, journal, None), journal, macs_in(directory))

        async def longest() -> float:
            watched = asyncio.create_task(_behind_s(ticks, sealer))
            await closed_loop(ticks.tick, CLIENTS, max(bench.seconds, 3.0))
            await ticks.engine.flush(FLUSH_S_MAX)
            return await watched

        await sealer.start()
        try:
            yield Contest(longest)
        finally:
            await sealer.stop()


async def _behind_s(ticks: EngineTicks, sealer: Sealer) -> float:
    """Until all that was written, once something was, is under a head."""
    waiting: list[tuple[int, float]] = []
    engine, loop = ticks.engine, asyncio.get_running_loop()
    longest, first = 0.0, engine.synced
    while waiting or engine.synced == first or engine.synced < engine.journal.last:
        if engine.synced > (waiting[-1][0] if waiting else max(first, sealer.status.position)):
            waiting.append((engine.synced, loop.time()))
        signed = sealer.head is not None and sealer.head.size == sealer.status.size
        while signed and waiting and waiting[0][0] <= sealer.status.position:
            longest = max(longest, loop.time() - waiting.pop(0)[1])
        await asyncio.sleep(WATCHED_EVERY_S)
    return longest


@case("sealing_verify", unit="rows/s", limit=60_000)
@asynccontextmanager
async def sealing_verify(bench: Bench) -> AsyncIterator[Contest]:
    """The whole trail held against the log, of large changes, against rebuilding its lists only."""
    count, people = bench.pick((2_000, 2), (20_000, 10))
    async with _running(bench, SEALED, count, people) as ran, database_at(ran.dsn) as database:
        for client in range(people):
            await ran.ticks.engine.perform(ran.ticks.bulk(client, range(1, count + 1), select=True))
        yield await _verified(bench, ran, database, count * people)


@case("sealing_verify_ticks", unit="rows/s", limit=60_000)
@asynccontextmanager
async def sealing_verify_ticks(bench: Bench) -> AsyncIterator[Contest]:
    """The same where each row is a change of its own, with an entry of its own in the log."""
    count = bench.pick(4_000, 100_000)
    async with _running(bench, SEALED, 500, CLIENTS) as ran, database_at(ran.dsn) as database:

        async def some(client: int) -> None:
            for _ in range(count // CLIENTS):
                await ran.ticks.tick(client)

        await asyncio.gather(*(some(client) for client in range(CLIENTS)))
        yield await _verified(bench, ran, database, count)


async def _verified(bench: Bench, ran: Ran, database: Database, rows: int) -> Contest:
    engine, directory = ran.ticks.engine, bench.directory / SEALED
    await engine.flush(FLUSH_S_MAX)
    journal = engine.journal.id
    log, macs = begin(directory, journal, None), macs_in(directory)
    notices = Notices(macs, Blinds(newest_log(directory)), ManualClock())
    await tell_as_standing(database, notices, Known(log.files, [journal], macs))
    await Sealer(database, log, journal, macs).seal()

    async def with_leaves() -> float:
        started = time.perf_counter()
        found = await verify_seals(database, directory, journal)
        if not found.clean or found.rows != rows:
            raise RuntimeError("it is not clean")
        return found.rows / (time.perf_counter() - started)

    async def lists_only() -> float:
        started = time.perf_counter()
        return (await verify(database)).trail_rows / (time.perf_counter() - started)

    return Contest(with_leaves, {"lists rebuilt only": lists_only})
