"""The pages of accounts: signing up, in and out, and one's own account."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.model import SessionKind, User
from sertantai.accounts.requests import (
    AnyRequest,
    accounts_of,
    caller_of,
    ip_of,
    user_agent_of,
    with_session,
    without_session,
)
from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.web.exception_handlers import safe_next
from sertantai.web.guards import public, signed_in
from sertantai.web.problems import problem_of, status_of
from sertantai.web.rendering import page

FIELD_CHARACTERS_MAX = 4096
DATABASE_AWAY = (
    "Signing in is not possible at the moment: the database cannot be reached. Your selections are safe. "
    "Whoever is signed in already can go on working. Try again in a minute."
)


async def form_fields(request: AnyRequest, *names: str) -> dict[str, str]:
    """The named text fields of a form; what is missing or no text is empty."""
    form = await request.form()
    values = {name: form.get(name) for name in names}
    return {
        name: value[:FIELD_CHARACTERS_MAX] if isinstance(value, str) else "" for name, value in values.items()
    }


def refused(request: AnyRequest, template: str, error: SertantaiError, **context: object) -> Response[bytes]:
    """The same form again, with what was wrong where it was wrong."""
    problem = problem_of(error, "")
    message = DATABASE_AWAY if isinstance(error, DatabaseUnavailable) else error.message
    return page(
        request,
        template,
        status=status_of(error),
        headers=problem.headers,
        error=message,
        error_field=error.field or "",
        **context,
    )


async def _welcome(request: AnyRequest, user: User, wanted: str) -> Response[Any]:
    accounts = accounts_of(request)
    opened = await accounts.open_session(user, SessionKind.COOKIE, ip_of(request), user_agent_of(request))
    response = Redirect(safe_next(wanted), status_code=HTTP_303_SEE_OTHER)
    return with_session(response, opened, secure=accounts.secure_cookies)


@get("/sign-in", guards=[public], include_in_schema=False)
async def sign_in_form(request: AnyRequest) -> Response[Any]:
    wanted = safe_next(request.query_params.get("next"))
    if request.scope.get("user") is not None:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    return page(request, "accounts/sign_in.html", email="", wanted=wanted, error="", error_field="")


@post("/sign-in", guards=[public], include_in_schema=False)
async def sign_in(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "email", "password", "next")
    wanted = safe_next(fields["next"])
    try:
        user = await accounts_of(request).authenticate(fields["email"], fields["password"], ip=ip_of(request))
        return await _welcome(request, user, wanted)
    except SertantaiError as error:
        return refused(request, "accounts/sign_in.html", error, email=fields["email"], wanted=wanted)


@get("/sign-up", guards=[public], include_in_schema=False)
async def sign_up_form(request: AnyRequest) -> Response[Any]:
    wanted = safe_next(request.query_params.get("next"))
    if request.scope.get("user") is not None:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    return page(request, "accounts/sign_up.html", email="", wanted=wanted, error="", error_field="")


@post("/sign-up", guards=[public], include_in_schema=False)
async def sign_up(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "email", "password", "next")
    wanted = safe_next(fields["next"])
    try:
        user = await accounts_of(request).register(fields["email"], fields["password"], ip=ip_of(request))
        return await _welcome(request, user, wanted)
    except SertantaiError as error:
        return refused(request, "accounts/sign_up.html", error, email=fields["email"], wanted=wanted)


@post("/sign-out", guards=[public], include_in_schema=False)
async def sign_out(request: AnyRequest) -> Response[Any]:
    """Also for a session that has ended meanwhile: the browser must get rid of its cookie."""
    if request.scope.get("user") is not None:
        await accounts_of(request).sign_out(caller_of(request))
    return without_session(Redirect("/sign-in", status_code=HTTP_303_SEE_OTHER))


@get("/account", guards=[signed_in], include_in_schema=False)
async def account(request: AnyRequest) -> Response[Any]:
    accounts = accounts_of(request)
    caller = caller_of(request)
    return page(
        request,
        "accounts/account.html",
        user=await accounts.find_user(caller.user_id),
        sessions=await accounts.sessions.list(caller.user_id),
    )


ROUTES = [sign_in_form, sign_in, sign_up_form, sign_up, sign_out, account]
