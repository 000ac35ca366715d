"""Two servers on one database, of which one runs on a copy of the other's data directory."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from typer.testing import CliRunner

from sertantai.app import running
from sertantai.cli.tree import app as command
from sertantai.process.settings import Settings
from tests.fixtures.health import health_once

RECORDS = 30
UNTIL_S = 60.0
PATIENT = {"SERTANTAI_SHUTDOWN_S_MAX": "3600"}
"""Who is refused does not wait at its end for what can never come."""


class Person:
    """Somebody who has registered at one of the servers."""

    def __init__(self, server: Litestar, token: str) -> None:
        self.token = token
        self.ticked: set[str] = set()
        self.moves_to(server)

    def moves_to(self, server: Litestar) -> None:
        headers = {"authorization": f"Bearer {self.token}"}
        self.http = client(server, headers=headers)

    async def tick(self, record: str) -> httpx.Response:
        answer = await self.http.put(f"/api/v1/groups/default/records/{record}")
        if answer.is_success:
            self.ticked.add(record)
        return answer

    async def list(self) -> set[str]:
        answer = await self.http.get("/api/v1/groups/default/record-ids")
        return set(answer.raise_for_status().json()["record_ids"])


def client(server: Litestar, **given: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=server)  # type: ignore[arg-type]  # Litestar is stricter in its types
    return httpx.AsyncClient(transport=transport, base_url="http://server", **given)


async def registered(server: Litestar, name: str) -> Person:
    body = {"email": f"{name}@example.org", "password": "correct horse battery staple"}
    answer = await client(server).post("/api/v1/auth/register", json=body)
    return Person(server, answer.raise_for_status().json()["token"])


def settings(path: Path, dsn: str) -> Settings:
    return Settings(data_dir=str(path), database_url=dsn, bcrypt_cost=4, log_level="error")


async def overtaken(server: Litestar, person: Person, records: list[str]) -> None:
    """Ticks until the server refuses it."""
    answer = await person.tick(records[0])
    async with asyncio.timeout(UNTIL_S):
        for turn in range(1_000_000):
            answer = await person.tick(records[turn % len(records)])
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(0.01)
    assert "copy of this data directory" in answer.json()["detail"]
    await health_once(client(server), lambda said: said.status_code == httpx.codes.SERVICE_UNAVAILABLE)


async def test_a_copy_of_a_data_directory_writes_beside_nobody(database_dsn: str, tmp_path: Path) -> None:
    old, copied = (settings(tmp_path / name, database_dsn) for name in ("old", "copied"))
    async with running(old, durable=False) as server:
        anna = await registered(server, "anna")
    shutil.copytree(old.data_path, copied.data_path)
    options = ["--data-dir", str(old.data_path), "--database-url", database_dsn]

    async with running(old, durable=False) as first:
        anna.moves_to(first)
        listed = (await anna.http.get("/api/v1/records", params={"limit": RECORDS})).json()["items"]
        records = [item["id"] for item in listed]
        assert (await anna.tick(records[0])).is_success
        async with running(copied, durable=False) as second:
            ben = await registered(second, "ben")
            for record in records:
                assert (await ben.tick(record)).is_success, "the one that began last goes on"
            await overtaken(first, anna, records)
            assert (await client(second).get("/health/ready")).is_success

    async with running(copied, durable=False) as second:
        ben.moves_to(second)
        for asked in (["journal", "salvage", "--apply"], ["sync", "flush"]):
            refused = await asyncio.to_thread(CliRunner().invoke, command, [*asked, *options], env=PATIENT)
            assert refused.exit_code != 0
            assert "runs, on another copy of the data directory" in str(refused.exception or refused.output)
        assert (await ben.tick(records[0])).is_success, "its claim was not taken away"
        assert (await ben.http.delete(f"/api/v1/groups/default/records/{records[0]}")).is_success
        ben.ticked.discard(records[0])

    # What the first had acknowledged meanwhile is in its own journal, and it knows.
    done = await asyncio.to_thread(CliRunner().invoke, command, ["journal", "salvage", "--apply", *options])
    assert done.exit_code == 0, done.output
    async with running(old, durable=False) as server:
        anna.moves_to(server)
        ben.moves_to(server)
        assert await anna.list() == anna.ticked
        assert await ben.list() == ben.ticked
