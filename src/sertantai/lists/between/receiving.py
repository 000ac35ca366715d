"""Whether a list may come to an owner from another list, or from another owner."""

from typing import Final

from sertantai.core.access_state import AccessState, ListAccess, rights_in
from sertantai.core.errors import Conflict, PermissionNeeded
from sertantai.core.operations import of_no_list
from sertantai.core.rights import Right
from sertantai.core.state import OwnerState
from sertantai.lists.access import Lists
from sertantai.organizations.settings import comes_restricted
from sertantai.organizations.standing import who_can_give

ENDING: Final = "This organisation is ending, so no list can come into it."


def require_may_come(to: Lists, *, restricted: bool) -> None:
    """Into an organization. Raises `PermissionNeeded`, also where whoever brings it could not read it there;
    `Conflict` for an organization that ends."""
    access = to.access
    assert access is not None, "a person may have what comes to them"
    if access.ends_at is not None:
        raise Conflict(ENDING)
    to.require(Right.CREATE)
    if not _reads(access, to, restricted=restricted):  # it would be gone from them
        raise PermissionNeeded(Right.READ.value, who_can_give(access, to.actor))


def may_come(to: Lists) -> bool:
    """As `require_may_come`, of a list that is open or restricted as new ones are there."""
    access = to.access
    if access is None or access.ends_at is not None or Right.CREATE not in to.rights():
        return False
    return _reads(access, to, restricted=comes_restricted(access))


def require_room(receiver: OwnerState, groups_max: int) -> None:
    """Raises `Conflict` for one list too many."""
    if sum(not group.deleted for group in receiver.groups.values()) >= groups_max:
        whose = "The organisation has" if receiver.access is not None else "You have"
        raise Conflict(f"{whose} {groups_max} lists, which is the maximum.")


def _reads(access: AccessState, to: Lists, *, restricted: bool) -> bool:
    brought = ListAccess(of_no_list(to.owner), restricted, to.actor)
    return Right.READ in rights_in(access, to.actor, brought)
