"""``/invitations/accept``: who invites to what, and the way in; whoever has no account creates one first."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.email_keys import email_key, readable_domain
from sertantai.core.errors import SertantaiError
from sertantai.core.rights import Role
from sertantai.http.caller import member_of
from sertantai.http.guards import PURPOSE, public, signed_in
from sertantai.http.pages.rendering import page
from sertantai.organizations.errors import InvitationRefused
from sertantai.organizations.invitation_rows import PATH, path_of_secret
from sertantai.web.pages.organizations.frame import done, path_of
from sertantai.web.parts.forms import form_fields, refused
from sertantai.web.parts.led_on import FROM_MAIL
from sertantai.web.parts.rights_wording import ROLES, ROLES_MEAN
from sertantai.web.requests import asked, organization_of, user_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

TEMPLATE: Final = "organizations/invitation.html"
REFUSED: Final = "organizations/invitation_refused.html"


@get(PATH, guards=[public], opt={**FOR_READING, **FROM_MAIL.opt}, include_in_schema=False)
async def invitation_page(request: AnyRequest) -> Response[Any]:
    """Only asks: programs that look into e-mails open links too, and must not use them up."""
    return await _asking(request, FROM_MAIL.of(request).token)


@post(PATH, guards=[signed_in], opt={PURPOSE: "accept an invitation"}, include_in_schema=False)
async def accept(request: AnyRequest) -> Response[Any]:
    secret = (await form_fields(request, "token"))["token"]
    try:
        organization = await services(request).invitations.accept(
            asked(request).by, await user_of(request), secret
        )
    except InvitationRefused as error:
        return refused(request, REFUSED, error)
    except SertantaiError as error:
        return await _asking(request, secret, error)
    standing = (await organization_of(request, str(organization))).standing()
    return done(request, path_of(standing), f"Welcome to “{standing.access.name}”.")


async def _asking(request: AnyRequest, secret: str, error: SertantaiError | None = None) -> Response[Any]:
    try:
        offered = await services(request).invitations.look_at(secret)
    except SertantaiError as wrong:
        return refused(request, REFUSED, wrong)
    reader = member_of(request)
    if reader is not None and offered.organization_id in await _mine(request):
        lists = await organization_of(request, str(offered.organization_id))
        return Redirect(path_of(lists.standing()), status_code=HTTP_303_SEE_OTHER)
    role = Role(offered.role)
    invited, own = offered.email or "", "" if reader is None else reader.email or ""
    context: dict[str, Any] = {
        "offered": offered,
        "role": ROLES[role],
        "role_means": ROLES_MEAN[role],
        "invited": readable_domain(invited),
        "own": readable_domain(own),
        "is_signed_in": reader is not None,
        "is_for_reader": not invited or email_key(invited) == email_key(own),
        "link": secret,
        "wanted": path_of_secret(secret),
    }
    if error is not None:
        return refused(request, TEMPLATE, error, **context)
    return page(request, TEMPLATE, error="", **context)


async def _mine(request: AnyRequest) -> set[Any]:
    return {lists.owner for lists in await services(request).access.organizations_of(asked(request))}


ROUTES = [invitation_page, accept]
