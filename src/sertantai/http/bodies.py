"""How much of arriving bodies is held in memory: of a stranger's, of one person's, of all together.

A body is read only after it is known who sends it and whether they may (see `idempotency` and `guards`). How
long it may take is `http_protocol`'s part.
"""

from collections import Counter
from collections.abc import Awaitable
from typing import Final

from sertantai.core.errors import TooLarge, Unavailable
from sertantai.http.asgi import App, Message, Receive, Scope, Send
from sertantai.http.caller import caller_in
from sertantai.http.csrf import SAFE_METHODS
from sertantai.http.request_end import at_end

SMALL_BYTES_MAX: Final = 16 * 1024
"""Ticks, forms, notes: never refused, whatever else arrives: the bound on connections bounds them."""
STRANGER_BYTES_MAX: Final = 64 * 1024
ALL_BYTES_MAX: Final = 64 * 1024 * 1024
ONE_BYTES_MAX: Final = 8 * 1024 * 1024
RETRY_AFTER_S: Final = 5
ON_DISK: Final = "body_on_disk"
"""A handler with ``opt={"body_on_disk": True}`` writes what arrives to a file, and bounds it itself. It
changes nothing, so that it may be asked twice."""


class BodiesFull(Unavailable):
    """Too much is being sent at the same time."""

    code = "too_many_uploads"


class BodyRoom:
    """Bytes of large bodies in memory, by whose they are."""

    def __init__(self, all_bytes_max: int = ALL_BYTES_MAX, one_bytes_max: int = ONE_BYTES_MAX) -> None:
        self._all_bytes_max = all_bytes_max
        self._one_bytes_max = one_bytes_max
        self._held: Counter[str] = Counter()
        self.bytes = 0

    def take(self, whose: str, size: int) -> None:
        """Raises `BodiesFull`."""
        if self.bytes + size > self._all_bytes_max or self._held[whose] + size > self._one_bytes_max:
            raise BodiesFull(
                "Too much is being sent at the same time. Nothing was changed; try again in a moment.",
                retry_after_s=RETRY_AFTER_S,
            )
        self._held[whose] += size
        self.bytes += size

    def give_back(self, whose: str, size: int) -> None:
        self.bytes -= size
        self._held[whose] -= size
        if self._held[whose] <= 0:
            del self._held[whose]


class Bodies:
    """ASGI middleware behind authentication and limits."""

    def __init__(self, app: App, room: BodyRoom) -> None:
        self._app = app
        self._room = room

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and not is_on_disk(scope):
            receive = _Arriving(scope, receive, self._room).receive
        return self._app(scope, receive, send)


def is_on_disk(scope: Scope) -> bool:
    """Whether nothing of its body is held in memory."""
    handler = scope.get("route_handler")
    return handler is not None and bool(handler.opt.get(ON_DISK))


class _Arriving:
    """One request's body, as far as it has come."""

    __slots__ = ("_bytes", "_held", "_receive", "_room", "_scope")

    def __init__(self, scope: Scope, receive: Receive, room: BodyRoom) -> None:
        self._scope = scope
        self._receive = receive
        self._room = room
        self._bytes = 0
        self._held = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > SMALL_BYTES_MAX:
            self._hold()
        return message

    def _hold(self) -> None:
        if self._bytes > STRANGER_BYTES_MAX and caller_in(self._scope) is None:
            raise TooLarge(
                f"Without signing in you may send at most {STRANGER_BYTES_MAX // 1024} KB at most."
            )
        self._room.take(_whose(self._scope), self._bytes - self._held)
        if not self._held:
            at_end(self._scope, self._give_back)
        self._held = self._bytes

    def _give_back(self) -> None:
        self._room.give_back(_whose(self._scope), self._held)


def _whose(scope: Scope) -> str:
    caller, client = caller_in(scope), scope.get("client")
    if caller is not None:
        return str(caller.user_id)
    return f"address {client[0] if client else ''}"
