"""A page that is made a slice at a time, when its answer is due: nobody else waits for its rows.

A template yields its text in small pieces. After each few of them the loop is asked whether others are due
(`breathe`), so that one rule holds for every page, however many rows it shows.
"""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from sertantai.http.answers import PIECE_BYTES
from sertantai.http.turns import breathe

PIECES_AT_A_TIME: Final = 64
"""Some two thirds of a row of a list: about 0.1 ms."""


class PageResponse(Response[bytes]):
    """``pieces`` are asked for only when the head of the answer is due; the rest is as for a `Response`."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterable[str], **sent: Any) -> None:
        super().__init__(b"", **sent)
        self._pieces = iter(pieces)

    def to_asgi_response(self, *given: Any, **named: Any) -> Any:
        return _Sending(super().to_asgi_response(*given, **named), self._pieces)


class _Sending:
    """The answer as an ASGI application. What a template raises is raised before anything is sent."""

    __slots__ = ("_head", "_pieces")

    def __init__(self, head: ASGIResponse, pieces: Iterator[str]) -> None:
        self._head = head
        self._pieces = pieces

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        parts = await _made(self._pieces)
        self._head.headers["content-length"] = str(sum(map(len, parts)))
        await self._head.start_response(send)
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": parts[-1], "more_body": False})
        await self._head.after_response()


async def _made(pieces: Iterator[str]) -> list[bytes]:
    """The whole page; one that is as large as a film in several parts."""
    parts: list[bytes] = []
    slices: list[bytes] = []
    size = 0
    await breathe()
    while some := list(islice(pieces, PIECES_AT_A_TIME)):
        slices.append("".join(some).encode())
        size += len(slices[-1])
        if size >= PIECE_BYTES:
            parts.append(b"".join(slices))
            slices, size = [], 0
        await breathe()
    return [*parts, b"".join(slices)]
