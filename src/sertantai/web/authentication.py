"""Finds out who is calling: raw ASGI, since every request passes through it.

A bearer token is the only proof where one is given: a bad one is never made good by a cookie, for
`web.csrf` asks no proof of a request with a bearer token. Where PostgreSQL must be asked and is away,
public routes are served as to a stranger, and all others answer 503: nobody is told that they are signed
out when we only do not know.
"""

from contextlib import suppress
from typing import Final

import msgspec
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from sertantai.accounts.caller import Caller
from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.service import Accounts
from sertantai.accounts.sessions.known_devices import DEVICE_COOKIE
from sertantai.accounts.sessions.sessions import USER_AGENT_CHARACTERS_MAX, plain_user_agent
from sertantai.core.errors import Forbidden, SertantaiError, Unavailable
from sertantai.http.guards import SessionNeeded, public
from sertantai.http.idempotency import RIGHTS_SINCE
from sertantai.http.limits.limit_classes import SIGN_IN_PATHS
from sertantai.http.limits.rate_limiting import KNOWN_DEVICE
from sertantai.http.protocol.scim_problems import SCIM_PREFIX
from sertantai.postgres import asks_as
from sertantai.web.made_for import HEADER, require_who_it_was_made_for
from sertantai.web.query import OWN_ABBREVIATIONS
from sertantai.web.requests import words_of
from sertantai.web.services import STATE_KEY, Services
from sertantai.web.token_scopes import NO_TOKEN, scopes_of
from sertantai.web.top_bar import NO_PAGES, know_organizations
from sertantai.web.viewing import COOKIE, as_viewer

_BEARER: Final = b"bearer "
_SEARCHING: Final = ("/operations", "/ranges", "/transfers")
"""What may state a filter in its body that is not kept."""


class ScopeMissing(Forbidden):
    """The token is good, but not for this."""

    code = "scope_missing"


class Authentication:
    """Middleware: puts a `Caller` or None into ``scope["user"]``. Accounts are ``app.state.accounts``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_public: dict[int, bool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["auth"] = None
        path, said = scope["path"], _headers(scope)
        if path in SIGN_IN_PATHS:
            _note_device(scope, said)
        caller = None
        try:
            # What a directory proves itself with says who it is, and is nobody's token.
            if not path.startswith(SCIM_PREFIX):
                caller = await _caller(scope, said)
        except Unavailable:
            if said.made_for is not None or not self._serves_strangers(scope):
                raise
        scope["user"] = caller
        if caller is not None:
            if (cookie := _viewing_cookie(said)) is not None:
                caller = scope["user"] = await as_viewer(scope, caller, cookie)
            # Not reset afterwards: the server runs each request in a task, and so in a context, of its own.
            asks_as.set(caller.user_id if caller.viewing is None else caller.viewing[1])
            _know_since_when_rights_are(scope)
            # Asked before anything is awaited: most requests are ticks.
            if _may_search(scope):
                await _know_own_words(scope)
            if not path.startswith(NO_PAGES):
                await know_organizations(scope)
        await self._app(scope, receive, send)

    def _serves_strangers(self, scope: Scope) -> bool:
        handler: BaseRouteHandler = scope["route_handler"]
        known = self._is_public.get(id(handler))
        if known is None:
            known = self._is_public[id(handler)] = public in handler.resolve_guards()
        return known


def _know_since_when_rights_are(scope: Scope) -> None:
    """Where an answer may be remembered: see `Idempotency`."""
    if scope.get("method") != "POST":
        return
    services: Services | None = scope["litestar_app"].state.get(STATE_KEY)
    if services is not None:
        scope["state"][RIGHTS_SINCE] = services.organizations.changes_of(scope["user"].user_id)


async def _know_own_words(scope: Scope) -> None:
    """What whoever asks means by abbreviations of their own, or of their organizations, where they may search
    by them."""
    caller: Caller | None = scope["user"]
    if caller is None or caller.is_guest or caller.viewing is not None:
        return
    services: Services | None = scope["litestar_app"].state.get(STATE_KEY)
    if services is not None:
        scope["state"][OWN_ABBREVIATIONS] = await words_of(services, caller)


def _may_search(scope: Scope) -> bool:
    if scope.get("method") == "POST":
        return scope["path"].endswith(_SEARCHING)
    return b"q=" in scope["query_string"]


async def know_who_lost_the_way(_error: Exception, scope: Scope) -> None:
    """Hook for exceptions: an unknown address passes no middleware, and yet its page is somebody's."""
    if "auth" in scope.keys():  # noqa: SIM118  # of a TypedDict, `in` alone counts as known
        return
    scope["auth"] = scope["user"] = None
    with suppress(SertantaiError):
        scope["user"] = await _caller(scope, _headers(scope))


