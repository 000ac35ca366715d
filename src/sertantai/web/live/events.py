"""``/api/v1/groups/{group}/events``: what happens to a list, as server-sent events."""

from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath
from litestar.response import Stream

from sertantai.core.errors import Unavailable
from sertantai.http.asgi import Scope
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import visitor
from sertantai.http.protocol.head_requests import only_head_wanted
from sertantai.http.protocol.told_slowly import way_of
from sertantai.http.request_end import at_end
from sertantai.http.turns import timed
from sertantai.live.event_stream import EventStream
from sertantai.live.joining import Wish
from sertantai.live.service import STATE_KEY as LIVE
from sertantai.live.service import Live
from sertantai.live.topics import Kind, Topic
from sertantai.web.live.knocking import Doorkeeper
from sertantai.web.live.long_polling import DOORKEEPER
from sertantai.web.query import VERSION, Shape, choice, text
from sertantai.web.requests import VERSION_DIGITS_MAX, allowed_to_read, caller_of
from sertantai.web.token_scopes import FOR_READING

MEDIA_TYPE: Final = "text/event-stream"
EPOCH_CHARACTERS_MAX: Final = 64
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""The second is for nginx, which would collect a page of events before it passes one on."""


class Following(msgspec.Struct, frozen=True):
    since: int | None = None
    epoch: str = ""
    want: str = ""
    until: str = ""


FOLLOWING: Final = Shape(
    Following,
    {
        "since": msgspec.structs.replace(
            VERSION,
            says="The version that you have. It counts with its epoch only.",
        ),
        "epoch": text("Of the version that you have.", most=EPOCH_CHARACTERS_MAX),
        "want": msgspec.structs.replace(
            choice("summary"),
            says="summary: no ids where the whole list would be told.",
        ),
        "until": msgspec.structs.replace(choice("now"), says="now: end when what was missed is told."),
    },
)


@get(
    "/groups/{group:str}/events",
    guards=[visitor],
    opt={**FOR_READING, **FOLLOWING.opt},
    summary="Follow a list, as server-sent events",
)
async def follow(request: AnyRequest, group: FromPath[str]) -> Stream:
    """Each has the list's version as its id. The first is `joined`: what is different since the version and
    the epoch that were given, or the whole list. The stream ends with `gone` when it may not be followed any
    more; where it ends without, come again with the last id."""
    wanted = FOLLOWING.of(request)
    target = await allowed_to_read(request, group)
    if only_head_wanted(request):
        return Stream(iter(()), media_type=MEDIA_TYPE, headers=_HEADERS)
    stream = _opened(request)
    said = {
        "since": _last_event_id(request, wanted.since),
        "epoch": wanted.epoch,
        "want": wanted.want,
        "presence": False,
    }
    live: Live = request.app.state[LIVE]
    wish = Wish(str(Topic(Kind.LIST, target.group.id)), None, None, said)
    if await live.joining.join(stream.screen, None, wish) is None:
        raise Unavailable("The list cannot be followed at present. Try again in a moment.", retry_after_s=2)
    texts = stream.texts(until_now=wanted.until == "now")
    return Stream(timed(texts), media_type=MEDIA_TYPE, headers=_HEADERS)


def _opened(request: AnyRequest) -> EventStream:
    """It counts as one of the caller's screens until the request is over. Raises `Unavailable`,
    `RateLimited`."""
    live: Live = request.app.state[LIVE]
    doorkeeper: Doorkeeper = request.app.state[DOORKEEPER]
    scope: Scope = request.scope  # type: ignore[assignment]  # see asgi.py
    caller = caller_of(request)
    if live.is_ending:
        raise Unavailable("The server is restarting. Try again in a moment.", retry_after_s=2)
    live.screens.require_room(caller)
    stream = live.stream(caller, doorkeeper.proof(scope), way_of(scope))
    at_end(scope, lambda: live.hub.forget(stream.screen))
    return stream


def _last_event_id(request: AnyRequest, otherwise: int | None) -> int | None:
    """A browser that comes again asks what it asked at first, and says in this header what it has since."""
    given: Any = request.headers.get("last-event-id", "")
    is_version = given.isascii() and given.isdecimal() and len(given) <= VERSION_DIGITS_MAX
    return int(given) if is_version else otherwise


ROUTES = [follow]
