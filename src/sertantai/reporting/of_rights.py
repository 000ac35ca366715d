"""Who could do what with a list on a day, worked out from the organization's own history."""

from typing import Final
from uuid import UUID

from sertantai.core.access_state import AccessState, Grant, Member
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import UserId
from sertantai.core.rights import Role
from sertantai.core.state import GroupState
from sertantai.files.report_rows import Row
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.together.sharing import who_see
from sertantai.reporting.asked import Asked
from sertantai.reporting.paging import Pages, name_in, named
from sertantai.reporting.sight import Sight


class OfRights:
    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        access, group = await _then(sight, asked)
        seeing = who_see(access, group, asked.at)
        grants = access.grants.get(group.id, {})
        names = dict(await named(sight, {one.by for one in grants.values()}))
        rows = [
            row for level, id, member in seeing for row in _rows(access, group, id, member, level.word, names)
        ]
        for start in range(0, len(rows), chunk):
            yield rows[start : start + chunk]


async def _then(sight: Sight, asked: Asked) -> tuple[AccessState, GroupState]:
    """Raises `BeforeTheTrail`, and `GroupNotFound` for a list that was not there yet."""
    wanted = sight.list_named(asked.list)
    if sight.rights_then is None:
        raise InvalidInput("list: nobody but its owner sees a list of one's own.", field="list")
    state = await sight.rights_then(asked.at)
    group = None if state is None else state.groups.get(wanted.id)
    if state is None or state.access is None or group is None:
        raise GroupNotFound("This list was not there yet.", field="at")
    return state.access, group


def _rows(
    access: AccessState,
    group: GroupState,
    id: UserId,
    member: Member,
    level: str,
    names: dict[UserId, str],
) -> list[Row]:
    """One for each grant that somebody has; else one that says as what they see it."""
    granted = access.grants.get(group.id, {})
    own = [(None, granted[id])] if id in granted else []
    teams = [team for team in sorted(member.teams) if team in granted]
    by_team = [(access.teams.get(team, ""), granted[team]) for team in teams]
    found: list[tuple[str | None, Grant]] = [*own, *by_team]
    first = (member.name, member.role.value, level)
    rows: list[Row] = []
    if member.role.rank >= Role.ADMIN.rank:
        rows.append((*first, f"as {member.role.value}", None, None, None))
    elif group.made_by == id:
        rows.append((*first, "made the list", None, None, None))
    elif not group.restricted:
        rows.append((*first, f"open to each {member.role.value}", None, None, None))
    for team, grant in found:
        through = f"{grant.level.word} granted" + (f" to the team {team}" if team else "")
        by = access.members.get(grant.by)
        given_by = by.name if by is not None else name_in(names, UUID(int=grant.by.int))
        rows.append((*first, through, given_by, grant.at, grant.ends_at))
    return rows


RIGHTS: Final = OfRights()
