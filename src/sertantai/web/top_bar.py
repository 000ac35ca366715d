"""The organizations of whoever asks for a page, for the switcher in the top bar: only members have one."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from litestar.types import Scope

from sertantai.accounts.caller import Caller
from sertantai.core.errors import SertantaiError
from sertantai.http.caller import AnyRequest
from sertantai.web.requests import asking_of
from sertantai.web.services import STATE_KEY, Services

NO_PAGES: Final = ("/api/", "/static/", "/health/")
"""Addresses below which there is no page."""
ORGANIZATIONS: Final = "organizations"
"""Where a request's state holds them."""


class Place(NamedTuple):
    """An organization by its name, and where its pages are."""

    name: str
    path: str


async def know_organizations(scope: Scope) -> None:
    """Of a whole page that somebody with an account asks for. What is not known now is left out."""
    caller: Caller | None = scope["user"]
    if caller is None or caller.is_guest or not _is_whole_page(scope):
        return
    services: Services | None = scope["litestar_app"].state.get(STATE_KEY)
    if services is None:
        return
    try:
        found = await services.access.organizations_of(asking_of(caller))
    except (
        SertantaiError
    ):  # a page without its switcher is better than none; what it needs itself it asks for
        return
    scope["state"][ORGANIZATIONS] = [
        Place(lists.access.name, f"/organizations/{lists.access.slug}") for lists in found if lists.access
    ]


def organizations_known(request: AnyRequest) -> Sequence[Place]:
    known: Sequence[Place] = request.scope["state"].get(ORGANIZATIONS, ())
    return known


def _is_whole_page(scope: Scope) -> bool:
    if scope["path"].startswith(NO_PAGES):
        return False
    headers = dict(scope["headers"])
    return b"text/html" in headers.get(b"accept", b"") and b"hx-request" not in headers
