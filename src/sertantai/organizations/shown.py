"""What of an organization its members are shown: made of its state, as it is now."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sertantai.core.access_state import AccessState, Member
from sertantai.core.ids import TeamId, UserId
from sertantai.core.lasting.retention import AS_THE_SITE, Retention
from sertantai.core.sharing.open_looks import is_look
from sertantai.core.sharing.ways_in import is_way_in
from sertantai.organizations.model import Kept, MemberFacts, MemberName, OrganizationFacts, TeamFacts
from sertantai.organizations.settings import AUDIT_RETENTION
from sertantai.organizations.standing import Standing


def organization_facts(
    standing: Standing, lists: int, created_at: datetime | None, kept: Kept
) -> OrganizationFacts:
    """``lists``: how many whoever asks may see."""
    access = standing.access
    own = {AUDIT_RETENTION: kept.months} if kept.months else {}
    return OrganizationFacts(
        standing.organization,
        access.slug,
        access.name,
        standing.member.role.value,
        len(access.members),
        lists,
        created_at,
        {name: value for name, value in access.settings.items() if not is_way_in(name) and not is_look(name)}
        | own,
        sorted(right.value for right in standing.rights),
        access.offered,
        access.ends_at,
        kept,
    )


def _plain(settings: Mapping[str, Any]) -> dict[str, object]:
    """What was set, without what the log keeps beside it: ways in, and who looks in."""
    return {name: value for name, value in settings.items() if not is_way_in(name) and not is_look(name)}


def kept_in(access: AccessState, site_months: int, now: datetime) -> Kept:
    """For how long the trail of an organization is kept, and what waits."""
    return kept_of(access.retention, site_months, now)


def kept_of(retention: Retention | None, site_months: int, now: datetime) -> Kept:
    if retention is None:
        return Kept(AS_THE_SITE, site_months)
    retention = retention.at(now)
    waits = retention.next
    if waits is None:
        return Kept(retention.now.months, site_months)
    return Kept(retention.now.months, site_months, waits.months, waits.in_force_from)


def offered(access: AccessState, chosen: str, most: int) -> list[tuple[str, str]]:
    """Members to choose from, by id and name: the first of them, and whoever is chosen already."""
    found = [(str(id), one.name) for id, one in members_in_order(access)]
    return found[:most] + [one for one in found[most:] if one[0] == chosen]


def members_in_order(
    access: AccessState, team: TeamId | None = None, wanted: str = ""
) -> list[tuple[UserId, Member]]:
    """Owners first, then by role and name. ``wanted``: a part of the name; addresses are not looked at."""
    wanted = wanted.casefold()
    found = (
        (id, member)
        for id, member in access.members.items()
        if (team is None or team in member.teams) and wanted in member.name.casefold()
    )
    return sorted(found, key=lambda one: (-one[1].role.rank, one[1].name.casefold(), one[0].int))


def member_facts(
    members: Iterable[tuple[UserId, Member]], addresses: Mapping[UserId, str]
) -> list[MemberFacts]:
    return [
        MemberFacts(
            MemberName(id, member.name, addresses.get(id)),
            member.role.value,
            {
                "allow": sorted(right.value for right in member.allow),
                "deny": sorted(right.value for right in member.deny),
            },
            member.joined_at,
            sorted(member.teams),
            member.suspended,
        )
        for id, member in members
    ]


def team_facts(access: AccessState) -> list[TeamFacts]:
    """By name."""
    counts = Counter(team for member in access.members.values() for team in member.teams)
    named = sorted(access.teams.items(), key=lambda one: one[1].casefold())
    return [TeamFacts(id, name, counts[id]) for id, name in named]


def name_in(access: AccessState, id: UserId) -> str:
    """What somebody is called there; who has left is called nothing any more."""
    member = access.members.get(id)
    return "" if member is None else member.name
