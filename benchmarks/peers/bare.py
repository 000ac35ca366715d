"""A bare handler on the same server: what HTTP, uvicorn and Litestar cost before anything is done."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

START_S_MAX = 60.0


@asynccontextmanager
async def bare_server() -> AsyncIterator[int]:
    """A process of its own; yields its port."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.peers.bare"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        async with asyncio.timeout(START_S_MAX):
            line = await server.stdout.readline()
        yield int(line.decode().rpartition(":")[2])
    finally:
        if server.returncode is None:
            server.terminate()
        await server.wait()


async def _serve() -> None:
    import uvicorn
    from litestar import Litestar, Response, put

    @put("/api/v1/groups/{group:str}/records/{record:str}")
    async def nothing(group: str, record: str) -> Response[dict[str, Any]]:
        return Response({"changed": True, "version": len(group), "count": len(record)}, status_code=200)

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        Litestar([nothing], openapi_config=None),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    sys.stdout.write(f"bare handler on 127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve())
