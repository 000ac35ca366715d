"""``/api/v1/…/invitations``: who is asked into an organization, and the way in for whoever is asked.

Secrets are in bodies: addresses are written into logs on their way.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from sertantai.core.ids import OwnerId, TeamId, parse_uuid
from sertantai.core.rights import Role
from sertantai.http.guards import PURPOSE, public, signed_in
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pagination import Page
from sertantai.organizations.invitation_rows import Invitation, NewInvitation
from sertantai.organizations.model import MemberName, OrganizationFacts
from sertantai.organizations.shown import name_in
from sertantai.organizations.standing import Standing
from sertantai.web.api.organizations import organization_answer
from sertantai.web.api.paged import PAGED, page_of
from sertantai.web.requests import asked, organization_of, user_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/organizations/{organization:str}/invitations"
ONE: Final = f"{PATH}/{{invitation:str}}"
_CURSOR_KIND: Final = "invitations"


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With ``email`` it goes there by mail; without, a link is answered, for ``uses`` people whose confirmed
    address is in one of ``domains``, or anybody's."""

    email: str | None = None
    role: Role = Role.MEMBER
    teams: list[TeamId] = []
    uses: int = 1
    domains: list[str] = []


class InvitationFacts(msgspec.Struct, frozen=True):
    """``token`` and ``url``: of a link that was just made, shown this once. ``as_before``: who has left
    within 30 days is what they were by it."""

    id: UUID
    email: str | None
    role: str
    teams: list[UUID]
    expires_at: datetime
    invited_at: datetime
    invited_by: MemberName
    uses: int
    used: int
    domains: list[str]
    token: str | None = None
    url: str | None = None
    as_before: bool = False


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str


class OfferedOrganization(msgspec.Struct, frozen=True):
    id: OwnerId
    name: str


class InvitationOffer(msgspec.Struct, frozen=True):
    """Who invites to what. ``email``: for whom it is; null: for whoever has the link."""

    organization: OfferedOrganization
    invited_by: str
    role: str
    email: str | None
    expires_at: datetime


@get(PATH, guards=[signed_in], opt={**FOR_READING, **PAGED.opt}, summary="Open invitations")
async def list_invitations(request: AnyRequest, organization: FromPath[str]) -> Page[InvitationFacts]:
    """The newest first."""
    standing = (await organization_of(request, organization)).standing()
    found = await services(request).invitations.pending(standing)
    page, following = page_of(_CURSOR_KIND, found, lambda one: one.id, PAGED.of(request))
    return Page([_facts(standing, one) for one in page], following)


@post(PATH, guards=[signed_in], summary="Invite somebody into an organisation")
async def invite(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[Invited]
) -> Response[InvitationFacts]:
    """Answered alike for every address, whether somebody has an account with it or not."""
    standing = (await organization_of(request, organization)).standing()
    wanted = NewInvitation(data.role, data.email, tuple(data.teams), data.uses, tuple(data.domains))
    user = await user_of(request)
    made, token = await services(request).invitations.invite(standing, wanted, user.email)
    return Response(_facts(standing, made, _shown_once(request, token)), status_code=201)


@post(f"{ONE}/resend", guards=[signed_in], status_code=200, summary="Send an invitation again")
async def resend_invitation(
    request: AnyRequest, organization: FromPath[str], invitation: FromPath[str]
) -> InvitationFacts:
    """With a new secret; the one of before is worth nothing any more."""
    standing = (await organization_of(request, organization)).standing()
    id = parse_uuid(invitation, "invitation")
    made, token = await services(request).invitations.resend(standing, id)
    return _facts(standing, made, _shown_once(request, token))


@delete(ONE, guards=[signed_in], summary="Revoke an invitation")
async def revoke_invitation(
    request: AnyRequest, organization: FromPath[str], invitation: FromPath[str]
) -> None:
    standing = (await organization_of(request, organization)).standing()
    await services(request).invitations.revoke(standing, parse_uuid(invitation, "invitation"))


@post(
    "/invitations/look-at",
    guards=[public],
    status_code=200,
    summary="Who invites to what; nothing is accepted by it",
)
async def look_at_invitation(request: AnyRequest, data: JSONBody[Secret]) -> InvitationOffer:
    found = await services(request).invitations.look_at(data.token)
    return InvitationOffer(
        OfferedOrganization(found.organization_id, found.organization),
        found.invited_by,
        found.role,
        found.email,
        found.expires_at,
    )


@post(
    "/invitations/accept",
    guards=[signed_in],
    opt={PURPOSE: "accept an invitation", OPTION: LimitClass.CHANGES},
    status_code=200,
    summary="Accept an invitation",
)
async def accept_invitation(request: AnyRequest, data: JSONBody[Secret]) -> OrganizationFacts:
    user = await user_of(request)
    by = asked(request).by
    organization = await services(request).invitations.accept(by, user, data.token)
    return await organization_answer(request, organization)


def _shown_once(request: AnyRequest, token: str | None) -> tuple[str, str] | None:
    return None if token is None else (token, services(request).invitations.url(token))


def _facts(standing: Standing, made: Invitation, once: tuple[str, str] | None = None) -> InvitationFacts:
    token, url = (None, None) if once is None else once
    return InvitationFacts(
        made.id,
        made.email,
        made.role,
        made.teams,
        made.expires_at,
        made.invited_at,
        MemberName(made.invited_by, name_in(standing.access, made.invited_by)),
        made.uses_max,
        made.used,
        made.domains,
        token,
        url,
        made.as_before,
    )


ROUTES = [
    list_invitations,
    invite,
    resend_invitation,
    revoke_invitation,
    look_at_invitation,
    accept_invitation,
]
