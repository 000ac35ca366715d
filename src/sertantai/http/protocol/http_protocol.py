"""uvicorn's HTTP with a bound and a clock for everything that a client may send, and for its reading.

The parser itself keeps whatever comes, for as long as it comes: heads, trailers, requests behind requests.
How large a body may be is not decided here (see `bodies`), only that it arrives.
"""

from asyncio import TimerHandle, Transport
from typing import Any, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sertantai.http.framework_problems import REQUEST_BODY_MAX_BYTES
from sertantai.http.protocol.answer_heads import WholeHeads
from sertantai.http.protocol.answer_transport import AnswerTransport
from sertantai.http.protocol.connections import Admitted, Connections
from sertantai.http.protocol.http_refusals import refusal
from sertantai.http.protocol.idle_clock import IdleClock
from sertantai.http.protocol.kernel_buffers import narrow, widen
from sertantai.http.protocol.told_slowly import CONNECTION

HEAD_BYTES_MAX: Final = 64 * 1024
"""Request line and headers together. nginx in front (deploy/nginx.conf) lets through less."""
HEADERS_MAX: Final = 200
HEAD_S_MAX: Final = 20.0
BODY_S_MAX: Final = 20.0
"""And a second more for each `BODY_BYTES_PER_S` that have come."""
BODY_BYTES_PER_S: Final = 8 * 1024
FRAMING_BYTES_MAX: Final = 16 * 1024
"""What is neither head nor body: sizes and extensions of chunks, trailers."""
FRAMING_BYTES_PER_BODY_BYTE: Final = 8
"""The smallest chunk has five for its one byte."""
UNREAD_BYTES_MAX: Final = 16 * REQUEST_BODY_MAX_BYTES
"""Of a body that was answered before it was read: many clients read only when they have sent all, and lose
the answer where the connection is closed under what they still send."""
PIPELINED_MAX: Final = 16
READING_S_MAX: Final = 60.0
"""A client that takes nothing of its answer for so long is gone."""
LINGER_S: Final = 2.0
"""How long a client that is done with may go on sending: closed at once, it would not read why."""
LINGER_BYTES_MAX: Final = UNREAD_BYTES_MAX

_HEAD_TOO_LARGE: Final = refusal(
    431,
    "head_too_large",
    f"The request line and headers are larger than {HEAD_BYTES_MAX // 1024} KB, or more than "
    f"{HEADERS_MAX} headers.",
)
_FRAMING_TOO_LARGE: Final = refusal(
    400, "framing_too_large", "Too much is sent beside the body: chunk extensions or trailers."
)
_BODY_TOO_SLOW: Final = refusal(
    408, "body_too_slow", "The body of the request did not arrive in time. Nothing was changed."
)
_NO_HTTP: Final = refusal(400, "bad_request", "The request is not valid HTTP.")
_TOO_MANY_CONNECTIONS: Final = refusal(
    503, "too_many_connections", "There are too many connections. Try again in a moment."
)


_NOBODYS: Final = httptools.HttpRequestParser(object())
"""In place of a parser that is done: each knows its connection, which would else be freed by nobody but the
collector, with all that it holds."""


