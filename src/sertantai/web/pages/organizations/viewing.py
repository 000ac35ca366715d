"""Begin and end to look at an organization's lists as a member sees them."""

from typing import Any

import msgspec
from litestar import Response, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import NotFound, PermissionNeeded
from sertantai.http.guards import signed_in
from sertantai.web.pages.organizations.frame import MINE, PATH, path_of
from sertantai.web.pages.organizations.people import named_member
from sertantai.web.requests import asking_of, caller_of, organization_of, session_caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import VIEWED
from sertantai.web.viewing import begin, end, viewing_shown


@post(f"{PATH}/members/{{member:str}}/view", guards=[signed_in], include_in_schema=False)
async def view_as(request: AnyRequest, organization: FromPath[str], member: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    standing, caller = lists.standing(), session_caller_of(request)
    id, _ = named_member(standing, member)
    await services(request).organizations.view_as(standing, id)
    response: Response[Any] = Redirect(path_of(standing), status_code=HTTP_303_SEE_OTHER)
    begin(request, response, caller, standing.organization, id)
    return response


@post("/viewing/end", guards=[signed_in], opt={VIEWED: True}, include_in_schema=False)
async def end_viewing(request: AnyRequest) -> Response[Any]:
    """Also where it is over already: the browser forgets it, come what may."""
    caller, shown = caller_of(request), viewing_shown(request)
    path = MINE if shown is None else f"{shown.path}/members/{shown.member}"
    response: Response[Any] = Redirect(path, status_code=HTTP_303_SEE_OTHER)
    end(request, response)
    if caller.viewing is not None:
        organization, member = caller.viewing
        myself = asking_of(msgspec.structs.replace(caller, viewing=None))
        try:
            lists = await services(request).access.lists_in(myself, str(organization))
            await services(request).organizations.stop_viewing(lists.standing(), member)
        except (NotFound, PermissionNeeded):
            return response  # whoever looked has left meanwhile
    return response


ROUTES = [view_as, end_viewing]
