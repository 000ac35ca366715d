"""Deleted lists end when their thirty days are over, also after a restart, and count as no lists."""

from datetime import datetime

import asyncpg
import msgspec
import pytest

from sertantai.audit.effects import Effects
from sertantai.audit.verify import verify
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, JournalFull
from sertantai.core.fold import Change
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.operations import Operation, Origin, PurgeGroup
from sertantai.engine.engine import Engine
from sertantai.lists.access import Access, Asking, Lists
from sertantai.lists.deleted_lists import DeletedLists
from sertantai.lists.groups import Groups
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from tests.postgres.audit.conftest import Person

DAY_S = 86_400
LISTS = "SELECT name FROM user_selection_groups WHERE user_id = $1 AND NOT is_default ORDER BY name"
ENDED = "SELECT count(*) FROM selection_audit_log WHERE user_id = $1 AND metadata ->> 'purged' = 'true'"


@pytest.fixture
async def settled(database: Database, clock: ManualClock) -> SettledTime:
    found = SettledTime(database, clock)
    await found.now()
    return found


async def deleted(groups: Groups, somebody: Person, name: str) -> None:
    lists = await lists_of(groups, somebody)
    somebody.clock.advance(1)
    made = await groups.create(lists, name)
    await groups.delete(lists.named(made.id))


async def lists_of(groups: Groups, somebody: Person) -> Lists:
    return await Access(groups._engine).lists_of(Asking(Origin(UserId(somebody.id))))


async def test_a_deleted_list_ends_after_thirty_days_with_its_trail(
    database: Database,
    engine: Engine,
    effects: Effects,
    somebody: Person,
    settled: SettledTime,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    groups = Groups(engine, effects, somebody.clock)
    await deleted(groups, somebody, "Old")
    await engine.flush()
    lists = DeletedLists(database, groups, settled)

    somebody.clock.advance(29 * DAY_S)
    assert await lists.sweep() == 0
    somebody.clock.step_wall_clock(730 * DAY_S)
    assert await lists.sweep() == 0, "a clock that is ahead ends nothing"
    somebody.clock.step_wall_clock(-730 * DAY_S)
    await lists.sweep()
    somebody.clock.advance(2 * DAY_S)
    assert await lists.sweep() == 1
    await engine.flush()

    assert await superuser.fetch(LISTS, somebody.id) == []
    assert await superuser.fetchval(ENDED, somebody.id) == 1
    assert (await verify(database)).clean
    assert await lists.sweep() == 0


async def test_deleted_lists_count_as_no_lists(engine: Engine, effects: Effects, somebody: Person) -> None:
    engine.bounds = msgspec.structs.replace(engine.bounds, groups_max=2)
    groups = Groups(engine, effects, somebody.clock)
    for number in range(4):
        await deleted(groups, somebody, f"List {number}")
    last = max((await engine.state(somebody.id)).groups.values(), key=lambda group: group.version)
    await somebody.make_list("Living")
    with pytest.raises(Conflict):
        await somebody.make_list("One more")
    with pytest.raises(Conflict):
        await groups.restore(await lists_of(groups, somebody), last.id)


async def test_beyond_a_bound_the_list_that_was_deleted_first_ends(
    engine: Engine, effects: Effects, somebody: Person
) -> None:
    engine.bounds = msgspec.structs.replace(engine.bounds, groups_max=2)
    groups = Groups(engine, effects, somebody.clock)
    for name in ("First", "Second", "Third"):
        await deleted(groups, somebody, name)
    state = await engine.state(somebody.id)
    left = sorted(str(group.metadata["deleted_name"]) for group in state.groups.values() if group.deleted)
    assert left == ["Second", "Third"]


async def test_whoever_tidies_up_keeps_as_many_deleted_lists_as_there_may_be_living_ones(
    engine: Engine, effects: Effects, somebody: Person
) -> None:
    groups = Groups(engine, effects, somebody.clock)
    for number in range(210):
        await deleted(groups, somebody, f"List {number}")
    assert sum(group.deleted for group in (await engine.state(somebody.id)).groups.values()) == 210


async def test_a_deletion_that_happened_is_no_error_when_the_oldest_cannot_be_ended(
    engine: Engine, effects: Effects, somebody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.bounds = msgspec.structs.replace(engine.bounds, groups_max=2)
    groups = Groups(engine, effects, somebody.clock)
    for name in ("First", "Second"):
        await deleted(groups, somebody, name)
    perform = engine.perform

    async def full(operation: Operation) -> Change:
        if isinstance(operation, PurgeGroup):
            raise JournalFull("The journal is full.")
        return await perform(operation)

    monkeypatch.setattr(engine, "perform", full)
    await deleted(groups, somebody, "Third")
    assert sum(group.deleted for group in (await engine.state(somebody.id)).groups.values()) == 3


async def test_an_owner_whose_lists_cannot_be_ended_keeps_no_other_waiting(
    database: Database,
    engine: Engine,
    effects: Effects,
    somebody: Person,
    another: Person,
    settled: SettledTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = Groups(engine, effects, somebody.clock)
    for person in (somebody, another):
        await deleted(groups, person, "Old")
    await engine.flush()
    somebody.clock.advance(31 * DAY_S)
    first = min(somebody.id, another.id)
    purge = groups.purge_expired

    async def failing(owner: OwnerId, now: datetime) -> int:
        if owner == first:
            raise Conflict("Something is wrong with this one.")
        return await purge(owner, now)

    monkeypatch.setattr(groups, "purge_expired", failing)
    assert await DeletedLists(database, groups, settled).sweep() == 1
    monkeypatch.undo()
    assert await DeletedLists(database, groups, settled).sweep() == 1, "its turn is the next one"
