"""Somebody in an organization: what is known there, and what they may do. Made by the door only."""

from typing import Final

import msgspec

from sertantai.core.access_state import AccessState, Member, is_member, rights_in
from sertantai.core.errors import PermissionNeeded
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Right, Rights
from sertantai.core.state import OwnerState
from sertantai.organizations.errors import OrganizationNotFound

ASKED_MAX: Final = 3


class Standing(msgspec.Struct, frozen=True):
    """``by`` asks; ``state`` is of the organization, as it was then."""

    by: Origin
    state: OwnerState

    @property
    def organization(self) -> OwnerId:
        return self.state.owner

    @property
    def actor(self) -> UserId:
        return self.by.actor

    @property
    def access(self) -> AccessState:
        if self.state.access is None:
            raise OrganizationNotFound
        return self.state.access

    @property
    def member(self) -> Member:
        """Raises `OrganizationNotFound` for who is none any more, also where that was while they waited."""
        member = self.access.members.get(self.actor)
        if member is None:
            raise OrganizationNotFound
        return member

    @property
    def rights(self) -> Rights:
        return rights_in(self.access, self.actor)

    def require(self, right: Right) -> None:
        """Raises `OrganizationNotFound` for who is no member, `PermissionNeeded` for who may not."""
        if right in self.rights:
            return
        if not is_member(self.access, self.actor):
            raise OrganizationNotFound
        raise PermissionNeeded(right.value, who_can_give(self.access, self.actor))


def who_can_give(access: AccessState, actor: UserId) -> list[str]:
    """The names of some who could give ``actor`` a right: the owners, then the admins."""
    able = [
        (-member.role.rank, member.name)
        for id, member in access.members.items()
        if id != actor and Right.MEMBERS_MANAGE in rights_in(access, id)
    ]
    return [name for _, name in sorted(able)[:ASKED_MAX]]
