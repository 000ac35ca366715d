"""``/scim/v2/{organization}/Users`` and ``/Groups``: members with who is invited or put out, and teams."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from litestar import Response, delete, get, patch, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from sertantai.http.guards import public
from sertantai.organizations.provisioning.directories import Directories
from sertantai.organizations.provisioning.resources import Resources
from sertantai.web.scim.asked import (
    ASKED,
    CHANGES,
    PATH,
    READS,
    answered,
    body_of,
    directory_of,
    fits,
    id_of,
    listed,
    operations_of,
)
from sertantai.web.services import AnyRequest, services

RoomOf = Callable[[Directories], Resources[Any]]


def routes_of(below: str, room_of: RoomOf) -> Sequence[HTTPRouteHandler]:
    """The same ways to both."""
    many = f"{PATH}{below}"
    one = f"{many}/{{resource:str}}"

    def room_in(request: AnyRequest) -> Resources[Any]:
        return room_of(services(request).directories)

    @get(many, guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
    async def list_all(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
        asking, room = await directory_of(request, organization), room_in(request)
        house, found = await room.all(asking)
        return await listed(request, house, found, room, below)

    @post(many, guards=[public], opt=CHANGES, include_in_schema=False)
    async def create(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
        asking, room = await directory_of(request, organization), room_in(request)
        house, made = await room.create(asking, await body_of(request))
        return await answered(request, house, partial(room.shown, house, made), below, status=201)

    @get(one, guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
    async def read(
        request: AnyRequest, organization: FromPath[str], resource: FromPath[str]
    ) -> Response[bytes]:
        asking, room = await directory_of(request, organization), room_in(request)
        house, found = await room.one(asking, id_of(resource))
        return await answered(request, house, partial(room.shown, house, found), below)

    @put(one, guards=[public], opt=CHANGES, include_in_schema=False)
    async def replace(
        request: AnyRequest, organization: FromPath[str], resource: FromPath[str]
    ) -> Response[bytes]:
        asking, room = await directory_of(request, organization), room_in(request)
        given = await body_of(request)
        house, changed = await room.replace(asking, id_of(resource), given, fits(request, room))
        return await answered(request, house, partial(room.shown, house, changed), below)

    @patch(one, guards=[public], opt=CHANGES, include_in_schema=False)
    async def change(
        request: AnyRequest, organization: FromPath[str], resource: FromPath[str]
    ) -> Response[bytes]:
        asking, room = await directory_of(request, organization), room_in(request)
        operations = await operations_of(request)
        house, changed = await room.patch(asking, id_of(resource), operations, fits(request, room))
        return await answered(request, house, partial(room.shown, house, changed), below)

    @delete(one, guards=[public], opt=CHANGES, include_in_schema=False)
    async def remove(request: AnyRequest, organization: FromPath[str], resource: FromPath[str]) -> None:
        asking, room = await directory_of(request, organization), room_in(request)
        await room.delete(asking, id_of(resource), fits(request, room))

    return [list_all, create, read, replace, change, remove]


USERS: Final = routes_of("/Users", lambda directories: directories.users)
GROUPS: Final = routes_of("/Groups", lambda directories: directories.teams)
ROUTES = [*USERS, *GROUPS]
