"""A WebSocket: its handshake goes through the application as ASGI has it, and all that comes after past it.

A message to ten thousand is ten thousand writes. Each `await send` of ASGI costs four times as much as the
write itself, and buffers for who does not read without a bound: so whoever has accepted a socket takes it,
and speaks over it by `Line`. uvicorn makes one of these for each upgrade (``Config(ws=…)``).
"""

import asyncio
from asyncio import TimerHandle, Transport
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, Final, Protocol

from uvicorn.config import Config
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from sertantai.http.asgi import Scope
from sertantai.http.protocol.connections import Admitted, Connections
from sertantai.http.protocol.http_refusals import refusal
from sertantai.http.protocol.kernel_buffers import narrow
from sertantai.http.protocol.paces import Pace
from sertantai.http.protocol.websocket_scope import websocket_scope
from sertantai.process.logs import logger

TAKEN: Final = "line"
"""In the state of a scope: the `Line` to be taken."""
MESSAGE_BYTES_MAX: Final = 64 * 1024
UNREAD_HIGH_BYTES: Final = 64 * 1024
UNREAD_LOW_BYTES: Final = 8 * 1024
UNREAD_BYTES_MAX: Final = 1024 * 1024
"""A peer that reads nothing and goes on asking, or sending pings, is hung up on beyond this."""
FRAMES_PER_S: Final = 50
FRAMES_AT_ONCE: Final = 1_000
"""Of all kinds. Parts of messages, pings and what comes behind the end cost as much as messages, and nobody
who has taken the socket hears of them."""
FRAGMENTS_MAX: Final = 128
"""Of one message."""
HEARD_AT_ONCE_BYTES: Final = 2 * 1024
"""So much is looked at in one turn: of the shortest frames, some hundreds, two or three milliseconds."""
CLOSING_S: Final = 3.0
"""A peer that does not answer a close frame is hung up on after this."""

GOING_AWAY: Final = 1001
BAD_DATA: Final = 1007
BROKEN_RULE: Final = 1008
INTERNAL_ERROR: Final = 1011
RESTARTING: Final = 1012

_NO_WEBSOCKET: Final = refusal(400, "bad_request", "The request is no valid WebSocket handshake.")

log = logger(__name__)


class Listener(Protocol):
    """Who has taken a socket."""

    def heard(self, message: str | bytes) -> None:
        """A whole message of the peer: text, or bytes."""

    def gone(self) -> None:
        """Nothing comes any more and nothing arrives."""

    def drained(self) -> None:
        """The peer reads again."""


class Line(Protocol):
    """A socket, for who has taken it."""

    def take(self, listener: Listener) -> None: ...

    def write(self, frame: bytes) -> None:
        """A frame that `text_frame` made; nothing where the peer has gone."""

    @property
    def unread_bytes(self) -> int:
        """Written, and not yet in the kernel's hands."""

    def close(self, code: int, reason: str = "") -> None: ...

    def abort(self) -> None: ...


