"""``/organizations/{organization}/invitations``: by e-mail or by a link; those that wait, and their end."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.ids import TeamId, parse_uuid
from sertantai.core.rights import Right, Role
from sertantai.http.forms import Form, form_of
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.invitation_rows import NewInvitation
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.pages.organizations.inviting import pending_of
from sertantai.web.pages.organizations.people import teams_by_name
from sertantai.web.parts.rights_wording import ROLES, ROLES_MEAN
from sertantai.web.requests import organization_of, user_of
from sertantai.web.services import AnyRequest, services

ALL: Final = f"{PATH}/invitations"
ONE: Final = f"{ALL}/{{invitation:str}}"
EMAIL, LINK = "email", "link"


@get(ALL, guards=[signed_in], include_in_schema=False)
async def invitations_page(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    return await _page(request, await organization_of(request, organization))


@post(ALL, guards=[signed_in], include_in_schema=False)
async def invite(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    """Answered alike for every address, whether somebody has an account with it or not."""
    lists = await organization_of(request, organization)
    form, standing = await form_of(request), lists.standing()
    way = LINK if form.get("way") == LINK else EMAIL
    try:
        wanted = _wanted(form, way)
        user = await user_of(request)
        made, token = await services(request).invitations.invite(standing, wanted, user.email)
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, way), form)
    if token is None:
        return done(request, f"{path_of(standing)}/invitations", f"An invitation goes to {made.email}.")
    return await _page(request, lists, link=services(request).invitations.url(token))


@post(f"{ONE}/resend", guards=[signed_in], include_in_schema=False)
async def resend(
    request: AnyRequest, organization: FromPath[str], invitation: FromPath[str]
) -> Response[Any]:
    """With a new secret; the one of before is worth nothing any more."""
    lists = await organization_of(request, organization)
    standing = lists.standing()
    try:
        made, token = await services(request).invitations.resend(
            standing, parse_uuid(invitation, "invitation")
        )
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, "pending"))
    if token is None:
        return done(request, f"{path_of(standing)}/invitations", f"A new invitation goes to {made.email}.")
    return await _page(request, lists, link=services(request).invitations.url(token))


@post(f"{ONE}/revoke", guards=[signed_in], include_in_schema=False)
async def revoke(
    request: AnyRequest, organization: FromPath[str], invitation: FromPath[str]
) -> Response[Any]:
    lists = await organization_of(request, organization)
    standing = lists.standing()
    try:
        await services(request).invitations.revoke(standing, parse_uuid(invitation, "invitation"))
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, "pending"))
    return done(request, f"{path_of(standing)}/invitations", "The invitation has been revoked.")


async def _page(
    request: AnyRequest,
    lists: Lists,
    refused: Refused | None = None,
    typed: Form | None = None,
    link: str = "",
) -> Response[Any]:
    lists.require(Right.INVITE)
    standing, form = lists.standing(), typed or Form(())
    mine = standing.member.role
    return answer(
        request,
        "organizations/invitations.html",
        refused,
        org=frame(lists),
        path=f"{path_of(standing)}/invitations",
        pending=await pending_of(request, standing),
        link=link,
        roles=[
            (role.value, f"{ROLES[role]}: {ROLES_MEAN[role]}")
            for role in Role
            if role is not Role.OWNER and role.rank <= mine.rank
        ],
        teams=teams_by_name(standing.access) if Right.TEAMS in standing.rights else [],
        email=form.get("email"),
        role=form.get("role") or Role.MEMBER.value,
        chosen=form.all("teams"),
        uses=form.get("uses") or "1",
        domains=form.get("domains"),
    )


def _wanted(form: Form, way: str) -> NewInvitation:
    """Raises `InvalidInput` naming the field."""
    role = form.get("role") or Role.MEMBER.value
    if role not in set(Role):
        raise InvalidInput(f"role: {role[:40]!r} is not a role.", field="role")
    teams = tuple(TeamId(parse_uuid(team, "teams")) for team in form.all("teams"))
    if way == EMAIL:
        return NewInvitation(Role(role), form.get("email").strip(), teams)
    uses = form.get("uses").strip() or "1"
    if not (uses.isascii() and uses.isdigit() and len(uses) < 6):
        raise InvalidInput("uses: must be a number of people.", field="uses")
    domains = tuple(form.get("domains").replace(",", " ").split())
    return NewInvitation(Role(role), None, teams, int(uses), domains)


ROUTES = [invitations_page, invite, resend, revoke]
