"""``/scim/v2/{organization}/Groups``: teams."""

from typing import Any, Final

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath

from sertantai.http.guards import public
from sertantai.organizations.provisioning.house import House
from sertantai.organizations.provisioning.teams import Group, resource
from sertantai.web.scim.asked import (
    ASKED,
    CHANGES,
    PATH,
    READS,
    answered,
    body_of,
    directory_of,
    id_of,
    listed,
    operations_of,
    require_version,
)
from sertantai.web.services import AnyRequest, services

BELOW: Final = "/Groups"
GROUPS: Final = f"{PATH}{BELOW}"
ONE: Final = f"{GROUPS}/{{team:str}}"


@get(GROUPS, guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def list_groups(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    asking = await directory_of(request, organization)
    house, groups = await services(request).directories.teams.all(asking)
    query = ASKED.of(request)
    # All members of all teams are much to say; who does not want them is asked for less.
    with_members = "members" not in query.excluded.lower().split(",")
    return listed(request, groups, lambda one: resource(one, house, members=with_members), BELOW)


@post(GROUPS, guards=[public], opt=CHANGES, include_in_schema=False)
async def create_group(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    asking = await directory_of(request, organization)
    made = await services(request).directories.teams.create(asking, await body_of(request))
    return answered(request, _shown(*made), BELOW, status=201)


@get(ONE, guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def get_group(request: AnyRequest, organization: FromPath[str], team: FromPath[str]) -> Response[bytes]:
    asking = await directory_of(request, organization)
    found = await services(request).directories.teams.one(asking, id_of(team))
    return answered(request, _shown(*found), BELOW)


@put(ONE, guards=[public], opt=CHANGES, include_in_schema=False)
async def replace_group(
    request: AnyRequest, organization: FromPath[str], team: FromPath[str]
) -> Response[bytes]:
    asking, teams = await directory_of(request, organization), services(request).directories.teams
    require_version(request, _shown(*await teams.one(asking, id_of(team))), BELOW)
    return answered(request, _shown(*await teams.replace(asking, id_of(team), await body_of(request))), BELOW)


@patch(ONE, guards=[public], opt=CHANGES, include_in_schema=False)
async def patch_group(
    request: AnyRequest, organization: FromPath[str], team: FromPath[str]
) -> Response[bytes]:
    asking, teams = await directory_of(request, organization), services(request).directories.teams
    require_version(request, _shown(*await teams.one(asking, id_of(team))), BELOW)
    changed = await teams.patch(asking, id_of(team), await operations_of(request))
    return answered(request, _shown(*changed), BELOW)


@delete(ONE, guards=[public], opt=CHANGES, include_in_schema=False)
async def delete_group(request: AnyRequest, organization: FromPath[str], team: FromPath[str]) -> None:
    asking, teams = await directory_of(request, organization), services(request).directories.teams
    require_version(request, _shown(*await teams.one(asking, id_of(team))), BELOW)
    await teams.delete(asking, id_of(team))


def _shown(house: House, group: Group) -> dict[str, Any]:
    return resource(group, house)


ROUTES = [list_groups, create_group, get_group, replace_group, patch_group, delete_group]
