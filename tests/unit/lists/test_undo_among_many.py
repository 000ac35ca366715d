"""Two people in one owner's lists: each undoes their own, in the list they mean, under ids of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid5

import msgspec
import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import Conflict
from sertantai.core.ids import OperationId, RecordId, RecordNo, UserId
from sertantai.core.operations import BulkSelect, Origin
from sertantai.engine.bounds import Bounds
from sertantai.engine.repeats import Repeats
from sertantai.lists.access import Access, Allowed, Asking, Lists, group_now
from sertantai.lists.actions import Actions
from sertantai.lists.errors import NothingToUndo
from sertantai.lists.groups import Groups
from sertantai.lists.undo import PASSED_OVER_MAX
from sertantai.process.new_ids import new_id
from sertantai.process.system_clock import SystemClock
from tests.unit.engine.engine_house import ANN, LIST_OF, House, by
from tests.unit.lists.test_access import EveryLaw

COLLEAGUE = UserId(UUID(int=3))
FIRST, SECOND, THIRD = (RecordId(UUID(int=number)) for number in (1, 2, 3))


class Room:
    """Ann's lists, for herself and for a colleague who may do there what she may."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.repeats = Repeats(house.engine, house.asked, house.effects.of)
        self.actions = Actions(house.engine, house.effects, EveryLaw(), SystemClock(), self.repeats)
        self.groups = Groups(house.engine, house.effects, SystemClock())

    async def anns(self) -> Lists:
        return await Access(self.house.engine).lists_of(Asking(Origin(UserId(ANN))))

    async def ann(self) -> Allowed:
        return (await self.anns()).named("default")

    async def colleague(self) -> Allowed:
        return msgspec.structs.replace(await self.ann(), by=Origin(COLLEAGUE))

    async def ticked(self) -> set[int]:
        return set((await group_now(self.house.engine, await self.ann())).records)

    async def forget(self) -> None:
        """What was done is in the audit only."""
        await self.house.engine.flush()
        await self.house.engine.release(ANN)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(tmp_path, Bounds()) as room:
        yield room


async def tick_one(room: Room, record: int, whose: Allowed | None = None) -> OperationId:
    ticked = await room.actions.select(whose or await room.ann(), RecordId(UUID(int=record)))
    return ticked.operation_id


@asynccontextmanager
async def opened(tmp_path: Path, bounds: Bounds) -> AsyncIterator[Room]:
    house = House(tmp_path, bounds)
    await house.open()
    room = Room(house)
    await room.repeats.start()
    yield room
    await room.repeats.stop()
    await house.close()


@pytest.mark.parametrize("remembered", [True, False])
async def test_undo_takes_back_ones_own_and_not_what_a_colleague_did_since(
    room: Room, remembered: bool
) -> None:
    await room.actions.select(await room.ann(), FIRST)
    await room.actions.select(await room.colleague(), SECOND)
    if not remembered:
        await room.forget()
    await room.actions.undo(await room.ann())
    assert await room.ticked() == {2}
    with pytest.raises(NothingToUndo):
        await room.actions.undo(await room.ann())


@pytest.mark.parametrize("remembered", [True, False])
async def test_several_undos_at_once_undo_one_each(room: Room, remembered: bool) -> None:
    made = [await tick_one(room, record) for record in range(1, 7)]
    if not remembered:
        await room.forget()
    ann = await room.ann()
    undone = await asyncio.gather(*(room.actions.undo(ann) for _ in made))
    assert [one.undone for one in undone] == made[::-1], "the newest first, in the order in which they came"
    assert {one.changed for one in undone} == {1}
    assert await room.ticked() == set()
    redone = await asyncio.gather(*(room.actions.undo(ann, one.operation_id) for one in undone))
    assert {one.changed for one in redone} == {1}
    assert await room.ticked() == set(range(1, 7))


async def test_two_people_at_once_undo_their_own(room: Room) -> None:
    anns = [await tick_one(room, record) for record in (1, 2)]
    colleagues = [await tick_one(room, record, await room.colleague()) for record in (3, 4)]
    turns = [await room.ann(), await room.colleague()] * 2
    undone = await asyncio.gather(*(room.actions.undo(whose) for whose in turns))
    assert [one.undone for one in undone[::2]] == anns[::-1]
    assert [one.undone for one in undone[1::2]] == colleagues[::-1]
    assert await room.ticked() == set()


