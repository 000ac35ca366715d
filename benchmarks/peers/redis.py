"""Redis with `appendfsync always`: a tick as SADD and XADD in one MULTI, answered after its fsync.

The client speaks the protocol itself, one prepared request at a time on each connection, so that Redis is
measured and not a client library.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.load import Load, closed_loop
from benchmarks.peers import program

READY = b"eady to accept connections"
START_S_MAX = 10.0
_BULK = re.compile(rb"\$(\d+)\r\n")


@asynccontextmanager
async def redis_server(directory: Path) -> AsyncIterator[Path]:
    """A server of its own on a Unix socket, which is yielded; every write is synced before it is answered."""
    socket = directory / "redis.sock"
    server = await asyncio.create_subprocess_exec(
        *(program("redis-server", "redis-server"), "--port", "0", "--unixsocket", str(socket)),
        *("--dir", str(directory), "--save", "", "--appendonly", "yes", "--appendfsync", "always"),
        *("--no-appendfsync-on-rewrite", "no", "--daemonize", "no"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(START_S_MAX):
            await _ready(server)
        drain = asyncio.create_task(_drain(server))
        yield socket
        drain.cancel()
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()


async def _ready(server: asyncio.subprocess.Process) -> None:
    assert server.stdout is not None
    said = b""
    while READY not in said:
        line = await server.stdout.readline()
        if not line:
            raise RuntimeError(f"redis-server ended: {said.decode(errors='replace')}")
        said += line


async def _drain(server: asyncio.subprocess.Process) -> None:
    assert server.stdout is not None
    while await server.stdout.read(65_536):
        pass


class RedisTicks:
    """Clients that tick and untick records, each in a set of its own owner, with an entry in one stream."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._connections: list[_Connection] = []
        self._count = 0

    async def load(self, clients: int, seconds: float) -> Load:
        """``clients`` with one tick under way each."""
        while len(self._connections) < clients:
            self._connections.append(await _Connection.open(self._socket))
        return await closed_loop(self._toggle, clients, seconds)

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()
        self._connections.clear()

    async def _toggle(self, client: int) -> None:
        self._count += 1
        record, owner = str(self._count), f"list:{client}"
        answer = await self._connections[client].ask(
            command("MULTI")
            + command("SADD", owner, record)
            + command("XADD", "log", "*", "owner", owner, "action", "select", "record", record)
            + command("EXEC"),
        )
        if b"*2\r\n:1\r\n" not in answer:
            raise RuntimeError(f"Redis answered {answer!r}")


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, socket: Path) -> "_Connection":
        return cls(*await asyncio.open_unix_connection(str(socket)))

    async def ask(self, request: bytes) -> bytes:
        """The answer to one MULTI … EXEC of two commands: +OK, two +QUEUED, an array of integer and text."""
        self._writer.write(request)
        answer = b""
        while not _complete(answer):
            received = await self._reader.read(4096)
            if not received:
                raise ConnectionError("Redis closed the connection")
            answer += received
            if answer.startswith(b"-") or b"\r\n-" in answer:
                raise RuntimeError(f"Redis refused: {answer!r}")
        return answer

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def _complete(answer: bytes) -> bool:
    bulk = _BULK.search(answer)
    return bulk is not None and len(answer) >= bulk.end() + int(bulk[1]) + 2


def command(*words: str) -> bytes:
    """A request in RESP, the Redis serialisation protocol."""
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded)
