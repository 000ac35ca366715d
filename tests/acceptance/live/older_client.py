"""`realtime` of PyPI follows a list, and prints what it hears as lines of JSON, until its input ends.

It runs with an older `websockets` (`scripts/older-client.txt`), so it is a process of its own.
"""

import asyncio
import json
import sys
from typing import Any

from realtime import AsyncRealtimeClient


def tell(what: str, **more: Any) -> None:
    sys.stdout.write(json.dumps({"what": what, **more}) + "\n")
    sys.stdout.flush()


async def follow(url: str, token: str, list_: str) -> None:
    client = AsyncRealtimeClient(
        f"{url}/socket", token=token, hb_interval=1, max_retries=200, initial_backoff=0.05
    )
    channel = client.channel(f"list:{list_}")
    channel.on_broadcast("changes", lambda heard: tell("changes", heard=heard))
    await channel.subscribe(
        lambda state, error: tell("state", state=str(state.value), error=error and str(error))
    )
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await client.close()


asyncio.run(follow(*sys.argv[1:]))
