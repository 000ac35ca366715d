"""Who asks as a directory, for what; how it is answered: as ``application/scim+json``, with an ETag."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar import Response

from sertantai.core.errors import PreconditionFailed
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.protocol.scim_problems import MEDIA_TYPE
from sertantai.organizations.provisioning.errors import (
    DirectoryTokenRefused,
    InvalidSyntax,
    ResourceNotFound,
)
from sertantai.organizations.provisioning.filters import question_of
from sertantai.organizations.provisioning.house import Asking
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

One = TypeVar("One")


class ScimQuery(msgspec.Struct, frozen=True):
    """``wanted``: the filter. What is sorted by is not asked for."""

    wanted: str = ""
    start_index: int = 1
    count: int = COUNT_USUAL
    attributes: str = ""
    excluded: str = ""


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


def answered(request: AnyRequest, found: dict[str, Any], below: str, *, status: int = 200) -> Response[bytes]:
    """One resource, with where it is and which version it is; 304 for one that is known."""
    located, version = _located(request, found, below)
    headers = {"ETag": version, "Location": located["meta"]["location"]}
    if request.method in ("GET", "HEAD") and version in _versions(request, "if-none-match"):
        return Response(b"", status_code=304, headers=headers)
    query = ASKED.of(request) if request.method in ("GET", "HEAD") else ScimQuery()
    shown = _chosen(located, query)
    body = msgspec.json.encode(shown)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def require_version(request: AnyRequest, found: dict[str, Any], below: str) -> None:
    """``If-Match``: raises `PreconditionFailed` where it is another by now."""
    wanted = _versions(request, "if-match")
    if wanted and "*" not in wanted and _located(request, found, below)[1] not in wanted:
        raise PreconditionFailed("It has been changed in the meantime. Read it again.")


def listed(
    request: AnyRequest, found: Sequence[One], shown: Callable[[One], dict[str, Any]], below: str
) -> Response[bytes]:
    """Those that the request asks for."""
    query = ASKED.of(request)
    matching: Sequence[Any] = found
    if query.wanted:
        ask = question_of(query.wanted)
        matching = [one for one in map(shown, found) if ask(one)]
    count = min(query.count, COUNT_MAX)
    page = matching[query.start_index - 1 : query.start_index - 1 + count]
    resources = [one if query.wanted else shown(one) for one in page]
    body = {
        "schemas": [LIST],
        "totalResults": len(matching),
        "startIndex": query.start_index,
        "itemsPerPage": len(resources),
        "Resources": [_chosen(_located(request, one, below)[0], query) for one in resources],
    }
    return Response(msgspec.json.encode(body), media_type=MEDIA_TYPE)


def address_of(request: AnyRequest, organization: str, below: str) -> str:
    """Whole, as clients compare it; its host is a setting, and never the request's."""
    return services(request).directories.url(f"/scim/v2/{organization}{below}")


def _located(request: AnyRequest, found: dict[str, Any], below: str) -> tuple[dict[str, Any], str]:
    organization = request.path_params["organization"]
    version = f'W/"{blake2b(msgspec.json.encode(found), digest_size=8).hexdigest()}"'
    location = address_of(request, organization, f"{below}/{found['id']}")
    return {**found, "meta": {**found["meta"], "location": location, "version": version}}, version


def _chosen(found: dict[str, Any], query: ScimQuery) -> dict[str, Any]:
    """Without what was not asked for; its id and schemas are always there."""
    wanted = {name.strip().partition(".")[0].lower() for name in query.attributes.split(",") if name.strip()}
    not_wanted = {name.strip().lower() for name in query.excluded.split(",") if name.strip()}
    always = {"id", "schemas"}
    return {
        name: value
        for name, value in found.items()
        if name in always
        or ((not wanted or name.lower() in wanted or name == "meta") and name.lower() not in not_wanted)
    }


def _versions(request: AnyRequest, header: str) -> list[str]:
    return [one.strip() for one in request.headers.get(header, "").split(",") if one.strip()]