def _note_device(scope: Scope, said: "_Said") -> None:
    """Who comes with a browser known here is counted by it: bystanders do not use up what they may do."""
    accounts: Accounts = scope["litestar_app"].state.accounts
    device = accounts.known_device(cookie_in(said.cookies or b"", DEVICE_COOKIE) or "")
    if device is not None:
        scope["state"][KNOWN_DEVICE] = f"device {device}"


def _viewing_cookie(said: "_Said") -> str | None:
    """Of a browser's session only: a bearer token is never one that looks as somebody else."""
    return None if said.authorization is not None or said.cookies is None else cookie_in(said.cookies, COOKIE)


async def _caller(scope: Scope, said: "_Said") -> Caller | None:
    caller = await _proven(scope, said)
    if said.made_for is not None and said.authorization is None:
        require_who_it_was_made_for(said.made_for, caller)
    return caller


async def _proven(scope: Scope, said: "_Said") -> Caller | None:
    authorization, cookies, user_agent = said.authorization, said.cookies, said.user_agent
    if authorization is None and cookies is None:
        return None
    accounts: Accounts = scope["litestar_app"].state.accounts
    client = scope.get("client")
    ip = client[0] if client else None
    try:
        if authorization is not None:
            token = bearer_in(authorization)
            caller = await accounts.resolve_bearer(token, ip, user_agent) if token else None
        else:
            token = cookie_in(cookies or b"", accounts.session_cookie)
            caller = await accounts.resolve_cookie(token, ip, user_agent) if token else None
    except TokenRefused:
        if authorization is not None:
            accounts.note_misuse(ip)
        return None
    if caller is not None and caller.session_id is None:
        try:
            _require_scopes(caller, scope)
        except (ScopeMissing, SessionNeeded):
            accounts.note_misuse(ip, caller.user_id)
            raise
    return caller


class _Said(msgspec.Struct, frozen=True):
    """What the headers of a request say of whose it is."""

    authorization: bytes | None
    cookies: bytes | None
    user_agent: str | None
    made_for: bytes | None


def _headers(scope: Scope) -> _Said:
    authorization = cookies = user_agent = made_for = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value
        elif name == b"cookie":
            cookies = value if cookies is None else cookies + b"; " + value
        elif name == b"user-agent":
            user_agent = user_agent_in(value)
        elif name == HEADER:
            made_for = value
    return _Said(authorization, cookies, user_agent, made_for)


def user_agent_in(user_agent: bytes) -> str | None:
    """What is kept of it, in each row of the trail: not 64 KB, and no control characters."""
    text = user_agent[:USER_AGENT_CHARACTERS_MAX].decode("latin-1")
    return text if text.isprintable() else plain_user_agent(text)


def bearer_in(authorization: bytes) -> str | None:
    """The token of an ``Authorization`` header; None for other schemes and bytes no token has."""
    if authorization[:7].lower() != _BEARER:
        return None
    try:
        return authorization[7:].strip().decode("ascii")
    except UnicodeDecodeError:
        return None


def cookie_in(cookies: bytes, name: str) -> str | None:
    """The value of the cookie of that name; None for none, and for two: one of them is not ours."""
    start = name.encode("ascii") + b"="
    found = [part for part in (part.strip() for part in cookies.split(b";")) if part.startswith(start)]
    return found[0][len(start) :].decode("latin-1") if len(found) == 1 else None


def _require_scopes(caller: Caller, scope: Scope) -> None:
    """Personal tokens may only do what they were made for. What is for administrators asks for the role."""
    handler: BaseRouteHandler | None = scope.get("route_handler")  # none where there is no route
    needed = scopes_of(str(scope.get("method", "GET")), handler)
    if needed is NO_TOKEN:
        raise SessionNeeded
    for one in needed:
        if one not in caller.scopes:
            raise ScopeMissing(f"This token lacks the scope “{one}”.")
