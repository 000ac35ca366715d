"""Registering and signing in over HTTP, for programs; see interface.md for the shapes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT
from msgspec import Struct

from sertantai.accounts.errors import AccountDisabled
from sertantai.accounts.model import SessionKind
from sertantai.http.guards import public, signed_in, visitor
from sertantai.web.parts.persons.shut_out import why_shut
from sertantai.web.requests import accounts_of, caller_of, ip_of, user_agent_of, whereabouts_of
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_CHANGING, FOR_READING

TAGS = ["Accounts"]


class Registration(Struct, forbid_unknown_fields=True):
    email: str
    password: str


class Credentials(Struct, forbid_unknown_fields=True):
    """``code``: of the authenticator, or a recovery code, where the account has a second factor."""

    email: str
    password: str
    code: str | None = None


class RegisteredUser(Struct, frozen=True):
    id: UUID
    email: str | None


class Registered(Struct, frozen=True):
    user: RegisteredUser
    token: str
    expires_at: datetime


class ConfirmationSent(Struct, frozen=True):
    """The answer where addresses must be confirmed; the same whether there was an account or not."""

    status: str = "confirmation_sent"
    detail: str = "Open the link we sent to this address, then sign in."


class Token(Struct, frozen=True):
    token: str
    expires_at: datetime


class Me(Struct, frozen=True):
    id: UUID
    email: str | None
    role: str
    scopes: tuple[str, ...]
    session_id: UUID | None


@post("/api/v1/auth/register", guards=[public], tags=TAGS)
async def register(request: AnyRequest, data: JSONBody[Registration]) -> Response[Registered]:
    """Create an account and sign in to it; 202 where the address must be confirmed first."""
    accounts = accounts_of(request)
    user = await accounts.sign_up.register(data.email, data.password, whereabouts_of(request))
    if user is None:
        waiting: Response[Any] = Response(ConfirmationSent(), status_code=HTTP_202_ACCEPTED)
        return waiting
    opened = await accounts.open_session(user, SessionKind.BEARER, ip_of(request), user_agent_of(request))
    return Response(Registered(RegisteredUser(user.user_id, user.email), opened.token, opened.expires_at))


@post("/api/v1/auth/token", guards=[public], status_code=HTTP_200_OK, tags=TAGS)
async def sign_in(request: AnyRequest, data: JSONBody[Credentials]) -> Token:
    """Sign in: a bearer token for the address and password."""
    accounts = accounts_of(request)
    try:
        user = await accounts.authenticate(
            data.email, data.password, code=data.code, whereabouts=whereabouts_of(request)
        )
    except AccountDisabled as shut:
        raise await why_shut(request, shut) from None
    opened = await accounts.open_session(user, SessionKind.BEARER, ip_of(request), user_agent_of(request))
    return Token(opened.token, opened.expires_at)


@delete(
    "/api/v1/auth/token", guards=[signed_in], opt=FOR_CHANGING, status_code=HTTP_204_NO_CONTENT, tags=TAGS
)
async def sign_out(request: AnyRequest) -> None:
    """Sign out: this session ends; your changes are written to the database first."""
    await accounts_of(request).sign_out(caller_of(request))


@get("/api/v1/me", guards=[visitor], opt=FOR_READING, tags=TAGS)
async def me(request: AnyRequest) -> Me:
    """Who I am, and what this token may do."""
    caller = caller_of(request)
    return Me(caller.user_id, caller.email, caller.role, tuple(sorted(caller.scopes)), caller.session_id)


ROUTES = [register, sign_in, sign_out, me]
