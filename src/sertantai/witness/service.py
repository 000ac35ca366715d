"""A witness as a web application of its own: C2SP's `add-checkpoint`, and its own key at ``/``.

There is nothing else in it: no framework, no database, no account. It believes who it was started with.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from sertantai.core.sealing.notes import Key, NotANote, parse_head, parse_note
from sertantai.core.sealing.witnessing import (
    ADD_CHECKPOINT,
    REQUEST_BYTES_MAX,
    SIZE_TYPE,
    Asked,
    Refused,
    Status,
    continued,
    parse_request,
)
from sertantai.process.logs import logger
from sertantai.sealing.keys import Cosigner, verifies
from sertantai.witness.states import States

log = logger(__name__)

PLAIN: Final = "text/plain; charset=utf-8"

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Answer(msgspec.Struct, frozen=True):
    status: int
    text: str
    type: str = PLAIN
    allow: str | None = None


class Witness:
    """``keys``: of all logs that it believes; a log may have several."""

    def __init__(
        self,
        states: States,
        cosigner: Cosigner,
        keys: Sequence[Key],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._states = states
        self._cosigner = cosigner
        self._now = now
        self._keys_of: Mapping[str, Sequence[Key]] = _by_origin(keys)
        self._turns: dict[str, asyncio.Lock] = {origin: asyncio.Lock() for origin in self._keys_of}

    async def add_checkpoint(self, body: bytes) -> Answer:
        """What is signed was compared with what is kept, and kept, in one turn: two who ask at the same time
        get no two histories."""
        try:
            asked = parse_request(body)
            origin = parse_head(parse_note(asked.note).text).origin
        except NotANote as error:
            return Answer(Status.UNREADABLE, f"{error}\n")
        turn = self._turns.get(origin)
        if turn is None:
            return Answer(Status.UNKNOWN, "This witness does not know the log.\n")
        async with turn:
            return await asyncio.to_thread(self._add, asked)

    def _add(self, asked: Asked) -> Answer:
        try:
            head = continued(asked, self._keys_of, self._states.seen, verifies)
        except NotANote as error:
            return Answer(Status.UNREADABLE, f"{error}\n")
        except Refused as refused:
            if refused.is_another:  # it may be needed as proof
                log.warning("not_witnessed", reason=str(refused), note=asked.note)
            if refused.size is not None:
                return Answer(refused.status, f"{refused.size}\n", SIZE_TYPE)
            return Answer(refused.status, f"{refused}\n")
        self._states.keep(head, asked.note)
        return Answer(200, self._cosigner.line(head.text, int(self._now())))

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = await self._answer(scope, receive)
        if answer is None:
            return  # whoever asked has gone
        headers = [(b"content-type", answer.type.encode()), (b"cache-control", b"no-store")]
        if answer.allow is not None:
            headers.append((b"allow", answer.allow.encode()))
        body = answer.text.encode()
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> Answer | None:
        method, path = scope["method"], scope["path"]
        if path == ADD_CHECKPOINT:
            if method != "POST":
                return Answer(405, "POST, please.\n", allow="POST")
            body = await _read(receive)
            if body is None:
                return None
            if len(body) > REQUEST_BYTES_MAX:
                return Answer(413, f"A request has {REQUEST_BYTES_MAX:,} bytes at most.\n")
            try:
                return await self.add_checkpoint(body)
            except OSError:
                log.exception("the state cannot be saved, so nothing is signed")
                return Answer(503, "The state cannot be saved, so nothing is signed.\n")
        if path == "/" and method in ("GET", "HEAD"):
            return Answer(200, f"{self._cosigner.key}\n")
        return Answer(404, "There is nothing here.\n")


async def _read(receive: Receive) -> bytes | None:
    """The body, and no more than one chunk beyond its bound; None: whoever sent it has gone."""
    body = bytearray()
    while len(body) <= REQUEST_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def _by_origin(keys: Sequence[Key]) -> Mapping[str, Sequence[Key]]:
    found: defaultdict[str, list[Key]] = defaultdict(list)
    for key in keys:
        found[key.name].append(key)
    return dict(found)
