"""Deleted lists end when their thirty days are over, also after a restart, and count as no lists."""

import asyncpg
import msgspec
import pytest

from sertantai.audit.verify import verify
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict
from sertantai.core.operations import Origin
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from sertantai.selections import groups as groups_module
from sertantai.selections.deleted_lists import DeletedLists
from sertantai.selections.engine import Engine
from sertantai.selections.groups import Groups
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
    by = Origin(somebody.id)
    somebody.clock.advance(1)
    made = await groups.create(by, somebody.id, name)
    await groups.delete(by, somebody.id, made.id)


async def test_a_deleted_list_ends_after_thirty_days_with_its_trail(
    database: Database,
    engine: Engine,
    somebody: Person,
    settled: SettledTime,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    groups = Groups(engine, somebody.clock)
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


async def test_deleted_lists_count_as_no_lists(engine: Engine, somebody: Person) -> None:
    engine.bounds = msgspec.structs.replace(engine.bounds, groups_max=2)
    groups = Groups(engine, somebody.clock)
    for number in range(4):
        await deleted(groups, somebody, f"List {number}")
    last = max((await engine.state(somebody.id)).groups.values(), key=lambda group: group.version)
    await somebody.make_list("Living")
    with pytest.raises(Conflict):
        await somebody.make_list("One more")
    with pytest.raises(Conflict):
        await groups.restore(Origin(somebody.id), somebody.id, last.id)


async def test_beyond_a_bound_the_list_that_was_deleted_first_ends(
    engine: Engine, somebody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups_module, "DELETED_MAX", 2)
    groups = Groups(engine, somebody.clock)
    for name in ("First", "Second", "Third"):
        await deleted(groups, somebody, name)
    state = await engine.state(somebody.id)
    left = sorted(str(group.metadata["deleted_name"]) for group in state.groups.values() if group.deleted)
    assert left == ["Second", "Third"]
