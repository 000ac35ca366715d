"""Signing out; and where else, for who was signed in by a provider."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import SertantaiError, Unavailable
from sertantai.http.exception_handlers import safe_next
from sertantai.http.guards import public
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pages.rendering import page
from sertantai.web.pages.account.came_by import provider_of, without_provider
from sertantai.web.parts.forms import refused
from sertantai.web.requests import accounts_of, caller_of, without_session
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import VIEWED


@post("/sign-out", guards=[public], include_in_schema=False, opt={OPTION: LimitClass.SIGN_OUT, VIEWED: True})
async def sign_out(request: AnyRequest) -> Response[Any]:
    """Also for a session that has ended meanwhile: the browser must get rid of its cookie, come what may."""
    accounts = accounts_of(request)
    try:
        if request.scope.get("user") is not None:
            await accounts.sign_out(caller_of(request))
        else:
            await accounts.sign_out_unknown(request.cookies.get(accounts.session_cookie, ""))
    except Unavailable as error:
        # Not signed out, and not told so; but nobody who comes to this browser can go on.
        told = {"email": "", "wanted": safe_next(None), "told": ""}
        response = refused(request, "account/sign_in.html", error, **told)
        return without_session(response, secure=accounts.secure_cookies)
    there = await _where_else(request)
    response = without_session(_signed_out(request, there), secure=accounts.secure_cookies)
    return without_provider(request, response)


def _signed_out(request: AnyRequest, there: Mapping[str, str] | None) -> Response[Any]:
    if there is None:
        return Redirect("/sign-in", status_code=HTTP_303_SEE_OTHER)
    request.scope["user"] = None  # whoever comes now is nobody yet
    return page(request, "account/signed_out.html", there=there)


async def _where_else(request: AnyRequest) -> Mapping[str, str] | None:
    """The provider's own page to sign out, for who was signed in by it; nothing here depends on it."""
    reference = provider_of(request)
    if not reference:
        return None
    try:
        provider = await services(request).providers.find(reference)
        address = await accounts_of(request).provider_sign_in.ends_at(provider)
    except SertantaiError:
        return None
    host = urlsplit(address).hostname if address else None
    return {"address": address, "name": provider.name, "host": host} if address and host else None


ROUTES = [sign_out]
