"""One's own account: password, second factor, personal tokens, sessions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.caller import TokenScope
from sertantai.accounts.model import ADMIN_ROLE
from sertantai.accounts.sessions.devices import describe_device
from sertantai.core.errors import InvalidInput, NotFound, SertantaiError
from sertantai.core.ids import SessionId, parse_uuid
from sertantai.http.forms import form_of
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.web.api.account import TOKEN_DAYS_DEFAULT
from sertantai.web.parts.forms import form_fields
from sertantai.web.requests import accounts_of, ip_of, session_caller_of, user_of
from sertantai.web.services import AnyRequest

LIFETIMES_DAYS = (7, 30, 90, 366)


class AskedToken(NamedTuple):
    """What the form for a token says: whoever mistypes the password need not choose again."""

    name: str = ""
    days: str = str(TOKEN_DAYS_DEFAULT)
    scopes: Sequence[str] = (TokenScope.READ.value,)


UNASKED = AskedToken()


async def account_page(
    request: AnyRequest,
    *,
    done: str = "",
    token: str = "",
    error: SertantaiError | None = None,
    at: str = "",
    asked: AskedToken = UNASKED,
) -> Response[Any]:
    """The whole page; ``at`` names the form that ``error`` belongs to, ``token`` is shown this once."""
    accounts = accounts_of(request)
    user = await user_of(request)
    return page(
        request,
        "account/account.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        user=user,
        may_confirm=accounts.confirmation.may_be_asked(user),
        sessions=await accounts.sessions.list(user.user_id),
        tokens=await accounts.api_tokens.list(user.user_id),
        second_factor=await accounts.second_factors.find(user.user_id),
        scopes=[scope for scope in TokenScope if scope is not TokenScope.ADMIN or user.role == ADMIN_ROLE],
        lifetimes=[
            (str(days), f"{days} days")
            for days in LIFETIMES_DAYS
            if days <= accounts.api_tokens.lifetime_days_max
        ],
        asked=asked,
        describe_device=describe_device,
        done=done,
        new_token=token,
        error=error.message if error else "",
        error_field=error.field or "" if error else "",
        error_at=at,
    )


def _back() -> Response[Any]:
    return Redirect("/account", status_code=HTTP_303_SEE_OTHER)


@get("/account", guards=[signed_in], include_in_schema=False)
async def account(request: AnyRequest) -> Response[Any]:
    return await account_page(request)


@post("/account/password", guards=[signed_in], include_in_schema=False)
async def change_password(request: AnyRequest) -> Response[Any]:
    caller = session_caller_of(request)
    fields = await form_fields(request, "current_password", "new_password", "end_tokens")
    try:
        await accounts_of(request).passwords.change(
            await user_of(request),
            fields["current_password"],
            fields["new_password"],
            caller.session_id,
            ip_of(request),
            end_tokens=bool(fields["end_tokens"]),
        )
    except SertantaiError as error:
        return await account_page(request, error=error, at="password")
    tokens = ", and your tokens no longer work" if fields["end_tokens"] else ""
    done = f"Your password has been changed. You are signed out on your other devices{tokens}."
    return await account_page(request, done=done)


@post("/account/tokens", guards=[signed_in], include_in_schema=False)
async def make_token(request: AnyRequest) -> Response[Any]:
    caller = session_caller_of(request)
    fields = await form_fields(request, "current_password", "name", "days")
    scopes = (await form_of(request)).all("scopes")
    accounts = accounts_of(request)
    try:
        await accounts.passwords.require_password(caller.user_id, fields["current_password"])
        token, _ = await accounts.api_tokens.create(
            caller.user_id, caller.role, fields["name"], scopes, _days(fields["days"]), ip_of(request)
        )
    except SertantaiError as error:
        asked = AskedToken(fields["name"], fields["days"], scopes)
        return await account_page(request, error=error, at="token", asked=asked)
    return await account_page(request, token=token)


@post("/account/tokens/{token:str}/revoke", guards=[signed_in], include_in_schema=False)
async def revoke_token(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    caller = session_caller_of(request)
    token_id = parse_uuid(token, "token")
    await accounts_of(request).api_tokens.revoke(caller.user_id, token_id, ip_of(request))
    return _back()


@post("/account/sessions/{session:str}/revoke", guards=[signed_in], include_in_schema=False)
async def revoke_session(request: AnyRequest, session: FromPath[str]) -> Response[Any]:
    caller = session_caller_of(request)
    session_id = SessionId(parse_uuid(session, "session"))
    if not await accounts_of(request).revoke(caller.user_id, session_id):
        raise NotFound("This session does not exist.")
    return _back()


@post("/account/sessions/revoke-others", guards=[signed_in], include_in_schema=False)
async def revoke_other_sessions(request: AnyRequest) -> Response[Any]:
    caller = session_caller_of(request)
    await accounts_of(request).sessions.revoke_all(caller.user_id, keep=caller.session_id)
    return _back()


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise InvalidInput("days: must be a number of days.", field="days")
    return int(text)


ROUTES = [account, change_password, make_token, revoke_token, revoke_session, revoke_other_sessions]
