"""``/organizations/{organization}/leave``: what one leaves behind, who has it from then on, and leaving."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.errors import SertantaiError
from sertantai.core.rights import Right
from sertantai.http.forms import Form, form_of
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.going.leaving import leave
from sertantai.web.pages.organizations.frame import MINE, PATH, Refused, answer, done, frame
from sertantai.web.pages.organizations.handing_on import handed_on, laws_handed_on, left_by
from sertantai.web.requests import organization_of, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

LEAVE: Final = f"{PATH}/leave"
TEMPLATE: Final = "organizations/leave.html"


@get(LEAVE, guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def leave_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    return await _page(request, await organization_of(request, organization))


@post(LEAVE, guards=[signed_in], include_in_schema=False)
async def leave_organization(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    """With ``new-{list}`` the lists that are named are handed on, with ``laws-{list}`` what they answer for
    there: all of it, or nothing."""
    lists = await organization_of(request, organization)
    form, service, standing = await form_of(request), services(request), lists.standing()
    try:
        new = handed_on(lists, standing.actor, form)
        laws = await laws_handed_on(lists, standing.actor, reader_today(request), form)
        now = service.clock.now()
        await leave(
            service.organizations, service.engine, standing, standing.actor, new, now, responsible=laws
        )
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, "leave"), form)
    return done(request, MINE, f"You have left “{standing.access.name}”.")


async def _page(
    request: AnyRequest, lists: Lists, refused: Refused | None = None, form: Form | None = None
) -> Response[bytes]:
    standing = lists.standing()
    return answer(
        request,
        TEMPLATE,
        refused,
        org=frame(lists),
        left=await left_by(lists, standing.actor, reader_today(request), form),
        members=Right.MEMBERS in standing.rights,
    )


ROUTES = [leave_page, leave_organization]
