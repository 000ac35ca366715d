"""The product on a journal in PostgreSQL: killed, started elsewhere, without stand-bys, after a file."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.client import Client
from tests.fixtures.postgres import TEMPLATE, DatabaseUnderTest, ServerUnderTest, new_database
from tests.fixtures.process import ServerProcess
from tests.fixtures.proxy import Proxy

EXIT_REFUSED = 1


@pytest.fixture
async def own(embedded_server: ServerUnderTest) -> AsyncIterator[DatabaseUnderTest]:
    async for database in new_database(embedded_server, TEMPLATE):
        yield database


@pytest.fixture
async def journal(embedded_server: ServerUnderTest) -> AsyncIterator[DatabaseUnderTest]:
    async for database in new_database(embedded_server, "template1"):
        yield database


class House:
    """Servers with their data directories, on one database and one journal."""

    def __init__(self, folder: Path, database: str, journal: str) -> None:
        self._folder, self._given = folder, {"SERTANTAI_DATABASE_URL": database}
        self._journal = {"SERTANTAI_JOURNAL_URL": journal, "SERTANTAI_JOURNAL_DURABILITY": "single"}
        self.servers: list[ServerProcess] = []

    def server(self, name: str = "data", **given: str) -> ServerProcess:
        settings = {**self._given, **self._journal, **given}
        made = ServerProcess(self._folder / name, {k: v for k, v in settings.items() if v}, forked=True)
        self.servers.append(made)
        return made


@pytest.fixture
async def house(tmp_path: Path, own: DatabaseUnderTest, journal: DatabaseUnderTest) -> AsyncIterator[House]:
    made = House(tmp_path, own.dsn, journal.owner_dsn)
    yield made
    for server in made.servers:
        await asyncio.to_thread(server.sweep)


async def ask(server: ServerProcess, *command: str) -> str:
    done = await asyncio.to_thread(server.command, *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def laws(person: Client, count: int) -> list[str]:
    return [record["id"] for record in await person.records(limit=count)]


async def test_nothing_is_lost_when_it_is_killed(
    house: House, own: DatabaseUnderTest, embedded_server: ServerUnderTest
) -> None:
    network = Proxy(embedded_server.socket_dir / ".s.PGSQL.5432")
    await network.listen()
    url = f"postgresql://sertantai@127.0.0.1:{network.port}/{own.name}"
    server = house.server(SERTANTAI_DATABASE_URL=url)
    await server.start_async()
    try:
        async with await server.register() as person:
            ids = await laws(person, 12)
            await person.select(ids[0])
            await ask(server, "sync", "flush")
            network.refuse()  # what comes now is in the journal alone
            for law in ids[1:]:
                await person.select(law)
            server.kill9()
            assert not list(server.data_dir.glob("journal.sqlite*")), "there is no journal but that"
            await server.start_async()
            await network.listen()
            assert await person.selected() == set(ids)
            await ask(server, "sync", "flush")
            report = json.loads(await ask(server, "journal", "inspect", "--json"))
            assert report["journal"]["last"] >= len(ids)
            assert "clean" in await ask(server, "audit", "verify")
            ready = (await person.http.get(f"{server.url}/health/ready")).json()
            assert ready["checks"]["journal"]["status"] == "ok"
        refused = await asyncio.to_thread(server.command, "backup", "create", str(server.data_dir / "b"))
        assert refused.returncode != 0
        assert "The journal is in PostgreSQL" in refused.stderr
    finally:
        network.close()


async def test_another_data_directory_is_not_its(house: House) -> None:
    """Its key is elsewhere, and its sealed log."""
    first = house.server()
    await first.start_async()
    async with await first.register() as person:
        law = (await laws(person, 1))[0]
        await person.select(law)
        stranger = house.server("another")
        stranger.launch()
        async with asyncio.timeout(60):
            while stranger.exit_code() is None:  # noqa: ASYNC110  # it is another process
                await asyncio.sleep(0.05)
        assert stranger.exit_code() == EXIT_REFUSED
        assert "begun by a server with another data directory" in stranger.log()
        assert await person.selected() == {law}
        await person.select((await laws(person, 2))[1])


async def test_without_a_stand_by_nothing_is_taken_where_one_is_asked_for(house: House) -> None:
    server = house.server(SERTANTAI_JOURNAL_DURABILITY="quorum")
    await server.start_async()
    async with await server.register() as person:
        law = (await laws(person, 1))[0]
        answer = await person.http.put(f"/groups/default/records/{law}")
        assert (answer.status_code, answer.json()["code"]) == (503, "journal_not_replicated")
        assert "Retry-After" in answer.headers
        assert await person.selected() == set()
        examined = await asyncio.to_thread(server.command, "doctor", "--json")
        found = {one["check"]: one for one in json.loads(examined.stdout)["checks"]}
        assert found["journal"]["verdict"] == "failed"
        assert "waits for no stand-by" in found["journal"]["found"]


async def test_it_takes_the_place_of_a_file_once_all_of_that_is_in_the_database(
    house: House, own: DatabaseUnderTest, embedded_server: ServerUnderTest
) -> None:
    network = Proxy(embedded_server.socket_dir / ".s.PGSQL.5432")
    await network.listen()
    url = f"postgresql://sertantai@127.0.0.1:{network.port}/{own.name}"
    of_a_file = house.server(SERTANTAI_DATABASE_URL=url, SERTANTAI_JOURNAL_URL="")
    await of_a_file.start_async()
    try:
        async with await of_a_file.register() as person:
            ids = await laws(person, 3)
            await person.select(ids[0])
            network.refuse()
            await person.select(ids[1])
            of_a_file.kill9()
            await network.listen()
            server = house.server()
            server.launch()
            async with asyncio.timeout(60):
                while server.exit_code() is None:  # noqa: ASYNC110  # it is another process
                    await asyncio.sleep(0.05)
            assert server.exit_code() == EXIT_REFUSED
            assert "sertantai sync flush" in server.log()
            await ask(of_a_file, "sync", "flush")
            await server.start_async()
            person.http.base_url = person.http.base_url.copy_with(port=int(server.url.rpartition(":")[2]))
            assert await person.selected() == {ids[0], ids[1]}
            await person.select(ids[2])
            assert await person.selected() == set(ids)
            assert "clean" in await ask(server, "audit", "verify")
    finally:
        network.close()


async def test_it_needs_a_database_of_its_own_address(house: House) -> None:
    server = house.server(SERTANTAI_DATABASE_URL="")
    done = await asyncio.to_thread(server.command, "serve")
    assert done.returncode == 2
    assert "it needs SERTANTAI_DATABASE_URL" in " ".join(done.stderr.split())
