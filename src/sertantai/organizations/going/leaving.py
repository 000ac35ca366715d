"""What is left behind when a member goes: shown before, and handed to others with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState, owners_left
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, OperationId, TeamId, UserId
from sertantai.core.links import is_good, links_of
from sertantai.core.notes import RESPONSIBLE
from sertantai.core.operations import Origin
from sertantai.core.responsible import answered_by, may_answer
from sertantai.core.rights import Level, Role
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.engine import Engine
from sertantai.engine.errors import LastOwner, MemberNotFound
from sertantai.engine.large_operations import beside
from sertantai.organizations.giving import require_grant, require_over
from sertantai.organizations.going.laws import expel_and_hand_on
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.standing import Standing

HANDED_MAX: Final = 1_000
LAWS_HANDED_MAX: Final = 100
"""Lists of which laws are handed on: each is an operation of the same commit."""


class ListLeft(msgspec.Struct, frozen=True):
    """A list that no other member manages, but for owners and admins, who manage all."""

    id: GroupId
    name: str
    made: bool


class TeamLeft(msgspec.Struct, frozen=True):
    id: TeamId
    name: str


class SuggestionLeft(msgspec.Struct, frozen=True):
    """It waits for a decision, and goes on doing so."""

    group: GroupId
    id: OperationId
    at: datetime
    reason: str


class LinkLeft(msgspec.Struct, frozen=True):
    """A link to read that they made: it opens nothing once they are gone."""

    group: GroupId
    id: UUID
    until: datetime


class Leaving(msgspec.Struct, frozen=True):
    """``only_owner``: they cannot go before ownership is handed over."""

    lists: Sequence[ListLeft]
    teams: Sequence[TeamLeft]
    suggestions: Sequence[SuggestionLeft]
    only_owner: bool
    links: Sequence[LinkLeft]


def leaving(state: OwnerState, access: AccessState, id: UserId, now: datetime) -> Leaving:
    """Raises `MemberNotFound`."""
    member = access.members.get(id)
    if member is None:
        raise MemberNotFound
    lists = [group for group in state.groups.values() if not group.deleted]
    return Leaving(
        [ListLeft(one.id, one.name, one.made_by == id) for one in lists if _only_theirs(access, one, id)],
        [TeamLeft(team, access.teams[team]) for team in sorted(member.teams)],
        [
            SuggestionLeft(one.id, operation, made.at, made.reason)
            for one in lists
            for operation, made in one.suggestions.items()
            if made.by == id
        ],
        _is_only_owner(access, id),
        [
            LinkLeft(one.id, link, said.until)
            for one in lists
            for link, said in links_of(one.metadata)
            if said.by == id and is_good(said, access, one.access, now)
        ],
    )


def _is_only_owner(access: AccessState, id: UserId) -> bool:
    return not owners_left({other: one for other, one in access.members.items() if other != id})


def _only_theirs(access: AccessState, group: GroupState, id: UserId) -> bool:
    granted = access.grants.get(group.id, {})
    managing = {grantee for grantee, grant in granted.items() if grant.level is Level.MANAGE}
    made = group.made_by == id and access.members[id].role is Role.MEMBER
    maker = access.members.get(group.made_by) if group.made_by is not None and group.made_by != id else None
    if maker is not None and maker.role is Role.MEMBER:
        return False
    return (made or id in managing) and not managing - {id}


async def leave_all_to(
    organizations: Organizations,
    engine: Engine,
    state: OwnerState,
    by: Origin,
    member: UserId,
    to: UserId,
    now: datetime,
) -> None:
    """The member goes, and another gets what they leave: the lists that only they manage, and the laws that
    they answer for in lists that the other may read by then; of too many for one commit the first.

    Raises `MemberNotFound`, `LastOwner`, `InvalidInput`.
    """
    access = state.access
    if access is None or to == member or to not in access.members:
        raise InvalidInput("to: another member of the organisation.", field="to")
    left = leaving(state, access, member, now)
    hands = dict.fromkeys((one.id for one in left.lists[:HANDED_MAX]), to)
    laws: dict[GroupId, UserId] = {}
    for group in state.groups.values():
        if len(laws) == LAWS_HANDED_MAX:
            break
        may = group.id in hands or may_answer(access, group.access, to)
        if group.deleted or not group.annotations or not may:
            continue
        if await beside(len(group.annotations), answered_by, group.annotations, member):
            laws[group.id] = to
    await expel_and_hand_on(organizations, engine, state.owner, by, member, hands=hands, new=laws, at=now)


async def leave(
    organizations: Organizations,
    engine: Engine,
    standing: Standing,
    member: UserId,
    new: Mapping[GroupId, UserId],
    now: datetime,
    responsible: Mapping[GroupId, UserId] = MappingProxyType({}),
) -> None:
    """The member goes, and whoever is named for a list manages it from then on; ``responsible``: by list who
    answers for what they answered for. All of it is done, or nothing.

    The door has seen to the right to each list. Raises `MemberNotFound`, `LastOwner`, `PermissionNeeded`,
    `CannotAnswer` for who may not read the list.
    """
    access = standing.access
    for field, named in (("new", new), (RESPONSIBLE, responsible)):
        if any(other == member or other not in access.members for other in named.values()):
            raise InvalidInput(f"{field}: everybody named must be another member.", field=field)
    if member not in access.members:
        raise MemberNotFound
    if _is_only_owner(access, member):
        raise LastOwner
    if member != standing.actor:
        require_over(standing, access.members[member].role)
    for group, other in new.items():
        require_grant(standing, group, other, Level.MANAGE, now)
    if not responsible:
        await organizations.expel(standing, member, new)
        return
    await expel_and_hand_on(
        organizations, engine, standing.organization, standing.by, member, hands=new, new=responsible, at=now
    )
