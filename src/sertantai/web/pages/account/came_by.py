"""With which provider a browser was signed in here: what it is asked to be signed out of as well.

A cookie says it, and nothing is decided by it: nothing of what the provider has said of somebody is kept.
"""

from typing import Any, Final

from litestar import Response
from litestar.datastructures import Cookie

from sertantai.accounts.model import SessionKind
from sertantai.web.requests import accounts_of
from sertantai.web.services import AnyRequest

COOKIE: Final = "sertantai_came_by"
REFERENCE_CHARACTERS: Final = 36


def provider_of(request: AnyRequest) -> str:
    """What the provider is called in our addresses; empty: it was a password."""
    return request.cookies.get(_name(request), "")[:REFERENCE_CHARACTERS]


def with_provider(request: AnyRequest, response: Response[Any], reference: str) -> Response[Any]:
    lifetime = accounts_of(request).sessions.lifetime_of[SessionKind.COOKIE]
    return _with(request, response, reference, int(lifetime.total_seconds()))


def without_provider(request: AnyRequest, response: Response[Any]) -> Response[Any]:
    return _with(request, response, "", 0) if provider_of(request) else response


def _with(request: AnyRequest, response: Response[Any], value: str, max_age_s: int) -> Response[Any]:
    response.set_cookie(
        Cookie(
            key=_name(request),
            value=value,
            path="/",
            max_age=max_age_s,
            secure=accounts_of(request).secure_cookies,
            httponly=True,
            samesite="lax",
        )
    )
    return response


def _name(request: AnyRequest) -> str:
    return f"__Host-{COOKIE}" if accounts_of(request).secure_cookies else COOKIE
