"""What people do who have an organization together: they work in its lists, and change who may do that.

One wish in four comes with others at once, so that the end of a right and what needs it are in one commit.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState, Grant, Member
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OwnerId, Position, TeamId, UserId
from sertantai.core.operations import (
    Admit,
    Amend,
    BulkDeselect,
    BulkSelect,
    ChangeMember,
    ClearAll,
    CreateGroup,
    Decide,
    DeleteGroup,
    Describe,
    EndOrganization,
    Expel,
    ExportList,
    JoinTeam,
    LookIn,
    OfferOwnership,
    Operation,
    Origin,
    PurgeGroup,
    Select,
    SetGrant,
    SetTeam,
    Suggest,
    TakeBack,
    TakeOwnership,
    UpdateGroup,
    Withdraw,
    of_no_list,
)
from sertantai.core.rights import Level, Right, Role
from sertantai.core.state import GroupState
from tests.simulation.list_model import Lists, ModelList
from tests.simulation.rights_model import Granted, House, ModelMember
from tests.simulation.workload import Client
from tests.simulation.world import World

AT = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 0.25
FOUNDED_IN_THE_STORY = 0.2
OF_THE_HOUSE = 0.45
"""How often somebody changes the organization, or suggests; else they do what one does in any list."""
NOTHING = pack(bitmap(()))
Make = Callable[[dict[str, Any]], Operation]


class Works(msgspec.Struct):
    """One organization, and what everybody in it knows."""

    owner: OwnerId
    people: list[UserId]
    """Its founder first; the last is none of its members."""
    lists: list[GroupId]
    teams: list[TeamId]
    suggested: list[Suggest] = []
    done: list[Change] = []


def found(world: World) -> Works:
    """Of an owner, an admin, a member and a viewer, with a team, an open list and a restricted one; at times
    of its founder only, who is to come in first."""
    owner, default, restricted = (world.new_uuid() for _ in range(3))
    people = [UserId(world.new_uuid()) for _ in range(5)]
    team = TeamId(world.new_uuid())
    works = Works(OwnerId(owner), people, [GroupId(default), GroupId(restricted)], [team])
    lists: Lists = {GroupId(default): ModelList("default", is_default=True)}
    house = House(people[0])
    world.database.add_organization(works.owner, GroupId(default), people[0])
    if world.rng.random() >= FOUNDED_IN_THE_STORY:
        four_eyes = world.rng.random() < 0.5
        lists[GroupId(restricted)] = ModelList(
            "restricted", made_by=people[2], restricted=True, four_eyes=four_eyes
        )
        house.teams = {team: "team"}
        for person, role in zip(people, Role, strict=False):
            house.members[person] = ModelMember(role.value, role.value)
        house.members[people[2]].teams = {team}
        granted: dict[UUID, Granted] = {people[3]: (Level.SUGGEST, None, 0), team: (Level.EDIT, None, 0)}
        house.grants = {GroupId(restricted): granted}
        _keep(world, works, house, lists)
    world.model.add_organization(works.owner, lists, house)
    world.owners.append(works.owner)
    return works


def _keep(world: World, works: Works, house: House, lists: Lists) -> None:
    """The database has it as the model does."""
    tables, start = world.database.tables, Position(0)
    tables.groups[works.owner] = {
        id: GroupState(
            id,
            one.name,
            AT,
            AT,
            is_default=one.is_default,
            restricted=one.restricted,
            made_by=one.made_by,
            four_eyes=one.four_eyes,
        )
        for id, one in lists.items()
    }
    members = {
        id: Member(Role(one.role), one.name, AT, start, teams=frozenset(one.teams))
        for id, one in house.members.items()
    }
    grants = {
        group: {id: Grant(Level(level), house.founder, AT, start) for id, (level, *_) in granted.items()}
        for group, granted in house.grants.items()
    }
    tables.access[works.owner] = AccessState(
        house.founder, members=members, teams=dict(house.teams), grants=grants
    )


class Colleague(Client):
    """One of an organization's people, or who was, or who is not yet."""

    def __init__(self, world: World, works: Works, person: UserId) -> None:
        super().__init__(world, works.owner)
        self._works = works
        self._person = person
        self._lists = works.lists
        self._done = works.done

    def _actor(self) -> UserId:
        return self._person

    async def _step(self) -> None:
        if self._rng.random() < AT_ONCE:
            await self._several_at_once()
        else:
            await super()._step()

    async def _several_at_once(self) -> None:
        """A right is given or ended while who needs it is about to use it."""
        victim = self._someone()
        wishes = [self._about(victim), *(self._by(victim) for _ in range(self._rng.randint(1, 3)))]
        self._rng.shuffle(wishes)
        await asyncio.gather(*(self._write(wish) for wish in wishes))

    def _by(self, person: UserId) -> Operation:
        common = {**self._common(), "origin": Origin(person, "session", "127.0.0.1")}
        makers: list[Make] = [
            lambda common: Select(record=self._record(), **common),
            lambda common: BulkSelect(records=self._records(), **common),
            self._take_away_what_was_just_seen,
            self._suggest,
            self._decide,
            self._take,
        ]
        return self._rng.choice(makers)(common)

    def _about(self, person: UserId) -> Operation:
        """What an owner does about somebody."""
        rng = self._rng
        common = self._in_the_house({**self._common(), "origin": Origin(self._an_owner(), "session", None)})
        makers: list[Make] = [
            lambda common: Expel(member=person, hands=self._hands(), **common),
            lambda common: self._gone_or_back(person, common),
            lambda common: ChangeMember(member=person, role=self._role(), **common),
            lambda common: ChangeMember(member=person, suspended=rng.random() < 0.6, **common),
            lambda common: ChangeMember(member=person, deny=self._some_rights(), **common),
            lambda common: Admit(
                member=person, role=self._role(), name="back", given_by=common["origin"].actor, **common
            ),
            lambda common: JoinTeam(team=self._team(), member=person, joined=rng.random() < 0.5, **common),
            lambda common: OfferOwnership(member=person, **common),
            lambda common: SetGrant(
                grantee=person, level=self._level(), **{**common, "group": rng.choice(self._lists)}
            ),
            lambda common: UpdateGroup(
                restricted=rng.random() < 0.5, **{**common, "group": rng.choice(self._lists)}
            ),
        ]
        return rng.choice(makers)(common)

    def _operation(self) -> Operation:
        world, rng = self._world, self._rng
        if not world.model.houses[self.owner].members:
            founder = self._works.people[0]
            common = self._in_the_house(self._common())
            return Admit(member=founder, role=Role.OWNER, name="founder", given_by=founder, **common)
        if rng.random() > OF_THE_HOUSE:
            return self._of_the_version_seen(super()._operation())
        makers: list[tuple[int, Make]] = [
            (10, self._suggest),
            (10, self._decide),
            (3, self._withdraw),
            (3, lambda common: UpdateGroup(restricted=rng.random() < 0.5, **common)),
            (5, lambda common: UpdateGroup(four_eyes=rng.random() < 0.7, **common)),
            (5, self._make_restricted),
            (2, self._purge),
            (10, self._grant),
            (6, self._admit),
            (8, self._change_member),
            (4, self._expel),
            (10, lambda common: self._gone_or_back(self._someone(), self._in_the_house(common))),
            (4, self._offer),
            (3, self._take),
            (3, self._set_team),
            (5, self._join_team),
            (1, self._describe),
            (1, self._end),
            (1, self._look_in),
            (3, self._export),
        ]
        make = rng.choices([m for _, m in makers], [w for w, _ in makers])[0]
        return make(self._common())

    def _of_the_version_seen(self, wish: Operation) -> Operation:
        """Where many laws are taken away, mostly of the list as one knows it."""
        if not isinstance(wish, BulkDeselect | ClearAll) or self._rng.random() < 0.3:
            return wish
        return msgspec.structs.replace(wish, seen=self._seen.get(wish.group, Position(0)))

    def _take_away_what_was_just_seen(self, common: dict[str, Any]) -> Operation:
        item = self._world.model.lists[self.owner].get(common["group"])
        seen = None if item is None else Position(item.version)
        if self._rng.random() < 0.5:
            return ClearAll(seen=seen, **common)
        return BulkDeselect(records=self._records(), seen=seen, **common)

    def _common(self) -> dict[str, Any]:
        """Mostly in one's own name; at times in an owner's, or the organization's own."""
        common, dice = super()._common(), self._rng.random()
        actor = self._person
        if dice < 0.3:
            actor = self._an_owner()
        elif dice < 0.33:
            actor = UserId(self.owner)
        return {**common, "origin": Origin(actor, "session", "127.0.0.1")}

    def _in_the_house(self, common: dict[str, Any]) -> dict[str, Any]:
        return {**common, "group": of_no_list(self.owner)}

    def _copy(self, wished: BulkSelect) -> Operation:
        common = {name: getattr(wished, name) for name in ("id", "owner", "group", "at", "origin")}
        two = tuple(self._rng.choices(self._lists, k=2))
        return Amend(add=wished.records, remove=NOTHING, notes_of=two, **common)

    def _undo(self, common: dict[str, Any]) -> Operation:
        """Of notes, an undo is made of what is there by then; see `_undo_any`."""
        return Select(record=self._record(), **common)

    # Suggestions

    def _suggest(self, common: dict[str, Any]) -> Operation:
        made = Suggest(add=self._records(), remove=self._records(), reason="why", **common)
        self._works.suggested.append(made)
        return made

    def _decide(self, common: dict[str, Any]) -> Operation:
        made = self._suggestion()
        if made is None:
            return self._suggest(common)
        common["group"] = made.group
        if self._rng.random() < 0.4:
            common["origin"] = made.origin
        accepted = self._rng.random() < 0.7
        records = made.add if self._rng.random() < 0.5 else self._records()
        return Decide(suggestion=made.id, accepted=accepted, records=records, **common)

    def _withdraw(self, common: dict[str, Any]) -> Operation:
        made = self._suggestion()
        if made is None:
            return self._suggest(common)
        if self._rng.random() < 0.7:
            common["origin"] = made.origin
        return Withdraw(suggestion=made.id, **{**common, "group": made.group})

    def _suggestion(self) -> Suggest | None:
        return self._rng.choice(self._works.suggested[-4:]) if self._works.suggested else None

    # Who may do what

    def _make_restricted(self, common: dict[str, Any]) -> Operation:
        group = GroupId(self._world.new_uuid())
        return CreateGroup(name=self._name(), restricted=True, **{**common, "group": group})

    def _purge(self, common: dict[str, Any]) -> Operation:
        lists = self._world.model.lists[self.owner]
        gone = [id for id, item in lists.items() if item.deleted_name is not None]
        return PurgeGroup(**{**common, "group": self._rng.choice(gone)}) if gone else DeleteGroup(**common)

    def _grant(self, common: dict[str, Any]) -> Operation:
        grantee: UUID = self._someone() if self._rng.random() < 0.6 else self._team()
        ends_at = common["at"] + timedelta(days=1) if self._rng.random() < 0.2 else None
        return SetGrant(grantee=grantee, level=self._level(), ends_at=ends_at, **common)

    def _admit(self, common: dict[str, Any]) -> Operation:
        common = self._in_the_house(common)
        giver = common["origin"].actor
        teams = (self._team(),) if self._rng.random() < 0.5 else ()
        return Admit(
            member=self._someone(), role=self._role(), name="again", given_by=giver, teams=teams, **common
        )

    def _expel(self, common: dict[str, Any]) -> Operation:
        return Expel(member=self._someone(), hands=self._hands(), **self._in_the_house(common))

    def _hands(self) -> dict[GroupId, UserId]:
        count = self._rng.choice((0, 0, 1, 2))
        return {self._rng.choice(self._lists): self._someone() for _ in range(count)}

    def _gone_or_back(self, person: UserId, common: dict[str, Any]) -> Operation:
        """Who is there goes. Who went is taken back: mostly by an owner, at times by themselves with
        somebody's right, or much too late."""
        rng, all_gone = self._rng, self._world.model.houses[self.owner].gone
        if all_gone and person not in all_gone and rng.random() < 0.7:
            person = rng.choice(list(all_gone))
        gone = all_gone.get(person)
        if rng.random() < 0.7:
            common["origin"] = Origin(self._an_owner(), "session", None)
        if gone is None:
            return Expel(member=person, hands=self._hands(), **common)
        left = Position(rng.randrange(100) if rng.random() < 0.05 else gone.left)
        giver = common["origin"].actor
        if gone.by == person and rng.random() < 0.8:
            common["origin"], giver = Origin(person, "session", None), self._an_owner()
        if rng.random() < 0.05:
            common["at"] += timedelta(days=31)
        return TakeBack(member=person, left=left, given_by=giver, **common)

    def _change_member(self, common: dict[str, Any]) -> Operation:
        rng, common = self._rng, self._in_the_house(common)
        changes: list[dict[str, Any]] = [
            {"role": self._role()},
            {"suspended": rng.random() < 0.5},
            {"allow": self._some_rights()},
            {"deny": self._some_rights()},
            {"name": self._name()},
        ]
        return ChangeMember(member=self._someone(), **rng.choice(changes), **common)

    def _offer(self, common: dict[str, Any]) -> Operation:
        member = self._someone() if self._rng.random() < 0.9 else None
        return OfferOwnership(member=member, **self._in_the_house(common))

    def _take(self, common: dict[str, Any]) -> Operation:
        offered = self._world.model.houses[self.owner].offered
        if offered is not None and self._rng.random() < 0.9:
            common["origin"] = Origin(offered, "session", None)
        return TakeOwnership(**self._in_the_house(common))

    def _set_team(self, common: dict[str, Any]) -> Operation:
        team = self._team()
        if self._rng.random() < 0.5:
            team = TeamId(self._world.new_uuid())
            self._works.teams.append(team)
        name = self._name() if self._rng.random() < 0.7 else None
        return SetTeam(team=team, name=name, **self._in_the_house(common))

    def _join_team(self, common: dict[str, Any]) -> Operation:
        joined = self._rng.random() < 0.7
        common = self._in_the_house(common)
        return JoinTeam(team=self._team(), member=self._someone(), joined=joined, **common)

    def _describe(self, common: dict[str, Any]) -> Operation:
        settings = {self._name(): self._rng.choice((None, 1))}
        return Describe(name=self._name(), settings=settings, **self._in_the_house(common))

    def _end(self, common: dict[str, Any]) -> Operation:
        ends_at = self._rng.choice((None, common["at"]))
        return EndOrganization(ends_at=ends_at, **self._in_the_house(common))

    def _look_in(self, common: dict[str, Any]) -> Operation:
        looker = self._someone()
        return LookIn(looker=looker, name="looker", step="opened", **self._in_the_house(common))

    def _export(self, common: dict[str, Any]) -> Operation:
        """At times of a list that is none."""
        if self._rng.random() < 0.1:
            common["group"] = GroupId(self._world.new_uuid())
        return ExportList(version=Position(1), laws=self._rng.randrange(9), form="csv", **common)

    # Dice

    def _an_owner(self) -> UserId:
        members = self._world.model.houses[self.owner].members
        owners = [id for id, one in members.items() if one.role == "owner"]
        return self._rng.choice(owners) if owners else self._works.people[0]

    def _someone(self) -> UserId:
        return self._rng.choice(self._works.people)

    def _team(self) -> TeamId:
        return self._rng.choice(self._works.teams[-3:])

    def _role(self) -> Role:
        return self._rng.choice(list(Role))

    def _level(self) -> Level | None:
        levels: list[Level | None] = [None, *Level]
        return self._rng.choice(levels)

    def _some_rights(self) -> tuple[Right, ...]:
        return tuple(self._rng.sample(list(Right), self._rng.randrange(4)))