@pytest.mark.parametrize("remembered", [True, False])
async def test_what_nothing_is_left_of_keeps_nobody_from_undoing_what_was_before(
    room: Room, remembered: bool
) -> None:
    first = await tick_one(room, 1)
    await tick_one(room, 2)
    await room.actions.deselect(await room.colleague(), SECOND)
    if not remembered:
        await room.forget()
    undone = await room.actions.undo(await room.ann())
    assert (undone.undone, undone.changed) == (first, 1)
    with pytest.raises(NothingToUndo, match="nothing to undo"):
        await room.actions.undo(await room.ann())


@pytest.mark.parametrize("lost", [PASSED_OVER_MAX - 1, PASSED_OVER_MAX])
async def test_so_much_of_which_nothing_is_left_is_passed_over(room: Room, lost: int) -> None:
    first = await tick_one(room, 1)
    made = [await tick_one(room, record) for record in range(2, lost + 2)]
    records = bitmap(range(2, lost + 2))
    await room.actions.bulk(await room.colleague(), "bulk_deselect", records)
    assert len(made) == lost
    if lost < PASSED_OVER_MAX:
        assert (await room.actions.undo(await room.ann())).undone == first
    else:
        with pytest.raises(NothingToUndo, match="in the history"):
            await room.actions.undo(await room.ann())


async def test_more_than_memory_holds_is_undone_to_the_end(tmp_path: Path) -> None:
    """Whatever was undone since, and the undos themselves, are passed over."""
    async with opened(tmp_path, Bounds(recent_changes_max=10)) as room:
        for record in range(1, 251):
            await tick_one(room, record)
        for record in range(250, 0, -1):
            undone = await room.actions.undo(await room.ann())
            assert (undone.changed, undone.count) == (1, record - 1)
        with pytest.raises(NothingToUndo):
            await room.actions.undo(await room.ann())


@pytest.mark.parametrize("remembered", [True, False])
async def test_what_a_colleague_has_undone_is_undone(room: Room, remembered: bool) -> None:
    await room.actions.select(await room.ann(), FIRST)
    later = await room.actions.select(await room.ann(), SECOND)
    await room.actions.undo(await room.colleague(), later.operation_id)
    if not remembered:
        await room.forget()
    await room.actions.undo(await room.ann())
    assert await room.ticked() == set()


@pytest.mark.parametrize("remembered", [True, False])
async def test_in_one_list_nothing_of_another_is_undone(room: Room, remembered: bool) -> None:
    other = await room.groups.create(await room.anns(), "Other")
    there = await room.actions.select((await room.anns()).named(other.id), FIRST)
    await room.actions.select(await room.ann(), SECOND)
    if not remembered:
        await room.forget()
    for reference in (there.operation_id, OperationId(new_id())):
        with pytest.raises(NothingToUndo, match="not one of yours"):
            await room.actions.undo(await room.ann(), reference)
    elsewhere = (await room.anns()).named(other.id)
    assert set(elsewhere.group.records) == {1}
    await room.actions.undo(elsewhere, there.operation_id)
    assert not await room.actions.records_now(elsewhere)


async def test_an_id_is_a_repetition_only_for_whoever_made_it(room: Room) -> None:
    keyed = OperationId(uuid5(UUID(int=7), "one key"))
    await room.actions.bulk(await room.ann(), "bulk_select", bitmap([1]), id=keyed)
    again = await room.actions.bulk(await room.ann(), "bulk_select", bitmap([1]), id=keyed)
    assert (again.changed, again.count) == (1, 1)
    with pytest.raises(Conflict, match="somebody else"):
        await room.actions.bulk(await room.colleague(), "bulk_select", bitmap([1, 2]), id=keyed)
    given = {**by(ANN, LIST_OF[ANN]), "id": keyed, "origin": Origin(COLLEAGUE)}
    with pytest.raises(Conflict, match="somebody else"):
        await room.house.engine.perform(BulkSelect(records=pack(bitmap([3])), **given))
    await room.forget()
    with pytest.raises(Conflict, match="somebody else"):
        await room.actions.undo(await room.colleague(), id=keyed)
    assert await room.ticked() == {RecordNo(1)}
