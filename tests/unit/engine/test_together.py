"""Operations of several owners that are made when their turn comes, and written all or not at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from sertantai.core.errors import Conflict, NotFound, Unavailable
from sertantai.core.ids import GroupId, OwnerId, RecordNo, UserId
from sertantai.core.operations import CreateGroup, Operation, Origin, Select
from sertantai.core.sharing.hand_over_steps import moved
from sertantai.core.state import OwnerState
from sertantai.engine.bounds import Bounds
from sertantai.engine.committing import TOGETHER_MAX
from sertantai.engine.errors import HandedOver
from tests.unit.engine.engine_house import ANN, AT, BEN, LIST_OF, House, by

BOTH = [BEN, ANN]
MOVED, NOWHERE = GroupId(UUID(int=77)), GroupId(UUID(int=78))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path, Bounds(sync_interval_s=0))
    await made.open()
    yield made
    await made.close()


def tick(owner: OwnerId, record: int) -> Select:
    return Select(record=RecordNo(record), **by(owner, LIST_OF[owner]))


async def as_many_as_ann_has(states: Sequence[OwnerState]) -> Sequence[Operation]:
    """Ben's tick says how many Ann has at that very place; and she gets another one."""
    ben, ann = states
    assert ben.owner == BEN
    count = ann.groups[LIST_OF[ANN]].count
    await asyncio.sleep(0.01)  # while others wish for more
    return tick(BEN, 500 + count), tick(ANN, 900)


async def test_nothing_stands_between_what_is_made_of_states_and_these(house: House) -> None:
    for owner in BOTH:
        await house.engine.state(owner)
    ticks = [asyncio.create_task(house.engine.perform(tick(ANN, number))) for number in range(1, 40)]
    together = asyncio.create_task(house.engine.together(BOTH, as_many_as_ann_has))
    await asyncio.sleep(0)
    more = [asyncio.create_task(house.engine.perform(tick(ANN, number))) for number in range(40, 80)]
    of_ben, of_ann = await together
    changes = await asyncio.gather(*ticks, *more)
    assert of_ann.position == of_ben.position + 1
    before = [change for change in changes if change.position < of_ben.position]
    assert before
    assert list(of_ben.added) == [500 + len(before)]
    assert len({change.position for change in (*changes, of_ben, of_ann)}) == 81


async def test_what_is_refused_is_written_by_none_and_holds_nobody(house: House) -> None:
    before = house.journal.last

    async def refused(_states: Sequence[OwnerState]) -> Sequence[Operation]:
        raise Conflict("No.")

    async def half_refused(_states: Sequence[OwnerState]) -> Sequence[Operation]:
        return tick(BEN, 1), Select(record=RecordNo(1), **by(ANN, LIST_OF[BEN]))

    with pytest.raises(Conflict):
        await house.engine.together(BOTH, refused)
    with pytest.raises(Exception, match="does not exist"):
        await house.engine.together(BOTH, half_refused)
    assert house.journal.last == before
    for owner in BOTH:
        assert (await house.engine.hot_owner(owner)).life.in_flight == 0
        await house.engine.perform(tick(owner, 7))


async def test_only_so_many_wait_for_their_turn(house: House) -> None:
    begins, go = asyncio.Event(), asyncio.Event()
    for owner in BOTH:
        await house.engine.state(owner)

    async def slowly(_states: Sequence[OwnerState]) -> Sequence[Operation]:
        begins.set()
        await go.wait()
        return tick(BEN, 1), tick(ANN, 1)

    begun = [asyncio.create_task(house.engine.together(BOTH, slowly))]
    await begins.wait()
    begun += [asyncio.create_task(house.engine.together(BOTH, slowly)) for _ in range(TOGETHER_MAX)]
    await asyncio.sleep(0.01)
    with pytest.raises(Unavailable, match="handed over"):
        await house.engine.together(BOTH, slowly)
    go.set()
    assert len(await asyncio.gather(*begun)) == TOGETHER_MAX + 1


async def test_what_was_on_its_way_to_a_list_that_moved_is_to_be_sent_again(house: House) -> None:
    """It is found at its new owner then, and needs the right to it there."""
    await house.engine.perform(CreateGroup(name="Site", **by(ANN, MOVED)))
    origin = Origin(UserId(BEN))

    async def move(states: Sequence[OwnerState]) -> Sequence[Operation]:
        ben, ann = states
        return moved(ann, ben, ann.groups[MOVED], name="Site", at=AT, origin=origin, with_history=False)

    await house.engine.together(BOTH, move)
    with pytest.raises(HandedOver):
        await house.engine.perform(Select(record=RecordNo(1), **by(ANN, MOVED)))
    await house.engine.perform(Select(record=RecordNo(1), **by(BEN, MOVED)))
    with pytest.raises(NotFound):
        await house.engine.perform(Select(record=RecordNo(1), **by(ANN, NOWHERE)))
    group = (await house.engine.state(BEN)).groups[MOVED]
    half, _ = await move([await house.engine.state(ANN), OwnerState(ANN, {MOVED: group})])
    with pytest.raises(Conflict, match="as a whole"):
        await house.engine.perform(half)
