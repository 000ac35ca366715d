"""Somebody reads what takes long, on many connections: everybody else signs in and ticks as ever."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.fixtures.client import ANSWER_S_MAX, WITHOUT_TLS, Client
from tests.fixtures.postgres import TEMPLATE, DatabaseUnderTest, ServerUnderTest, execute, new_database
from tests.fixtures.process import ServerProcess

BULK_OPERATIONS = 24
READERS = 16
SIGN_INS = 8
TICKS = 40
THINK_S = 0.1
"""After a refusal: the connections to PostgreSQL are tried, not how fast a machine can refuse."""
SLOW_TO_READ = """
CREATE POLICY slow_to_read ON selection_operations AS RESTRICTIVE FOR SELECT TO sertantai_app
USING (pg_sleep(0.5) IS NOT NULL)
"""
"""So much for each row: as if there were millions of them."""
TOO_LONG = "This page is taking too long"
IN_DOUBT = "do not know"


@pytest.fixture
async def own_database(embedded_server: ServerUnderTest) -> AsyncIterator[DatabaseUnderTest]:
    async for database in new_database(embedded_server, TEMPLATE):
        yield database


@pytest.fixture
async def served(own_database: DatabaseUnderTest, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data", {"SERTANTAI_DATABASE_URL": own_database.dsn}, forked=True)
    try:
        await process.start_async()
        yield process
    finally:
        await asyncio.to_thread(process.sweep)


async def test_a_long_history_on_many_connections_keeps_nobody_out(
    served: ServerProcess, own_database: DatabaseUnderTest
) -> None:
    async with await served.register() as reader, await served.register() as other:
        ids = [record["id"] for record in await other.records(limit=TICKS)]
        for number in range(BULK_OPERATIONS):
            await (reader.operate("clear_all") if number % 2 else reader.operate("bulk_select", filter={}))
        await has_all(own_database, reader)
        await execute(own_database.superuser_dsn, SLOW_TO_READ)
        ended = asyncio.Event()
        reading = [asyncio.create_task(read_history(served, reader, ended)) for _ in range(READERS)]
        for record in ids:
            assert (await other.select(record))["changed"]
        for _ in range(SIGN_INS):
            await sign_in(served, other)
        ended.set()
        told = [text for texts in await asyncio.gather(*reading) for text in texts]
        assert any(TOO_LONG in text for text in told), told[:3]
        assert not any(IN_DOUBT in text for text in told)
        assert await other.selected() == set(ids)


async def read_history(server: ServerProcess, person: Client, ended: asyncio.Event) -> list[str]:
    """Read it until told to stop; what was said in its place."""
    told = []
    async with server.client(person.token) as http:
        while not ended.is_set():
            answer = await http.get("/history", headers={"accept": "text/html"})
            if answer.status_code != httpx.codes.OK:
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
                told.append(answer.text)
                await asyncio.sleep(THINK_S)
    return told


async def sign_in(server: ServerProcess, person: Client) -> None:
    async with httpx.AsyncClient(
        base_url=f"{server.url}/api/v1", timeout=ANSWER_S_MAX, verify=WITHOUT_TLS
    ) as http:
        answer = await http.post("/auth/token", json={"email": person.email, "password": person.password})
        assert answer.status_code == httpx.codes.OK, answer.text


async def has_all(database: DatabaseUnderTest, person: Client) -> None:
    """Wait until PostgreSQL has all operations of the person."""
    asked = "SELECT count(*) FROM selection_operations WHERE user_id = $1"
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        while await connection.fetchval(asked, person.user_id) < BULK_OPERATIONS:  # noqa: ASYNC110  # it cannot call
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
