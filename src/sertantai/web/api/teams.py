"""``/api/v1/organizations/{organization}/teams``: what lists are granted to several at once."""

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from sertantai.core.ids import TeamId, UserId, parse_uuid
from sertantai.core.rights import Right
from sertantai.engine.errors import MemberNotFound
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.organizations.model import TeamFacts
from sertantai.organizations.shown import team_facts
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH = "/organizations/{organization:str}/teams"
TEAM = f"{PATH}/{{team:str}}"
MEMBER = f"{TEAM}/members/{{user:str}}"


class TeamName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


@get(PATH, guards=[signed_in], opt=FOR_READING, summary="The teams of an organisation")
async def list_teams(request: AnyRequest, organization: FromPath[str]) -> Page[TeamFacts]:
    """All of them, by name."""
    lists = await organization_of(request, organization)
    lists.require(Right.MEMBERS)
    return Page(team_facts(lists.standing().access), None)


@post(PATH, guards=[signed_in], summary="Create a team")
async def create_team(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[TeamName]
) -> Response[TeamFacts]:
    lists = await organization_of(request, organization, keyed=True)
    made = None if lists.key is None else TeamId(lists.key)
    team = await services(request).organizations.make_team(lists.standing(), data.name, id=made)
    return Response(await _team(request, organization, team), status_code=201)


@patch(TEAM, guards=[signed_in], summary="Rename a team")
async def rename_team(
    request: AnyRequest, organization: FromPath[str], team: FromPath[str], data: JSONBody[TeamName]
) -> TeamFacts:
    lists, id = await organization_of(request, organization), TeamId(parse_uuid(team, "team"))
    await services(request).organizations.rename_team(lists.standing(), id, data.name)
    return await _team(request, organization, id)


@delete(TEAM, guards=[signed_in], summary="End a team, with what it was granted")
async def end_team(request: AnyRequest, organization: FromPath[str], team: FromPath[str]) -> None:
    lists, id = await organization_of(request, organization), TeamId(parse_uuid(team, "team"))
    await services(request).organizations.rename_team(lists.standing(), id, None)


@put(MEMBER, guards=[signed_in], summary="Add a member to a team")
async def add_to_team(
    request: AnyRequest, organization: FromPath[str], team: FromPath[str], user: FromPath[str]
) -> TeamFacts:
    return await _join(request, organization, team, user, joined=True)


@delete(MEMBER, guards=[signed_in], status_code=200, summary="Remove a member from a team")
async def remove_from_team(
    request: AnyRequest, organization: FromPath[str], team: FromPath[str], user: FromPath[str]
) -> TeamFacts:
    return await _join(request, organization, team, user, joined=False)


async def _join(request: AnyRequest, organization: str, team: str, user: str, *, joined: bool) -> TeamFacts:
    lists, id = await organization_of(request, organization), TeamId(parse_uuid(team, "team"))
    member = UserId(parse_uuid(user, "user"))
    await services(request).organizations.join_team(lists.standing(), id, member, joined=joined)
    return await _team(request, organization, id)


async def _team(request: AnyRequest, organization: str, team: TeamId) -> TeamFacts:
    """What it is by now; raises `MemberNotFound` where it has ended."""
    access = (await organization_of(request, organization)).standing().access
    for facts in team_facts(access):
        if facts.id == team:
            return facts
    raise MemberNotFound


ROUTES = [list_teams, create_team, rename_team, end_team, add_to_team, remove_from_team]
