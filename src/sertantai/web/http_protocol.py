"""uvicorn's HTTP with bounds on the head of a request: its size, and how long it may take to arrive.

The parser itself keeps whatever comes, for as long as it comes.
"""

from asyncio import TimerHandle
from typing import Any, Final, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sertantai.web.problems import PROBLEM_MEDIA_TYPE, Problem, title_of

HEAD_BYTES_MAX: Final = 64 * 1024
"""Request line and headers together. nginx in front (deploy/nginx.conf) lets through less."""
HEAD_S_MAX: Final = 20.0
LINGER_S: Final = 2.0
"""How long a refused client may go on sending: closed at once, it would not read why."""

_REFUSAL: Final = msgspec.json.encode(
    Problem(
        title=title_of(431),
        status=431,
        code="head_too_large",
        detail=f"The request line and headers are larger than {HEAD_BYTES_MAX // 1024} KB.",
    )
)
_REFUSED: Final = b"\r\n".join(
    (
        b"HTTP/1.1 431 Request Header Fields Too Large",
        b"content-type: " + PROBLEM_MEDIA_TYPE.encode("ascii"),
        b"content-length: " + str(len(_REFUSAL)).encode("ascii"),
        b"cache-control: no-store",
        b"connection: close",
        b"",
        _REFUSAL,
    )
)


class BoundedHttp(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = True
        self._head_bytes = 0
        self._chunk_bytes = 0
        self._refused = False
        self._head_timer: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._chunk_bytes = len(data)
        if self._in_head:
            self._head_bytes += self._chunk_bytes
        super().data_received(data)
        if self._in_head and not self._refused:
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse()
            elif self._head_timer is None:
                self._start_timer()

    def on_message_begin(self) -> None:
        if not self._in_head:  # a further request of this connection, in the chunk at hand
            self._in_head, self._head_bytes = True, self._chunk_bytes
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        if self._refused:
            return
        # What came in one chunk with the end of the head may be body.
        if self._head_bytes > HEAD_BYTES_MAX and self._exact_head_bytes() > HEAD_BYTES_MAX:
            self._refuse()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def _exact_head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self) -> None:
        self._refused = True
        self._stop_timer()
        if self.transport.is_closing():
            return
        before = cast("RequestResponseCycle | None", self.cycle)
        if before is not None and not before.response_complete:
            # It came before the answer to the one before it: there is no place for another.
            self.transport.close()
            return
        self.transport.write(_REFUSED)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)

    def _start_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_S_MAX, self._too_slow)

    def _stop_timer(self) -> None:
        timer, self._head_timer = self._head_timer, None
        if timer is not None:
            timer.cancel()

    def _too_slow(self) -> None:
        cast(Any, self.transport).close()
