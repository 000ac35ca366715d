"""Phoenix's long-poll: all answers are 200, and their status is in the body.

A session is opened by who proves who they are; its token is all that later requests carry, so it cannot be
guessed, lives for seconds, and ends with what it was opened with.
"""

import base64
import binascii
from typing import Any, Final, cast

import msgspec
from litestar import Response, route

from sertantai.core.errors import RateLimited, SertantaiError, Unavailable
from sertantai.http.asgi import Scope
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import public
from sertantai.http.limits.limit_classes import OPTION as LIMIT
from sertantai.http.limits.limit_classes import LimitClass
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.http.protocol.told_slowly import way_of
from sertantai.http.query_names import ASKS
from sertantai.http.stale_forms import NO_PROOF
from sertantai.live.bounds import LONG_POLL_FRAMES_MAX, LONG_POLL_GONE_S
from sertantai.live.frames import encoded
from sertantai.live.long_poll import LongPoll
from sertantai.live.service import STATE_KEY as LIVE
from sertantai.live.service import Live
from sertantai.web.live.knocking import SESSION_PREFIX, Doorkeeper, Knock, Refused
from sertantai.web.token_scopes import FOR_READING

DOORKEEPER: Final = "doorkeeper"
PATH: Final = "/socket/longpoll"
OK, NOTHING_CAME, FORBIDDEN, GONE, UNKNOWN, BUSY = 200, 204, 403, 410, 500, 503
_OPTIONS: Final[dict[str, Any]] = {
    **FOR_READING,
    ASKS: None,
    TAKES_ITS_TIME: True,
    LIMIT: LimitClass.READS,
    NO_PROOF: True,
}


class _Answer(msgspec.Struct, omit_defaults=True):
    status: int
    token: str | None = None
    messages: list[str] | None = None


@route(PATH, http_method=["GET", "POST", "OPTIONS"], guards=[public], opt=_OPTIONS, include_in_schema=False)
async def long_poll(request: AnyRequest) -> Response[bytes]:
    match request.method:
        case "GET":
            return await _fetch(request)
        case "POST":
            return await _publish(request)
        case _:
            return _options(request)


async def _fetch(request: AnyRequest) -> Response[bytes]:
    live: Live = request.app.state[LIVE]
    way_of(cast(Scope, request.scope)).be_narrow()
    try:
        knock = _knock(request)
        session = live.long_polls.find(knock.session) if knock.session is not None else None
        if session is None and knock.session is not None:
            return _answer(request, _Answer(UNKNOWN))  # older clients hear nothing else of their end
        if session is None:
            return _answer(request, await _begun(live, _doorkeeper(request), knock))
    except SertantaiError as error:
        return _answer(request, _Answer(_status_of(error)))
    _heard(live, session)
    messages = [text.decode() for text in await session.fetch()]
    if session.is_over and not messages:
        return _answer(request, _Answer(UNKNOWN))
    _heard(live, session)
    status = OK if messages else NOTHING_CAME
    return _answer(request, _Answer(status, session.token, messages))


async def _publish(request: AnyRequest) -> Response[bytes]:
    live: Live = request.app.state[LIVE]
    try:
        knock = _knock(request)
    except SertantaiError as error:
        return _answer(request, _Answer(_status_of(error)))
    session = live.long_polls.find(knock.session) if knock.session is not None else None
    if session is None or session.conversation is None:
        return _answer(request, _Answer(GONE))
    body = await request.body()  # as large as those of strangers may be: it carries no proof
    _heard(live, session)
    for frame in _frames(body):
        session.conversation.heard(frame)
        if session.is_over:
            return _answer(request, _Answer(GONE))
    return _answer(request, _Answer(OK))


def _options(request: AnyRequest) -> Response[bytes]:
    asked = request.headers.get("access-control-request-headers", "")[:500]
    headers = {
        **_cors(request),
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Max-Age": "3600",
    }
    return Response(b"", headers=headers)


async def _begun(live: Live, doorkeeper: Doorkeeper, knock: Knock) -> _Answer:
    if live.is_ending:
        raise Refused(BUSY, "The server is restarting.")
    caller = await doorkeeper.caller(knock)
    live.screens.require_room(caller)
    session = live.long_polls.begin(SESSION_PREFIX)
    session.conversation = live.begin(
        caller, knock.credential, session, knock.version, idle_s=LONG_POLL_GONE_S
    )
    return _Answer(GONE, session.token, [])


def _heard(live: Live, session: LongPoll) -> None:
    if session.conversation is not None:
        session.conversation.screen.heard_at = live.hub.now()


def _frames(body: bytes) -> list[str | bytes]:
    """One a line: text, or bytes as base64."""
    frames: list[str | bytes] = []
    for line in body.split(b"\n", LONG_POLL_FRAMES_MAX)[:LONG_POLL_FRAMES_MAX]:
        if not line:
            continue
        if line.startswith((b"[", b"{")):
            frames.append(line.decode(errors="replace"))
            continue
        try:
            frames.append(base64.b64decode(line, validate=True))
        except binascii.Error:
            frames.append(b"")
    return frames


def _knock(request: AnyRequest) -> Knock:
    return _doorkeeper(request).look(cast(Scope, request.scope))


def _doorkeeper(request: AnyRequest) -> Doorkeeper:
    found: Doorkeeper = request.app.state[DOORKEEPER]
    return found


def _status_of(error: SertantaiError) -> int:
    return BUSY if isinstance(error, Unavailable | RateLimited) else FORBIDDEN


def _answer(request: AnyRequest, answer: _Answer) -> Response[bytes]:
    headers = {**_cors(request), "Cache-Control": "no-store"}
    return Response(encoded(answer), headers=headers, media_type="application/json", status_code=200)


def _cors(request: AnyRequest) -> dict[str, str]:
    """Whose page it is has been looked at; here its browser is told that it may read the answer."""
    origin = request.headers.get("origin")
    return {} if origin is None else {"Access-Control-Allow-Origin": "*"}


ROUTES = [
    long_poll,
]
