"""``/api/v1/organizations/{organization}/directory-tokens``: with which its directory proves itself."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from sertantai.core.ids import parse_uuid
from sertantai.core.rights import Role
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.organizations.model import MemberName
from sertantai.organizations.provisioning.tokens import DirectoryToken
from sertantai.organizations.shown import name_in
from sertantai.organizations.standing import Standing
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services

PATH: Final = "/organizations/{organization:str}/directory-tokens"


class NewDirectoryToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``role``: of whom the directory says none."""

    role: Role = Role.MEMBER


class DirectoryTokenFacts(msgspec.Struct, frozen=True):
    """``token``: of one that was just made, shown this once. ``good``: false where its maker may not have it
    any more."""

    id: UUID
    role: str
    made_by: MemberName
    made_at: datetime
    last_used_at: datetime | None
    good: bool
    token: str | None = None


@get(PATH, guards=[signed_in], summary="Tokens of an organisation's directory")
async def list_directory_tokens(
    request: AnyRequest, organization: FromPath[str]
) -> Page[DirectoryTokenFacts]:
    standing = (await organization_of(request, organization)).standing()
    found = await services(request).directories.tokens.tokens(standing)
    return Page([_facts(standing, one) for one in found], None)


@post(PATH, guards=[signed_in], summary="Create a token for an organisation's directory")
async def make_directory_token(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[NewDirectoryToken]
) -> Response[DirectoryTokenFacts]:
    """For SCIM 2.0 at `/scim/v2/{organization}`: users and teams, for as long as its maker may."""
    standing = (await organization_of(request, organization)).standing()
    made, secret = await services(request).directories.tokens.make(standing, data.role)
    return Response(_facts(standing, made, secret), status_code=201)


@delete(f"{PATH}/{{directory_token:str}}", guards=[signed_in], summary="Revoke a token of a directory")
async def revoke_directory_token(
    request: AnyRequest, organization: FromPath[str], directory_token: FromPath[str]
) -> None:
    standing = (await organization_of(request, organization)).standing()
    await services(request).directories.tokens.revoke(standing, parse_uuid(directory_token, "token"))


def _facts(standing: Standing, made: DirectoryToken, secret: str | None = None) -> DirectoryTokenFacts:
    maker = MemberName(made.made_by, name_in(standing.access, made.made_by))
    return DirectoryTokenFacts(made.id, made.role, maker, made.made_at, made.last_used_at, made.good, secret)


ROUTES = [list_directory_tokens, make_directory_token, revoke_directory_token]
