"""The memory of answered POSTs, and the middleware that consults it. See `idempotency_key` for the rules."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final

from litestar import Request
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from sertantai.core.clock import Clock
from sertantai.http.asgi import App, Message, Receive, Scope, Send
from sertantai.http.bodies import is_on_disk
from sertantai.http.caller import caller_in
from sertantai.http.csrf import CSRF_COOKIE
from sertantai.http.framework_problems import REQUEST_BODY_MAX_BYTES
from sertantai.http.idempotency_key import KEY_HEADER, IdempotencyKeyReused, fingerprint, parse_key
from sertantai.http.protocol.scim_problems import SCIM_PREFIX

ANSWERS_MAX: Final = 10_000
ANSWER_MAX_BYTES: Final = 64 * 1024
"""A larger one is not kept, with what it takes beside its body."""
MEMORY_MAX_BYTES: Final = 32 * 1024 * 1024
ENTRY_BYTES: Final = 600
"""What Python needs for one, without what is in it; each header takes `HEADER_BYTES` more."""
HEADER_BYTES: Final = 120
KEPT_S: Final = 24 * 3600.0
NEVER_AGAIN: Final = frozenset({"/api/v1/auth/token", "/sign-in", "/sign-in/code"})
"""Whoever signs in proves it each time: the same request again holds a code that is used up. So does a
directory, below `SCIM_PREFIX`: its token may have been revoked since."""

RIGHTS_SINCE: Final = "rights_since"
"""Where a request's state holds a number that is another one once what its caller may do was changed: nobody
is answered from the time when they were allowed to."""

Slot = tuple[str, str]
"""Whose key, and the key: nobody can read another's answer by guessing."""


