"""What handlers take from a request: the service, the caller, the other end, the session cookie."""

from typing import Any, Final

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from sertantai.accounts.caller import Caller
from sertantai.accounts.model import SignedIn
from sertantai.accounts.service import Accounts
from sertantai.core.errors import NotSignedIn
from sertantai.web.csrf import CSRF_COOKIE, SESSION_COOKIE

AnyRequest = Request[Any, Any, Any]
COOKIE_PATH: Final = "/"


def accounts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Accounts:
    accounts: Accounts = connection.app.state.accounts
    return accounts


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """The caller of a route that is guarded by ``signed_in`` or ``admin``."""
    caller = connection.scope.get("user")
    if not isinstance(caller, Caller):
        raise NotSignedIn("Sign in first.")
    return caller


def ip_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    return connection.client.host if connection.client else None


def user_agent_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    return connection.headers.get("user-agent")


def with_session(response: Response[Any], signed_in: SignedIn, *, secure: bool) -> Response[Any]:
    """Hand the session to the browser; the CSRF cookie of before belongs to no one now."""
    response.set_cookie(
        Cookie(
            key=SESSION_COOKIE,
            value=signed_in.token,
            path=COOKIE_PATH,
            max_age=int((signed_in.expires_at - signed_in.session.created_at).total_seconds()),
            secure=secure,
            httponly=True,
            samesite="lax",
        )
    )
    response.delete_cookie(CSRF_COOKIE, path=COOKIE_PATH)
    return response


def without_session(response: Response[Any]) -> Response[Any]:
    """Take the session from the browser."""
    response.delete_cookie(SESSION_COOKIE, path=COOKIE_PATH)
    response.delete_cookie(CSRF_COOKIE, path=COOKIE_PATH)
    return response
