"""Nobody gives what they do not hold, or decides about who is more than they are.

The fold refuses it in any case (`core.sharing.permission`); here it is refused in words that help.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sertantai.core.access_state import level_in
from sertantai.core.errors import Conflict, InvalidInput, PermissionNeeded
from sertantai.core.ids import GroupId
from sertantai.core.rights import OWNER_ONLY, Level, Right, Role
from sertantai.core.sharing.leaving_steps import GRANTS_OF_LIST_MAX
from sertantai.core.sharing.permission import rights_given_by, rights_held
from sertantai.core.state import GroupState
from sertantai.organizations.standing import Standing, who_can_give


def require_over(standing: Standing, role: Role) -> None:
    """Raises `PermissionNeeded` where somebody with that role is more than whoever asks."""
    standing.require(Right.MEMBERS_MANAGE)
    if role.rank > standing.member.role.rank:
        raise _needed(standing, Right.TRANSFER)


def require_may_be_given(
    standing: Standing, role: Role | None, allow: Iterable[Right], no_longer_denied: Iterable[Right] = ()
) -> None:
    """Raises `PermissionNeeded` for more than whoever asks is, or may do. An owner is made by nobody:
    ownership is offered, and taken."""
    if role is not None and (role is Role.OWNER or role.rank > standing.member.role.rank):
        raise _needed(standing, Right.TRANSFER)
    given = sorted(set(allow))
    if OWNER_ONLY & set(given):
        raise InvalidInput("permissions: this belongs to owners only.", field="permissions")
    held = rights_given_by(standing.access, standing.actor)
    for right in given:
        if right not in held:
            raise _needed(standing, right)
    for right in sorted(set(no_longer_denied) - rights_held(standing.access, standing.actor)):
        raise _needed(standing, right)


def require_level(standing: Standing, group: GroupState, level: Level | None, now: datetime) -> None:
    """Raises `PermissionNeeded` for a level of a list that is above one's own."""
    own = level_in(standing.access, standing.actor, group.access, now)
    if level is not None and (own is None or level > own):
        raise _needed(standing, Right.MANAGE)


def require_grant(standing: Standing, id: GroupId, grantee: UUID, level: Level | None, now: datetime) -> None:
    """Raises `PermissionNeeded` as above, `Conflict` for a list that is granted as often as can be."""
    if (group := standing.state.groups.get(id)) is not None:
        require_level(standing, group, level, now)
    granted = standing.access.grants.get(id, {})
    if level is not None and grantee not in granted and len(granted) >= GRANTS_OF_LIST_MAX:
        raise Conflict(f"This list is granted {GRANTS_OF_LIST_MAX} times, which is the maximum.")


def _needed(standing: Standing, right: Right) -> PermissionNeeded:
    return PermissionNeeded(right.value, who_can_give(standing.access, standing.actor))
