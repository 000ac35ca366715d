"""``/organizations/{organization}/teams``: made, renamed, ended, and who is in them."""

from collections import Counter
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.access_state import AccessState
from sertantai.core.errors import Conflict, SertantaiError
from sertantai.core.rights import Right
from sertantai.core.spelling import one_line
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.shown import members_in_order
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.pages.organizations.people import (
    named_member,
    named_team,
    person,
    teams_by_name,
)
from sertantai.web.parts.forms import form_fields
from sertantai.web.query import PAGE, Shape, text
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

ALL: Final = f"{PATH}/teams"
ONE: Final = f"{ALL}/{{team:str}}"
PEOPLE_A_PAGE: Final = 50
OTHERS_SHOWN: Final = 20
"""People to add, of whom there may be thousands: a search finds the others."""


class TeamView(msgspec.Struct, frozen=True):
    """``q``: a part of the name of who is to be added."""

    q: str = ""
    page: int = 1


TEAM: Final = Shape(TeamView, {"q": text(most=200), "page": PAGE})


@get(ALL, guards=[signed_in], opt=LOOKED_AT, include_in_schema=False)
async def teams_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    return _all(request, await organization_of(request, organization))


@post(ALL, guards=[signed_in], include_in_schema=False)
async def create_team(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    name = (await form_fields(request, "name"))["name"]
    standing = lists.standing()
    try:
        standing.require(Right.TEAMS)
        _require_free(standing.access, name)
        made = await services(request).organizations.make_team(standing, name)
    except SertantaiError as error:
        return _all(request, lists, Refused(error, "new"), name)
    return done(request, f"{path_of(standing)}/teams/{made}", "The team has been created.")


@get(ONE, guards=[signed_in], opt={**LOOKED_AT, **TEAM.opt}, include_in_schema=False)
async def team_page(request: AnyRequest, organization: FromPath[str], team: FromPath[str]) -> Response[bytes]:
    return _one(request, await organization_of(request, organization), team, TEAM.of(request))


@post(ONE, guards=[signed_in], include_in_schema=False)
async def rename_team(request: AnyRequest, organization: FromPath[str], team: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    name, standing = (await form_fields(request, "name"))["name"], lists.standing()
    id, before = named_team(standing.access, team)
    try:
        if name != before:
            _require_free(standing.access, name)
        await services(request).organizations.rename_team(standing, id, name)
    except SertantaiError as error:
        return _one(request, lists, team, TeamView(), Refused(error, "name"), name)
    return done(request, f"{path_of(standing)}/teams/{id}", "The team has been renamed.")


@post(f"{ONE}/end", guards=[signed_in], include_in_schema=False)
async def end_team(request: AnyRequest, organization: FromPath[str], team: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    standing = lists.standing()
    id, name = named_team(standing.access, team)
    try:
        await services(request).organizations.rename_team(standing, id, None)
    except SertantaiError as error:
        return _one(request, lists, team, TeamView(), Refused(error, "end"))
    return done(request, f"{path_of(standing)}/teams", f"The team “{name}” has ended.")


@post(f"{ONE}/members", guards=[signed_in], include_in_schema=False)
async def change_team(request: AnyRequest, organization: FromPath[str], team: FromPath[str]) -> Response[Any]:
    """``member`` comes into the team with ``joined``, and leaves it without."""
    lists = await organization_of(request, organization)
    fields = await form_fields(request, "member", "joined")
    standing, joined = lists.standing(), bool(fields["joined"])
    id, name = named_team(standing.access, team)
    member, them = named_member(standing, fields["member"])
    try:
        await services(request).organizations.join_team(standing, id, member, joined=joined)
    except SertantaiError as error:
        return _one(request, lists, team, TeamView(), Refused(error, "people"))
    words = f"{them.name} is in “{name}” now." if joined else f"{them.name} is no longer in “{name}”."
    return done(request, f"{path_of(standing)}/teams/{id}", words)


def _all(
    request: AnyRequest, lists: Lists, refused: Refused | None = None, typed: str = ""
) -> Response[bytes]:
    lists.require(Right.MEMBERS)
    standing = lists.standing()
    access = standing.access
    counts = Counter(team for member in access.members.values() for team in member.teams)
    return answer(
        request,
        "organizations/teams.html",
        refused,
        org=frame(lists),
        teams=[(id, name, counts[id]) for id, name in teams_by_name(access)],
        may_change=Right.TEAMS in lists.rights(),
        typed=typed,
    )


def _one(
    request: AnyRequest,
    lists: Lists,
    reference: str,
    view: TeamView,
    refused: Refused | None = None,
    typed: str | None = None,
) -> Response[bytes]:
    lists.require(Right.MEMBERS)
    standing = lists.standing()
    id, name = named_team(standing.access, reference)
    path, people = f"{path_of(standing)}/teams/{id}", members_in_order(standing.access, id)
    others = [one for one in members_in_order(standing.access, wanted=view.q) if id not in one[1].teams]
    pages = max(1, -(-len(people) // PEOPLE_A_PAGE))
    at = min(view.page, pages)
    first = (at - 1) * PEOPLE_A_PAGE
    turned = msgspec.structs.replace
    return answer(
        request,
        "organizations/team.html",
        refused,
        org=frame(lists),
        path=path,
        name=name,
        view=view,
        people=[person(standing, *one) for one in people[first : first + PEOPLE_A_PAGE]],
        total=len(people),
        others=[person(standing, *one) for one in others[:OTHERS_SHOWN]],
        others_total=len(others),
        first_url=TEAM.address(path, turned(view, page=1)) if at > 1 else None,
        next_url=TEAM.address(path, turned(view, page=at + 1)) if at < pages else None,
        may_change=Right.TEAMS in lists.rights(),
        typed=name if typed is None else typed,
    )


def _require_free(access: AccessState, name: str) -> None:
    """The log compares names to the letter; what only reads alike is refused here."""
    wanted = one_line(name, "name").casefold()
    if any(wanted == taken.casefold() for taken in access.teams.values()):
        raise Conflict("There is a team with this name already.", field="name")


ROUTES = [teams_page, create_team, team_page, rename_team, end_team, change_team]