class BoundedHttp(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    def __init__(self, *given: Any, limits: Connections | None = None, **named: Any) -> None:
        super().__init__(*given, **named)
        self._limits = limits
        self._peer: str | None = None
        self._is_counted = False
        self._in_head = True
        self._in_body = False
        self._head_bytes = 0
        self._body_bytes = 0
        self._framing_bytes = 0
        self._chunk_bytes = 0
        self._chunk_body_bytes = 0
        self._body_since = 0.0
        self._refused = False
        self._lingered_bytes = 0
        self._ends_when_read = False
        self._timer: TimerHandle | None = None
        self._reading_timer: TimerHandle | None = None
        self._is_narrow = False
        self._idle = IdleClock(self.loop, self.timeout_keep_alive, self.timeout_keep_alive_handler)

    # ---------------------------------------------------------------------------------- connections

    def connection_made(self, transport: Any) -> None:
        if self._limits is not None:
            peer = transport.get_extra_info("peername")
            self._peer = str(peer[0]) if isinstance(peer, tuple | list) and peer else None
            admitted = self._limits.admit(self._peer)
            if admitted is not Admitted.YES:
                self._turn_away(transport, told=admitted is Admitted.NO)
                return
            self._is_counted = True
        super().connection_made(transport)
        self._start_timer(HEAD_S_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)
        self.parser = _NOBODYS
        self.cycle = self.scope = None  # type: ignore[assignment]  # as uvicorn has it before the first

    def handle_websocket_upgrade(self) -> None:
        """The connection goes on as another kind, which is bounded by itself."""
        if self._refused:
            return
        self._end()
        super().handle_websocket_upgrade()
        self.parser = _NOBODYS

    def _end(self) -> None:
        self._stop_timer()
        self._stop_reading_timer()
        self._idle.stop()
        if self._limits is not None and self._is_counted:
            self._is_counted = False
            self._limits.leave(self._peer)

    def _turn_away(self, transport: Any, *, told: bool) -> None:
        self.transport = transport
        self._refused = True
        if not told:
            transport.abort()
            return
        assert self._limits is not None
        limits = self._limits
        limits.refused += 1

        def gone() -> None:
            limits.refused -= 1
            transport.abort()

        transport.write(_TOO_MANY_CONNECTIONS)
        self._say_end()
        self.loop.call_later(LINGER_S, gone)

    # --------------------------------------------------------------------------------- what arrives

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._lingered_bytes += len(data)
            if self._lingered_bytes > LINGER_BYTES_MAX:
                self.transport.abort()
            return
        size = self._chunk_bytes = len(data)
        self._chunk_body_bytes = 0
        if self._in_body:
            self._framing_bytes += size
        else:
            if not self._in_head:  # also empty lines between requests, which begin none
                self._in_head, self._head_bytes = True, 0
            self._head_bytes += size
        super().data_received(data)
        if not self.transport.is_closing():
            self._watch()

    def _watch(self) -> None:
        """After what came is parsed."""
        if self._refused:
            return
        if self._in_body:
            self._framing_bytes -= min(self._framing_bytes, self._chunk_body_bytes)
            most = FRAMING_BYTES_MAX + FRAMING_BYTES_PER_BODY_BYTE * self._body_bytes
            if self._framing_bytes > most:
                self._break_off(_FRAMING_TOO_LARGE)
            elif self._timer is None:
                self._start_timer(BODY_S_MAX)
        elif self._in_head:
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse_head()
            elif self._timer is None:
                self._start_timer(HEAD_S_MAX)

    def on_message_begin(self) -> None:
        if not self._in_head:  # a further request of this connection, in the chunk at hand
            self._in_head, self._head_bytes = True, self._chunk_bytes
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head or self._refused:
            return  # trailers: nobody here asks for any
        super().on_header(name, value)
        if len(self.headers) > HEADERS_MAX:
            self._refuse_head()

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        self._stop_timer()
        self._body_since = self.loop.time()
        self._body_bytes = self._framing_bytes = 0
        if self._refused:
            return
        # What came in one chunk with the end of the head may be body.
        if self._head_bytes > HEAD_BYTES_MAX and self._exact_head_bytes() > HEAD_BYTES_MAX:
            self._refuse_head()
            return
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is before:  # an upgrade, which has no answer of ours
            if not (cast("WholeHeads | None", before) is None or before.response_complete):
                self._end_with(None)
            return
        is_first = cast("WholeHeads | None", before) is None or before.response_complete
        if self._is_narrow and is_first:
            self._be_wide()
        self.scope["state"][CONNECTION] = self
        connection = AnswerTransport(self.transport, self.loop, self.end_when_read)
        self.cycle.transport = cast(Transport, connection)
        if len(self.pipeline) > PIPELINED_MAX:
            self._refused = True
            self._close()

    def on_body(self, body: bytes) -> None:
        self._chunk_body_bytes += len(body)
        self._body_bytes += len(body)
        if self._refused:
            return
        if self.cycle.response_complete and self._body_bytes > UNREAD_BYTES_MAX:
            self._linger()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        self._stop_timer()
        if self._ends_when_read:
            self.transport.close()
        elif not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn has it, with our clock for what comes behind the answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle.begin()

    def _unset_keepalive_if_required(self) -> None:
        """What uvicorn calls when something arrives."""
        self._idle.end()

    def _exact_head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    # ------------------------------------------------------------------------------------- refusals

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # as uvicorn calls it
        before = cast("WholeHeads | None", self.cycle)
        self._end_with(_NO_HTTP if before is None or before.response_complete else None)

    def _refuse_head(self) -> None:
        before = cast("WholeHeads | None", self.cycle)
        # Before the answer to the one before it is whole, there is no place for another.
        self._end_with(_HEAD_TOO_LARGE if before is None or before.response_complete else None)

    def _break_off(self, answer: bytes) -> None:
        """In the middle of a body: whoever reads it is told that the client is gone."""
        cycle = self.cycle
        is_first = not self.pipeline and not cycle.response_started
        cycle.disconnected = True
        cycle.message_event.set()
        self._end_with(answer if is_first else None)

    def _end_with(self, answer: bytes | None) -> None:
        self._refused = True
        self._stop_timer()
        if self.transport.is_closing():
            return
        if answer is None:
            self._close()
            return
        self.transport.write(answer)
        self._linger()

    def _linger(self) -> None:
        """The client sees the end behind its answer, and what it still sends is thrown away for a while."""
        self._refused = True
        self._stop_timer()
        self._say_end()
        self.loop.call_later(LINGER_S, self.transport.abort)

    def _say_end(self) -> None:
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def end_when_read(self) -> None:
        """All is said that there was to say, to a client that may be sending still."""
        if self._in_body and not self._refused and not self.pipeline:
            self._ends_when_read = True
        else:
            self.transport.close()

    def _close(self) -> None:
        """Also where the client never reads what is on its way to it."""
        self._stop_timer()
        self.transport.close()
        self.loop.call_later(LINGER_S, self.transport.abort)

    # ------------------------------------------------------------------- for what is told for hours

    def be_narrow(self) -> None:
        """Until the next request: little waits on the way, and nothing more is taken before all was sent."""
        self._is_narrow = True
        narrow(self.transport)
        self.transport.set_write_buffer_limits(high=0)

    def _be_wide(self) -> None:
        self._is_narrow = False
        widen(self.transport)
        self.transport.set_write_buffer_limits()

    async def drained(self) -> None:
        await self.flow.drain()

    def hang_up(self) -> None:
        self.transport.abort()

    # --------------------------------------------------------------------------------------- clocks

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._look)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _look(self) -> None:
        """A head that is not there by now is too late; a body has more time the more of it has come."""
        self._timer = None
        if not self._in_body:
            self._close()
            return
        now = self.loop.time()
        if self.flow.read_paused:  # it is we who are late
            self._body_since = now
        left = self._body_since + BODY_S_MAX + self._body_bytes / BODY_BYTES_PER_S - now
        if left > 0:
            self._start_timer(left)
        else:
            self._break_off(_BODY_TOO_SLOW)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading_timer is None:
            self._reading_timer = self.loop.call_later(READING_S_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_reading_timer()
        super().resume_writing()

    def _stop_reading_timer(self) -> None:
        timer, self._reading_timer = self._reading_timer, None
        if timer is not None:
            timer.cancel()
