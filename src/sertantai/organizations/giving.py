"""Nobody gives what they do not hold, or decides about who is more than they are.

The fold refuses it in any case (`core.sharing.permission`); here it is refused in words that help.
"""

from collections.abc import Iterable

from sertantai.core.access_state import Member
from sertantai.core.errors import InvalidInput, PermissionNeeded
from sertantai.core.rights import OWNER_ONLY, Right, Role
from sertantai.core.sharing.permission import rights_given_by
from sertantai.organizations.standing import Standing, who_can_give


def require_over(standing: Standing, member: Member) -> None:
    """Raises `PermissionNeeded` where ``member`` is more than whoever asks."""
    standing.require(Right.MEMBERS_MANAGE)
    if member.role.rank > standing.member.role.rank:
        raise _needed(standing, Right.TRANSFER)


def require_may_be_given(standing: Standing, role: Role | None, allow: Iterable[Right]) -> None:
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


def _needed(standing: Standing, right: Right) -> PermissionNeeded:
    return PermissionNeeded(right.value, who_can_give(standing.access, standing.actor))
