"""Who sees a list of an organization, and because of what; what it is granted."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState, Grant, Member, level_in
from sertantai.core.ids import TeamId, UserId
from sertantai.core.rights import OPEN_TO, Level, Role
from sertantai.core.state import GroupState

FORMER = "a former member"


class Because(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason why somebody sees a list: ``role``, ``made`` or ``grant``; of a grant, by whom and when, and
    to which team, if it is one's."""

    kind: Literal["owner", "role", "made", "grant"]
    level: str
    role: str | None = None
    team: str | None = None
    granted_by: str | None = None
    granted_at: datetime | None = None
    expires_at: datetime | None = None


class PersonShown(msgspec.Struct, frozen=True):
    id: UserId
    name: str


class Seer(msgspec.Struct, frozen=True):
    """Somebody who sees a list. ``because`` is the sentence that ``reasons`` make."""

    user: PersonShown
    level: str
    because: str
    reasons: list[Because]


class GranteeShown(msgspec.Struct, frozen=True):
    id: UUID
    kind: Literal["member", "team"]
    name: str


class GrantFacts(msgspec.Struct, frozen=True):
    grantee: GranteeShown
    level: str
    expires_at: datetime | None
    granted_by: PersonShown
    granted_at: datetime


Seeing = tuple[Level, UserId, Member]


def who_see(access: AccessState, group: GroupState, now: datetime) -> list[Seeing]:
    """All who see the list, those who may do the most first."""
    list_ = group.access  # made anew each time
    seeing = [
        (level, id, member)
        for id, member in access.members.items()
        if (level := level_in(access, id, list_, now)) is not None
    ]
    return sorted(seeing, key=lambda one: (-one[0], one[2].name.casefold(), one[1].int))


def seer_facts(access: AccessState, group: GroupState, now: datetime, seeing: Iterable[Seeing]) -> list[Seer]:
    """Of some of them, with why."""
    named = _Named(access, group, now)
    return [named.seer(level, id, member) for level, id, member in seeing]


def grants(access: AccessState, group: GroupState) -> list[GrantFacts]:
    """What members and teams are granted of the list, by name."""
    named = _Named(access, group, None)
    found = [named.grant(id, grant) for id, grant in access.grants.get(group.id, {}).items()]
    return sorted(found, key=lambda one: one.grantee.name.casefold())


class _Named:
    """An organization's words for the reasons behind one list."""

    def __init__(self, access: AccessState, group: GroupState, now: datetime | None) -> None:
        self._access = access
        self._group = group
        self._now = now
        self._granted = access.grants.get(group.id, {})

    def seer(self, level: Level, id: UserId, member: Member) -> Seer:
        reasons = list(self._reasons(id, member))
        because = "; ".join(map(_worded, reasons))
        return Seer(PersonShown(id, member.name), level.word, because, reasons)

    def grant(self, id: UUID, grant: Grant) -> GrantFacts:
        team = self._access.teams.get(TeamId(id))
        member = self._access.members.get(UserId(id))
        grantee = (
            GranteeShown(id, "team", team)
            if team is not None
            else GranteeShown(id, "member", FORMER if member is None else member.name)
        )
        by = PersonShown(grant.by, self._name(grant.by))
        return GrantFacts(grantee, grant.level.word, grant.ends_at, by, grant.at)

    def _reasons(self, id: UserId, member: Member) -> Iterator[Because]:
        by_role = OPEN_TO[member.role]
        if by_role is Level.MANAGE or not self._group.restricted:
            yield Because("role", by_role.word, role=member.role.value)
        if self._group.made_by == id and member.role is Role.MEMBER:
            yield Because("made", Level.EDIT.word)
        for grantee in (id, *sorted(member.teams)):
            grant = self._granted.get(grantee)
            if grant is None or (grant.ends_at is not None and self._now and grant.ends_at <= self._now):
                continue
            yield Because(
                "grant",
                grant.level.word,
                team=None if grantee == id else self._access.teams.get(TeamId(grantee)),
                granted_by=self._name(grant.by),
                granted_at=grant.at,
                expires_at=grant.ends_at,
            )

    def _name(self, id: UserId) -> str:
        member = self._access.members.get(id)
        return FORMER if member is None else member.name


def _worded(reason: Because) -> str:
    if reason.kind == "role":
        return f"role: {reason.role}"
    if reason.kind == "made":
        return "made this list"
    assert reason.granted_at is not None
    given = f"granted by {reason.granted_by} on {_day(reason.granted_at)}"
    until = "" if reason.expires_at is None else f", until {_day(reason.expires_at)}"
    return f"team: {reason.team}, {given}{until}" if reason.team else f"{given}{until}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
