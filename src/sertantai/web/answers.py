"""A JSON answer without the framework's general one around it: what every tick is answered with."""

from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.types import Receive, Scope, Send

T = TypeVar("T")

_encode: Final = msgspec.json.Encoder().encode
_CONTENT_TYPE: Final = (b"content-type", b"application/json")


class JsonAnswer(Response[T], Generic[T]):
    """``content`` as JSON, with ``headers`` as they are sent.

    The framework's own response merges headers, cookies and encoders of every layer, none of which this has,
    for each answer anew: 15 of a tick's 190 µs.
    """

    __slots__ = ("_sent",)

    def __init__(
        self, content: T, *, status_code: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        # Not the framework's own, which makes room for what is never there.
        self.content = content
        self.status_code = status_code
        self._sent = headers

    def to_asgi_response(self, *_given: Any, **_named: Any) -> Any:
        return _Sending(_encode(self.content), self.status_code or 200, self._sent)


class _Sending:
    """The answer as an ASGI application."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, body: bytes, status: int, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._body = body
        self._status = status
        self._headers = headers

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        length = (b"content-length", b"%d" % len(self._body))
        await send(
            {
                "type": "http.response.start",
                "status": self._status,
                "headers": [_CONTENT_TYPE, length, *self._headers],
            }
        )
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
