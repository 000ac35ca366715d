"""The whole server over HTTP: a tick against a bare handler, and a page of the register at three sizes."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from benchmarks.case import Bench, Contest, Measure, case
from benchmarks.http import Connection, connections, load, request
from benchmarks.load import percentile_ms
from benchmarks.peers.bare import bare_server
from benchmarks.questions import Question, questions_about
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

CLIENTS = 32
RECORDS = 100
PAGES = 200


@asynccontextmanager
async def server(
    bench: Bench, records: int = 0, environment: Mapping[str, str] | None = None
) -> AsyncIterator[ServerProcess]:
    settings = {"SERTANTAI_LOG_LEVEL": "warning", **(environment or {})}
    process = ServerProcess(Path(bench.directory) / f"data-{records}", settings)
    await process.start_async()
    try:
        if records:
            made = await asyncio.to_thread(
                process.command, "records", "generate", "--count", str(records), "--seed", "1"
            )
            if made.returncode != 0:
                raise RuntimeError(made.stderr)
        yield process
    finally:
        await asyncio.to_thread(process.terminate)
        process.sweep()


@case("http_toggle", unit="ticks/s", target=0.6)
@asynccontextmanager
async def http_toggle(bench: Bench) -> AsyncIterator[Contest]:
    """A durable tick over HTTP with everything around it, against a handler that does nothing."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(server(bench))
        bare_port = await stack.enter_async_context(bare_server())
        port = int(ours.url.rpartition(":")[2])
        people = [await stack.enter_async_context(await ours.register()) for _ in range(CLIENTS)]
        ids = [record["id"] for record in await people[0].records(limit=RECORDS)]
        mine = [_ticks(person, ids, port) for person in people]
        bare = [[request("PUT", f"/api/v1/groups/default/records/{id}", bare_port) for id in ids]] * CLIENTS

        # Opened for each turn: while the other has its own, a server may close what is idle.
        async def ticks() -> float:
            async with connections(port, CLIENTS) as opened:
                return (await load(opened, mine, bench.seconds)).rate

        async def nothing() -> float:
            async with connections(bare_port, CLIENTS) as opened:
                return (await load(opened, bare, bench.seconds)).rate

        yield Contest(ticks, {"bare handler": nothing})


def _ticks(person: Client, ids: list[str], port: int) -> list[bytes]:
    """Every record ticked, then every record unticked: each request changes something."""
    headers = {"Authorization": f"Bearer {person.token}"}
    return [
        request(method, f"/api/v1/groups/default/records/{id}", port, headers)
        for method in ("PUT", "DELETE")
        for id in ids
    ]


def _page_case(name: str, records: int, *, limit: float | None, in_quick: bool) -> None:
    @case(name, unit="ms p95", better="lower", limit=limit, in_quick=in_quick)
    @asynccontextmanager
    async def page(bench: Bench) -> AsyncIterator[Contest]:
        """A page of the register with its counts and ticks; every question is a new one."""
        async with AsyncExitStack() as stack:
            yield Contest(await _pages(stack, bench, records))


async def _pages(stack: AsyncExitStack, bench: Bench, records: int) -> Measure:
    ours = await stack.enter_async_context(server(bench, records))
    port = int(ours.url.rpartition(":")[2])
    person = await stack.enter_async_context(await ours.register())
    await person.operate("bulk_select", filter={"q": "safety"})
    questions = await questions_about(person, seed=3)

    # Opened for each turn: while another has its own, a server may close what is idle.
    async def p95() -> float:
        asked = [questions.page() for _ in range(PAGES)]
        async with connections(port, 1) as (connection,):
            return await _p95(connection, person, port, ("/records", "/records/facets"), asked)

    return p95


@case("facets", unit="ms p95", better="lower", in_quick=False)
@asynccontextmanager
async def facets(bench: Bench) -> AsyncIterator[Contest]:
    """The counts beside the table, with several filters set, at 200,000 laws."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(server(bench, 200_000))
        port = int(ours.url.rpartition(":")[2])
        person = await stack.enter_async_context(await ours.register())
        await person.operate("bulk_select", filter={"q": "safety"})
        (connection,) = await stack.enter_async_context(connections(port, 1))
        questions = await questions_about(person, seed=5)

        async def p95() -> float:
            asked = [questions.filters() for _ in range(PAGES)]
            return await _p95(connection, person, port, ("/records/facets",), asked)

        yield Contest(p95)


async def _p95(
    connection: Connection, person: Client, port: int, paths: Sequence[str], asked: Sequence[Question]
) -> float:
    """Milliseconds until every path has answered; the browser asks for a page and its counts so."""
    headers = {"Authorization": f"Bearer {person.token}"}
    times = []
    for question in asked:
        encoded = str(httpx.QueryParams(question))
        started = time.perf_counter()
        for path in paths:
            status, body = await connection.ask(request("GET", f"/api/v1{path}?{encoded}", port, headers))
            if status != 200:
                raise RuntimeError(f"answered {status}: {body[:200]!r}")
        times.append(time.perf_counter() - started)
    return percentile_ms(sorted(times), 95)


_page_case("records_page_20k", 20_000, limit=None, in_quick=False)
_page_case("records_page_200k", 200_000, limit=40.0, in_quick=False)


@case("records_page_1m", unit="ms p95", better="lower", target=0.5, in_quick=False)
@asynccontextmanager
async def records_page_1m(bench: Bench) -> AsyncIterator[Contest]:
    """The same with 1,000,000 laws, beside 200,000 in the same run: no more than twice as long."""
    async with AsyncExitStack() as stack:
        large = await _pages(stack, bench, 1_000_000)
        yield Contest(large, {"200,000 laws": await _pages(stack, bench, 200_000)})
