"""Whether somebody may do something with a list, decided in memory as each tick asks for it.

The peer is one look into a dict that has the answer of everybody and every list ready, which nobody could
keep: each change of a member or a grant would make it another. `right_first_asked` is what is asked for the
first time since such a change.
"""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from benchmarks.case import Bench, Contest, Measure, case
from sertantai.core.access_state import AccessState, Grant, ListAccess, Member, rights_in
from sertantai.core.ids import GroupId, OwnerId, Position, TeamId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Level, Rights, Role
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.owners_life import Lives, OwnersLife
from sertantai.lists.access import Lists

MEMBERS: Final = 5_000
LISTS: Final = 200
GRANTS: Final = 300
TEAMS: Final = 40
TEAMS_OF_ONE: Final = 3
ASKED: Final = 500
"""Pairs of somebody and a list: those who work at the same time."""
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
NS: Final = 1e9
LIMIT_NS: Final = 500

Asked = tuple[UserId, ListAccess]
Decide = Callable[[], None]


@case("right_personal", unit="ns", better="lower", limit=LIMIT_NS)
@asynccontextmanager
async def right_personal(bench: Bench) -> AsyncIterator[Contest]:
    """A person and a list of their own."""
    people = []
    for number in range(ASKED):
        owner, group = OwnerId(UUID(int=number + 1)), GroupId(UUID(int=number + 10_000))
        state = OwnerState(owner, {group: GroupState(group, "default", AT, AT, is_default=True)})
        hot = HotOwner(state, Position(0), OwnersLife(owner, Lives()))
        people.append((Lists(Origin(UserId(owner)), None, owner, hot, lambda: AT, None), state.groups[group]))

    def ours() -> None:
        for lists, group in people:
            lists.rights(group)

    ready = {(lists.actor.int, group.id.int): lists.rights(group) for lists, group in people}
    asked = [(lists.actor, group.id) for lists, group in people]
    yield _contest(bench, ours, ready, asked)


@case("right_open_list", unit="ns", better="lower", limit=LIMIT_NS)
@asynccontextmanager
async def right_open_list(bench: Bench) -> AsyncIterator[Contest]:
    """A member of 5,000 and a list that is open to all of them."""
    access, asked = _organization(restricted=False)
    yield _decided(bench, access, asked)


@case("right_restricted_list", unit="ns", better="lower", limit=LIMIT_NS)
@asynccontextmanager
async def right_restricted_list(bench: Bench) -> AsyncIterator[Contest]:
    """A member in three teams, and one of 200 lists that are granted to 300 members and teams each."""
    access, asked = _organization(restricted=True)
    yield _decided(bench, access, asked)


@case("right_first_asked", unit="ns", better="lower")
@asynccontextmanager
async def right_first_asked(bench: Bench) -> AsyncIterator[Contest]:
    """The same, asked for the first time since a member, a team or a grant was changed."""
    access, asked = _organization(restricted=True)

    def ours() -> None:
        changed = msgspec.structs.replace(access)
        for person, list_ in asked:
            rights_in(changed, person, list_)

    yield _contest(bench, ours, _ready(access, asked), [(person, one.id) for person, one in asked])


def _decided(bench: Bench, access: AccessState, asked: list[Asked]) -> Contest:
    def ours() -> None:
        for person, list_ in asked:
            rights_in(access, person, list_)

    return _contest(bench, ours, _ready(access, asked), [(person, one.id) for person, one in asked])


def _ready(access: AccessState, asked: list[Asked]) -> dict[tuple[int, int], Rights]:
    return {(person.int, list_.id.int): rights_in(access, person, list_) for person, list_ in asked}


def _contest(
    bench: Bench, ours: Decide, ready: dict[tuple[int, int], Rights], asked: list[tuple[UserId, GroupId]]
) -> Contest:
    def looked_up() -> None:
        for person, group in asked:
            ready[person.int, group.int]

    rounds = bench.pick(20, 200)
    return Contest(_each(ours, rounds), {"a look into a dict": _each(looked_up, rounds)})


def _each(decide: Decide, rounds: int) -> Measure:
    """What one of `ASKED` takes of the processor, in ns: others may be busy."""

    async def measure() -> float:
        started = time.thread_time()
        for _ in range(rounds):
            decide()
        return (time.thread_time() - started) / (rounds * ASKED) * NS

    return measure


def _organization(*, restricted: bool) -> tuple[AccessState, list[Asked]]:
    """Thousands of members, each in a few teams, and lists that are granted to hundreds; with who asks of
    which, named as another request would."""
    rng = random.Random(14)
    people = [UserId(UUID(int=rng.getrandbits(128))) for _ in range(MEMBERS)]
    teams = [TeamId(UUID(int=rng.getrandbits(128))) for _ in range(TEAMS)]
    groups = [GroupId(UUID(int=rng.getrandbits(128))) for _ in range(LISTS)]
    start = Position(1)
    members = {
        person: Member(Role.MEMBER, "A name", AT, start, teams=frozenset(rng.sample(teams, TEAMS_OF_ONE)))
        for person in people
    }
    grants = {
        group: {
            grantee: Grant(rng.choice(list(Level)), people[0], AT, start)
            for grantee in (*rng.sample(people, GRANTS - 10), *rng.sample(teams, 10))
        }
        for group in groups
    }
    access = AccessState(people[0], members=members, teams={team: str(team) for team in teams}, grants=grants)
    asked = [
        (UserId(UUID(int=person.int)), ListAccess(GroupId(UUID(int=group.int)), restricted, people[0]))
        for person, group in ((rng.choice(people), rng.choice(groups)) for _ in range(ASKED))
    ]
    return access, asked
