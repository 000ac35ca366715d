"""The `broadcast` of the library `websockets`: so many changes a second, each to who has joined its topic.

It begins when all have joined: told before, it would have no time for those who still come."""

import asyncio
import json
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import uuid4

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed


async def _main(rate: float, awaited: int) -> None:
    members: defaultdict[str, set[ServerConnection]] = defaultdict(set)
    all_here = asyncio.Event()

    async def joined(connection: ServerConnection) -> None:
        topic = ""
        with suppress(ConnectionClosed):  # who has seen enough goes without a word
            async for message in connection:
                _, ref, topic, event, _ = json.loads(message)
                if event == "phx_join":
                    members[topic].add(connection)
                    if sum(map(len, members.values())) == awaited:
                        all_here.set()
                reply = {"status": "ok", "response": {}}
                await connection.send(json.dumps([ref, ref, topic, "phx_reply", reply]))
        members[topic].discard(connection)

    async with serve(
        joined, "127.0.0.1", 0, compression=None, ping_interval=None, open_timeout=None
    ) as server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await all_here.wait()
        loop, due = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        while True:
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            topic = random.choice(list(members))  # any will do
            broadcast(members[topic], _changed(topic))


def _changed(topic: str) -> str:
    change = {
        "version": 7,
        "from": 6,
        "count": 1,
        "op": str(uuid4()),
        "by": None,
        "at": datetime.now(UTC).isoformat(),
        "source": "hand",
        "added": [str(uuid4())],
        "removed": [],
    }
    return json.dumps(["1", None, topic, "changes", change], separators=(",", ":"))


@asynccontextmanager
async def broadcasting(rate: float, awaited: int) -> AsyncIterator[int]:
    """The port where it serves. ``awaited``: how many sockets will join."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.peers.websockets_broadcast",
        str(rate),
        str(awaited),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield int(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(_main(float(sys.argv[1]), int(sys.argv[2])))
