"""What is asked while the database lacks the latest: each answer says how far it goes, and harms nobody."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, cast

import pytest
from pyroaring import BitMap

from sertantai.audit.effects import Effects
from sertantai.audit.moments import Moments
from sertantai.audit.operations import Timeline
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.trail import LOWEST_ID
from sertantai.core.bitmaps import bitmap
from sertantai.core.errors import DatabaseUnavailable, Unavailable
from sertantai.core.ids import GroupId, OwnerId, RecordId, RecordNo, UserId
from sertantai.core.operations import Origin, Select, UpdateGroup
from sertantai.core.rights import Right
from sertantai.core.told import Told
from sertantai.engine.engine import Engine
from sertantai.engine.repeats import AskedBefore, Repeats
from sertantai.lists.access import Access, Allowed, Asking
from sertantai.lists.actions import Actions
from sertantai.lists.listing import selection_details
from sertantai.lists.past import PastLists
from sertantai.sync.postgres_store import PostgresStore
from tests.postgres.audit.conftest import Person


async def list_of(engine: Engine, person: Person, group: Any) -> Allowed:
    return await Access(engine).list_of(Asking(Origin(UserId(person.id))), group, Right.READ)


def actions_of(engine: Engine, effects: Effects, person: Person) -> Actions:
    repeats = Repeats(engine, AskedBefore(), effects.of)
    return Actions(engine, effects, cast("Any", None), person.clock, repeats)


def hold_back(patch: pytest.MonkeyPatch) -> None:
    async def away(*_given: object) -> None:
        raise DatabaseUnavailable("PostgreSQL takes nothing at the moment.")

    patch.setattr(PostgresStore, "apply", away)


async def test_a_new_name_that_is_not_synchronised_yet_hides_nothing(
    engine: Engine,
    effects: Effects,
    somebody: Person,
    records: dict[int, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = await somebody.make_list("First name")
    for record in (3, 1, 2):
        await somebody.do(Select, group, record=RecordNo(record))
    await engine.release(somebody.id)  # memory, too, would tell the latest
    ids = {RecordNo(number): RecordId(records[number]) for number in (1, 2, 3)}
    before = await selection_details(effects, await list_of(engine, somebody, group), ids)
    assert len(before) == 3
    with monkeypatch.context() as patch:
        hold_back(patch)
        renamed = await somebody.do(UpdateGroup, group, name="Second name")
        found = await list_of(engine, somebody, group)
        assert found.group.name == "Second name"
        assert await selection_details(effects, found, ids) == before
        assert (await effects.details(somebody.id, group, list(ids.values()))).upto < renamed.position
        assert (await effects.details(somebody.id, group, [])).answer == []
        told = await effects.in_order_of_coming(somebody.id, group)
        assert told.answer.tolist() == [3, 1, 2]
        assert not told.settled, "the new name is still to come, and the answer says so"
        assert told.upto < renamed.position
    await engine.flush()
    told = await effects.in_order_of_coming(somebody.id, group)
    assert (told.settled, told.answer.tolist()) == (True, [3, 1, 2])


async def test_the_history_says_that_the_latest_is_still_to_come(
    snapshots: Snapshots, engine: Engine, somebody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await somebody.select(1)
    await engine.flush()
    with monkeypatch.context() as patch:
        hold_back(patch)
        await somebody.select(2)
        told = await Timeline(snapshots).page(somebody.id, None, 50)
        assert [entry.operation_id for entry in told.answer[0]] == [first.operation.id]
        assert (told.settled, told.upto) == (False, first.position)
        followed = await Timeline(snapshots).page(somebody.id, (somebody.clock.now(), LOWEST_ID), 50)
        assert followed.settled, "a further page leaves nothing out of its own"
    await engine.flush()
    assert (await Timeline(snapshots).page(somebody.id, None, 50)).settled


class BusyMoments(Moments):
    """While an answer is on its way, the list is changed."""

    def __init__(self, snapshots: Snapshots, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(snapshots)
        self._meanwhile = meanwhile

    async def as_of(self, owner: OwnerId, group: GroupId, *moments: datetime) -> Told[list[BitMap]]:
        told = await super().as_of(owner, group, *moments)
        await self._meanwhile()
        return told


async def test_what_is_done_while_the_database_is_asked_is_restored_too(
    snapshots: Snapshots, effects: Effects, engine: Engine, somebody: Person
) -> None:
    await somebody.bulk_select(1, 2)
    then = somebody.clock.now()
    somebody.clock.advance(1)

    async def meanwhile() -> None:
        await somebody.select(3)
        await somebody.deselect(2)

    past = PastLists(BusyMoments(snapshots, meanwhile), somebody.clock)
    actions = actions_of(engine, effects, somebody)
    await past.restore(actions, await list_of(engine, somebody, somebody.group), then)
    assert (await engine.state(somebody.id)).groups[somebody.group].records == bitmap([1, 2])


async def test_a_list_is_not_made_what_it_seems_to_have_been(
    snapshots: Snapshots,
    effects: Effects,
    engine: Engine,
    somebody: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    past = PastLists(Moments(snapshots), somebody.clock)
    actions = actions_of(engine, effects, somebody)
    await somebody.select(1)
    await engine.flush()
    with monkeypatch.context() as patch:
        hold_back(patch)
        await somebody.select(2)
        then = somebody.clock.now()
        await somebody.select(3)
        found = await list_of(engine, somebody, somebody.group)
        assert (await past.past(found, then)).answer.records == bitmap([1]), "2 was there too"
        with pytest.raises(Unavailable, match="not yet in the history"):
            await past.restore(actions, found, then)
        assert found.hot.state.groups[somebody.group].records == bitmap([1, 2, 3])
    await engine.flush()
    await past.restore(actions, await list_of(engine, somebody, somebody.group), then)
    assert (await engine.state(somebody.id)).groups[somebody.group].records == bitmap([1, 2])
