"""One's own sessions, tokens and password over HTTP, for programs. Changing them needs a session."""

from datetime import datetime
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import Struct

from sertantai.accounts.sessions.api_tokens import ApiToken
from sertantai.accounts.sessions.devices import describe_device
from sertantai.core.errors import NotFound
from sertantai.core.ids import SessionId, parse_uuid
from sertantai.http.guards import signed_in
from sertantai.web.requests import accounts_of, caller_of, ip_of, session_caller_of, user_of
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_READING

TAGS = ["Accounts"]
TOKEN_DAYS_DEFAULT = 90


class SessionItem(Struct, frozen=True):
    id: UUID
    kind: str
    device: str
    ip: str | None
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime
    is_current: bool


class SessionItems(Struct, frozen=True):
    items: list[SessionItem]
    next_cursor: None = None


class TokenItem(Struct, frozen=True):
    """``begins_with`` tells tokens apart; the rest of a token is known to nobody but its holder."""

    id: UUID
    name: str
    begins_with: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip: str | None


class TokenItems(Struct, frozen=True):
    items: list[TokenItem]
    next_cursor: None = None


class NewToken(Struct, forbid_unknown_fields=True):
    """``current_password``: whoever has only got hold of a session makes no way in that outlives it."""

    current_password: str
    name: str
    scopes: list[str]
    days: int = TOKEN_DAYS_DEFAULT


class MadeToken(Struct, frozen=True):
    """The only answer that holds the token itself."""

    token: str
    item: TokenItem


class NewPassword(Struct, forbid_unknown_fields=True):
    """``end_tokens``: my personal tokens end too. Without it they go on working."""

    current_password: str
    new_password: str
    end_tokens: bool = False


@get("/api/v1/me/sessions", guards=[signed_in], opt=FOR_READING, tags=TAGS)
async def sessions(request: AnyRequest) -> SessionItems:
    """Where I am signed in, the last used first."""
    caller = caller_of(request)
    found = await accounts_of(request).sessions.list(caller.user_id)
    return SessionItems(
        [
            SessionItem(
                one.session_id,
                one.kind,
                describe_device(one.user_agent),
                one.ip,
                one.created_at,
                one.last_seen_at,
                one.expires_at,
                one.session_id == caller.session_id,
            )
            for one in found
        ]
    )


@delete("/api/v1/me/sessions/{session:str}", guards=[signed_in], status_code=HTTP_204_NO_CONTENT, tags=TAGS)
async def end_session(request: AnyRequest, session: FromPath[str]) -> None:
    """End one of my sessions."""
    caller = session_caller_of(request)
    session_id = SessionId(parse_uuid(session, "session"))
    if not await accounts_of(request).revoke(caller.user_id, session_id):
        raise NotFound("This session does not exist.")


@delete("/api/v1/me/sessions", guards=[signed_in], status_code=HTTP_204_NO_CONTENT, tags=TAGS)
async def end_other_sessions(request: AnyRequest) -> None:
    """End all my sessions but this one."""
    caller = session_caller_of(request)
    await accounts_of(request).sessions.revoke_all(caller.user_id, keep=caller.session_id)


@get("/api/v1/me/tokens", guards=[signed_in], opt=FOR_READING, tags=TAGS)
async def tokens(request: AnyRequest) -> TokenItems:
    """My personal tokens that are good."""
    found = await accounts_of(request).api_tokens.list(caller_of(request).user_id)
    return TokenItems([_item(token) for token in found])


@post("/api/v1/me/tokens", guards=[signed_in], status_code=HTTP_201_CREATED, tags=TAGS)
async def make_token(request: AnyRequest, data: JSONBody[NewToken]) -> MadeToken:
    """Make a personal token for a script, with my password; it is shown this once."""
    caller = session_caller_of(request)
    accounts = accounts_of(request)
    await accounts.passwords.require_password(caller.user_id, data.current_password)
    token, made = await accounts.api_tokens.create(
        caller.user_id, caller.role, data.name, data.scopes, data.days, ip_of(request)
    )
    return MadeToken(token, _item(made))


@delete("/api/v1/me/tokens/{token:str}", guards=[signed_in], status_code=HTTP_204_NO_CONTENT, tags=TAGS)
async def end_token(request: AnyRequest, token: FromPath[str]) -> None:
    """Revoke one of my personal tokens."""
    caller = session_caller_of(request)
    token_id = parse_uuid(token, "token")
    await accounts_of(request).api_tokens.revoke(caller.user_id, token_id, ip_of(request))


@post("/api/v1/me/password", guards=[signed_in], status_code=HTTP_204_NO_CONTENT, tags=TAGS)
async def change_password(request: AnyRequest, data: JSONBody[NewPassword]) -> None:
    """Change my password; my other sessions end."""
    caller = session_caller_of(request)
    await accounts_of(request).passwords.change(
        await user_of(request),
        data.current_password,
        data.new_password,
        caller.session_id,
        ip_of(request),
        end_tokens=data.end_tokens,
    )


def _item(token: ApiToken) -> TokenItem:
    return TokenItem(
        token.token_id,
        token.name,
        token.shown_part,
        token.scopes,
        token.created_at,
        token.expires_at,
        token.last_used_at,
        token.last_used_ip,
    )


ROUTES = [sessions, end_session, end_other_sessions, tokens, make_token, end_token, change_password]
