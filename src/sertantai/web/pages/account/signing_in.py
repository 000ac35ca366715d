"""The pages to sign up and in."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_303_SEE_OTHER

from sertantai.accounts.errors import AccountDisabled, SecondFactorNeeded, StepExpired
from sertantai.accounts.model import SessionKind, User
from sertantai.core.email_keys import readable_domain
from sertantai.core.errors import SertantaiError
from sertantai.http.caller import member_of
from sertantai.http.exception_handlers import safe_next
from sertantai.http.guards import public
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pages.rendering import page
from sertantai.http.stale_forms import FORM_AGAIN
from sertantai.web.pages.account.came_by import without_provider
from sertantai.web.parts.forms import form_again, form_fields, refused
from sertantai.web.parts.led_on import LED_ON
from sertantai.web.parts.persons.shut_out import shut_out_page
from sertantai.web.requests import (
    accounts_of,
    guest_caller_of,
    ip_of,
    user_agent_of,
    whereabouts_of,
    with_known_device,
    with_session,
)
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_READING

GUEST_TICKS_PATH: Final = "/guest-ticks"
"""The page, of a room above, where a guest's ticks find their list."""
NOTICES: Final = {
    "password-set": "Your new password has been set. Sign in with it.",
    "email-confirmed": "Your e-mail address is confirmed. Sign in now.",
}
"""By name, so that nobody can make our page say something else with a link."""


async def welcome(request: AnyRequest, user: User, wanted: str) -> Response[Any]:
    """Open a session and go where the user wanted to; who was a guest says first where the ticks go."""
    accounts, wanted = accounts_of(request), safe_next(wanted)
    opened = await accounts.open_session(user, SessionKind.COOKIE, ip_of(request), user_agent_of(request))
    guest = guest_caller_of(request)
    if guest is not None:
        await accounts.guest_claims.claim(guest.user_id, user.user_id)
        wanted = f"{GUEST_TICKS_PATH}?next={quote(wanted, safe='/')}"
    response = Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    return with_session(with_known_device(response, request, user), opened, secure=accounts.secure_cookies)


async def sign_in_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, "account/sign_in.html", "email", told="")


async def second_step_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, "account/second_step.html", "step")


async def sign_up_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, "account/sign_up.html", "email")


@get("/sign-in", guards=[public], opt={**FOR_READING, **LED_ON.opt}, include_in_schema=False)
async def sign_in_form(request: AnyRequest) -> Response[Any]:
    wanted = safe_next(LED_ON.of(request).next)
    if member_of(request) is not None:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    told = NOTICES.get(LED_ON.of(request).notice, "")
    return page(request, "account/sign_in.html", email="", wanted=wanted, error="", error_field="", told=told)


@post("/sign-in", guards=[public], include_in_schema=False, opt={FORM_AGAIN: sign_in_again})
async def sign_in(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "email", "password", "next")
    wanted = safe_next(fields["next"])
    accounts = accounts_of(request)
    try:
        user = await accounts.authenticate(
            fields["email"], fields["password"], whereabouts=whereabouts_of(request)
        )
        return without_provider(request, await welcome(request, user, wanted))
    except SecondFactorNeeded as needed:
        step = await accounts.sign_in.next_step(needed.user_id)
        return without_provider(
            request, page(request, "account/second_step.html", step=step, wanted=wanted, error="")
        )
    except AccountDisabled as error:
        told = await shut_out_page(request, error)
        if told is not None:
            return told
        return refused(request, "account/sign_in.html", error, email=fields["email"], wanted=wanted, told="")
    except SertantaiError as error:
        return refused(request, "account/sign_in.html", error, email=fields["email"], wanted=wanted, told="")


@post("/sign-in/code", guards=[public], include_in_schema=False, opt={FORM_AGAIN: second_step_again})
async def second_step(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "step", "code", "next")
    wanted = safe_next(fields["next"])
    try:
        user = await accounts_of(request).sign_in.with_code(
            fields["step"], fields["code"], whereabouts_of(request)
        )
        return await welcome(request, user, wanted)
    except StepExpired as error:
        return refused(request, "account/sign_in.html", error, email="", wanted=wanted, told="")
    except SertantaiError as error:
        return refused(request, "account/second_step.html", error, step=fields["step"], wanted=wanted)


@get("/sign-up", guards=[public], opt={**FOR_READING, **LED_ON.opt}, include_in_schema=False)
async def sign_up_form(request: AnyRequest) -> Response[Any]:
    wanted = safe_next(LED_ON.of(request).next)
    if member_of(request) is not None:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    return page(request, "account/sign_up.html", email="", wanted=wanted, error="", error_field="")


@post("/sign-up", guards=[public], include_in_schema=False, opt={FORM_AGAIN: sign_up_again})
async def sign_up(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "email", "password", "next")
    wanted = safe_next(fields["next"])
    accounts = accounts_of(request)
    try:
        user = await accounts.sign_up.register(fields["email"], fields["password"], whereabouts_of(request))
        if user is None:
            return page(
                request, "account/mail_sent.html", email=readable_domain(fields["email"]), purpose="confirm"
            )
        return without_provider(request, await welcome(request, user, wanted))
    except SertantaiError as error:
        return refused(request, "account/sign_up.html", error, email=fields["email"], wanted=wanted)


@post(
    "/guest",
    guards=[public],
    status_code=HTTP_201_CREATED,
    include_in_schema=False,
    opt={OPTION: LimitClass.READS},
)
async def become_guest(request: AnyRequest) -> Response[Any]:
    """For our own script, at the first tick; whoever is known already stays who they are.

    Guests are counted where they are made, not as tries to sign in.
    """
    known = request.scope.get("user")
    if known is not None:
        return Response({"user_id": str(known.user_id)}, status_code=HTTP_200_OK)
    accounts = accounts_of(request)
    opened = await accounts.guests.open(ip_of(request), user_agent_of(request))
    response: Response[Any] = Response({"user_id": str(opened.session.user_id)})
    return with_session(response, opened, secure=accounts.secure_cookies)


ROUTES = [sign_in_form, sign_in, second_step, sign_up_form, sign_up, become_guest]
