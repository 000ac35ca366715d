"""Gzip for answers that are worth it: whole bodies of text above a size, and streams of text as they go."""

import asyncio
import zlib
from collections.abc import Awaitable
from typing import Final

from sertantai.http.asgi import App, Message, Receive, Scope, Send

COMPRESS_FROM_BYTES: Final = 1400
"""What fits into one network packet anyway is sent as it is."""
GZIP_LEVEL: Final = 4
ASIDE_FROM_BYTES: Final = 128 * 1024
"""Takes about 3 ms."""
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
_TEXT_TYPES: Final = (
    b"text/",
    b"application/json",
    b"application/problem+json",
    b"application/x-ndjson",
    b"application/vnd.oai",
)

_EVENTS: Final = b"text/event-stream"
"""It lasts for hours, and a compressor keeps 256 KB for as long."""


class Compression:
    """ASGI wrapper. Answers with their own Content-Encoding, such as static files, pass untouched."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and _accepts_gzip(scope):
            send = _Gzip(send).send
        return self._app(scope, receive, send)


def _accepts_gzip(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            return b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
    return False


class _Gzip:
    """Holds the start of one answer back until its first bytes show whether compressing pays."""

    __slots__ = ("_compressor", "_send", "_start")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._compressor: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if _is_compressible(message):
                self._start = message
                return
        elif message["type"] == "http.response.body":
            if self._start is not None:
                await self._begin(self._start, message)
                self._start = None
            if self._compressor is not None:
                message["body"] = await self._packed(
                    message["body"], last=not message.get("more_body", False)
                )
        await self._send(message)

    async def _begin(self, start: Message, first: Message) -> None:
        whole = not first.get("more_body", False)
        if not whole or len(first["body"]) >= COMPRESS_FROM_BYTES:
            self._compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
            kept = [(n, v) for n, v in start["headers"] if n.lower() != b"content-length"]
            start["headers"] = [*kept, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
        await self._send(start)

    async def _packed(self, body: bytes, *, last: bool) -> bytes:
        if len(body) < ASIDE_FROM_BYTES:
            return self._compress(body, last=last)
        return await asyncio.to_thread(self._compress, body, last=last)  # zlib lets others run meanwhile

    def _compress(self, body: bytes, *, last: bool) -> bytes:
        compressor = self._compressor
        assert compressor is not None
        packed = compressor.compress(body)
        return packed + compressor.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


def _is_compressible(start: Message) -> bool:
    text = False
    for name, value in start.get("headers", ()):
        lowered = name.lower()
        if lowered == b"content-encoding":
            return False
        if lowered == b"content-type":
            text = value.startswith(_TEXT_TYPES) and not value.startswith(_EVENTS)
    return text
