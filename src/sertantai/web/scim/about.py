"""What a directory may ask, and what users and groups are made of: the same for everybody."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.http.guards import public
from sertantai.http.protocol.scim_problems import MEDIA_TYPE
from sertantai.organizations.provisioning.errors import ResourceNotFound
from sertantai.organizations.provisioning.people import USER
from sertantai.organizations.provisioning.teams import GROUP
from sertantai.web.scim.asked import (
    ASKED,
    COUNT_MAX,
    LIST,
    PATH,
    READS,
    address_of,
    directory_of,
)
from sertantai.web.services import AnyRequest

_CORE: Final = "urn:ietf:params:scim:schemas:core:2.0"


def _attribute(name: str, kind: str = "string", **said: Any) -> dict[str, Any]:
    usual = {
        "name": name,
        "type": kind,
        "multiValued": False,
        "description": said.pop("description", name),
        "required": False,
        "mutability": "readWrite",
        "returned": "default",
    }
    if kind in ("string", "reference"):
        usual |= {"caseExact": False, "uniqueness": "none"}
    return usual | said


_SCHEMAS: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "schemas": [f"{_CORE}:Schema"],
        "id": USER,
        "name": "User",
        "description": "A member, or somebody who is invited",
        "attributes": [
            _attribute("userName", required=True, uniqueness="server", description="An e-mail address"),
            _attribute(
                "name",
                "complex",
                subAttributes=[_attribute("formatted"), _attribute("givenName"), _attribute("familyName")],
            ),
            _attribute("displayName", description="What colleagues are shown"),
            _attribute("active", "boolean", description="False: out of the organisation, at once"),
            _attribute(
                "emails",
                "complex",
                multiValued=True,
                subAttributes=[
                    _attribute("value"),
                    _attribute("type", canonicalValues=["work", "home", "other"]),
                    _attribute("primary", "boolean"),
                ],
            ),
            _attribute(
                "roles",
                "complex",
                multiValued=True,
                description="admin, member or viewer; owners are made in the organisation only",
                subAttributes=[
                    _attribute("value", canonicalValues=["admin", "member", "viewer"]),
                    _attribute("primary", "boolean"),
                ],
            ),
            _attribute(
                "groups",
                "complex",
                multiValued=True,
                mutability="readOnly",
                subAttributes=[
                    _attribute("value", mutability="readOnly"),
                    _attribute("display", mutability="readOnly"),
                    _attribute("type", mutability="readOnly", canonicalValues=["direct"]),
                ],
            ),
        ],
    },
    {
        "schemas": [f"{_CORE}:Schema"],
        "id": GROUP,
        "name": "Group",
        "description": "A team",
        "attributes": [
            _attribute("displayName", required=True, uniqueness="server", description="The team's name"),
            _attribute(
                "members",
                "complex",
                multiValued=True,
                subAttributes=[
                    _attribute("value", mutability="immutable"),
                    _attribute("display", mutability="readOnly"),
                    _attribute("type", mutability="immutable", canonicalValues=["User"]),
                ],
            ),
        ],
    },
)
_TYPES: Final[tuple[Mapping[str, Any], ...]] = tuple(
    {
        "schemas": [f"{_CORE}:ResourceType"],
        "id": name,
        "name": name,
        "description": says,
        "endpoint": f"/{name}s",
        "schema": schema,
    }
    for name, says, schema in (("User", "Members", USER), ("Group", "Teams", GROUP))
)
_CONFIG: Final[Mapping[str, Any]] = {
    "schemas": [f"{_CORE}:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": COUNT_MAX},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": True},
    "authenticationSchemes": [
        {
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "From the organisation's settings, under Provisioning",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": True,
        }
    ],
}
SCHEMAS: Final = "/Schemas"
TYPES: Final = "/ResourceTypes"
CONFIG: Final = "/ServiceProviderConfig"


@get(f"{PATH}{CONFIG}", guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def config(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    await directory_of(request, organization)
    return _answer(_placed(request, _CONFIG, "ServiceProviderConfig", CONFIG))


@get(f"{PATH}{TYPES}", guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def types(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    await directory_of(request, organization)
    return _all(request, _TYPES, "ResourceType", TYPES)


@get(f"{PATH}{TYPES}/{{kind:str}}", guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def one_type(request: AnyRequest, organization: FromPath[str], kind: FromPath[str]) -> Response[bytes]:
    await directory_of(request, organization)
    return _answer(_one(request, _TYPES, kind, "ResourceType", TYPES))


@get(f"{PATH}{SCHEMAS}", guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def schemas(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    await directory_of(request, organization)
    return _all(request, _SCHEMAS, "Schema", SCHEMAS)


@get(f"{PATH}{SCHEMAS}/{{schema:str}}", guards=[public], opt={**READS, **ASKED.opt}, include_in_schema=False)
async def one_schema(
    request: AnyRequest, organization: FromPath[str], schema: FromPath[str]
) -> Response[bytes]:
    await directory_of(request, organization)
    return _answer(_one(request, _SCHEMAS, schema, "Schema", SCHEMAS))


def _all(
    request: AnyRequest, documents: Sequence[Mapping[str, Any]], kind: str, below: str
) -> Response[bytes]:
    found = [_placed(request, one, kind, f"{below}/{one['id']}") for one in documents]
    return _answer(
        {
            "schemas": [LIST],
            "totalResults": len(found),
            "startIndex": 1,
            "itemsPerPage": len(found),
            "Resources": found,
        }
    )


def _one(
    request: AnyRequest, documents: Sequence[Mapping[str, Any]], id: str, kind: str, below: str
) -> dict[str, Any]:
    for one in documents:
        if one["id"] == id:
            return _placed(request, one, kind, f"{below}/{id}")
    raise ResourceNotFound(id)


def _placed(request: AnyRequest, one: Mapping[str, Any], kind: str, below: str) -> dict[str, Any]:
    location = address_of(request, request.path_params["organization"], below)
    return {**one, "meta": {"resourceType": kind, "location": location}}


def _answer(document: Mapping[str, Any]) -> Response[bytes]:
    return Response(msgspec.json.encode(document), media_type=MEDIA_TYPE)


ROUTES = [config, types, one_type, schemas, one_schema]
