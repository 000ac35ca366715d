"""`sertantai changes follow` prints each change once, through restarts, and says why it ends."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.fixtures.client import Client, register
from tests.fixtures.process import COMMAND, ServerProcess, environment_of
from tests.fixtures.servers import StartServer

LINE_S_MAX = 60.0


class Follower:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(LINE_S_MAX):
            line = await self.process.stdout.readline()
        assert line, await self.said()
        found: dict[str, Any] = json.loads(line)
        return found

    async def said(self) -> str:
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()


@asynccontextmanager
async def follower(server: ServerProcess, token: str, *arguments: str) -> AsyncIterator[Follower]:
    settings = {"SERTANTAI_DATA_DIR": str(server.data_dir), "SERTANTAI_TOKEN": token}
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("changes", "follow", *arguments),
        env={**os.environ, **environment_of(settings)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1024 * 1024,
    )
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def laws(person: Client, count: int) -> list[str]:
    return [record["id"] for record in await person.records(limit=count)]


async def test_each_change_is_one_line_through_a_kill_of_the_server(start_server: StartServer) -> None:
    server = start_server()
    async with await server.register() as person:
        ids = await laws(person, 5)
        async with follower(server, person.token, "default") as lines:
            joined = await lines.line()
            assert (joined["event"], joined["mode"], "ids" in joined) == ("joined", "snapshot", False)
            await person.select(ids[0])
            first = await lines.line()
            assert (first["event"], first["from"], first["added"]) == ("changes", joined["version"], ids[:1])
            await person.select(ids[1])
            assert (await lines.line())["added"] == ids[1:2]
            await asyncio.to_thread(server.kill9)
            await server.start_async()
            await person.select(ids[2])
            # It comes as a change, or with what was missed; never twice.
            told = await lines.line()
            assert ids[2] in told.get("added", told.get("ids", ()))
            await person.select(ids[3])
            assert (await lines.line())["added"] == ids[3:4]


async def test_another_run_is_told_what_was_missed_since_the_last_line(shared_server: ServerProcess) -> None:
    async with await register(shared_server.url) as person:
        ids = await laws(person, 3)
        async with follower(shared_server, person.token, "default") as lines:
            epoch = (await lines.line())["epoch"]
            await person.select(ids[0])
            version = (await lines.line())["version"]
        await person.select(ids[1])
        await person.select(ids[2])
        known = ("--since", str(version), "--epoch", epoch)
        async with follower(shared_server, person.token, "default", *known) as lines:
            again = await lines.line()
    assert (again["event"], again["mode"]) == ("joined", "changes")
    assert set(again["added"]) == set(ids[1:])


async def test_it_ends_with_the_list_and_says_so(shared_server: ServerProcess) -> None:
    async with await register(shared_server.url) as person:
        made = (await person.http.post("/groups", json={"name": "Site"})).json()["id"]
        async with follower(shared_server, person.token, made, "--url", shared_server.url) as lines:
            await lines.line()
            assert (await person.http.delete(f"/groups/{made}")).is_success
            assert await lines.line() == {"event": "gone"}
            said = await lines.said()
            assert await lines.process.wait() == 1
    assert said == (
        "sertantai: The list can be followed no more: it is gone, or you may not see it any longer.\n"
    )


@pytest.mark.parametrize(
    ("token", "arguments", "says"),
    [
        ("", ("default",), "sertantai: Set SERTANTAI_TOKEN to a token with the scope to read"),
        ("secrét", ("default",), "sertantai: What SERTANTAI_TOKEN holds is no token: it has signs "),
        ("wrong\n", ("default",), "sertantai: Sign in first."),
        ("wrong", ("default", "--url", "http://127.0.0.1:9"), "sertantai: The server at http://127.0.0.1:9 "),
    ],
)
async def test_what_cannot_be_followed_ends_at_once_with_one_sentence(
    shared_server: ServerProcess, token: str, arguments: tuple[str, ...], says: str
) -> None:
    async with follower(shared_server, token, *arguments) as lines:
        said = await lines.said()
        assert await lines.process.wait() == 1
    assert said.startswith(says)
    assert len(said.splitlines()) == 1
