"""Confirming one's e-mail address: asking for the link, and the page that it leads to."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.errors import LinkRefused, SignInToConfirm
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import UserId
from sertantai.http.caller import member_of
from sertantai.http.guards import public, signed_in
from sertantai.http.pages.rendering import page
from sertantai.http.stale_forms import FORM_AGAIN
from sertantai.web.pages.account.account import account_page
from sertantai.web.parts.forms import form_fields, refused
from sertantai.web.parts.led_on import FROM_MAIL
from sertantai.web.requests import accounts_of, ip_of, session_caller_of, user_of
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/confirm-email"
PAGE: Final = "account/confirm_email.html"


async def confirm_again(request: AnyRequest) -> Response[Any]:
    """It has a button and nothing to type."""
    return page(request, PAGE, link=(await form_fields(request, "token"))["token"])


@get(PATH, guards=[public], opt={**FOR_READING, **FROM_MAIL.opt}, include_in_schema=False)
async def confirm_form(request: AnyRequest) -> Response[Any]:
    """Only asks: programs that look into mails open links too, and must not use them up."""
    link = FROM_MAIL.of(request).token
    try:
        await accounts_of(request).confirmation.look_at(link, _who(request), ip_of(request))
    except (LinkRefused, SignInToConfirm) as error:
        return _not_confirmed(request, error, link)
    return page(request, PAGE, link=link)


@post(PATH, guards=[public], include_in_schema=False, opt={FORM_AGAIN: confirm_again})
async def confirm(request: AnyRequest) -> Response[Any]:
    link, by = (await form_fields(request, "token"))["token"], _who(request)
    try:
        whose = await accounts_of(request).confirmation.confirm(link, by, ip_of(request))
    except (LinkRefused, SignInToConfirm) as error:
        return _not_confirmed(request, error, link)
    if whose == by:
        return await account_page(request, done="Your e-mail address is confirmed.")
    return Redirect("/sign-in?notice=email-confirmed", status_code=HTTP_303_SEE_OTHER)


@post("/account/confirm-email", guards=[signed_in], include_in_schema=False)
async def ask_to_confirm(request: AnyRequest) -> Response[Any]:
    session_caller_of(request)
    try:
        await accounts_of(request).confirmation.ask(await user_of(request))
    except SertantaiError as error:
        return await account_page(request, error=error, at="email")
    done = "We've sent you an e-mail. Open the link in it, while you are signed in here."
    return await account_page(request, done=done)


def _who(request: AnyRequest) -> UserId | None:
    caller = member_of(request)
    return None if caller is None else UserId(caller.user_id)


def _not_confirmed(request: AnyRequest, error: LinkRefused | SignInToConfirm, link: str) -> Response[Any]:
    """Who is not signed in does that first, and comes back to the link."""
    if isinstance(error, SignInToConfirm) and not error.is_somebody:
        there = f"{PATH}?token={quote(link, safe='')}"
        return Redirect(f"/sign-in?next={quote(there, safe='/')}", status_code=HTTP_303_SEE_OTHER)
    return refused(request, "account/link_refused.html", error, purpose=Purpose.CONFIRM_EMAIL.value)


ROUTES = [confirm_form, confirm, ask_to_confirm]
