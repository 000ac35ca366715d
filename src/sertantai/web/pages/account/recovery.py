"""The pages that links in mails lead to, and the one that sends for such a mail."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.errors import LinkRefused
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.core.email_keys import readable_domain
from sertantai.core.errors import SertantaiError
from sertantai.http.guards import public
from sertantai.http.pages.rendering import page
from sertantai.http.stale_forms import EXPIRED, FORM_AGAIN
from sertantai.web.parts.forms import form_again, form_fields, refused
from sertantai.web.parts.led_on import FROM_MAIL
from sertantai.web.requests import accounts_of, ip_of
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_READING


async def forgot_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, "account/forgot_password.html", "email")


async def reset_again(request: AnyRequest) -> Response[Any]:
    link = (await form_fields(request, "token"))["token"]
    return page(request, "account/reset_password.html", status=422, link=link, error=EXPIRED, error_field="")


@get("/forgot-password", guards=[public], opt=FOR_READING, include_in_schema=False)
async def forgot_form(request: AnyRequest) -> Response[Any]:
    return page(request, "account/forgot_password.html", email="", error="", error_field="")


@post("/forgot-password", guards=[public], include_in_schema=False, opt={FORM_AGAIN: forgot_again})
async def forgot(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "email")
    try:
        await accounts_of(request).request_password_reset(fields["email"])
    except SertantaiError as error:
        return refused(request, "account/forgot_password.html", error, email=fields["email"])
    return page(request, "account/mail_sent.html", email=readable_domain(fields["email"]), purpose="reset")


@get("/reset-password", guards=[public], opt={**FOR_READING, **FROM_MAIL.opt}, include_in_schema=False)
async def reset_form(request: AnyRequest) -> Response[Any]:
    link = FROM_MAIL.of(request).token
    try:
        await accounts_of(request).passwords.look_at(link, ip_of(request))
    except LinkRefused as error:
        return refused(request, "account/link_refused.html", error, purpose=Purpose.RESET_PASSWORD.value)
    return page(request, "account/reset_password.html", link=link, error="", error_field="")


@post("/reset-password", guards=[public], include_in_schema=False, opt={FORM_AGAIN: reset_again})
async def reset(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "token", "password")
    try:
        await accounts_of(request).passwords.reset(fields["token"], fields["password"], ip_of(request))
    except LinkRefused as error:
        return refused(request, "account/link_refused.html", error, purpose=Purpose.RESET_PASSWORD.value)
    except SertantaiError as error:
        return refused(request, "account/reset_password.html", error, link=fields["token"])
    return Redirect("/sign-in?notice=password-set", status_code=HTTP_303_SEE_OTHER)


ROUTES = [forgot_form, forgot, reset_form, reset]
