"""A sentence for the next page: said once, where an answer only leads on to another page.

It travels in a signed cookie, so that nobody can make our page say something else; no script is needed.
"""

import base64
import binascii
import hmac
from typing import Any, Final, Literal

from litestar import Response
from litestar.datastructures import Cookie
from msgspec import Struct

from sertantai.http.caller import AnyConnection

NOTICE_COOKIE: Final = "sertantai_notice"
CHARACTERS_MAX: Final = 500
KEPT_S: Final = 120
_DIGEST_BYTES: Final = 32

Kind = Literal["info", "success", "warning"]


class Notice(Struct, frozen=True):
    kind: str
    text: str


class Notices:
    """Writes and reads the cookie; ``secret`` is that of the pages."""

    def __init__(self, secret: bytes, *, secure_cookies: bool) -> None:
        self._secret = secret
        self._secure = secure_cookies

    def cookie(self, text: str, kind: Kind) -> Cookie:
        """What makes the next page say ``text``."""
        said = f"{kind} {text[:CHARACTERS_MAX]}".encode()
        value = base64.urlsafe_b64encode(self._digest(said) + said).decode("ascii").rstrip("=")
        return Cookie(
            key=NOTICE_COOKIE,
            value=value,
            path="/",
            max_age=KEPT_S,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def read(self, connection: AnyConnection) -> Notice | None:
        """What a page is to say; None for nothing, and for what we have not written."""
        text = connection.cookies.get(NOTICE_COOKIE)
        if not text or len(text) > 4 * CHARACTERS_MAX * 2:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        signature, said = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
        if not hmac.compare_digest(signature, self._digest(said)):
            return None
        kind, _, said_text = said.decode().partition(" ")
        return Notice(kind, said_text)

    def _digest(self, said: bytes) -> bytes:
        return hmac.digest(self._secret, b"notice\0" + said, "sha256")


def saying(
    connection: AnyConnection, response: Response[Any], text: str, kind: Kind = "success"
) -> Response[Any]:
    """The answer, with what the page that it leads to is to say."""
    notices: Notices = connection.app.state.notices
    response.set_cookie(notices.cookie(text, kind))
    return response


def said(response: Response[Any]) -> None:
    """It has been said; once is enough."""
    response.delete_cookie(NOTICE_COOKIE, path="/")
