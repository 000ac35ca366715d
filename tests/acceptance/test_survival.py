"""Nothing acknowledged is ever lost: the real process, killed and stopped under load."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess, StartServer

USERS = 8
ANSWER_S_MAX = 5.0


@dataclass
class Person:
    """Somebody who ticks and unticks, and remembers what the server said."""

    client: Client
    records: list[str]
    random: random.Random
    expected: dict[str, bool] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    acknowledged: int = 0

    async def work(self, stop: asyncio.Event) -> None:
        """Tick at random until told to stop; a request without an answer leaves its record unsure."""
        while not stop.is_set():
            record = self.random.choice(self.records)
            select = self.random.random() < 0.7
            started = asyncio.get_running_loop().time()
            try:
                response = await self.client.http.request(
                    "PUT" if select else "DELETE", f"/groups/default/records/{record}"
                )
            except httpx.HTTPError:
                self.unsure.add(record)
                await asyncio.sleep(0.02)
                continue
            assert asyncio.get_running_loop().time() - started < ANSWER_S_MAX
            if response.status_code in (429, 503):
                assert "retry-after" in response.headers
                self.unsure.add(record)
                await asyncio.sleep(0.05)
                continue
            assert response.status_code == 200, response.text
            self.expected[record] = select
            self.unsure.discard(record)
            self.acknowledged += 1

    async def check(self) -> None:
        selected = await self.client.selected()
        wrong = {
            r for r, ticked in self.expected.items() if r not in self.unsure and ticked != (r in selected)
        }
        assert not wrong, (
            f"{len(wrong)} of {len(self.expected)} acknowledged records are not as they were left"
        )


@asynccontextmanager
async def people(server: ServerProcess, count: int) -> AsyncIterator[list[Person]]:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await server.register()) for _ in range(count)]
        records = [record["id"] for record in await clients[0].records(limit=200)]
        yield [Person(client, records, random.Random(seed)) for seed, client in enumerate(clients)]


async def audit_is_clean(server: ServerProcess) -> None:
    flushed = await asyncio.to_thread(server.command, "sync", "flush")
    assert flushed.returncode == 0, flushed.stderr
    verified = await asyncio.to_thread(server.command, "audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.timeout(180)
async def test_every_acknowledged_tick_survives_kill_9(start_server: StartServer) -> None:
    server = start_server()
    async with people(server, USERS) as crowd:
        for _ in range(3):
            stop = asyncio.Event()
            working = [asyncio.create_task(person.work(stop)) for person in crowd]
            await asyncio.sleep(1.0)  # the time in which they work
            server.kill9()
            stop.set()
            await asyncio.gather(*working)
            await server.start_async()
            for person in crowd:
                await person.check()
        assert all(person.acknowledged > 10 for person in crowd)
        await audit_is_clean(server)


@pytest.mark.timeout(120)
async def test_a_graceful_stop_under_load_leaves_everything_in_postgresql(start_server: StartServer) -> None:
    server = start_server()
    async with people(server, USERS) as crowd:
        stop = asyncio.Event()
        working = [asyncio.create_task(person.work(stop)) for person in crowd]
        await asyncio.sleep(1.0)  # the time in which they work
        assert await asyncio.to_thread(server.terminate) == 0
        stop.set()
        await asyncio.gather(*working)
        status = await asyncio.to_thread(server.command, "sync", "status", "--json")
        assert '"waiting":0' in status.stdout.replace(" ", ""), status.stdout
        await server.start_async()
        for person in crowd:
            await person.check()
        await audit_is_clean(server)
