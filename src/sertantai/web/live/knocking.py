"""Who knocks, and from where: what a client proves itself with, and which page it is that asks."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from sertantai.accounts.caller import Caller
from sertantai.core.errors import SertantaiError
from sertantai.http.asgi import Scope
from sertantai.live.credentials import Credentials
from sertantai.live.frames import Version, version_of
from sertantai.live.screens import Credential
from sertantai.live.tickets import PREFIX as TICKET
from sertantai.live.tickets import Tickets
from sertantai.web.authentication import bearer_in, cookie_in, user_agent_in

SUBPROTOCOL: Final = "phoenix"
TOKEN_PROTOCOL: Final = "base64url.bearer.phx."  # noqa: S105  # what is in front of one
QUERY_BYTES_MAX: Final = 8 * 1024
TOKEN_NAMES: Final = ("token", "apikey", "api_key", "x-api-key")
"""In the order in which they count; the last ones are supabase's and others'."""
PROOFS: Final = frozenset({"authorization", "cookie"})
"""The headers by which every request says whose it is."""
OPEN_SCHEMES: Final = ("ws", "http")
"""Anybody on the way may have written a page that comes by these."""
SESSION_PREFIX: Final = "lp."
"""Of the tokens of long-poll sessions, which are called ``token`` too."""


class Refused(SertantaiError):
    """At the door: ``status`` is of HTTP."""

    code = "refused"

    def __init__(self, status: int, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.status = status


class Knock(msgspec.Struct, frozen=True):
    """``session``: of a long-poll that is under way. ``is_phoenix``: it wants to hear the subprotocol."""

    version: Version
    credential: Credential | None
    session: str | None
    ip: str | None
    program: str | None
    is_phoenix: bool


class Doorkeeper:
    def __init__(
        self, credentials: Credentials, tickets: Tickets, session_cookie: str, origins: Sequence[str]
    ) -> None:
        """``origins``: other sites whose pages may come with a token."""
        self._credentials = credentials
        self._tickets = tickets
        self._cookie = session_cookie
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    def look(self, scope: Scope) -> Knock:
        """Raises `Refused` for who may not even ask."""
        if len(scope["query_string"]) > QUERY_BYTES_MAX:
            raise Refused(414, "The address is too long.")
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        params: dict[str, str] = {}
        for name, value in query:
            params.setdefault(name, value)
        version = version_of(params.get("vsn"))
        if version is None:
            raise Refused(403, "This version of the protocol is not spoken here.")
        headers = _headers(scope)
        credential = self._credential(params, headers, scope.get("subprotocols", ()))
        is_cookie = credential is not None and credential.is_cookie
        self._require_origin(headers, scope["scheme"], is_cookie=is_cookie)
        if credential is not None and not credential.is_cookie and credential.token.startswith(TICKET):
            credential = self._tickets.take(credential.token)
        sessions = [value for name, value in query if name == "token" and value.startswith(SESSION_PREFIX)]
        client = scope.get("client")
        return Knock(
            version,
            credential,
            sessions[-1] if sessions else None,
            client[0] if client else None,
            user_agent_in(headers.get("user-agent", "").encode("latin-1")),
            SUBPROTOCOL in scope.get("subprotocols", ()),
        )

    async def caller(self, knock: Knock) -> Caller:
        """Raises `Refused` for who is not known, and `Unavailable` while nobody can say."""
        found = None
        if knock.credential is not None:
            found = await self._credentials.known(knock.credential, knock.ip, knock.program)
        if found is None:
            raise Refused(403, "Sign in first, or use a token that is good.")
        return found

    def proof(self, scope: Scope) -> Credential | None:
        """Of a request whose caller is known: by its header, or else by its cookie."""
        shown = {name: value for name, value in _headers(scope).items() if name in PROOFS}
        return self._credential({}, shown, ())

    def _credential(
        self, params: Mapping[str, str], headers: Mapping[str, str], subprotocols: Sequence[str]
    ) -> Credential | None:
        """What is sent on purpose counts before what a browser adds by itself."""
        authorization = headers.get("authorization")
        if authorization is not None:
            token = bearer_in(authorization.encode("latin-1"))
            return Credential(token, is_cookie=False) if token else None
        for offered in subprotocols:
            if offered.startswith(TOKEN_PROTOCOL):
                return _from_base64(offered.removeprefix(TOKEN_PROTOCOL))
        given = headers.get("x-phoenix-authtoken") or headers.get("apikey")
        if given:
            return _token(given)
        for name in TOKEN_NAMES:
            value = params.get(name)
            if value and not value.startswith(SESSION_PREFIX):
                return _token(value)
        cookie = cookie_in(headers.get("cookie", "").encode("latin-1"), self._cookie)
        return Credential(cookie, is_cookie=True) if cookie else None

    def _require_origin(self, headers: Mapping[str, str], scheme: str, *, is_cookie: bool) -> None:
        """A browser says whose page asks. With a cookie, which it adds by itself, it must be ours: of this
        address, and as safe as what it asks for."""
        origin = headers.get("origin")
        if origin is None and not is_cookie:
            return
        try:
            page = urlsplit(origin or "")
        except ValueError:
            page = urlsplit("")
        # Whether a proxy in front has taken the encryption off is not always told: a safe page is as good.
        is_as_safe = page.scheme == "https" or (page.scheme == "http" and scheme in OPEN_SCHEMES)
        is_ours = is_as_safe and page.netloc.lower() == headers.get("host", "").lower()
        if origin is None:  # as browsers do it for what a page asks of its own site
            is_ours = headers.get("sec-fetch-site") == "same-origin"
        if not is_ours and (is_cookie or (origin or "").lower() not in self._origins):
            raise Refused(403, "Pages of this origin may not connect.")


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        joiner = "; " if key == "cookie" else ", "
        found[key] = f"{found[key]}{joiner}{text}" if key in found else text
    return found


def _token(text: str) -> Credential | None:
    return Credential(text, is_cookie=False) if text.isascii() and text.isprintable() else None


def _from_base64(text: str) -> Credential | None:
    """Standard letters, whatever the name says; some clients use the others."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        token = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return _token(token)
