"""Two clients for Python, unmodified, follow a list through a restart of the server."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

from phoenix_channels_python_client.client import PHXChannelsClient
from phoenix_channels_python_client.client_types import ReconnectPolicy
from phoenix_channels_python_client.phx_messages import ChannelMessage

from sertantai.http.protocol.websocket_protocol import RESTARTING
from tests.fixtures.client import Client
from tests.fixtures.live.node import SCRIPTS
from tests.fixtures.live.wire import dial
from tests.fixtures.process import ServerProcess
from tests.fixtures.servers import StartServer
from tests.house.repository import ROOT

OLDER = ROOT / ".venv" / "older-client"
HEARD_S_MAX = 60.0
AT_ONCE = ReconnectPolicy(
    base_delay_s=0.05, max_delay_s=0.2, service_restart_min_delay_s=0.05, service_restart_max_delay_s=0.2
)


async def started(server: ServerProcess, token: str, list_: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, SCRIPTS / "older_client.py", server.url, token, list_),
        env={**os.environ, "PYTHONPATH": str(OLDER)},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )


async def heard_by(process: Process, what: str) -> dict[str, Any]:
    """The next line that tells of it."""
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(HEARD_S_MAX):
        while line := await process.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            if said["what"] == what:
                return said
        raise AssertionError((await process.stderr.read()).decode())


async def tick(person: Client, list_: str, record: str) -> None:
    await person.select(record, list_)


async def test_both_follow_a_list_through_a_restart(start_server: StartServer) -> None:
    server = start_server()
    heard: asyncio.Queue[ChannelMessage] = asyncio.Queue()
    is_back = asyncio.Event()

    async def told(message: ChannelMessage) -> None:
        if message.event == "changes":
            heard.put_nowait(message)

    async def back() -> None:
        is_back.set()

    async with await server.register() as ada:
        list_ = (await ada.http.post("/groups", json={"name": "followed"})).json()["id"]
        laws = [record["id"] for record in await ada.records(limit=2)]
        older = await started(server, ada.token, list_)
        address = f"{server.url.replace('http', 'ws', 1)}/socket/websocket"
        client = PHXChannelsClient(
            address, ada.token, reconnect_policy=AT_ONCE, heartbeat_interval_s=1.0, on_reconnect=back
        )
        try:
            async with client:
                await client.subscribe_to_topic(f"list:{list_}", told)
                assert (await heard_by(older, "state"))["state"] == "SUBSCRIBED"

                await tick(ada, list_, laws[0])
                first = (await heard_by(older, "changes"))["heard"]
                assert first["event"] == "changes"
                assert first["payload"]["added"] == [laws[0]]
                async with asyncio.timeout(HEARD_S_MAX):
                    told_first = (await heard.get()).payload
                assert told_first == first["payload"]

                wire = await dial(server.url, ada.token)
                await wire.listen("service")
                _, code = await asyncio.gather(server.restart_async(), wire.closed())
                assert code == RESTARTING, "never 1000, after which some clients stay away"
                said = [heard.payload for heard in wire.unseen if heard.event == "state"]
                assert said[-1]["state"] == "restarting"
                assert said[-1]["in_ms"] > 0
                while (await heard_by(older, "state"))["state"] != "SUBSCRIBED":
                    pass
                async with asyncio.timeout(HEARD_S_MAX):
                    await is_back.wait()
                await tick(ada, list_, laws[1])
                second = (await heard_by(older, "changes"))["heard"]["payload"]
                assert (second["from"], second["added"]) == (first["payload"]["version"], [laws[1]])
                async with asyncio.timeout(HEARD_S_MAX):
                    assert (await heard.get()).payload == second
        finally:
            older.kill()
            await older.wait()
