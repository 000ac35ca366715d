"""HTTP/1.1 spoken plainly on one kept connection: fifty clients cost little, and no broken connection is
mended behind the test's back."""

import asyncio
import json
from typing import Any, NamedTuple

PATIENCE_S = 20.0
"""Whoever waits so long would wait for ever. The server answers within 4.5 s (`Patience`, with tests of its
own); the rest is for a machine that others use too."""


class Cut(Exception):
    """The connection was refused, or ended without an answer."""


class Hang(AssertionError):
    """There was no answer within `PATIENCE_S`."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def retry_after_s(self) -> float:
        return float(self.headers["retry-after"])


class Wire:
    """One client's connection to the server, opened again when it was cut. One request at a time."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self.port = port
        self.token = token
        self.opened_at = 0.0
        """When the present connection was opened, by the event loop's clock."""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Raises `Cut` or `Hang`; the next question then goes over a new connection."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        keep = False
        try:
            async with asyncio.timeout(PATIENCE_S):
                status, found, content = await self._exchange(self._request(method, path, body, headers))
            keep = found.get("connection") != "close"
            return Answer(status, found, content, loop.time() - started)
        except TimeoutError:
            raise Hang(f"{method} {path} was not answered within {PATIENCE_S:.0f} s") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Cut(f"{method} {path}: {error}") from error
        finally:
            if not keep:
                self.close()

    async def open(self) -> None:
        """Connect without asking anything."""
        self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        self.opened_at = asyncio.get_running_loop().time()

    def close(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].transport.abort()

    def _request(self, method: str, path: str, body: object, headers: dict[str, str]) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        if content:
            lines.append("Content-Type: application/json")
        if self.token is not None:
            lines.append(f"Authorization: Bearer {self.token}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + content

    async def _exchange(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._streams is None:
            await self.open()
        assert self._streams is not None
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in rest if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        return int(first.split()[1]), headers, content
