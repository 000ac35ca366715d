"""``/groups/{group}/hand-over``: a list of one's own goes to an organization, or back."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Allowed
from sertantai.lists.between.handing_over import TAKEN_BACK_WITHIN, may_be_handed_back, receivers
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.parts.shared_lists import shared
from sertantai.web.requests import allowed, asked, lists_of, organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/groups/{group:str}/hand-over"


@get(PATH, guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def hand_over_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    return await _page(request, await allowed(request, group, Right.READ))


@post(PATH, guards=[signed_in], include_in_schema=False)
async def hand_over(request: AnyRequest, group: FromPath[str]) -> Response[Any]:
    """``to``: an organization's UUID; from there it goes to whoever asks."""
    found = await allowed(request, group, Right.READ)
    fields = await form_fields(request, "to", "with_history")
    try:
        if found.access is None and not fields["to"]:
            raise InvalidInput("Choose an organisation.", field="to")
        own = found.access is not None
        to = await (lists_of(request) if own else organization_of(request, fields["to"]))
        handing = services(request).handing_over
        there = await handing.hand_over(found, to, with_history=bool(fields["with_history"]))
    except SertantaiError as error:
        return await _page(request, found, error)
    owner = "you" if there.access is None else there.access.name
    back = Redirect(f"/groups/{there.group.id}", status_code=HTTP_303_SEE_OTHER)
    return saying(request, back, f"This list now belongs to {owner}.")


async def _page(request: AnyRequest, found: Allowed, error: SertantaiError | None = None) -> Response[bytes]:
    own = found.access is None
    organizations = await services(request).access.organizations_of(asked(request)) if own else []
    return page(
        request,
        "lists/hand_over.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        list=summary_in(found, found.group),
        shared=shared(found, found.group),
        path=f"/groups/{found.group.id}/hand-over",
        receivers=[(str(one.owner), name) for one, name in receivers(organizations)],
        may_hand_back=may_be_handed_back(found),
        days=TAKEN_BACK_WITHIN.days,
    )


ROUTES = [hand_over_page, hand_over]
