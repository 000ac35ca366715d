"""A server whose journal has lost something says so everywhere, until an operator accepts it in words."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import msgspec

from sertantai.core.operations import Select, decode, encode
from sertantai.journal.keyed import HEAD_BYTES, entries_in
from tests.conformance.forging import forge
from tests.fixtures.client import WITHOUT_TLS
from tests.fixtures.health import health_once
from tests.fixtures.postgres import TEMPLATE, ServerUnderTest, new_database
from tests.fixtures.process import ServerProcess
from tests.fixtures.proxy import Proxy

Story: TypeAlias = Coroutine[Any, Any, None]


async def test_a_journal_that_is_gone_is_told_until_it_is_accepted(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server()
    async with await server.register() as person:
        await person.select((await person.records())[0]["id"])
    assert server.command("sync", "flush").returncode == 0
    server.kill9()
    for name in ("", "-wal", "-shm"):
        (server.data_dir / f"journal.sqlite{name}").unlink(missing_ok=True)
    # Nothing says any more how much PostgreSQL has to have.
    (server.data_dir / "journal.sqlite-anchor").unlink()
    server.start()
    async with httpx.AsyncClient(base_url=server.url, verify=WITHOUT_TLS) as client:
        ready = (await client.get("/health/ready")).json()
        assert ready["status"] == "degraded"
        assert "The journal is new" in ready["checks"]["journal"]["detail"]
        assert "changes that were saved shortly before may be missing" in (await client.get("/sign-in")).text
        inspected = json.loads(server.command("journal", "inspect", "--json").stdout)
        said = [damage["what"] for damage in inspected["damages"]]
        assert ["is missing" in said[0], "The journal is new" in said[1]] == [True, True]
        assert "journal accept" in server.command("doctor").stdout
        done = server.command("journal", "accept", "--reason", "the disk was replaced")
        assert done.returncode == 0, done.stderr
        await health_once(client, lambda said: said.json()["checks"]["journal"]["status"] == "ok")
        assert "shortly before may be missing" not in (await client.get("/sign-in")).text
    accepted = server.security_event("journal_accepted")
    assert "the disk was replaced" in str(accepted)


async def test_a_journal_gone_with_its_anchor_is_told_and_brought_back_from_where_it_is_found(
    embedded_server: ServerUnderTest, tmp_path: Path
) -> None:
    """PostgreSQL has not heard of the newest changes: nothing but what is kept beside tells of them."""
    await _away_from_its_database(embedded_server, tmp_path, _lose_and_find)


async def test_attack_12_what_was_written_into_the_stopped_journal_is_told_and_never_synchronised(
    embedded_server: ServerUnderTest, tmp_path: Path
) -> None:
    """With every checksum made right, in the anchor too: only the key is not theirs."""
    await _away_from_its_database(embedded_server, tmp_path, _forge_and_see)


async def _away_from_its_database(
    embedded_server: ServerUnderTest, tmp_path: Path, story: Callable[[ServerProcess, Proxy, Path], Story]
) -> None:
    network = Proxy(embedded_server.socket_dir / ".s.PGSQL.5432")
    await network.listen()
    async for database in new_database(embedded_server, TEMPLATE):
        url = f"postgresql://sertantai@127.0.0.1:{network.port}/{database.name}"
        server = ServerProcess(tmp_path / "data", {"SERTANTAI_DATABASE_URL": url}, forked=True)
        try:
            await server.start_async()
            await story(server, network, tmp_path / "found")
        finally:
            await asyncio.to_thread(server.sweep)
            network.close()


async def _lose_and_find(server: ServerProcess, network: Proxy, aside: Path) -> None:
    async with await server.register() as person:
        ids = [record["id"] for record in await person.records(limit=3)]
        await person.select(ids[0])
        flushed = await asyncio.to_thread(server.command, "sync", "flush")
        assert flushed.returncode == 0, flushed.stderr
        network.refuse()
        for record in ids[1:]:
            await person.select(record)
        server.kill9()
        aside.mkdir()
        for file in server.data_dir.glob("journal.sqlite*"):
            file.rename(aside / file.name)
        await network.listen()
        await server.start_async()
        ready = (await person.http.get(f"{server.url}/health/ready")).json()
        assert "The journal is missing. It held" in ready["checks"]["journal"]["detail"]
        assert await person.selected() == {ids[0]}
        found = str(aside / "journal.sqlite")
        refused = await asyncio.to_thread(server.command, "journal", "salvage", found, "--apply")
        assert refused.returncode != 0, "the server runs"
        await asyncio.to_thread(server.terminate)
        for done in ("2", "0"):
            salvaged = await asyncio.to_thread(server.command, "journal", "salvage", found, "--apply")
            assert f"operations applied again: {done}\n" in salvaged.stdout, salvaged.stderr
        await server.start_async()
        assert await person.selected() == set(ids)
        await asyncio.to_thread(server.security_event, "journal_salvaged")
        verified = await asyncio.to_thread(server.command, "audit", "verify")
        assert verified.returncode == 0, verified.stdout


async def _forge_and_see(server: ServerProcess, network: Proxy, _aside: Path) -> None:
    async with await server.register() as person:
        ids = [record["id"] for record in await person.records(limit=3)]
        await person.select(ids[0])
        flushed = await asyncio.to_thread(server.command, "sync", "flush")
        assert flushed.returncode == 0, flushed.stderr
        network.refuse()
        await person.select(ids[1])
        server.kill9()
        forge(server.data_dir / "journal.sqlite", _of_another_law, anchor=True)
        await network.listen()
        await server.start_async()
        inspected = await asyncio.to_thread(server.command, "journal", "inspect", "--json")
        [damage] = json.loads(inspected.stdout)["damages"]
        assert "are not as this server wrote them" in damage["what"]
        ready = (await person.http.get(f"{server.url}/health/ready")).json()
        lost = ready["checks"]["journal"].get("detail", "")
        selected = await person.selected()
        # What the journal's own pages still had of before it may have come back; nothing else.
        assert selected == ({ids[0]} if "are not as this server wrote them" in lost else {ids[0], ids[1]})
        await person.select(ids[2])
        flushed = await asyncio.to_thread(server.command, "sync", "flush")
        assert flushed.returncode == 0, flushed.stderr
        assert await person.selected() == selected | {ids[2]}
        verified = await asyncio.to_thread(server.command, "audit", "verify")
        assert verified.returncode == 1, verified.stdout
        said = [line for line in verified.stdout.splitlines() if "without its key" in line]
        assert len(said) == 2, verified.stdout
        for line in said:
            told = r"\d{4}-\d\d-\d\d \d\d:\d\d: select of UK_\w+ in the list 'default' \("
            assert re.match(told, line), line
            assert f"of user {person.user_id}, by {person.user_id}, was written" in line
        accept = ("journal", "accept", "--reason", "somebody was at the disk")
        assert (await asyncio.to_thread(server.command, *accept)).returncode == 0
        verified = await asyncio.to_thread(server.command, "audit", "verify")
        assert verified.returncode == 0, verified.stdout


def _of_another_law(_first: int, _last: int, body: bytes) -> bytes:
    """Each tick is of the law behind it."""
    operations = [decode(one) for one in entries_in(body)]
    changed = [
        encode(msgspec.structs.replace(one, record=one.record + 5) if isinstance(one, Select) else one)
        for one in operations
    ]
    return body[:HEAD_BYTES] + msgspec.msgpack.encode(changed)
