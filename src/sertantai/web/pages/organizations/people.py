"""Members and teams as the pages of organizations show them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sertantai.core.access_state import AccessState, Member
from sertantai.core.ids import TeamId, UserId, parse_uuid
from sertantai.core.rights import Right
from sertantai.engine.errors import MemberNotFound
from sertantai.organizations.standing import Standing
from sertantai.web.parts.rights_wording import ROLES
from sertantai.web.services import AnyRequest, services

FORMER: Final = "a former member"
TEAMS_NAMED: Final = 5
"""Of one member in a table; the rest is counted."""


class Person(NamedTuple):
    """A member in a line. ``teams`` are names, ``more`` how many are left out."""

    id: UserId
    name: str
    role: str
    teams: list[str]
    more: int
    joined_at: datetime
    suspended: bool
    is_me: bool
    is_offered: bool
    email: str = ""


def person(standing: Standing, id: UserId, member: Member, email: str = "") -> Person:
    """``email``: for who may see addresses."""
    access = standing.access
    teams = sorted((access.teams[team] for team in member.teams if team in access.teams), key=str.casefold)
    return Person(
        id=id,
        name=member.name,
        role=ROLES[member.role],
        teams=teams[:TEAMS_NAMED],
        more=max(0, len(teams) - TEAMS_NAMED),
        joined_at=member.joined_at,
        suspended=member.suspended,
        is_me=id == standing.actor,
        is_offered=access.offered == id,
        email=email,
    )


async def addresses_of(
    request: AnyRequest, standing: Standing, people: Sequence[UserId]
) -> Mapping[UserId, str]:
    """Nothing for who may not see them."""
    if Right.MEMBERS_ADDRESSES not in standing.rights:
        return {}
    return await services(request).directory.addresses(people)


def named_member(standing: Standing, reference: str) -> tuple[UserId, Member]:
    """Raises `MemberNotFound`."""
    id = UserId(parse_uuid(reference, "member"))
    member = standing.access.members.get(id)
    if member is None:
        raise MemberNotFound
    return id, member


def named_team(access: AccessState, reference: str) -> tuple[TeamId, str]:
    """Raises `MemberNotFound`."""
    id = TeamId(parse_uuid(reference, "team"))
    if id not in access.teams:
        raise MemberNotFound
    return id, access.teams[id]


def teams_by_name(access: AccessState) -> list[tuple[TeamId, str]]:
    return sorted(access.teams.items(), key=lambda one: (one[1].casefold(), one[0].int))


def is_over(standing: Standing, member: Member) -> bool:
    """Whether whoever looks may decide about a member: never about one who is more than they are."""
    may = Right.MEMBERS_MANAGE in standing.rights
    return may and member.role.rank <= standing.member.role.rank
