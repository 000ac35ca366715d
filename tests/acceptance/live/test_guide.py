"""The programs of the guide to live lists, run exactly as they stand there."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets import Subprotocol
from websockets.asyncio.server import Server, ServerConnection, serve

from tests.fixtures.live.node import NODE
from tests.fixtures.servers import StartServer
from tests.house.repository import ROOT

PROGRAM = re.compile(r"<!-- run by a test: (\S+) -->\n```\w+\n(.*?)```", re.S)
PROGRAMS = dict(PROGRAM.findall((ROOT / "docs" / "guides" / "live.md").read_text()))
LINE_S_MAX = 60.0


def test_both_are_there() -> None:
    assert PROGRAMS.keys() == {"follow.mjs", "follow.py"}


@asynccontextmanager
async def running(
    folder: Path, name: str, url: str, token: str, list_: str
) -> AsyncIterator[asyncio.StreamReader]:
    (folder / name).write_text(PROGRAMS[name])
    modules = folder / "node_modules"
    modules.mkdir()
    for package, kept in (("phoenix", "phoenix-1.8.16"), ("ws", "ws")):
        (modules / package).symlink_to(ROOT / "node_modules" / kept)
    command = NODE if name.endswith(".mjs") else sys.executable
    process = await asyncio.create_subprocess_exec(
        *(command, folder / name),
        cwd=folder,
        env={"SERTANTAI_URL": url, "SERTANTAI_TOKEN": token, "LIST": list_},
        stdout=asyncio.subprocess.PIPE,
        limit=1024 * 1024,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(lines: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(LINE_S_MAX):
        found: dict[str, Any] = json.loads(await lines.readline())
    return found


@pytest.mark.parametrize("name", sorted(PROGRAMS))
async def test_each_follows_a_list_through_a_restart(
    start_server: StartServer, tmp_path: Path, name: str
) -> None:
    server = start_server()
    async with await server.register() as person:
        list_ = (await person.http.post("/groups", json={"name": "Site"})).json()["id"]
        first, second, third = [record["id"] for record in await person.records(limit=3)]
        folder = tmp_path / "program"
        folder.mkdir()
        async with running(folder, name, server.url, person.token, list_) as lines:
            joined = await said(lines)
            assert (joined["mode"], joined["ids"], bool(joined["epoch"])) == ("snapshot", [], True)
            done = await person.select(first, list_)
            change = await said(lines)
            assert (change["version"], change["added"]) == (done["version"], [first])
            await asyncio.to_thread(server.terminate)
            await server.start_async()
            await person.select(second, list_)
            # As it happens, or with what was missed, however soon the client is back.
            while second not in (told := await said(lines)).get("added", told.get("ids", ())):
                assert told["mode"] == "current", told
            await person.select(third, list_)
            assert (await said(lines))["added"] == [third]


ANSWERS: list[tuple[str, dict[str, Any]]] = [
    ("error", {"reason": "unavailable", "retry_after_s": 0}),
    ("ok", {"version": 5, "epoch": "e", "mode": "snapshot", "ids": []}),
    ("ok", {"version": 9, "epoch": "e", "mode": "snapshot", "ids": []}),
]
"""To each join; behind the second what was told is called back."""


@asynccontextmanager
async def scripted(joins: list[dict[str, Any]]) -> AsyncIterator[Server]:
    """A server in which happens, one after the other, what in ours is rare. ``joins``: what it was told."""

    async def hear(socket: ServerConnection) -> None:
        async for text in socket:
            join_ref, ref, topic, event, payload = json.loads(text)
            if event != "phx_join":
                continue
            joins.append(payload)
            status, said = ANSWERS[min(len(joins), len(ANSWERS)) - 1]
            answer = {"status": status, "response": said}
            await socket.send(json.dumps([join_ref, ref, topic, "phx_reply", answer]))
            if len(joins) == 2:
                await socket.send(json.dumps([join_ref, None, topic, "reset", {"epoch": "e", "version": 9}]))

    def protocol(_socket: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return Subprotocol("phoenix") if "phoenix" in offered else None

    async with serve(hear, "127.0.0.1", 0, select_subprotocol=protocol) as server:
        yield server


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@pytest.mark.parametrize("name", sorted(PROGRAMS))
async def test_each_asks_again_where_it_could_not_join_and_begins_anew_at_a_reset(
    tmp_path: Path, name: str
) -> None:
    joins: list[dict[str, Any]] = []
    async with (
        scripted(joins) as server,
        running(tmp_path, name, url_of(server), "a-token", "a-list") as lines,
    ):
        assert [(await said(lines))["version"] for _ in range(2)] == [5, 9]
    assert joins[:3] == [{}, {}, {}]
