"""The browser that signs in with a provider: what it keeps meanwhile, and how it is let in."""

from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.datastructures import Cookie

from sertantai.accounts.errors import SecondFactorNeeded
from sertantai.accounts.providers.begun import LINK_LIFETIME
from sertantai.accounts.providers.provider import reference_of
from sertantai.accounts.providers.sign_in import Arrived
from sertantai.http.pages.rendering import page
from sertantai.web.pages.account.came_by import with_provider
from sertantai.web.pages.account.signing_in import welcome
from sertantai.web.requests import accounts_of, ip_of
from sertantai.web.services import AnyRequest

REFUSED: Final = "account/provider_refused.html"
LINK: Final = "account/link_account.html"
BROWSER_COOKIE: Final = "sertantai_sign_in"


async def let_in(request: AnyRequest, provider: UUID, arrived: Arrived) -> Response[Any]:
    """As after a password: the second factor, if there is one, and a confirmed address, if it is needed."""
    return with_provider(request, await _let_in(request, arrived), reference_of(provider))


async def _let_in(request: AnyRequest, arrived: Arrived) -> Response[Any]:
    accounts, user = accounts_of(request), arrived.user
    try:
        await accounts.second_factors.require(user.user_id, None, ip_of(request))
    except SecondFactorNeeded:
        step = await accounts.sign_in.next_step(user.user_id)
        return page(request, "account/second_step.html", step=step, wanted=arrived.wanted, error="")
    return await welcome(request, accounts.sign_in.admitted(user), arrived.wanted)


def _cookie_name(request: AnyRequest) -> str:
    return f"__Host-{BROWSER_COOKIE}" if accounts_of(request).secure_cookies else BROWSER_COOKIE


def browser_of(request: AnyRequest) -> str:
    return request.cookies.get(_cookie_name(request), "")[:200]


def with_browser(request: AnyRequest, response: Response[Any], browser: str) -> Response[Any]:
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
