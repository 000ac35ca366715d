"""A tick that is acknowledged once a stand-by of PostgreSQL has it, too, against the file on one disk."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from benchmarks.case import Bench, Contest, case
from benchmarks.cases.durable_toggle import RECORDS
from benchmarks.load import Load
from benchmarks.ours import EngineTicks, engine_at
from benchmarks.peers.postgres import benchmark_database
from sertantai.journal.protocol import Journal
from sertantai.journal.shared.files import SharedFiles
from sertantai.journal.shared.hub import Durability
from tests.fixtures.quorum import ANY_OF_BOTH, running_quorum


@asynccontextmanager
async def contest(bench: Bench, clients: int, of: Callable[[Load], float]) -> AsyncIterator[Contest]:
    async with AsyncExitStack() as stack:
        quorum = stack.enter_context(running_quorum(durable=True))
        await quorum.are_here()
        await quorum.wait_for(ANY_OF_BOTH)
        shared: Journal = SharedFiles(bench.directory, quorum.primary.dsn, Durability.QUORUM).journal()

        async def measure(journal: Journal | None, name: str) -> Callable[[], Awaitable[float]]:
            home = bench.directory / name
            home.mkdir()
            database = await stack.enter_async_context(
                benchmark_database(home, records=RECORDS, users=clients)
            )
            engine = await stack.enter_async_context(
                engine_at(database.dsn, home / "journal.sqlite" if journal is None else journal)
            )
            ticks = EngineTicks(engine, database.users[:clients], RECORDS)
            await ticks.warm()

            async def ask() -> float:
                return of(await ticks.load(clients, bench.seconds))

            return ask

        ours = await measure(shared, "shared")
        yield Contest(ours, {"the file": await measure(None, "file")})


@case("shared_journal", unit="ticks/s", in_quick=False)
@asynccontextmanager
async def shared_journal(bench: Bench) -> AsyncIterator[Contest]:
    """100 people tick at once, each tick on two of three PostgreSQL servers, one disk; against the file."""
    async with contest(bench, 100, lambda load: load.rate) as found:
        yield found


@case("shared_journal_1_p50", unit="ms", better="lower", limit=1.5, in_quick=False)
@asynccontextmanager
async def shared_journal_1(bench: Bench) -> AsyncIterator[Contest]:
    """One person ticks: how long until it is on two of three, for half of the ticks; against the file."""
    async with contest(bench, 1, lambda load: load.p50_ms) as found:
        yield found
