"""Cross-site request forgery: a signed double submit, tied to the session.

A readable cookie holds ``nonce + HMAC(secret, session cookie + nonce)``. An unsafe request that a
browser could have been tricked into must repeat it, in the header ``x-csrf-token`` or the form field
``_csrf_token``. A stolen or planted cookie of another session fails the HMAC. Pages carry the value
masked with fresh random bytes, so that compressed pages do not give it away bit by bit (BREACH).
"""

import base64
import binascii
import hmac
import os
from typing import Final

from litestar.datastructures import Cookie

from sertantai.core.errors import Forbidden
from sertantai.http.caller import AnyConnection, AnyRequest
from sertantai.http.forms import form_of, is_form

SESSION_COOKIE: Final = "sertantai_session"
CSRF_COOKIE: Final = "sertantai_csrf"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "_csrf_token"

SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
_NONCE_BYTES: Final = 16
_VALUE_BYTES: Final = _NONCE_BYTES + 32


def session_cookie(*, secure: bool) -> str:
    """The name of the session's cookie. ``__Host-``: a browser takes it from this very host only, over TLS,
    so that no other site of the same domain can plant a session (RFC 6265bis, 4.1.3.2).
    """
    return f"__Host-{SESSION_COOKIE}" if secure else SESSION_COOKIE


_FOR_PROGRAMS: Final = ("/api/", "/scim/")


class CsrfFailed(Forbidden):
    code = "csrf_failed"

    def __init__(self) -> None:
        super().__init__("This form has expired. Reload the page and try again.")


class FormExpired(CsrfFailed):
    """It came from a page of ours as far as can be told, with a token that is none of this session."""


class Csrf:
    """Makes and checks the tokens. ``secret`` must outlive a restart, or every open page goes stale."""

    def __init__(self, secret: bytes, *, secure_cookies: bool) -> None:
        self._secret = secret
        self._secure = secure_cookies
        self._session_cookie = session_cookie(secure=secure_cookies)

    async def check(self, request: AnyRequest) -> None:
        """Raise `CsrfFailed` unless this request was made by one of our own pages. For what `needs_proof`."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise CsrfFailed
        cookie = _unpack(request.cookies.get(CSRF_COOKIE, ""))
        if cookie is None or not self._signed(cookie, request):
            raise FormExpired
        submitted = _unpack(request.headers.get(CSRF_HEADER) or await _form_field(request))
        if submitted is None or not hmac.compare_digest(submitted, cookie):
            raise FormExpired

    def token(self, connection: AnyConnection) -> tuple[str, Cookie | None]:
        """The masked token for a page, and the cookie to set where the browser holds none that is valid."""
        value = _unpack(connection.cookies.get(CSRF_COOKIE, ""))
        if value is not None and self._signed(value, connection):
            return _masked(value), None
        nonce = os.urandom(_NONCE_BYTES)
        value = nonce + self._signature(nonce, connection)
        cookie = Cookie(
            key=CSRF_COOKIE, value=_pack(value), path="/", secure=self._secure, httponly=False, samesite="lax"
        )
        return _masked(value), cookie

    def needs_proof(self, request: AnyRequest) -> bool:
        """Unsafe, and sent with what a browser adds by itself.

        A bearer token is never added by itself, and must be the only proof of identity where it is given.
        Pages need proof also from strangers, else somebody could be signed in to another's account.
        """
        if request.method in SAFE_METHODS:
            return False
        for name, value in request.scope["headers"]:  # as they came: this is asked at every tick
            if name == b"authorization" and value[:7].lower() == b"bearer ":
                return False
        return self._session_cookie in request.cookies or not request.url.path.startswith(_FOR_PROGRAMS)

    def _signature(self, nonce: bytes, connection: AnyConnection) -> bytes:
        session = connection.cookies.get(self._session_cookie, "").encode()
        return hmac.digest(self._secret, b"csrf\0" + nonce + session, "sha256")

    def _signed(self, value: bytes, connection: AnyConnection) -> bool:
        return hmac.compare_digest(value[_NONCE_BYTES:], self._signature(value[:_NONCE_BYTES], connection))


async def _form_field(request: AnyRequest) -> str:
    return (await form_of(request)).get(CSRF_FIELD) if is_form(request) else ""


def _pack(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def _masked(value: bytes) -> str:
    mask = os.urandom(len(value))
    return _pack(mask + _xor(mask, value))


def _unpack(text: str) -> bytes | None:
    """The value that a plain or masked token states, or None."""
    if len(text) > 4 * _VALUE_BYTES:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) == 2 * _VALUE_BYTES:
        return _xor(raw[:_VALUE_BYTES], raw[_VALUE_BYTES:])
    return raw if len(raw) == _VALUE_BYTES else None


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")
