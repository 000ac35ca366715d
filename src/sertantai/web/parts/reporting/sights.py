"""Whose trail a request's report is about."""

from typing import Final

from sertantai.audit.queries import parse_group
from sertantai.core.errors import PermissionNeeded
from sertantai.core.ids import UserId
from sertantai.core.rights import Right
from sertantai.http.caller import ADMIN_ROLE
from sertantai.lists.access import Lists, of_the_house
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.looking_in import Look
from sertantai.organizations.standing import who_can_give
from sertantai.postgres import asks_as
from sertantai.reporting.sight import Sight
from sertantai.web.requests import accounts_of, caller_of, lists_of, organization_of
from sertantai.web.services import AnyRequest, services

SYSTEM: Final = "system"
EVERYBODY: Final = "*"
"""In place of a slug: the whole installation."""


async def sight_of(
    request: AnyRequest, organization: str, *, list_: str = "", as_file: bool = False
) -> Sight:
    """One's own lists, or those of the organization that is named. Raises `OrganizationNotFound` for one that
    is not to be known of, and `PermissionNeeded` without the right to its history. ``list_``: what is asked
    of, which the trail says of an administrator who looks. ``as_file``: only what may be taken along."""
    service = services(request)
    if not organization:
        return service.sights.own(await lists_of(request), caller_of(request).email or "I")
    if organization == EVERYBODY:
        return _everybodys(request)

    async def now() -> Lists:
        return await organization_of(request, organization)

    try:
        return await service.sights.member(now, as_file=as_file)
    except OrganizationNotFound:
        lists, look = await _looked_into(request, organization)
        return await _through(request, lists, look, list_)


def _everybodys(request: AnyRequest) -> Sight:
    """For an administrator of the site who is signed in; to all others there is nothing of that name."""
    if not may_look_over_everybody(request):
        raise OrganizationNotFound
    who = caller_of(request).user_id

    async def still() -> None:
        """Over with the role, also in the middle of a file."""
        account = await accounts_of(request).find_user(who)
        if account is None or account.disabled_at is not None or account.role != ADMIN_ROLE:
            raise OrganizationNotFound

    return services(request).sights.everybody(who, still)


def may_look_over_everybody(request: AnyRequest) -> bool:
    caller = caller_of(request)
    return (
        caller.role == ADMIN_ROLE and caller.session_id is not None and "authorization" not in request.headers
    )


async def trail_asked(request: AnyRequest, organization: str, list_: str = "") -> tuple[Lists, Look | None]:
    """The lists whose trail is asked for: one's own, or those of the organization that is named, and the look
    that an administrator of the site has into it. Raises as `sight_of`; ``list_`` as there."""
    if not organization:
        return await lists_of(request), None
    try:
        lists = await organization_of(request, organization)
    except OrganizationNotFound:
        lists, look = await _looked_into(request, organization)
        if list_:
            group = parse_group(list_)
            await services(request).looks.looked_at(look, lists.named(group or "default").group.id)
        return lists, look
    standing = lists.standing()
    if Right.AUDIT in standing.member.deny:
        raise PermissionNeeded(Right.AUDIT.value, who_can_give(standing.access, standing.actor))
    return lists, None


async def _looked_into(request: AnyRequest, organization: str) -> tuple[Lists, Look]:
    """For an administrator of the site who looks into it now; to all others there is no such organization.
    From here on the request reads nobody else's rows."""
    caller = caller_of(request)
    if caller.role != ADMIN_ROLE or caller.session_id is None or "authorization" in request.headers:
        raise OrganizationNotFound
    service = services(request)
    owner = await service.directory.find(organization)
    look = service.looks.of(caller.session_id, owner)
    if look is None:
        raise OrganizationNotFound
    asks_as.set(UserId(owner))
    return await of_the_house(service.engine, owner, SYSTEM), look


async def _through(request: AnyRequest, lists: Lists, look: Look, list_: str) -> Sight:
    """Nothing of a list is shown before the organization's trail says that it was looked at."""
    service = services(request)

    async def still() -> None:
        """Over with the look, also in the middle of a file."""
        if service.looks.of(look.by.session, lists.owner) is not look:
            raise OrganizationNotFound

    sight = service.sights.shared(lists, look.by.user, still)
    if list_:
        await service.looks.looked_at(look, sight.list_named(parse_group(list_)).id)
    return sight
