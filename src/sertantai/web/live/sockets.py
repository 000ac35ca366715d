"""The handshake of a WebSocket. Who is refused is refused before the upgrade, by an answer of HTTP: a client
that is let in and then closed comes back at once, seventy times a second."""

from typing import Any, Final

from sertantai.core.errors import RateLimited, SertantaiError, Unavailable
from sertantai.http.asgi import Receive, Scope, Send
from sertantai.http.protocol.websocket_protocol import TAKEN, Line
from sertantai.live import metrics
from sertantai.live.messages import Written
from sertantai.live.service import Live
from sertantai.web.live.knocking import SUBPROTOCOL, Doorkeeper, Refused

PATH: Final = "/socket/websocket"
HANDSHAKES_MAX: Final = 500
"""At once; further ones come again in a moment, each at its own."""


class SocketOutlet:
    """A socket as the hub sees it."""

    __slots__ = ("_line",)

    def __init__(self, line: Line) -> None:
        self._line = line

    def write(self, message: Written) -> None:
        self._line.write(message.frame)

    @property
    def unread_bytes(self) -> int:
        return self._line.unread_bytes

    def close(self, code: int, reason: str = "") -> None:
        self._line.close(code, reason)

    def abort(self) -> None:
        self._line.abort()


class Sockets:
    """ASGI application of all WebSockets."""

    def __init__(self, live: Live, doorkeeper: Doorkeeper) -> None:
        self._live = live
        self._doorkeeper = doorkeeper
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._under_way += 1
        try:
            status = await self._answer(scope, receive, send)
        finally:
            self._under_way -= 1
        metrics.HANDSHAKES.labels(str(status)).inc()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        try:
            if scope["path"] != PATH:
                raise Refused(404, "There is no socket here.")
            if self._under_way > HANDSHAKES_MAX or self._live.is_ending:
                raise Refused(503, "Too many are coming at once. Try again.", retry_after_s=2)
            knock = self._doorkeeper.look(scope)
            caller = await self._doorkeeper.caller(knock)
            self._live.screens.require_room(caller)
        except SertantaiError as error:
            return await _refuse(error, send)
        message = await receive()
        if message["type"] != "websocket.connect":
            return 499
        subprotocol = SUBPROTOCOL if knock.is_phoenix else None
        await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})
        line: Line = scope["state"][TAKEN]
        conversation = self._live.begin(caller, knock.credential, SocketOutlet(line), knock.version)
        line.take(conversation)
        return 101


async def _refuse(error: SertantaiError, send: Send) -> int:
    status = _status_of(error)
    headers: list[tuple[bytes, bytes]] = [(b"content-type", b"text/plain; charset=utf-8")]
    if error.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after_s))))
    start: dict[str, Any] = {"type": "websocket.http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": error.message.encode()})
    return status


def _status_of(error: SertantaiError) -> int:
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, RateLimited):
        return 429
    return 503 if isinstance(error, Unavailable) else 403