class WebSocketProtocol(asyncio.Protocol):
    """`Line` once it is taken. ``limits``: how many there may be, those in their handshake included."""

    __slots__ = (
        "_app_state",
        "_closing",
        "_config",
        "_connection",
        "_connections",
        "_events",
        "_frames",
        "_is_admitted",
        "_is_answered",
        "_is_lost",
        "_is_paused",
        "_is_text",
        "_limits",
        "_listener",
        "_loop",
        "_pace",
        "_peer",
        "_refusal",
        "_response",
        "_tasks",
        "_transport",
        "_unheard",
    )

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Connections | None = None,
    ) -> None:
        self._config = config
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._connections: set[Any] = server_state.connections
        self._tasks = server_state.tasks
        self._limits = limits
        self._connection = ServerProtocol(max_size=MESSAGE_BYTES_MAX)
        self._transport: Transport
        self._listener: Listener | None = None
        self._events: asyncio.Queue[dict[str, Any]] | None = asyncio.Queue()
        """What the application is told; None once somebody has taken the socket."""
        self._response: Response | None = None
        self._refusal: MutableMapping[str, Any] = {}
        """The head of the application's own answer."""
        self._frames: list[bytes] = []
        self._is_text = True
        self._is_admitted = False
        self._is_answered = False
        self._is_lost = False
        self._unheard = b""
        self._is_paused = False
        """While what came at once is looked at, piece by piece."""
        self._pace = Pace(FRAMES_PER_S, FRAMES_AT_ONCE, self._loop.time)
        self._closing: TimerHandle | None = None
        self._peer: str | None = None

    # ---------------------------------------------------------------------------------- what arrives

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._connections.add(self)
        peer = get_remote_addr(transport)
        self._peer = None if peer is None else peer[0]
        if self._limits is not None:
            self._is_admitted = self._limits.admit(self._peer) is Admitted.YES

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._is_lost = True
        if self._is_admitted and self._limits is not None:
            self._is_admitted = False
            self._limits.leave(self._peer)
        if self._closing is not None:
            self._closing.cancel()
        self._tell_gone()
        if exc is None:
            self._transport.close()
        # What reads frames, and why it ended, know the connection: else it would wait for the collector.
        self._connection.parser.close()
        if self._connection.parser_exc is not None:
            self._connection.parser_exc.__traceback__ = None

    def data_received(self, data: bytes) -> None:
        self._unheard += data
        if not self._is_paused:
            self._hear_some()

    def _hear_some(self) -> None:
        """What came, a piece each turn; nothing more comes meanwhile."""
        if self._transport.is_closing():
            self._unheard = b""
            return
        piece, self._unheard = self._unheard[:HEARD_AT_ONCE_BYTES], self._unheard[HEARD_AT_ONCE_BYTES:]
        self._hear(piece)
        if self._transport.is_closing():
            self._unheard = b""
        elif self._unheard:
            if not self._is_paused:
                self._is_paused = True
                self._transport.pause_reading()
            self._loop.call_soon(self._hear_some)
        elif self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def _hear(self, data: bytes) -> None:
        self._connection.receive_data(data)
        for event in self._connection.events_received():
            if isinstance(event, Request):
                self._begin(event)
            elif isinstance(event, Frame):
                if not self._pace.take():
                    self._transport.abort()
                    return
                self._frame(event)
        if not self._is_answered and self._connection.parser_exc is not None:
            self._is_answered = True
            self._transport.write(_NO_WEBSOCKET)
            self._transport.close()
            return
        self._send_pending()
        if self._connection.close_expected():
            self._hang_up_soon()

    def eof_received(self) -> None:
        self._connection.receive_eof()

    def resume_writing(self) -> None:
        if self._listener is not None:
            self._listener.drained()

    def _frame(self, frame: Frame) -> None:
        if self._listener is None:
            # Nobody sends any before the answer (RFC 6455, 4.1), and behind the end all is said.
            if not self._is_answered:
                self._transport.abort()
            return
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._is_text, self._frames = frame.opcode is Opcode.TEXT, [bytes(frame.data)]
        elif frame.opcode is Opcode.CONT:
            self._frames.append(bytes(frame.data))
            if len(self._frames) > FRAGMENTS_MAX:
                self._frames.clear()
                self.close(BROKEN_RULE, "too many parts")
                return
        else:  # the parser answers pings and closes itself
            return
        if frame.fin:
            message, self._frames = b"".join(self._frames), []
            self._message(message)

    def _message(self, message: bytes) -> None:
        try:
            heard = message.decode() if self._is_text else message
        except UnicodeDecodeError:
            self.close(BAD_DATA, "not UTF-8")
            return
        if self._listener is not None:
            self._listener.heard(heard)

    # -------------------------------------------------------------------------------- the handshake

    def _begin(self, request: Request) -> None:
        if self._limits is not None and not self._is_admitted:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, [("Retry-After", "5")], b"")
            return
        response = self._connection.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._is_answered = True
            self._connection.send_response(response)
            self._send_pending()
            self._transport.close()
            return
        self._response = response
        assert self._events is not None
        self._events.put_nowait({"type": "websocket.connect"})
        scope = websocket_scope(request, self._transport, self._config, {**self._app_state, TAKEN: self})
        task = self._loop.create_task(self._run(scope), name="websocket-handshake")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, scope: Scope) -> None:
        try:
            await self._config.loaded_app(scope, self._receive, self._send)
        except Exception:
            log.exception("websocket_handshake_failed")
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, [], b"")
            return
        if self._is_lost:
            return
        if not self._is_answered:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, [], b"")
        elif self._listener is None:
            self.close(INTERNAL_ERROR)

    async def _receive(self) -> dict[str, Any]:
        if self._events is None or self._is_lost:
            return {"type": "websocket.disconnect", "code": 1006}
        return await self._events.get()

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        kind = message["type"]
        if self._is_lost:
            return
        if kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.http.response.start":
            self._refusal = message
        elif kind == "websocket.http.response.body":
            head = self._refusal
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]]
            self._refuse(head["status"], headers, message.get("body", b""))
        elif kind == "websocket.close":
            self._refuse(HTTPStatus.FORBIDDEN, [], b"")

    def _accept(self, message: MutableMapping[str, Any]) -> None:
        response = self._response
        if response is None or self._is_answered:
            raise RuntimeError("there is nothing to be accepted")
        self._is_answered = True
        subprotocol = message.get("subprotocol")
        if subprotocol:
            response.headers["Sec-WebSocket-Protocol"] = subprotocol
        for name, value in message.get("headers", ()):
            response.headers[name.decode("latin-1")] = value.decode("latin-1")
        self._connection.send_response(response)
        self._send_pending()

    def _refuse(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """By an answer before the upgrade: who is accepted and then closed comes back at once."""
        if self._is_answered or self._is_lost:
            return
        self._is_answered = True
        kept = [pair for pair in headers if pair[0].lower() not in ("content-length", "connection")]
        said = Headers([*kept, ("Content-Length", str(len(body))), ("Connection", "close")])
        phrase = HTTPStatus(status).phrase
        self._connection.send_response(Response(int(status), phrase, said, body))
        self._send_pending()
        self._transport.close()

    # ------------------------------------------------------------------------------------- the line

    def take(self, listener: Listener) -> None:
        """To be called in the turn in which it is accepted."""
        self._events = self._response = None
        self._listener = listener
        self._transport.set_write_buffer_limits(high=UNREAD_HIGH_BYTES, low=UNREAD_LOW_BYTES)
        narrow(self._transport)
        if self._is_lost:
            self._tell_gone()

    def write(self, frame: bytes) -> None:
        transport = self._transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            transport.abort()
        else:
            transport.write(frame)

    @property
    def unread_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str = "") -> None:
        try:
            self._connection.send_close(code, reason)
        except InvalidState:
            return
        self._send_pending()
        self._hang_up_soon()

    def abort(self) -> None:
        self._transport.abort()

    def shutdown(self) -> None:
        """As uvicorn calls it, when it ends."""
        if self._is_answered:
            self.close(RESTARTING)
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, [("Retry-After", "2")], b"")
        self._transport.close()

    def _hang_up_soon(self) -> None:
        if self._closing is None and not self._is_lost:
            self._closing = self._loop.call_later(CLOSING_S, self._transport.abort)
        self._tell_gone()

    def _tell_gone(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.gone()
        elif self._events is not None:
            self._events.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def _send_pending(self) -> None:
        for data in self._connection.data_to_send():
            if data:
                self.write(data)
            elif self._transport.can_write_eof():  # the parser's sign for the end
                self._transport.write_eof()
