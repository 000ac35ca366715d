"""What it costs that the trail is sealed: the same work with leaves and without, alternated in one run."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from benchmarks.case import Bench, Contest, case
from benchmarks.load import closed_loop
from benchmarks.ours import FLUSH_S_MAX, EngineTicks, database_at, engine_at
from benchmarks.peers.postgres import benchmark_database
from sertantai.audit.standing.as_found import tell_as_standing
from sertantai.audit.standing.told import Known
from sertantai.audit.verify import verify
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.sealer import Sealer
from sertantai.sync.seals import Seals

CLIENTS = 50
SEALED = "sealed"
WITHOUT = "the same, not sealed"


class Ran(NamedTuple):
    ticks: EngineTicks
    dsn: str


@asynccontextmanager
async def _running(bench: Bench, name: str, records: int, users: int) -> AsyncIterator[Ran]:
    """An engine with a database of its own; it seals where it is called so."""
    directory = bench.directory / name
    directory.mkdir()
    seals = Seals(macs_in(directory), Blinds(newest_log(directory))) if name == SEALED else None
    async with (
        benchmark_database(directory, records=records, users=users) as database,
        engine_at(database.dsn, directory / "journal.sqlite", seals=seals) as engine,
    ):
        ticks = EngineTicks(engine, database.users, records)
        await ticks.warm()
        yield Ran(ticks, database.dsn)


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


@case("sealing_verify", unit="rows/s", limit=60_000)
@asynccontextmanager
async def sealing_verify(bench: Bench) -> AsyncIterator[Contest]:
    """The whole trail held against the log, against rebuilding its lists only."""
    count, people = bench.pick((2_000, 2), (20_000, 10))
    async with _running(bench, SEALED, count, people) as (ticks, dsn), database_at(dsn) as database:
        for client in range(people):
            await ticks.engine.perform(ticks.bulk(client, range(1, count + 1), select=True))
        await ticks.engine.flush(FLUSH_S_MAX)
        directory, journal = bench.directory / SEALED, ticks.engine.journal.id
        log, macs = begin(directory, journal, None), macs_in(directory)
        sealer = Sealer(database, log, journal, macs)
        notices = Notices(macs, Blinds(newest_log(directory)), ManualClock())
        await tell_as_standing(database, notices, Known(log.files, [journal], macs))
        await sealer.seal()

        async def with_leaves() -> float:
            started = time.perf_counter()
            found = await verify_seals(database, directory, journal)
            if not found.clean or found.rows != count * people:
                raise RuntimeError("it is not clean")
            return found.rows / (time.perf_counter() - started)

        async def lists_only() -> float:
            started = time.perf_counter()
            return (await verify(database)).trail_rows / (time.perf_counter() - started)

        yield Contest(with_leaves, {"lists rebuilt only": lists_only})