class Answer(Struct, frozen=True):
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, about: headers are from what a client sent, too, and may be long."""
        return len(self.body) + sum(HEADER_BYTES + len(name) + len(value) for name, value in self.headers)


class Entry:
    """One request under way or answered. Waiters are released when it ends, however it ends."""

    __slots__ = ("answer", "ended", "expires_at", "fingerprint")

    def __init__(self, request_fingerprint: bytes, expires_at: float) -> None:
        self.fingerprint = request_fingerprint
        self.expires_at = expires_at
        self.ended = asyncio.Event()
        self.answer: Answer | None = None


class AnsweredRequests:
    """Bounded by count, bytes and age; the oldest answers go first, requests under way never."""

    def __init__(
        self, clock: Clock, *, answers_max: int = ANSWERS_MAX, memory_max_bytes: int = MEMORY_MAX_BYTES
    ) -> None:
        self._clock = clock
        self._answers_max = answers_max
        self._memory_max_bytes = memory_max_bytes
        self._entries: OrderedDict[Slot, Entry] = OrderedDict()
        self._bytes = 0

    async def answer_or_turn(self, slot: Slot, request_fingerprint: bytes) -> Answer | Entry:
        """The answer already given, or an `Entry`: then it is the caller's turn, and it must `end` it.

        Waits while the same request is under way; raises `IdempotencyKeyReused` for another request.
        """
        while (entry := self._entries.get(slot)) is not None:
            if entry.answer is not None and entry.expires_at <= self._clock.monotonic():
                self._drop(slot)
                break
            if entry.fingerprint != request_fingerprint:
                raise IdempotencyKeyReused
            if entry.answer is not None:
                return entry.answer
            await entry.ended.wait()
        entry = Entry(request_fingerprint, self._clock.monotonic() + KEPT_S)
        self._entries[slot] = entry
        return entry

    def end(self, slot: Slot, entry: Entry, answer: Answer | None) -> None:
        """Remember a success; forget anything else, for a refusal changed nothing and may be tried again."""
        if answer is not None and 200 <= answer.status < 300 and answer.size_bytes <= ANSWER_MAX_BYTES:
            entry.answer = answer
            self._bytes += _size_bytes(slot, answer)
            self._make_room()
        else:
            del self._entries[slot]
        entry.ended.set()

    def _make_room(self) -> None:
        while len(self._entries) > self._answers_max or self._bytes > self._memory_max_bytes:
            oldest = next((slot for slot, entry in self._entries.items() if entry.answer is not None), None)
            if oldest is None:
                return
            self._drop(oldest)

    def _drop(self, slot: Slot) -> None:
        entry = self._entries.pop(slot)
        self._bytes -= _size_bytes(slot, entry.answer) if entry.answer else 0


def _size_bytes(slot: Slot, answer: Answer) -> int:
    return ENTRY_BYTES + sum(map(len, slot)) + answer.size_bytes


class Idempotency:
    """ASGI middleware behind authentication: acts on POSTs that carry the header, costs others nothing."""

    def __init__(self, app: App, answered: Callable[[], AnsweredRequests]) -> None:
        self._app = app
        self._answered = answered

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        raw_key = _key_header(scope)
        if raw_key is None:
            return self._app(scope, receive, send)
        return self._once(raw_key, scope, receive, send)

    async def _once(self, raw_key: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        slot = (_whose(scope), parse_key(raw_key))
        await _let_in(scope)
        body = await _whole_body(receive)
        if body is None:
            return
        answered = self._answered()
        turn = await answered.answer_or_turn(
            slot, fingerprint(scope["path"], scope.get("query_string", b""), body)
        )
        if isinstance(turn, Answer):
            await _send_again(turn, send)
            return
        recorder = _Recorder(send)
        try:
            await self._app(scope, _replayed(body, receive), recorder.send)
        finally:
            answered.end(slot, turn, recorder.answer())


def _key_header(scope: Scope) -> bytes | None:
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path_template"] in NEVER_AGAIN:
        return None
    if is_on_disk(scope) or scope["path"].startswith(SCIM_PREFIX):
        return None
    return next((value for name, value in scope["headers"] if name == KEY_HEADER), None)


def _whose(scope: Scope) -> str:
    """Somebody in one session: nobody is given what was once answered in another, such as a token with more
    rights, nor a guest's session because they share an address and guess the key.

    Strangers have no session but the token of their page, which no other browser holds, and what they prove
    themselves with where it is nobody's token here.
    """
    caller = caller_in(scope)
    if caller is None:
        client = scope.get("client")
        return f"address {client[0] if client else ''} {_page_token(scope)} {_proof(scope)}"
    session = getattr(caller, "session_id", None)
    scopes = ",".join(sorted(getattr(caller, "scopes", ())))
    since = scope.get("state", {}).get(RIGHTS_SINCE, 0)
    return f"{caller.user_id} {caller.role} {session} {scopes} {since}"


def _proof(scope: Scope) -> str:
    """What a stranger brings to prove something, as nobody can read it from here."""
    brought = [value for name, value in scope["headers"] if name == b"authorization"]
    return blake2b(b"\0".join(brought), digest_size=16).hexdigest() if brought else ""


def _page_token(scope: Scope) -> str:
    start = CSRF_COOKIE.encode("ascii") + b"="
    cookies = [
        part.strip() for name, value in scope["headers"] if name == b"cookie" for part in value.split(b";")
    ]
    return ";".join(part.decode("latin-1") for part in cookies if part.startswith(start))


async def _let_in(scope: Scope) -> None:
    """Ask the route's guards before its body is read. They are asked again behind us: it costs little."""
    handler: BaseRouteHandler = scope["route_handler"]
    await handler.authorize_connection(Request(scope))  # type: ignore[arg-type]  # see asgi.py


async def _whole_body(receive: Receive) -> bytes | None:
    """None where the client has gone before its end: half a request is no request."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > REQUEST_BODY_MAX_BYTES:
            raise RequestEntityTooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _send_again(answer: Answer, send: Send) -> None:
    headers = [*answer.headers, (b"idempotency-replayed", b"true")]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


class _Recorder:
    """Passes an answer on and keeps a copy while it is small and whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self._body = bytearray()
        self._whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple(message["headers"])
        elif message["type"] == "http.response.body":
            if len(self._body) <= ANSWER_MAX_BYTES:
                self._body += message["body"]
            self._whole = not message.get("more_body", False)
        await self._send(message)

    def answer(self) -> Answer | None:
        return Answer(self._status, self._headers, bytes(self._body)) if self._whole else None
