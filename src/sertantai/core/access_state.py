"""Who may do what in an organization: its members, teams and grants, as its own log has made them.

It is a part of the organization's state, so a right has a position: what stands behind its end in the log is
refused by the fold, whatever queue it waited in. A person's state has none: to them all is allowed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.ids import GroupId, Position, TeamId, UserId
from sertantai.core.rights import ALONE, ENDING, NONE, OPEN_TO, TOGETHER, Level, Right, Rights, Role

MEMBER_BYTES: Final = 600
GRANT_BYTES: Final = 500
"""What one takes of memory, about."""


_OUTSIDE: Final[Rights] = TOGETHER[Role.OWNER, None]
"""What means something without a list."""


class Member(msgspec.Struct, frozen=True, array_like=True):
    """``name`` is what colleagues are shown; ``allow`` and ``deny`` are names of rights, deny wins."""

    role: Role
    name: str
    joined_at: datetime
    position: Position
    allow: frozenset[Right] = NONE
    deny: frozenset[Right] = NONE
    teams: frozenset[TeamId] = frozenset()
    suspended: bool = False


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """A level of one list for a member or a team. After ``ends_at`` it gives nothing, whether it was ended or
    not."""

    level: Level
    by: UserId
    at: datetime
    position: Position
    ends_at: datetime | None = None


class AccessState(msgspec.Struct, frozen=True, array_like=True):
    """``founder`` becomes the first owner. ``offered``: to whom ownership is offered, until it is accepted.
    ``ends_at``: when the organization ends, unless that is called off."""

    founder: UserId
    name: str = ""
    slug: str = ""
    settings: dict[str, Any] = {}
    members: dict[UserId, Member] = {}
    teams: dict[TeamId, str] = {}
    grants: dict[GroupId, dict[UUID, Grant]] = {}
    """By the list and the member or team that has it."""
    offered: UserId | None = None
    ends_at: datetime | None = None


class ListAccess(msgspec.Struct, frozen=True):
    """What of a list its rights depend on."""

    id: GroupId
    restricted: bool
    made_by: UserId | None
    four_eyes: bool = False
    """Nobody ticks there alone."""


def level_in(
    access: AccessState, actor: UserId, list_: ListAccess, now: datetime | None = None
) -> Level | None:
    """What ``actor`` may do with a list; None: it does not exist for them. Without ``now`` a grant lasts
    until it is ended, as the fold knows no time."""
    member = access.members.get(actor)
    if member is None or member.suspended:
        return None
    return _level(access, actor, member, list_, now)


def _level(
    access: AccessState, actor: UserId, member: Member, list_: ListAccess, now: datetime | None
) -> Level | None:
    level = OPEN_TO[member.role]
    if level is Level.MANAGE:
        return level
    found: Level | None = None if list_.restricted else level
    if list_.made_by == actor and member.role is Role.MEMBER:
        found = Level.EDIT
    granted = access.grants.get(list_.id)
    if granted:
        for grantee in (actor, *member.teams):
            grant = granted.get(grantee)
            if grant is None or (now is not None and grant.ends_at is not None and grant.ends_at <= now):
                continue
            if found is None or grant.level > found:
                found = grant.level
    return found


def rights_in(
    access: AccessState, actor: UserId, list_: ListAccess | None = None, now: datetime | None = None
) -> Rights:
    """All that ``actor`` may do, with that list, or in the organization where none is named. Nothing: to them
    it does not exist."""
    member = access.members.get(actor)
    if member is None or member.suspended:
        return NONE
    level = None if list_ is None else _level(access, actor, member, list_, now)
    if list_ is not None and level is None:
        return NONE
    rights = TOGETHER[member.role, level]
    if list_ is not None and list_.made_by == actor and member.role is Role.MEMBER:
        rights |= {Right.MANAGE}
    if member.allow or member.deny:
        given = member.allow if list_ is not None else member.allow & _OUTSIDE
        rights = (rights | given) - member.deny
    if list_ is not None and list_.four_eyes:
        rights -= ALONE
    return rights if access.ends_at is None else rights & ENDING


def owners_left(members: Mapping[UserId, Member]) -> bool:
    """Whether somebody is there who can do everything."""
    return any(member.role is Role.OWNER and not member.suspended for member in members.values())


def access_bytes(access: AccessState | None) -> int:
    """About how much memory it takes."""
    if access is None:
        return 0
    grants = sum(map(len, access.grants.values()))
    return MEMBER_BYTES * len(access.members) + GRANT_BYTES * (grants + len(access.teams))
