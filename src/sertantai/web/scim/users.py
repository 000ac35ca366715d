"""``/scim/v2/{organization}/Users``: members, who is invited, and whom the directory has put out."""

from typing import Any, Final

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath

from sertantai.http.guards import public
from sertantai.organizations.provisioning.house import House
from sertantai.organizations.provisioning.people import Person, resource
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

BELOW: Final = "/Users"
USERS: Final = f"{PATH}{BELOW}"
ONE: Final = f"{USERS}/{{user:str}}"


@get(USERS, guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def list_users(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    asking = await directory_of(request, organization)
    house, people = await services(request).directories.users.all(asking)
    return listed(request, people, lambda one: resource(one, house.access), BELOW)


@post(USERS, guards=[public], opt=CHANGES, include_in_schema=False)
async def create_user(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    asking = await directory_of(request, organization)
    made = await services(request).directories.users.create(asking, await body_of(request))
    return answered(request, _shown(*made), BELOW, status=201)


@get(ONE, guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def get_user(request: AnyRequest, organization: FromPath[str], user: FromPath[str]) -> Response[bytes]:
    asking = await directory_of(request, organization)
    found = await services(request).directories.users.one(asking, id_of(user))
    return answered(request, _shown(*found), BELOW)


@put(ONE, guards=[public], opt=CHANGES, include_in_schema=False)
async def replace_user(
    request: AnyRequest, organization: FromPath[str], user: FromPath[str]
) -> Response[bytes]:
    asking, users = await directory_of(request, organization), services(request).directories.users
    require_version(request, _shown(*await users.one(asking, id_of(user))), BELOW)
    return answered(request, _shown(*await users.replace(asking, id_of(user), await body_of(request))), BELOW)


@patch(ONE, guards=[public], opt=CHANGES, include_in_schema=False)
async def patch_user(
    request: AnyRequest, organization: FromPath[str], user: FromPath[str]
) -> Response[bytes]:
    asking, users = await directory_of(request, organization), services(request).directories.users
    require_version(request, _shown(*await users.one(asking, id_of(user))), BELOW)
    changed = await users.patch(asking, id_of(user), await operations_of(request))
    return answered(request, _shown(*changed), BELOW)


@delete(ONE, guards=[public], opt=CHANGES, include_in_schema=False)
async def delete_user(request: AnyRequest, organization: FromPath[str], user: FromPath[str]) -> None:
    """Out of the organization, too, at once."""
    asking, users = await directory_of(request, organization), services(request).directories.users
    require_version(request, _shown(*await users.one(asking, id_of(user))), BELOW)
    await users.delete(asking, id_of(user))


def _shown(house: House, person: Person) -> dict[str, Any]:
    return resource(person, house.access)


ROUTES = [list_users, create_user, get_user, replace_user, patch_user, delete_user]
