"""Groups of a directory: they are teams."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict
from sertantai.core.ids import TeamId
from sertantai.core.operations import JoinTeam, SetTeam
from sertantai.http.aside import aside
from sertantai.http.turns import sliced
from sertantai.organizations.organizations import TEAMS_MAX
from sertantai.organizations.provisioning import sql
from sertantai.organizations.provisioning.errors import NotUnique, ResourceNotFound, ScimInvalid
from sertantai.organizations.provisioning.house import Asking, House, Houses
from sertantai.organizations.provisioning.meta import meta_of
from sertantai.organizations.provisioning.patches import patched
from sertantai.organizations.provisioning.people import Person
from sertantai.organizations.provisioning.resources import Fits
from sertantai.organizations.provisioning.users import DirectoryUsers
from sertantai.organizations.provisioning.wanted import OF_GROUPS, WantedTeam, wanted_team
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.new_ids import new_id

GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
MEMBERS_CHANGED_MAX: Final = 1_000
"""By one request; each is a line of the trail."""


class Group(msgspec.Struct, frozen=True):
    id: TeamId
    name: str
    external_id: str | None
    created_at: datetime | None
    updated_at: datetime | None


class DirectoryTeams:
    def __init__(self, database: Database, houses: Houses, users: DirectoryUsers, clock: Clock) -> None:
        self._database = database
        self._houses = houses
        self._users = users
        self._clock = clock

    async def all(self, asking: Asking) -> tuple[House, Sequence[Group]]:
        house = await self._houses.now(asking)
        said = await self._said(asking)
        return house, [_group(id, house.access.teams[id], said) for id in sorted(house.access.teams)]

    async def one(self, asking: Asking, id: UUID) -> tuple[House, Group]:
        house = await self._houses.now(asking)
        return house, _group(TeamId(id), _named(house, id), await self._said(asking))

    async def create(self, asking: Asking, given: Mapping[str, Any]) -> tuple[House, Group]:
        want = wanted_team(given)
        async with self._houses.turn(asking) as house:
            _require_free(house, want.name, None)
            if len(house.access.teams) >= TEAMS_MAX:
                raise Conflict(f"There are {TEAMS_MAX} teams, which is the maximum.")
            people = await _people(house, want.members)
            team = TeamId(new_id())
            await self._houses.perform(asking, SetTeam, team=team, name=want.name)
            await self._save(asking, team, want.external_id)
            await self._put(asking, house, team, people, set())
        return await self.one(asking, team)

    async def replace(
        self, asking: Asking, id: UUID, given: Mapping[str, Any], fits: Fits
    ) -> tuple[House, Group]:
        async with self._houses.turn(asking) as house:
            await fits(house, _group(TeamId(id), _named(house, id), await self._said(asking)))
            await self._become(asking, house, TeamId(id), wanted_team(given))
        return await self.one(asking, id)

    async def patch(self, asking: Asking, id: UUID, operations: Any, fits: Fits) -> tuple[House, Group]:
        async with self._houses.turn(asking) as house:
            group = _group(TeamId(id), _named(house, id), await self._said(asking))
            await fits(house, group)
            await self._become(asking, house, group.id, await aside(_after, group, house, operations))
        return await self.one(asking, id)

    async def delete(self, asking: Asking, id: UUID, fits: Fits) -> None:
        async with self._houses.turn(asking) as house:
            await fits(house, _group(TeamId(id), _named(house, id), await self._said(asking)))
            await self._houses.perform(asking, SetTeam, team=TeamId(id), name=None)
            async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
                await connection.execute(sql.DELETE_GROUP, asking.organization, id)

    def shown(self, house: House, one: Group, *, whole: bool = True) -> dict[str, Any]:
        return resource(one, house, members=whole)

    async def _become(self, asking: Asking, house: House, team: TeamId, want: WantedTeam) -> None:
        name = _named(house, team)
        _require_free(house, want.name, team)
        people = await _people(house, want.members)
        if name != want.name:
            await self._houses.perform(asking, SetTeam, team=team, name=want.name)
        await self._save(asking, team, want.external_id)
        had = {one.id for one in house.by_team.get(team, ())}
        await self._put(asking, house, team, people, had)

    async def _put(
        self, asking: Asking, house: House, team: TeamId, people: Mapping[UUID, Person], had: set[UUID]
    ) -> None:
        changed = people.keys() ^ had
        if len(changed) > MEMBERS_CHANGED_MAX:
            raise ScimInvalid(f"members: at most {MEMBERS_CHANGED_MAX:,} change at once.", field="members")
        for id in sorted(changed):
            person, joined = house.people[id], id in people
            if person.user_id is not None and person.user_id in house.access.members:
                await self._houses.perform(asking, JoinTeam, team=team, member=person.user_id, joined=joined)
            else:
                teams = person.teams | {team} if joined else person.teams - {team}
                await self._users.put_into(asking, person, teams)

    async def _save(self, asking: Asking, team: TeamId, external_id: str | None) -> None:
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            now = self._clock.now()
            await connection.execute(sql.SAVE_GROUP, asking.organization, team, external_id, now)

    async def _said(self, asking: Asking) -> Mapping[TeamId, Group]:
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.GROUPS, asking.organization)
        return {
            TeamId(row["team_id"]): Group(
                TeamId(row["team_id"]), "", row["external_id"], row["created_at"], row["updated_at"]
            )
            for row in rows
        }


def resource(group: Group, house: House, *, members: bool = True) -> dict[str, Any]:
    """As SCIM has it, without where it is."""
    found: dict[str, Any] = {
        "schemas": [GROUP],
        "id": str(group.id),
        "displayName": group.name,
        "meta": meta_of("Group", group.created_at, group.updated_at),
    }
    if group.external_id is not None:
        found["externalId"] = group.external_id
    if members:
        found["members"] = [
            {"value": str(one.id), "display": one.user_name, "type": "User"}
            for one in house.by_team.get(group.id, ())
        ]
    return found


def _group(id: TeamId, name: str, said: Mapping[TeamId, Group]) -> Group:
    kept = said.get(id)
    return Group(id, name, None, None, None) if kept is None else msgspec.structs.replace(kept, name=name)


def _after(group: Group, house: House, operations: Any) -> WantedTeam:
    return wanted_team(patched(resource(group, house), operations, OF_GROUPS))


def _named(house: House, id: UUID) -> str:
    name = house.access.teams.get(TeamId(id))
    if name is None:
        raise ResourceNotFound(str(id))
    return name


def _require_free(house: House, name: str, team: TeamId | None) -> None:
    taken = {had.casefold() for id, had in house.access.teams.items() if id != team}
    if name.casefold() in taken:
        raise NotUnique("There is a group with this displayName.", field="displayName")


async def _people(house: House, ids: Iterable[str]) -> dict[UUID, Person]:
    found: dict[UUID, Person] = {}
    async for text in sliced(ids):
        try:
            person = house.people.get(UUID(text))
        except ValueError:
            person = None
        if person is None:
            raise ScimInvalid(f"members: there is no user {text[:60]!r} here.", field="members")
        found[person.id] = person
    return found
