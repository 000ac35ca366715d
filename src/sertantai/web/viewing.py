"""Looking at an organization's lists as a member sees them: read-only, for a time, kept with the session.

It stands in a signed cookie that only the session it was written for can use; whether somebody may still do
so is asked of the organization with each request. What may be looked at says so itself (`VIEWED`): nothing
else is answered meanwhile, so nothing of that person's own is, and nothing is done in anybody's name.
"""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.types import Scope

from sertantai.accounts.caller import Caller
from sertantai.core.errors import Conflict, NotFound
from sertantai.core.ids import OwnerId, SessionId, UserId
from sertantai.core.sharing.permission import may_view_as
from sertantai.http.guards import TOKENS
from sertantai.web.made_for import SignedInAsAnother
from sertantai.web.requests import COOKIE_PATH, asking_of
from sertantai.web.services import STATE_KEY, AnyRequest, Services
from sertantai.web.token_scopes import VIEWED

COOKIE: Final = "sertantai_viewing"
LASTS: Final = timedelta(minutes=30)
SHOWN: Final = "viewing"
"""Where a request's state holds what the banner says."""
COOKIE_CHARACTERS_MAX: Final = 400
_DIGEST_BYTES: Final = 32


class LookingAsAnother(SignedInAsAnother):
    """Pages of one's own hold what they were to send, as while somebody else is signed in."""

    def __init__(self, shown: "Shown") -> None:
        Conflict.__init__(
            self,
            f"You are viewing {shown.organization} as {shown.name}: its lists can be read, and nothing else "
            "can be opened or changed. End viewing first.",
        )


class Shown(msgspec.Struct, frozen=True):
    """What the banner says. ``path``: of the organization's pages."""

    organization: str
    path: str
    member: UserId
    name: str
    until: datetime


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What the cookie holds. ``until`` in seconds since 1970."""

    session: SessionId
    organization: OwnerId
    member: UserId
    until: int


class ViewingCookies:
    """Writes and reads the cookie; ``secret`` is that of the pages."""

    def __init__(self, secret: bytes, *, secure_cookies: bool) -> None:
        self._secret = secret
        self._secure = secure_cookies

    def cookie(self, session: SessionId, organization: OwnerId, member: UserId, until: datetime) -> Cookie:
        said = msgspec.json.encode(Said(session, organization, member, int(until.timestamp())))
        value = base64.urlsafe_b64encode(self._digest(said) + said).decode("ascii").rstrip("=")
        return self._cookie(value, int(LASTS.total_seconds()))

    def ended(self) -> Cookie:
        return self._cookie("", 0)

    def read(self, text: str, session: SessionId, now: datetime) -> Said | None:
        """None for what we have not written, what is another session's, and what is over."""
        if not 0 < len(text) <= COOKIE_CHARACTERS_MAX:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        signature, written = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
        if not hmac.compare_digest(signature, self._digest(written)):
            return None
        said = msgspec.json.decode(written, type=Said)
        is_over = datetime.fromtimestamp(said.until, UTC) <= now
        return None if is_over or said.session != session else said

    def _digest(self, said: bytes) -> bytes:
        return hmac.digest(self._secret, b"viewing\0" + said, "sha256")

    def _cookie(self, value: str, max_age_s: int) -> Cookie:
        return Cookie(
            key=COOKIE,
            value=value,
            path=COOKIE_PATH,
            max_age=max_age_s,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


async def as_viewer(scope: Scope, caller: Caller, cookie: str | None) -> Caller:
    """The caller, who may be looking as somebody else. Raises `LookingAsAnother` for whatever is not looking,
    and as the door does while nothing is known of the organization."""
    app = scope["litestar_app"]
    services: Services | None = app.state.get(STATE_KEY)
    if cookie is None or caller.session_id is None or services is None:
        return caller
    cookies: ViewingCookies = app.state.viewing
    said = cookies.read(cookie, caller.session_id, services.clock.now())
    if said is None:
        return caller
    organization, member = said.organization, said.member
    try:
        access = (await services.access.lists_in(asking_of(caller), str(organization))).access
    except NotFound:
        return caller
    if access is None or not may_view_as(access, caller.user_id, member):
        return caller
    until = datetime.fromtimestamp(said.until, UTC)
    path = f"/organizations/{access.slug}"
    shown = Shown(access.name, path, member, access.members[member].name, until)
    scope["state"][SHOWN] = shown
    _require_looking(scope, shown)
    return msgspec.structs.replace(caller, viewing=(organization, member))


def _require_looking(scope: Scope, shown: Shown) -> None:
    opt = scope["route_handler"].opt
    of_nobody = opt.get(TOKENS) == () and scope.get("method") in ("GET", "HEAD")
    if not (opt.get(VIEWED) or of_nobody):
        raise LookingAsAnother(shown)


def viewing_shown(request: AnyRequest) -> Shown | None:
    """What the banner of a page says; None: whoever asks looks as themselves."""
    shown: Shown | None = request.scope["state"].get(SHOWN)
    return shown


def title_of_file(request: AnyRequest, title: str) -> str:
    """What a file is called: first of all that somebody looked as another, where they did."""
    shown = viewing_shown(request)
    return title if shown is None else f"Viewed as {shown.name} - {title}"


def begin(
    request: AnyRequest, response: Response[Any], caller: Caller, organization: OwnerId, member: UserId
) -> None:
    """Have the next pages shown as the member sees them."""
    assert caller.session_id is not None
    now: datetime = request.app.state[STATE_KEY].clock.now()
    cookies: ViewingCookies = request.app.state.viewing
    response.set_cookie(cookies.cookie(caller.session_id, organization, member, now + LASTS))


def end(request: AnyRequest, response: Response[Any]) -> None:
    cookies: ViewingCookies = request.app.state.viewing
    response.set_cookie(cookies.ended())
