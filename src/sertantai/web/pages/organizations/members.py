"""``/organizations/{organization}/members``: who is in it, as what; and what I am called there."""

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import TeamId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.turns import sliced
from sertantai.lists.access import Lists
from sertantai.organizations.shown import members_in_order
from sertantai.web.pages.organizations.departed import gone_from
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.pages.organizations.inviting import pending_of
from sertantai.web.pages.organizations.people import addresses_of, person, teams_by_name
from sertantai.web.parts.forms import form_fields
from sertantai.web.query import PAGE, Shape, text
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

MEMBERS_A_PAGE: Final = 50
WANTED_CHARACTERS: Final = 200
TEMPLATE: Final = "organizations/members.html"


class MembersView(msgspec.Struct, frozen=True):
    """``q``: a part of a name; ``team``: its members only."""

    q: str = ""
    team: str = ""
    page: int = 1


MEMBERS: Final = Shape(MembersView, {"q": text(most=WANTED_CHARACTERS), "page": PAGE})


@get(f"{PATH}/members", guards=[signed_in], opt={**LOOKED_AT, **MEMBERS.opt}, include_in_schema=False)
async def members_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    return await _page(request, await organization_of(request, organization), MEMBERS.of(request))


@post(f"{PATH}/name", guards=[signed_in], include_in_schema=False)
async def change_name(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    """What colleagues see of whoever asks."""
    lists = await organization_of(request, organization)
    fields = await form_fields(request, "name")
    try:
        now = await services(request).organizations.rename_member(lists.standing(), fields["name"])
    except SertantaiError as error:
        return await _page(request, lists, MembersView(), Refused(error, "name"), fields["name"])
    return done(request, f"{path_of(now)}/members", f"You are “{now.member.name}” here now.")


async def _page(
    request: AnyRequest,
    lists: Lists,
    view: MembersView,
    refused: Refused | None = None,
    typed: str | None = None,
) -> Response[bytes]:
    lists.require(Right.MEMBERS)
    standing, path = lists.standing(), f"{path_of(lists.standing())}/members"
    team = TeamId(parse_uuid(view.team, "team")) if view.team else None
    members = members_in_order(standing.access, team, view.q)
    pages = max(1, -(-len(members) // MEMBERS_A_PAGE))
    at = min(view.page, pages)
    first = (at - 1) * MEMBERS_A_PAGE
    those = members[first : first + MEMBERS_A_PAGE]
    viewing = lists.viewer is not None  # what is decided about members, or said of them to few, is not shown
    addresses = {} if viewing else await addresses_of(request, standing, [id for id, _ in those])
    people = [person(standing, id, member, addresses.get(id, "")) async for id, member in sliced(those)]
    turned = msgspec.structs.replace
    return answer(
        request,
        TEMPLATE,
        refused,
        org=frame(lists),
        view=view,
        path=path,
        people=people,
        total=len(members),
        teams=teams_by_name(standing.access),
        first_url=MEMBERS.address(path, turned(view, page=1)) if at > 1 else None,
        next_url=MEMBERS.address(path, turned(view, page=at + 1)) if at < pages else None,
        sees_addresses=bool(addresses),
        invitations=None if viewing else await pending_of(request, standing),
        gone=None if viewing else gone_from(lists, services(request).clock.now()),
        my_name=standing.member.name if typed is None else typed,
    )


ROUTES = [members_page, change_name]
