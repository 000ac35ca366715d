"""``/organizations/{organization}/abbreviations``: what its members write for laws."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.errors import Unavailable
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.records.own_abbreviations import CHARACTERS_MAX
from sertantai.web.api.abbreviations import answer_of, shared_abbreviations
from sertantai.web.pages.organizations.frame import PATH, answer, frame
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING


@get(f"{PATH}/abbreviations", guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def abbreviations_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    service, lists = services(request), await organization_of(request, organization)
    context: dict[str, Any] = {"own": None, "characters_max": CHARACTERS_MAX}
    try:
        found = await shared_abbreviations(service, lists)
        context["own"] = [answer_of(service.register.catalogue, one) for one in found]
    except Unavailable:
        pass  # the page says so
    return answer(
        request,
        "organizations/abbreviations.html",
        org=frame(lists),
        may_change=Right.SETTINGS in lists.standing().rights,
        **context,
    )


ROUTES = [abbreviations_page]
