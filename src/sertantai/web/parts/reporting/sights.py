"""Whose trail a report is about, and how much of it whoever asks may know."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from sertantai.audit.queries import parse_group
from sertantai.core.errors import PermissionNeeded
from sertantai.core.ids import GroupId, UserId
from sertantai.core.rights import Right, Role
from sertantai.core.state import OwnerState
from sertantai.http.caller import ADMIN_ROLE
from sertantai.lists.access import Lists, of_the_house
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.groups import display_name, listed
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.looking_in import Look
from sertantai.organizations.standing import who_can_give
from sertantai.postgres import asks_as
from sertantai.reporting.sight import ITSELF, ListSeen, Sight
from sertantai.web.requests import caller_of, lists_of, organization_of
from sertantai.web.services import AnyRequest, services

MINE: Final = "My lists"
SYSTEM: Final = "system"


async def sight_of(
    request: AnyRequest, organization: str, *, list_: str = "", as_file: bool = False
) -> Sight:
    """One's own lists, or those of the organization that is named. Raises `OrganizationNotFound` for one that
    is not to be known of, and `PermissionNeeded` without the right to its history. ``list_``: what
    is asked of, which the trail says of an administrator who looks. ``as_file``: only lists that may be taken
    along."""
    if not organization:
        return _own(request, await lists_of(request))
    try:
        lists = await _member_of(request, organization)
    except OrganizationNotFound:
        lists, look = await _looked_into(request, organization)
        return await _through(request, lists, look, list_)

    async def still() -> None:
        """Asked again before each further page: what was to follow is not given away any more."""
        now = await _member_of(request, organization)
        for id in sight.lists:
            group = now.state.groups.get(id)
            if group is None or group.deleted or not _may(now, id, as_file=as_file):
                raise GroupNotFound("This list does not exist.", field="list")

    sight = _shared(request, lists, as_file=as_file, still=still)
    return sight


async def _member_of(request: AnyRequest, organization: str) -> Lists:
    lists = await organization_of(request, organization)
    standing = lists.standing()
    if Right.AUDIT in standing.member.deny:
        raise PermissionNeeded(Right.AUDIT.value, who_can_give(standing.access, standing.actor))
    return lists


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
    sight = _shared(request, lists, look=look)
    if list_:
        seen = sight.list_named(parse_group(list_))
        await services(request).looks.looked_at(look, seen.id)
    return sight


def _may(lists: Lists, id: GroupId, *, as_file: bool) -> bool:
    rights = lists.rights(lists.state.groups[id])
    return {Right.READ, Right.AUDIT, *([Right.EXPORT] if as_file else [])} <= rights


def _own(request: AnyRequest, lists: Lists) -> Sight:
    caller = caller_of(request)
    own = caller.user_id

    async def names(people: Collection[UserId]) -> Mapping[UserId, str]:
        return {own: caller.email or "I"} if own in people else {}

    async def still() -> None:
        """One's own lists stay one's own."""

    reporting = services(request).reporting
    return Sight(
        owner=lists.owner,
        whose=MINE,
        lists=_seen(lists, as_file=False),
        whole=True,
        personal=True,
        reading=reporting.reading(lists.owner),
        auditing=reporting.auditing(own),
        names=names,
        still=still,
        events_of=own,
    )


def _seen(lists: Lists, *, as_file: bool) -> dict[GroupId, ListSeen]:
    return {
        group.id: ListSeen(group.id, display_name(group), group.is_default)
        for group in listed(lists.state)
        if lists.access is None or _may(lists, group.id, as_file=as_file)
    }


def _shared(
    request: AnyRequest,
    lists: Lists,
    *,
    as_file: bool = False,
    still: Callable[[], Awaitable[None]] | None = None,
    look: Look | None = None,
) -> Sight:
    service, access, owner = services(request), lists.access, lists.owner
    assert access is not None
    as_house = lists.actor == UserId(owner)
    seen = _seen(lists, as_file=as_file)
    all_of_it = as_house or lists.standing().member.role.rank >= Role.ADMIN.rank

    async def names(people: Collection[UserId]) -> Mapping[UserId, str]:
        found = {person: access.members[person].name for person in people if person in access.members}
        if UserId(owner) in people:
            found[UserId(owner)] = ITSELF
        gone = sorted(set(people) - found.keys(), key=str)
        former = await service.directory.former_names(owner, gone) if gone else {}
        return {**former, **found}

    async def rights_then(moment: datetime) -> OwnerState | None:
        return await service.rights_then.at(owner, moment)

    async def looking() -> None:
        """Over with the look, also in the middle of a file."""
        assert look is not None
        if service.looks.of(look.by.session, owner) is not look:
            raise OrganizationNotFound

    return Sight(
        owner=owner,
        whose=access.name,
        lists=seen,
        whole=all_of_it and len(seen) == len(listed(lists.state)),
        personal=as_house or Right.AUDIT_PERSONAL in lists.rights(),
        reading=service.reporting.reading(owner),
        auditing=service.reporting.auditing(caller_of(request).user_id),
        names=names,
        still=still or looking,
        access=access,
        rights_then=rights_then if as_house or Right.MEMBERS in lists.rights() else None,
    )
