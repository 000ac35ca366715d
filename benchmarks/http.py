"""Load over HTTP, spoken without a client library: prepared requests on connections that stay open."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from benchmarks.load import Load, closed_loop


class Connection:
    """One connection with one request under way."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer, which must have a content-length."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        return status, await self._reader.readexactly(length)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
            stack.push_async_callback(connection.close)
            opened.append(connection)
        yield opened


def request(method: str, path: str, port: int, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Length: 0"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def load(opened: list[Connection], requests: list[list[bytes]], seconds: float) -> Load:
    """Each connection sends its own requests round and round; any answer but 200 ends the benchmark."""
    turns = [0] * len(opened)

    async def one(client: int) -> None:
        mine = requests[client]
        turns[client] += 1
        status, body = await opened[client].ask(mine[turns[client] % len(mine)])
        if status != 200:
            raise RuntimeError(f"answered {status}: {body[:200]!r}")

    return await closed_loop(one, len(opened), seconds)
