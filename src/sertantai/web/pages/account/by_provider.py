"""The pages to sign in with an organization's provider, or the site's; and to link an account of before."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.errors import SecondFactorNeeded
from sertantai.accounts.providers.begun import LINK_LIFETIME, new_browser_secret
from sertantai.accounts.providers.provider import Provider
from sertantai.accounts.providers.sign_in import Answer, Arrived, ToLink
from sertantai.core.email_keys import readable_domain
from sertantai.core.errors import SertantaiError
from sertantai.http.caller import member_of
from sertantai.http.exception_handlers import safe_next
from sertantai.http.guards import public
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pages.rendering import page
from sertantai.http.query_names import ASKS
from sertantai.http.stale_forms import FORM_AGAIN
from sertantai.web.pages.account.signing_in import welcome
from sertantai.web.parts.forms import form_again, form_fields, refused
from sertantai.web.parts.led_on import FROM_MAIL, LED_ON
from sertantai.web.requests import accounts_of, ip_of, whereabouts_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

WITH: Final = "/sign-in/with/{provider:str}"
FIND: Final = "account/sign_in_organization.html"
REFUSED: Final = "account/provider_refused.html"
LINK: Final = "account/link_account.html"
LINK_FROM_MAIL: Final = "account/link_from_mail.html"
BROWSER_COOKIE: Final = "sertantai_sign_in"
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
    accounts, browser = accounts_of(request), _browser(request) or new_browser_secret()
    try:
        found = await services(request).providers.find(provider)
        to = await accounts.provider_sign_in.begin(found, wanted, browser, _comes_back_to(request, found))
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=wanted)
    return _with_browser(request, Redirect(to, status_code=HTTP_303_SEE_OTHER), browser)


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
            _browser(request),
            _comes_back_to(request, found),
            whereabouts_of(request),
        )
        if isinstance(arrived, ToLink):
            return _link_page(request, arrived)
        return await _in(request, arrived)
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=safe_next(None))


async def link_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, LINK, "link", email="", can_mail=accounts_of(request).linking.can_mail)


@post(
    "/sign-in/link", guards=[public], status_code=200, include_in_schema=False, opt={FORM_AGAIN: link_again}
)
async def link(request: AnyRequest) -> Response[Any]:
    """With the password of the account, or by a mail to its address (``by`` is ``mail``)."""
    fields = await form_fields(request, "link", "password", "by", "next")
    wanted, browser, linking = safe_next(fields["next"]), _browser(request), accounts_of(request).linking
    email = ""
    try:
        email = await linking.address(fields["link"], browser)
        if fields["by"] == "mail":
            sent = await linking.send_mail(fields["link"], browser)
            return page(request, "account/link_sent.html", email=readable_domain(sent))
        arrived = await linking.by_password(
            fields["link"], browser, fields["password"], whereabouts_of(request)
        )
        return await _in(request, arrived)
    except SecondFactorNeeded as needed:
        step = await accounts_of(request).sign_in.next_step(needed.user_id)
        return page(request, "account/second_step.html", step=step, wanted=wanted, error="")
    except SertantaiError as error:
        if not email:
            return refused(request, REFUSED, error, wanted=wanted)
        context = {"link": fields["link"], "email": readable_domain(email), "wanted": wanted}
        return refused(request, LINK, error, can_mail=linking.can_mail, **context)


@get("/sign-in/link", guards=[public], opt={**FOR_READING, **FROM_MAIL.opt}, include_in_schema=False)
async def link_from_mail_form(request: AnyRequest) -> Response[Any]:
    secret = FROM_MAIL.of(request).token
    try:
        await accounts_of(request).linking.look_at_mail(secret, _browser(request))
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=safe_next(None))
    return page(request, LINK_FROM_MAIL, link=secret, error="")


@post("/sign-in/link/mail", guards=[public], status_code=200, include_in_schema=False)
async def link_from_mail(request: AnyRequest) -> Response[Any]:
    secret = (await form_fields(request, "token"))["token"]
    try:
        arrived = await accounts_of(request).linking.by_mail(
            secret, _browser(request), whereabouts_of(request)
        )
        return await _in(request, arrived)
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=safe_next(None))


async def _in(request: AnyRequest, arrived: Arrived) -> Response[Any]:
    """As after a password: the second factor, if there is one, and a confirmed address, if it is needed."""
    accounts, user = accounts_of(request), arrived.user
    try:
        await accounts.second_factors.require(user.user_id, None, ip_of(request))
    except SecondFactorNeeded:
        step = await accounts.sign_in.next_step(user.user_id)
        return page(request, "account/second_step.html", step=step, wanted=arrived.wanted, error="")
    return await welcome(request, accounts.sign_in.admitted(user), arrived.wanted)


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


def _cookie_name(request: AnyRequest) -> str:
    return f"__Host-{BROWSER_COOKIE}" if accounts_of(request).secure_cookies else BROWSER_COOKIE


def _browser(request: AnyRequest) -> str:
    return request.cookies.get(_cookie_name(request), "")[:200]


def _with_browser(request: AnyRequest, response: Response[Any], browser: str) -> Response[Any]:
    response.set_cookie(
        Cookie(
            key=_cookie_name(request),
            value=browser,
            path="/",
            max_age=int(LINK_LIFETIME.total_seconds()),
            secure=accounts_of(request).secure_cookies,
            httponly=True,
            samesite="lax",
        )
    )
    return response


ROUTES = [find_form, find, go, come_back, link, link_from_mail_form, link_from_mail]
