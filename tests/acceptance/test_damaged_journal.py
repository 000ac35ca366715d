"""A server whose journal has lost something says so everywhere, until an operator accepts it in words."""

import json
from collections.abc import Callable

import httpx

from tests.fixtures.process import ServerProcess


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
    async with httpx.AsyncClient(base_url=server.url) as client:
        ready = (await client.get("/health/ready")).json()
        assert ready["status"] == "degraded"
        assert "The journal is new" in ready["checks"]["journal"]["detail"]
        assert "changes that were saved shortly before may be missing" in (await client.get("/sign-in")).text
        inspected = json.loads(server.command("journal", "inspect", "--json").stdout)
        assert "The journal is new" in inspected["damages"][0]["what"]
        assert "journal accept" in server.command("doctor").stdout
        done = server.command("journal", "accept", "--reason", "the disk was replaced")
        assert done.returncode == 0, done.stderr
        assert (await client.get("/health/ready")).json()["checks"]["journal"]["status"] == "ok"
        assert "shortly before may be missing" not in (await client.get("/sign-in")).text
    events = server.command("security", "events", "--json").stdout
    assert "the disk was replaced" in events
    assert "journal_accepted" in events
