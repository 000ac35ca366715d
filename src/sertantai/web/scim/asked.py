"""Who asks as a directory, for what; how it is answered: as ``application/scim+json``, with an ETag."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar import Response

from sertantai.core.errors import PreconditionFailed
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.protocol.scim_problems import MEDIA_TYPE
from sertantai.organizations.provisioning.errors import (
    DirectoryTokenRefused,
    InvalidSyntax,
    ResourceNotFound,
)
from sertantai.organizations.provisioning.filters import Filter, filter_of
from sertantai.organizations.provisioning.house import Asking, House
from sertantai.organizations.provisioning.resources import Fits, Resources
from sertantai.web.authentication import bearer_in, user_agent_in
from sertantai.web.query import Parameter, Shape
from sertantai.web.requests import accounts_of, ip_of
from sertantai.web.services import AnyRequest, services

PATH: Final = "/scim/v2/{organization:str}"
LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
COUNT_USUAL: Final = 100
COUNT_MAX: Final = 200
NAMES_CHARACTERS_MAX: Final = 2_000
READS: Final[Mapping[str, Any]] = {OPTION: LimitClass.READS}
CHANGES: Final[Mapping[str, Any]] = {OPTION: LimitClass.CHANGES}
"""As people's: strangers' would be far fewer than a directory sends."""

READING: Final = ("GET", "HEAD")
ALWAYS: Final = frozenset({"id", "schemas"})
LARGE: Final = frozenset({"members"})
PARTS_MAX: Final = 20_000
"""Of what may be thousands, in one answer: it ends there, and says how many it has."""

One = TypeVar("One")
Made = TypeVar("Made")
Shown = dict[str, Any]


class ScimQuery(msgspec.Struct, frozen=True):
    """``wanted``: the filter. What is sorted by is not asked for."""

    wanted: str = ""
    start_index: int = 1
    count: int = COUNT_USUAL
    attributes: str = ""
    excluded: str = ""

    @staticmethod
    def names(text: str) -> set[str]:
        return {name.strip().partition(".")[0].lower() for name in text.split(",") if name.strip()}

    @property
    def wants_all(self) -> bool:
        """Also what may be thousands."""
        wanted = self.names(self.attributes)
        return LARGE.isdisjoint(self.names(self.excluded)) and (not wanted or not LARGE.isdisjoint(wanted))


def _number(least: int) -> Callable[[str, Sequence[str]], int]:
    """As RFC 7644 has it: what is less than may be means the least."""

    def read(name: str, given: Sequence[str]) -> int:
        try:
            return max(least, int(given[-1][:12]))
        except ValueError:
            raise InvalidSyntax(f"{name}: it must be a number.", field=name) from None

    return read


def _cut(_name: str, given: Sequence[str]) -> str:
    return given[-1][:NAMES_CHARACTERS_MAX]


ASKED: Final = Shape(
    ScimQuery,
    {
        "filter": Parameter(lambda _name, given: given[-1], field="wanted"),
        "startIndex": Parameter(_number(1), field="start_index"),
        "count": Parameter(_number(0)),
        "attributes": Parameter(_cut),
        "excludedAttributes": Parameter(_cut, field="excluded"),
    },
    also=("sortBy", "sortOrder"),
)


async def directory_of(request: AnyRequest, organization: str) -> Asking:
    """The directory that asks; its token is its only proof. Raises `DirectoryTokenRefused`."""
    secret = bearer_in(request.headers.get("authorization", "").encode("latin-1", "replace")) or ""
    try:
        caller = await services(request).directories.tokens.caller(organization, secret)
    except DirectoryTokenRefused:
        if secret:
            accounts_of(request).note_misuse(ip_of(request))
        raise
    user_agent = request.headers.get("user-agent")
    agent = None if user_agent is None else user_agent_in(user_agent.encode("latin-1", "replace"))
    return Asking(caller, ip_of(request), agent)


async def body_of(request: AnyRequest) -> dict[str, Any]:
    """Whatever its media type says: directories disagree. Raises `InvalidSyntax`."""
    try:
        given = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, RecursionError):
        raise InvalidSyntax("The body is not JSON.") from None
    if not isinstance(given, dict):
        raise InvalidSyntax("The body is no object.")
    return given


async def operations_of(request: AnyRequest) -> Any:
    given = await body_of(request)
    found = next((value for key, value in given.items() if key.lower() == "operations"), None)
    schemas = given.get("schemas")
    if schemas is not None and (not isinstance(schemas, list) or PATCH not in schemas):
        raise InvalidSyntax(f"schemas: {PATCH} is missing.", field="schemas")
    return found


def id_of(text: str) -> UUID:
    """Raises `ResourceNotFound` for what is no id of ours."""
    try:
        return UUID(text)
    except ValueError:
        raise ResourceNotFound(text) from None


async def answered(
    request: AnyRequest, house: House, shown: Callable[[], Shown], below: str, *, status: int = 200
) -> Response[bytes]:
    """One resource, with where it is and which version it is; 304 for one that is known."""
    query = ASKED.of(request) if request.method in READING else ScimQuery()
    where = address_of(request, request.path_params["organization"], below)
    location, version, body = await _made(house, _one, shown, where, query)
    headers = {"ETag": version, "Location": location}
    if request.method in READING and version in _versions(request, "if-none-match"):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def fits(request: AnyRequest, room: Resources[Any]) -> Fits:
    """``If-Match``: raises `PreconditionFailed` where it is another by now."""
    wanted = _versions(request, "if-match")

    async def require(house: House, one: Any) -> None:
        if not wanted or "*" in wanted:
            return
        if await _made(house, lambda: _version(room.shown(house, one))) not in wanted:
            raise PreconditionFailed("It has been changed in the meantime. Read it again.")

    return require


async def listed(
    request: AnyRequest, house: House, found: Sequence[One], room: Resources[One], below: str
) -> Response[bytes]:
    """Those that the request asks for."""
    query = ASKED.of(request)
    asked = filter_of(query.wanted) if query.wanted else None
    where = address_of(request, request.path_params["organization"], below)
    return Response(await _made(house, _some, house, found, room, query, asked, where), media_type=MEDIA_TYPE)


async def _made(house: House, work: Callable[..., Made], *given: Any) -> Made:
    """Beside the loop, where it may go through many people."""
    return await aside(work, *given) if len(house.people) > ITEMS_AT_HAND_MAX else work(*given)


def _one(shown: Callable[[], Shown], where: str, query: ScimQuery) -> tuple[str, str, bytes]:
    found = shown()
    version = _version(found)
    located = _located(found, where, version)
    return located["meta"]["location"], version, msgspec.json.encode(_chosen(located, query))


def _some(
    house: House,
    found: Sequence[One],
    room: Resources[One],
    query: ScimQuery,
    asked: Filter | None,
    where: str,
) -> bytes:
    if asked is not None:
        whole = not LARGE.isdisjoint(asked.names)
        found = [one for one in found if asked.ask(room.shown(house, one, whole=whole))]
    count = min(query.count, COUNT_MAX)
    resources: list[Shown] = []
    parts = 0
    for one in found[query.start_index - 1 : query.start_index - 1 + count]:
        resource = room.shown(house, one, whole=query.wants_all)
        parts += sum(len(resource.get(name, ())) for name in LARGE)
        if resources and parts > PARTS_MAX:
            break
        # What is shown without a part has no version: that of the whole would be another.
        version = _version(resource) if query.wants_all else None
        resources.append(_chosen(_located(resource, where, version), query))
    return msgspec.json.encode(
        {
            "schemas": [LIST],
            "totalResults": len(found),
            "startIndex": query.start_index,
            "itemsPerPage": len(resources),
            "Resources": resources,
        }
    )


def address_of(request: AnyRequest, organization: str, below: str) -> str:
    """Whole, as clients compare it; its host is a setting, and never the request's."""
    return services(request).directories.url(f"/scim/v2/{organization}{below}")


def _version(found: Shown) -> str:
    return f'W/"{blake2b(msgspec.json.encode(found), digest_size=8).hexdigest()}"'


def _located(found: Shown, where: str, version: str | None) -> Shown:
    meta = {**found["meta"], "location": f"{where}/{found['id']}"}
    return {**found, "meta": meta if version is None else {**meta, "version": version}}


def _chosen(found: Shown, query: ScimQuery) -> Shown:
    """Without what was not asked for; its id and schemas are always there."""
    wanted, not_wanted = query.names(query.attributes), query.names(query.excluded)
    return {
        name: value
        for name, value in found.items()
        if name in ALWAYS
        or ((not wanted or name.lower() in wanted or name == "meta") and name.lower() not in not_wanted)
    }


def _versions(request: AnyRequest, header: str) -> list[str]:
    return [one.strip() for one in request.headers.get(header, "").split(",") if one.strip()]
