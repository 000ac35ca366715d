"""``/organizations/{organization}/provisioning``: tokens with which its directory keeps members and teams."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.ids import parse_uuid
from sertantai.core.rights import Right, Role
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.shown import name_in
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.rights_wording import ROLES, ROLES_MEAN
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services

ONE: Final = f"{PATH}/provisioning"


@get(ONE, guards=[signed_in], include_in_schema=False)
async def provisioning_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    return await _page(request, await organization_of(request, organization))


@post(ONE, guards=[signed_in], include_in_schema=False)
async def make_token(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    role = (await form_fields(request, "role"))["role"]
    try:
        if role not in set(Role):
            raise InvalidInput(f"role: {role[:40]!r} is not a role.", field="role")
        _, secret = await services(request).directories.tokens.make(lists.standing(), Role(role))
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, "token"))
    return await _page(request, lists, secret=secret)


@post(f"{ONE}/{{directory_token:str}}/revoke", guards=[signed_in], include_in_schema=False)
async def revoke_token(
    request: AnyRequest, organization: FromPath[str], directory_token: FromPath[str]
) -> Response[Any]:
    standing = (await organization_of(request, organization)).standing()
    await services(request).directories.tokens.revoke(standing, parse_uuid(directory_token, "token"))
    return done(request, f"{path_of(standing)}/provisioning", "The token has been revoked.")


async def _page(
    request: AnyRequest, lists: Lists, refused: Refused | None = None, secret: str = ""
) -> Response[bytes]:
    lists.require(Right.SSO)
    standing, service = lists.standing(), services(request)
    tokens = await service.directories.tokens.tokens(standing)
    return answer(
        request,
        "organizations/provisioning.html",
        refused,
        org=frame(lists),
        path=f"{path_of(standing)}/provisioning",
        address=service.directories.url(f"/scim/v2/{standing.organization}"),
        tokens=[(one, ROLES[Role(one.role)], name_in(standing.access, one.made_by)) for one in tokens],
        secret=secret,
        roles=[
            (role.value, f"{ROLES[role]}: {ROLES_MEAN[role]}")
            for role in Role
            if role is not Role.OWNER and role.rank <= standing.member.role.rank
        ],
        usual=Role.MEMBER.value,
    )


ROUTES = [provisioning_page, make_token, revoke_token]
