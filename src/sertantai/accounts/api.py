"""Accounts over HTTP for programs; see interface.md for the shapes."""

from datetime import datetime
from uuid import UUID

from litestar import delete, get, post
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import Struct

from sertantai.accounts.model import SessionKind
from sertantai.accounts.requests import AnyRequest, accounts_of, caller_of, ip_of, user_agent_of
from sertantai.web.guards import public, signed_in

TAGS = ["Accounts"]


class CredentialsBody(Struct, forbid_unknown_fields=True):
    email: str
    password: str


class UserBody(Struct, frozen=True):
    id: UUID
    email: str | None


class Registered(Struct, frozen=True):
    user: UserBody
    token: str
    expires_at: datetime


class Token(Struct, frozen=True):
    token: str
    expires_at: datetime


class Me(Struct, frozen=True):
    id: UUID
    email: str | None
    role: str
    scopes: tuple[str, ...]
    session_id: UUID | None


@post("/api/v1/auth/register", guards=[public], status_code=HTTP_201_CREATED, tags=TAGS)
async def register(request: AnyRequest, data: CredentialsBody) -> Registered:
    """Make an account and sign in to it."""
    accounts = accounts_of(request)
    ip = ip_of(request)
    user = await accounts.register(data.email, data.password, ip=ip)
    opened = await accounts.open_session(user, SessionKind.BEARER, ip, user_agent_of(request))
    return Registered(UserBody(user.user_id, user.email), opened.token, opened.expires_at)


@post("/api/v1/auth/token", guards=[public], status_code=HTTP_200_OK, tags=TAGS)
async def sign_in(request: AnyRequest, data: CredentialsBody) -> Token:
    """Sign in: a bearer token for the address and password."""
    accounts = accounts_of(request)
    ip = ip_of(request)
    user = await accounts.authenticate(data.email, data.password, ip=ip)
    opened = await accounts.open_session(user, SessionKind.BEARER, ip, user_agent_of(request))
    return Token(opened.token, opened.expires_at)


@delete("/api/v1/auth/token", guards=[signed_in], status_code=HTTP_204_NO_CONTENT, tags=TAGS)
async def sign_out(request: AnyRequest) -> None:
    """Sign out: this session ends; your changes are written to the database first."""
    await accounts_of(request).sign_out(caller_of(request))


@get("/api/v1/me", guards=[signed_in], tags=TAGS)
async def me(request: AnyRequest) -> Me:
    """Who I am, and what this token may do."""
    caller = caller_of(request)
    return Me(caller.user_id, caller.email, caller.role, tuple(sorted(caller.scopes)), caller.session_id)


ROUTES = [register, sign_in, sign_out, me]
