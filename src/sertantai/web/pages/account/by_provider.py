"""The pages to sign in with an organization's provider, or the site's."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.errors import AccountDisabled
from sertantai.accounts.providers.begun import new_browser_secret
from sertantai.accounts.providers.provider import Provider
from sertantai.accounts.providers.sign_in import Answer, ToLink
from sertantai.core.email_keys import readable_domain
from sertantai.core.errors import SertantaiError
from sertantai.http.caller import member_of
from sertantai.http.exception_handlers import safe_next
from sertantai.http.guards import public
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pages.rendering import page
from sertantai.http.query_names import ASKS
from sertantai.http.stale_forms import FORM_AGAIN
from sertantai.web.pages.account.provider_browser import (
    LINK,
    REFUSED,
    browser_of,
    let_in,
    with_browser,
)
from sertantai.web.parts.forms import form_again, form_fields, refused
from sertantai.web.parts.led_on import LED_ON
from sertantai.web.parts.persons.shut_out import shut_out_page
from sertantai.web.requests import accounts_of, whereabouts_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

WITH: Final = "/sign-in/with/{provider:str}"
FIND: Final = "account/sign_in_organization.html"
_ANSWER: Final = ("state", "code", "iss", "error")


async def find_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, FIND, "organization", to=None)


@get("/sign-in/organization", guards=[public], opt={**FOR_READING, **LED_ON.opt}, include_in_schema=False)
async def find_form(request: AnyRequest) -> Response[Any]:
    wanted = safe_next(LED_ON.of(request).next)
    if member_of(request) is not None:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    return page(request, FIND, organization="", wanted=wanted, error="", error_field="", to=None)


@post(
    "/sign-in/organization",
    guards=[public],
    status_code=200,
    include_in_schema=False,
    opt={FORM_AGAIN: find_again},
)
async def find(request: AnyRequest) -> Response[Any]:
    """Where it leads is shown before anybody goes there: a form of ours never sends to another host."""
    fields = await form_fields(request, "organization", "next")
    wanted = safe_next(fields["next"])
    try:
        provider = await services(request).providers.find(fields["organization"])
    except SertantaiError as error:
        return refused(request, FIND, error, organization=fields["organization"], wanted=wanted, to=None)
    to = _shown(provider, wanted)
    return page(
        request,
        FIND,
        organization=fields["organization"],
        wanted=wanted,
        error="",
        error_field="",
        to=to,
    )


@get(
    WITH,
    guards=[public],
    opt={**FOR_READING, **LED_ON.opt, OPTION: LimitClass.SIGN_IN},
    include_in_schema=False,
)
async def go(request: AnyRequest, provider: FromPath[str]) -> Response[Any]:
    wanted = safe_next(LED_ON.of(request).next)
    if member_of(request) is not None:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    accounts, browser = accounts_of(request), browser_of(request) or new_browser_secret()
    try:
        found = await services(request).providers.find(provider)
        to = await accounts.provider_sign_in.begin(found, wanted, browser, _comes_back_to(request, found))
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=wanted)
    return with_browser(request, Redirect(to, status_code=HTTP_303_SEE_OTHER), browser)


@get(
    f"{WITH}/callback",
    guards=[public],
    opt={**FOR_READING, ASKS: None, OPTION: LimitClass.SIGN_IN},
    include_in_schema=False,
)
async def come_back(request: AnyRequest, provider: FromPath[str]) -> Response[Any]:
    """The provider's answer. What else it says behind the question mark is nothing to us."""
    accounts = accounts_of(request)
    try:
        found = await services(request).providers.find(provider)
        arrived = await accounts.provider_sign_in.complete(
            found,
            _answer(request),
            browser_of(request),
            _comes_back_to(request, found),
            whereabouts_of(request),
        )
        if isinstance(arrived, ToLink):
            return _link_page(request, arrived)
        return await let_in(request, found.id, arrived)
    except AccountDisabled as error:
        told = await shut_out_page(request, error)
        return refused(request, REFUSED, error, wanted=safe_next(None)) if told is None else told
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=safe_next(None))


def _link_page(request: AnyRequest, to_link: ToLink) -> Response[Any]:
    return page(
        request,
        LINK,
        link=to_link.token,
        email=readable_domain(to_link.email),
        wanted=to_link.wanted,
        can_mail=accounts_of(request).linking.can_mail,
        error="",
        error_field="",
    )


def _shown(provider: Provider, wanted: str) -> Mapping[str, str]:
    led = "" if wanted == safe_next(None) else f"?next={quote(wanted, safe='/')}"
    host = urlsplit(provider.issuer).hostname or provider.issuer
    return {"name": provider.name, "host": host, "path": f"/sign-in/with/{provider.reference}{led}"}


def _comes_back_to(request: AnyRequest, provider: Provider) -> str:
    """One address for each provider, so that the answer of one is not taken for another's."""
    return accounts_of(request).letters.url(f"/sign-in/with/{provider.reference}/callback")


def _answer(request: AnyRequest) -> Answer:
    given = request.query_params
    twice = any(len(given.getall(name, [])) > 1 for name in _ANSWER)
    return Answer() if twice else msgspec.convert({name: given.get(name, "") for name in _ANSWER}, Answer)


ROUTES = [find_form, find, go, come_back]
