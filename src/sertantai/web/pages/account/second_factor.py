"""The pages that set up, renew and switch off the second factor."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.second_factor import totp
from sertantai.core.errors import Conflict, SertantaiError
from sertantai.http.aside import aside
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.web.pages.account.account import account_page
from sertantai.web.parts.forms import form_fields, refused
from sertantai.web.requests import accounts_of, ip_of, session_caller_of, user_of
from sertantai.web.services import AnyRequest

SET_UP = "account/second_factor.html"


async def _qr_code_and_secret(request: AnyRequest) -> tuple[str, str]:
    user = await user_of(request)
    secret = await accounts_of(request).second_factors.prepare(user.user_id)
    uri = totp.provisioning_uri(secret, user.email or str(user.user_id))
    return await aside(totp.qr_code, uri), secret


@get("/account/second-factor", guards=[signed_in], include_in_schema=False)
async def set_up(request: AnyRequest) -> Response[Any]:
    try:
        qr_code, secret = await _qr_code_and_secret(request)
    except Conflict:
        return Redirect("/account", status_code=HTTP_303_SEE_OTHER)
    return page(request, SET_UP, error="", error_field="", qr_code=qr_code, secret=secret)


@post("/account/second-factor", guards=[signed_in], include_in_schema=False)
async def enable(request: AnyRequest) -> Response[Any]:
    caller = session_caller_of(request)
    fields = await form_fields(request, "code", "current_password")
    accounts = accounts_of(request)
    try:
        await accounts.passwords.require_password(caller.user_id, fields["current_password"])
        codes = await accounts.second_factors.enable(caller.user_id, fields["code"], ip_of(request))
    except Conflict:
        return Redirect("/account", status_code=HTTP_303_SEE_OTHER)
    except SertantaiError as error:
        qr_code, secret = await _qr_code_and_secret(request)
        return refused(request, SET_UP, error, qr_code=qr_code, secret=secret)
    return page(request, "account/recovery_codes.html", codes=codes, is_new=True)


@post("/account/second-factor/codes", guards=[signed_in], include_in_schema=False)
async def renew_codes(request: AnyRequest) -> Response[Any]:
    caller = session_caller_of(request)
    fields = await form_fields(request, "current_password")
    accounts = accounts_of(request)
    try:
        await accounts.passwords.require_password(caller.user_id, fields["current_password"])
        codes = await accounts.second_factors.renew_codes(caller.user_id)
    except SertantaiError as error:
        return await account_page(request, error=error, at="second-factor")
    return page(request, "account/recovery_codes.html", codes=codes, is_new=False)


@post("/account/second-factor/disable", guards=[signed_in], include_in_schema=False)
async def disable(request: AnyRequest) -> Response[Any]:
    caller = session_caller_of(request)
    fields = await form_fields(request, "current_password")
    accounts = accounts_of(request)
    try:
        await accounts.passwords.require_password(caller.user_id, fields["current_password"])
        await accounts.second_factors.disable(caller.user_id, ip_of(request))
    except SertantaiError as error:
        return await account_page(request, error=error, at="second-factor")
    return await account_page(request, done="Two-step verification is off.")


ROUTES = [set_up, enable, renew_codes, disable]
