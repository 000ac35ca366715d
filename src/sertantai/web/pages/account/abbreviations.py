"""``/account/abbreviations``: what somebody writes for laws besides what everybody does."""

from typing import Any

from litestar import Response, get

from sertantai.core.errors import DatabaseUnavailable
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.records.own_abbreviations import CHARACTERS_MAX
from sertantai.web.api.abbreviations import answer_of
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING


@get("/account/abbreviations", guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def abbreviations_page(request: AnyRequest) -> Response[bytes]:
    service = services(request)
    context: dict[str, Any] = {"own": None, "characters_max": CHARACTERS_MAX}
    try:
        found = await service.abbreviations.of(caller_of(request).user_id)
        context["own"] = [answer_of(service.register.catalogue, one) for one in found]
    except DatabaseUnavailable:
        pass  # the page says so
    return page(request, "account/abbreviations.html", **context)


ROUTES = [abbreviations_page]
