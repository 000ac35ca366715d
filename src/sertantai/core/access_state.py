"""Who may do what in an organization: its members, teams and grants, as its own log has made them.

It is a part of the organization's state, so a right has a position: what stands behind its end in the log is
refused by the fold, whatever queue it waited in. A person's state has none: to them all is allowed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.ids import GroupId, Position, TeamId, UserId
from sertantai.core.lasting.retention import Retention
from sertantai.core.rights import ALONE, ENDING, NONE, OPEN_TO, TOGETHER, Level, Right, Rights, Role

MEMBER_BYTES: Final = 600
GRANT_BYTES: Final = 500
"""What one takes of memory, about."""
DEPARTED_MAX: Final = 5_000
DEPARTED_BYTES_MAX: Final = 16_000_000
"""What is kept of those who went, to be taken back: beyond it, who went first is forgotten first."""
ANSWERS_MAX: Final = 2_000
"""Kept beside a state; then they are forgotten, and worked out again."""
ANSWER_BYTES: Final = 400
"""Where members are allowed or denied something beside their role, up to seven times that."""
_Question = tuple[int, int, int | None, bool, bool]
"""Who asks, the list, who made it, whether it is restricted, and whether two are needed there: all that an
answer depends on beside the state, where no grant ends with time."""

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


class Hand(msgspec.Struct, frozen=True, array_like=True):
    """To whom a list was handed on by somebody's departure, and what they had of it before."""

    grantee: UserId
    before: Grant | None = None


class HandedLaws(msgspec.Struct, frozen=True, array_like=True):
    """Laws of a list (a packed set) that somebody answered for until they went, and who does since."""

    person: UserId
    records: bytes


class Departure(msgspec.Struct, frozen=True, array_like=True):
    """What somebody was when they went, by whom it was done, and where it stands in the log. ``hands``: who
    manages a list since, by that; ``laws``: who answers since for what they answered for."""

    member: Member
    at: datetime
    by: UserId
    position: Position
    grants: dict[GroupId, Grant] = {}
    hands: dict[GroupId, Hand] = {}
    laws: dict[GroupId, HandedLaws] = {}


class AccessState(msgspec.Struct, frozen=True, array_like=True, dict=True):
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
    retention: Retention | None = None
    """For how long its trail is kept; None: as the site's, and never anything else."""
    departed: dict[UserId, Departure] = {}
    """Who went, and has not come again, in the order in which they went: no right, but what can be again."""

    @cached_property
    def by_name(self) -> tuple[UserId, ...]:
        """The members, as people look for them."""
        found = sorted(self.members.items(), key=lambda one: (one[1].name.casefold(), one[0].int))
        return tuple(id for id, _ in found)

    @cached_property
    def answers(self) -> dict[_Question, Rights]:
        """What `rights_in` was asked before: no part of the state, and gone with it when it changes."""
        return {}


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
    grants = _grants_of(access, actor, member, list_)
    return _level(member, list_, grants, now, made=list_.made_by == actor)


def rights_in(
    access: AccessState, actor: UserId, list_: ListAccess | None = None, now: datetime | None = None
) -> Rights:
    """All that ``actor`` may do, with that list, or in the organization where none is named. Nothing: to them
    it does not exist."""
    if list_ is None:
        member = access.members.get(actor)
        if member is None or member.suspended:
            return NONE
        return _left(access, (TOGETHER[member.role, None] | (member.allow & _OUTSIDE)) - member.deny)
    made_by = list_.made_by
    # By integers, which are found faster than what they are the ids of: each tick is asked for.
    made_by_int = None if made_by is None else made_by.int
    question = (actor.int, list_.id.int, made_by_int, list_.restricted, list_.four_eyes)
    known = access.answers.get(question)
    if known is not None:
        return known
    member = access.members.get(actor)
    if member is None or member.suspended:
        return NONE
    grants = _grants_of(access, actor, member, list_)
    rights = _left(access, _in_list(member, list_, grants, now, made=made_by_int == actor.int))
    if all(grant.ends_at is None for grant in grants):
        _remember(access.answers, question, rights)
    return rights


def is_member(access: AccessState, person: UserId) -> bool:
    """Whether the organization exists to them at all. Who may do nothing in it may still read a list."""
    member = access.members.get(person)
    return member is not None and not member.suspended


def _grants_of(access: AccessState, actor: UserId, member: Member, list_: ListAccess) -> list[Grant]:
    """Of the list, to the member or a team of theirs."""
    granted = access.grants.get(list_.id)
    if not granted:
        return []
    return [grant for one in (actor, *member.teams) if (grant := granted.get(one)) is not None]


def _level(
    member: Member, list_: ListAccess, grants: Iterable[Grant], now: datetime | None, *, made: bool
) -> Level | None:
    level = OPEN_TO[member.role]
    if level is Level.MANAGE:
        return level
    found: Level | None = None if list_.restricted else level
    if made and member.role is Role.MEMBER:
        found = Level.EDIT
    for grant in grants:
        ended = now is not None and grant.ends_at is not None and grant.ends_at <= now
        if not ended and (found is None or grant.level > found):
            found = grant.level
    return found


def _in_list(
    member: Member, list_: ListAccess, grants: Iterable[Grant], now: datetime | None, *, made: bool
) -> Rights:
    level = _level(member, list_, grants, now, made=made)
    if level is None:
        return NONE
    rights = TOGETHER[member.role, level]
    if made and member.role is Role.MEMBER:
        rights |= {Right.MANAGE}
    if member.allow or member.deny:
        rights = (rights | member.allow) - member.deny
    return rights - ALONE if list_.four_eyes else rights


def _left(access: AccessState, rights: Rights) -> Rights:
    return rights if access.ends_at is None else rights & ENDING


def _remember(answers: dict[_Question, Rights], question: _Question, rights: Rights) -> None:
    if len(answers) >= ANSWERS_MAX:
        answers.clear()
    answers[question] = rights


def owners_left(members: Mapping[UserId, Member]) -> bool:
    """Whether somebody is there who can do everything."""
    return any(member.role is Role.OWNER and not member.suspended for member in members.values())


def access_bytes(access: AccessState | None) -> int:
    """About how much memory it takes."""
    if access is None:
        return 0
    grants = sum(map(len, access.grants.values()))
    held = MEMBER_BYTES * len(access.members) + GRANT_BYTES * (grants + len(access.teams))
    return held + departed_bytes(access.departed)


def departed_bytes(departed: Mapping[UserId, Departure]) -> int:
    """About how much memory takes what is kept of those who went."""
    grants = sum(len(one.grants) + 2 * len(one.hands) + len(one.laws) for one in departed.values())
    laws = sum(len(handed.records) for one in departed.values() for handed in one.laws.values())
    return MEMBER_BYTES * len(departed) + GRANT_BYTES * grants + laws


def answers_bytes(access: AccessState | None) -> int:
    """About how much memory takes what is remembered beside it."""
    return 0 if access is None else ANSWER_BYTES * len(access.answers)
