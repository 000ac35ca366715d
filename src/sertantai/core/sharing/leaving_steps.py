"""The fold of going and of coming back: what a departure ends and hands on, and what undoing it restores.

What somebody was is kept with their departure, so that nobody who takes them back says what that was.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import (
    DEPARTED_BYTES_MAX,
    DEPARTED_MAX,
    AccessState,
    Departure,
    Grant,
    Hand,
    departed_bytes,
    owners_left,
)
from sertantai.core.changes import Outcome, Step, replace
from sertantai.core.ids import GroupId, Position, TeamId, UserId
from sertantai.core.operations import Expel, TakeBack
from sertantai.core.rights import Level
from sertantai.core.sharing.access_changes import Stepped, access_of, now_with, refused
from sertantai.core.state import OwnerState

TAKEN_BACK_WITHIN: Final = timedelta(days=30)
GRANTS_OF_LIST_MAX: Final = 500

_Grants = dict[GroupId, dict[UUID, Grant]]


def _expel(state: OwnerState, position: Position, operation: Expel) -> Stepped:
    access, id = access_of(state), operation.member
    if id not in access.members:
        return refused(state, position, operation, Outcome.UNCHANGED)
    members = {other: member for other, member in access.members.items() if other != id}
    if not owners_left(members):
        return refused(state, position, operation, Outcome.LAST_OWNER)
    for group, grantee in operation.hands.items():
        if group not in state.groups or state.groups[group].deleted:
            return refused(state, position, operation, Outcome.GROUP_GONE)
        if grantee not in members:
            return refused(state, position, operation, Outcome.MEMBER_GONE)
    if any(handed.person not in members for handed in operation.laws.values()):
        return refused(state, position, operation, Outcome.MEMBER_GONE)
    theirs: dict[GroupId, Grant] = {}
    grants: _Grants = {}
    for list_, granted in access.grants.items():
        grants[list_] = granted
        if id in granted:
            theirs[list_] = granted[id]
            grants[list_] = {grantee: grant for grantee, grant in granted.items() if grantee != id}
    hands = _handed_on(grants, position, operation)
    departure = Departure(
        access.members[id],
        operation.at,
        operation.origin.actor,
        position,
        grants=theirs,
        hands=hands,
        laws=operation.laws,
    )
    return now_with(
        state,
        position,
        operation,
        members=members,
        grants=grants,
        offered=None if access.offered == id else access.offered,
        departed=_kept({**_without(access.departed, id), id: departure}),
    )


def _handed_on(grants: _Grants, position: Position, operation: Expel) -> dict[GroupId, Hand]:
    """Grants each list to whom it is handed on, in ``grants``. Who manages it already has nothing of it."""
    hands: dict[GroupId, Hand] = {}
    for group, grantee in operation.hands.items():
        granted = grants.get(group, {})
        had = granted.get(grantee)
        if had is None or had.level < Level.MANAGE or had.ends_at is not None:
            hands[group] = Hand(grantee, had)
            grant = Grant(Level.MANAGE, operation.origin.actor, operation.at, position)
            grants[group] = {**granted, grantee: grant}
    return hands


def _kept(departed: dict[UserId, Departure]) -> dict[UserId, Departure]:
    """Without those who went first, where there are more than are kept."""
    while len(departed) > 1 and (
        len(departed) > DEPARTED_MAX or departed_bytes(departed) > DEPARTED_BYTES_MAX
    ):
        departed = _without(departed, next(iter(departed)))
    return departed


def _take_back(state: OwnerState, position: Position, operation: TakeBack) -> Stepped:
    access, id = access_of(state), operation.member
    departure = access.departed.get(id)
    if id in access.members:
        return refused(state, position, operation, Outcome.MEMBER_BACK)
    if departure is None or departure.position != operation.left:
        return refused(state, position, operation, Outcome.MEMBER_GONE)
    if operation.at - departure.at > TAKEN_BACK_WITHIN:
        return refused(state, position, operation, Outcome.TOO_LATE)
    grants = dict(access.grants)
    for group, hand in departure.hands.items():
        if group in state.groups:
            _hand_back(grants, group, hand, departure.position, position, operation.at)
    for group, grant in departure.grants.items():
        granted = grants.get(group, {})
        if group in state.groups and not _is_over(grant, operation.at) and len(granted) < GRANTS_OF_LIST_MAX:
            grants[group] = {**granted, id: replace(grant, position=position)}
    member = replace(departure.member, position=position, teams=departure.member.teams & access.teams.keys())
    return now_with(
        state,
        position,
        operation,
        members={**access.members, id: member},
        grants=grants,
        departed=_without(access.departed, id),
    )


def _hand_back(
    grants: _Grants, group: GroupId, hand: Hand, left: Position, position: Position, at: datetime
) -> None:
    """What the departure gave goes, and what was there before comes again; unless it was changed since."""
    granted = grants.get(group, {})
    given = granted.get(hand.grantee)
    if given is None or given.position != left:
        return
    others = {grantee: grant for grantee, grant in granted.items() if grantee != hand.grantee}
    if hand.before is None or _is_over(hand.before, at):
        grants[group] = others
    else:
        grants[group] = {**others, hand.grantee: replace(hand.before, position=position)}


def _is_over(grant: Grant, at: datetime) -> bool:
    return grant.ends_at is not None and grant.ends_at <= at


def _without(departed: Mapping[UserId, Departure], id: UserId) -> dict[UserId, Departure]:
    return {other: one for other, one in departed.items() if other != id}


class TakenBack(msgspec.Struct, frozen=True):
    """What a departure that was undone brought back, and what it could not.

    ``lists``: granted again; ``handed_back``: no longer managed by whom they had been handed to, unless they
    are otherwise allowed to; ``kept``: what was changed since, and stays as it is, by whom has it; of lists
    that there are no more ``lists_gone``, of grants that have ended by now ``ended``, of lists that are
    granted as often as can be ``full``.
    """

    lists: Sequence[GroupId]
    handed_back: Sequence[GroupId]
    kept: Mapping[GroupId, UserId]
    lists_gone: Sequence[GroupId]
    ended: Sequence[GroupId]
    full: Sequence[GroupId]
    teams: Sequence[TeamId]
    teams_gone: Sequence[TeamId]


def taken_back(
    departure: Departure, groups: Mapping[GroupId, object], after: AccessState, change: TakeBack, at: Position
) -> TakenBack:
    """Of what ``change`` did at that position, which led to ``after``."""
    id = change.member
    of_them = {group: after.grants.get(group, {}).get(id) for group in departure.grants}
    lists = [group for group, grant in of_them.items() if grant is not None and grant.position == at]
    missing = [group for group in departure.grants if group not in lists and group in groups]
    ended = [group for group in missing if _is_over(departure.grants[group], change.at)]
    hands = {group: hand for group, hand in departure.hands.items() if group in groups}
    kept = {group: hand.grantee for group, hand in hands.items() if _stays(after, group, hand, at)}
    named = {**departure.grants, **departure.hands}
    return TakenBack(
        lists,
        [group for group in hands if group not in kept],
        kept,
        [group for group in named if group not in groups],
        ended,
        [group for group in missing if group not in ended],
        sorted(departure.member.teams & after.teams.keys()),
        sorted(departure.member.teams - after.teams.keys()),
    )


def _stays(after: AccessState, group: GroupId, hand: Hand, at: Position) -> bool:
    given = after.grants.get(group, {}).get(hand.grantee)
    return given is not None and given.position != at


LEAVING_STEPS: dict[type, Step] = {Expel: _expel, TakeBack: _take_back}
