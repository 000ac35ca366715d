"""The whole server over HTTP: a tick against a bare handler, and a page of the register at three sizes."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from benchmarks.case import Bench, Contest, case
from benchmarks.http import Connection, connections, load, request
from benchmarks.load import percentile_ms
from benchmarks.peers.bare import bare_server
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

CLIENTS = 32
RECORDS = 100
PAGES = 60
PAGE_QUERIES = (
    "q=safety&sort=-year",
    "family=💚 WASTE",
    "type_code=uksi&year=2019&sort=title_en",
    "q=regulations amendment&sort=-md_date",
    "sort=-year,title_en",
    "selected=true",
    "q=health safe&family=💙 OH%26S: Occupational / Personal Safety",
)


@asynccontextmanager
async def server(bench: Bench, records: int = 0) -> AsyncIterator[ServerProcess]:
    process = ServerProcess(Path(bench.directory) / "data", {"SERTANTAI_LOG_LEVEL": "warning"})
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
        our_connections = await stack.enter_async_context(connections(port, CLIENTS))
        bare_connections = await stack.enter_async_context(connections(bare_port, CLIENTS))

        async def ticks() -> float:
            return (await load(our_connections, mine, bench.seconds)).rate

        async def nothing() -> float:
            return (await load(bare_connections, bare, bench.seconds)).rate

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
        async with AsyncExitStack() as stack:
            ours = await stack.enter_async_context(server(bench, records))
            port = int(ours.url.rpartition(":")[2])
            person = await stack.enter_async_context(await ours.register())
            await person.operate("bulk_select", filter={"q": "safety"})
            (connection,) = await stack.enter_async_context(connections(port, 1))

            async def p95() -> float:
                return await _page_p95(connection, person, port)

            yield Contest(p95)


async def _page_p95(connection: Connection, person: Client, port: int) -> float:
    """A page with its facets, ticks and counts, as the browser asks for it; queries in random order."""
    headers = {"Authorization": f"Bearer {person.token}"}
    chosen = random.Random(3).choices(PAGE_QUERIES, k=PAGES)
    times = []
    for query in chosen:
        encoded = str(httpx.QueryParams(query))
        started = time.perf_counter()
        for path in ("/api/v1/records", "/api/v1/records/facets"):
            status, body = await connection.ask(request("GET", f"{path}?{encoded}", port, headers))
            if status != 200:
                raise RuntimeError(f"answered {status}: {body[:200]!r}")
        times.append(time.perf_counter() - started)
    return percentile_ms(sorted(times), 95)


_page_case("records_page_20k", 20_000, limit=None, in_quick=False)
_page_case("records_page_200k", 200_000, limit=40.0, in_quick=False)
_page_case("records_page_1m", 1_000_000, limit=None, in_quick=False)
