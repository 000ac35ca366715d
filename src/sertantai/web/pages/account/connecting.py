"""The pages that connect an account of before with a provider: by its password, or by a mail to it."""

from typing import Any, Final

from litestar import Response, get, post

from sertantai.accounts.errors import SecondFactorNeeded
from sertantai.accounts.providers.errors import ProviderNotFound, SignInBroken
from sertantai.accounts.providers.linking import BY_MAIL, BY_PASSWORD, Linkable
from sertantai.accounts.providers.provider import reference_of
from sertantai.core.email_keys import readable_domain
from sertantai.core.errors import SertantaiError
from sertantai.http.exception_handlers import safe_next
from sertantai.http.guards import public
from sertantai.http.pages.rendering import page
from sertantai.http.stale_forms import FORM_AGAIN
from sertantai.web.pages.account.provider_browser import LINK, REFUSED, browser_of, let_in
from sertantai.web.parts.forms import form_again, form_fields, refused
from sertantai.web.parts.led_on import FROM_MAIL
from sertantai.web.requests import accounts_of, whereabouts_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

LINK_FROM_MAIL: Final = "account/link_from_mail.html"


async def link_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, LINK, "link", email="", can_mail=accounts_of(request).linking.can_mail)


@post(
    "/sign-in/link", guards=[public], status_code=200, include_in_schema=False, opt={FORM_AGAIN: link_again}
)
async def link(request: AnyRequest) -> Response[Any]:
    """With the password of the account, or by a mail to its address (``by`` is ``mail``)."""
    fields = await form_fields(request, "link", "password", "by", "next")
    wanted, linking, waiting = safe_next(fields["next"]), accounts_of(request).linking, None
    try:
        waiting = await _waiting(request, BY_PASSWORD, fields["link"])
        if fields["by"] == BY_MAIL:
            sent = await linking.send_mail(waiting)
            return page(request, "account/link_sent.html", email=readable_domain(sent))
        arrived = await linking.by_password(waiting, fields["password"], whereabouts_of(request))
        return await let_in(request, waiting.began.provider, arrived)
    except SecondFactorNeeded as needed:
        step = await accounts_of(request).sign_in.next_step(needed.user_id)
        return page(request, "account/second_step.html", step=step, wanted=wanted, error="")
    except SertantaiError as error:
        if waiting is None:
            return refused(request, REFUSED, error, wanted=wanted)
        email = readable_domain(waiting.user.email or "")
        context = {"link": fields["link"], "email": email, "wanted": wanted}
        return refused(request, LINK, error, can_mail=linking.can_mail, **context)


@get("/sign-in/link", guards=[public], opt={**FOR_READING, **FROM_MAIL.opt}, include_in_schema=False)
async def link_from_mail_form(request: AnyRequest) -> Response[Any]:
    secret = FROM_MAIL.of(request).token
    try:
        waiting = await _waiting(request, BY_MAIL, secret)
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=safe_next(None))
    return page(request, LINK_FROM_MAIL, link=secret, is_unconfirmed=waiting.is_unconfirmed, error="")


@post("/sign-in/link/mail", guards=[public], status_code=200, include_in_schema=False)
async def link_from_mail(request: AnyRequest) -> Response[Any]:
    secret = (await form_fields(request, "token"))["token"]
    try:
        waiting = await _waiting(request, BY_MAIL, secret)
        arrived = await accounts_of(request).linking.by_mail(waiting, whereabouts_of(request))
        return await let_in(request, waiting.began.provider, arrived)
    except SertantaiError as error:
        return refused(request, REFUSED, error, wanted=safe_next(None))


async def _waiting(request: AnyRequest, kind: str, token: str) -> Linkable:
    """Asked again: the provider may have been taken away, or its domain, since it signed somebody in."""
    found = await accounts_of(request).linking.waiting(kind, token, browser_of(request))
    try:
        provider = await services(request).providers.find(reference_of(found.began.provider))
    except ProviderNotFound:
        raise SignInBroken from None
    return found.still(provider)


ROUTES = [link, link_from_mail_form, link_from_mail]
