"""Operations of several owners that are made when their turn comes, and written all or not at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from sertantai.core.errors import Conflict, NotFound, Unavailable
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import CreateGroup, Operation, Origin, Select
from sertantai.core.sharing.hand_over_steps import moved
from sertantai.core.state import OwnerState
from sertantai.engine.bounds import Bounds
from sertantai.engine.budgets import OwnerBehind
from sertantai.engine.committing import OutcomeUnknown
from sertantai.engine.errors import HandedOver
from sertantai.engine.together import AHEAD_MAX, OF_ONE_MAX, UNDER_WAY_MAX
from tests.unit.engine.engine_house import ANN, AT, BEN, LIST_OF, House, by, noted

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
    together = asyncio.create_task(house.engine.together(BOTH, UserId(BEN), as_many_as_ann_has))
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
        await house.engine.together(BOTH, UserId(BEN), refused)
    with pytest.raises(Exception, match="does not exist"):
        await house.engine.together(BOTH, UserId(BEN), half_refused)
    assert house.journal.last == before
    for owner in BOTH:
        assert (await house.engine.hot_owner(owner)).life.in_flight == 0
        await house.engine.perform(tick(owner, 7))


async def test_only_so_many_are_under_way_and_few_of_one_person(house: House) -> None:
    """Each holds all notes of its list, from the first on."""
    go = asyncio.Event()

    async def slowly(_states: Sequence[OwnerState]) -> Sequence[Operation]:
        await go.wait()
        return tick(BEN, 1), tick(ANN, 1)

    def begin(actor: int) -> "asyncio.Task[Sequence[Change]]":
        return asyncio.create_task(house.engine.together(BOTH, UserId(UUID(int=actor)), slowly))

    begun = [begin(100 + number // OF_ONE_MAX) for number in range(UNDER_WAY_MAX - 1)]
    await asyncio.sleep(0.01)
    with pytest.raises(Unavailable, match="handed over"):
        await begin(100)
    begun.append(begin(900))
    await asyncio.sleep(0.01)
    with pytest.raises(Unavailable, match="handed over"):
        await begin(901)
    go.set()
    assert len(await asyncio.gather(*begun)) == UNDER_WAY_MAX
    await begin(100)


async def test_what_takes_long_is_done_before_their_turn_comes(house: House) -> None:
    """While it is done others are written, and it is done again where the list has changed by then."""
    await house.engine.perform(CreateGroup(name="Site", **by(ANN, MOVED)))
    await house.add(ANN, noted(1, 600, 10), MOVED)
    origin, seen = Origin(UserId(BEN)), list[int]()

    async def move(states: Sequence[OwnerState]) -> Sequence[Operation]:
        ben, ann = states
        group = ann.groups[MOVED]
        seen.append(group.count)
        if len(seen) == 1:  # would wait for itself if it were made when its turn comes
            await house.engine.perform(Select(record=RecordNo(700), **by(ANN, MOVED)))
        await house.engine.perform(tick(ANN, 800 + len(seen)))
        return moved(ann, ben, group, name="Site", at=AT, origin=origin, with_history=False)

    async with asyncio.timeout(10):
        taken, _ = await house.engine.together(BOTH, UserId(BEN), move)
    assert seen == [600, 601]
    assert taken.group is not None
    assert taken.group.count == 601


async def test_a_list_that_never_rests_is_handed_over_all_the_same(house: House) -> None:
    await house.engine.perform(CreateGroup(name="Site", **by(ANN, MOVED)))
    await house.add(ANN, noted(1, 600, 10), MOVED)
    origin, made, writing = Origin(UserId(BEN)), list[int](), list["asyncio.Task[Change]"]()

    async def move(states: Sequence[OwnerState]) -> Sequence[Operation]:
        ben, ann = states
        made.append(ann.groups[MOVED].count)
        operations = moved(ann, ben, ann.groups[MOVED], name="Site", at=AT, origin=origin, with_history=False)
        one = Select(record=RecordNo(700 + len(made)), **by(ANN, MOVED))
        writing.append(asyncio.create_task(house.engine.perform(one)))
        await asyncio.sleep(0.02)
        return operations

    async with asyncio.timeout(10):
        taken, _ = await house.engine.together(BOTH, UserId(BEN), move)
    assert made == [600 + tries for tries in range(AHEAD_MAX + 1)], "the last while all others wait"
    assert taken.group is not None
    assert taken.group.count == 600 + AHEAD_MAX
    late = await asyncio.gather(*writing, return_exceptions=True)
    assert [type(one) for one in late] == [*[Change] * AHEAD_MAX, HandedOver]


async def test_whoever_waits_for_a_disk_that_hangs_is_told(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(sync_interval_s=0, commit_wait_s=0.05))
    await house.open()
    for owner in BOTH:
        await house.engine.state(owner)
    hangs, append = asyncio.Event(), house.journal.append

    async def hanging(bodies: Sequence[bytes]) -> Position:
        await hangs.wait()
        return await append(bodies)

    house.journal.append = hanging  # type: ignore[method-assign]  # a disk that does not answer
    stuck = asyncio.create_task(house.engine.perform(tick(ANN, 1)))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable, match="disk does not answer"):
            await house.engine.together(BOTH, UserId(BEN), as_many_as_ann_has)
    with pytest.raises(OutcomeUnknown):
        await stuck
    assert (await house.engine.hot_owner(BEN)).life.in_flight == 0
    hangs.set()
    await house.close()


async def test_with_a_list_that_comes_those_that_wait_are_no_more_than_there_may_be(tmp_path: Path) -> None:
    """What waits is written behind it, and was let in when the one that comes was not there."""
    house = House(tmp_path, Bounds(sync_interval_s=0, groups_max=2))
    await house.open()
    await house.engine.perform(CreateGroup(name="Site", **by(ANN, MOVED)))
    await house.engine.state(BEN)
    goes_on, append, origin = asyncio.Event(), house.journal.append, Origin(UserId(BEN))

    async def slow(bodies: Sequence[bytes]) -> Position:
        await goes_on.wait()
        return await append(bodies)

    async def move(states: Sequence[OwnerState]) -> Sequence[Operation]:
        ben, ann = states
        return moved(ann, ben, ann.groups[MOVED], name="Site", at=AT, origin=origin, with_history=False)

    house.journal.append = slow  # type: ignore[method-assign]  # a disk that is busy
    begun = [asyncio.create_task(house.engine.perform(tick(ANN, 1)))]
    await asyncio.sleep(0.01)
    begun.append(asyncio.create_task(house.engine.perform(CreateGroup(name="Plant", **by(BEN, NOWHERE)))))
    moving = asyncio.create_task(house.engine.together(BOTH, UserId(BEN), move))
    await asyncio.sleep(0.01)
    goes_on.set()
    await asyncio.gather(*begun)
    with pytest.raises(OwnerBehind, match="at most"):
        await moving
    with pytest.raises(Conflict, match="maximum"):
        await house.engine.together(BOTH, UserId(BEN), move)
    assert {group.name for group in (await house.engine.state(BEN)).groups.values()} == {"default", "Plant"}
    await house.close()


async def test_what_was_on_its_way_to_a_list_that_moved_is_to_be_sent_again(house: House) -> None:
    """It is found at its new owner then, and needs the right to it there."""
    await house.engine.perform(CreateGroup(name="Site", **by(ANN, MOVED)))
    origin = Origin(UserId(BEN))

    async def move(states: Sequence[OwnerState]) -> Sequence[Operation]:
        ben, ann = states
        return moved(ann, ben, ann.groups[MOVED], name="Site", at=AT, origin=origin, with_history=False)

    await house.engine.together(BOTH, UserId(BEN), move)
    with pytest.raises(HandedOver):
        await house.engine.perform(Select(record=RecordNo(1), **by(ANN, MOVED)))
    await house.engine.perform(Select(record=RecordNo(1), **by(BEN, MOVED)))
    with pytest.raises(NotFound):
        await house.engine.perform(Select(record=RecordNo(1), **by(ANN, NOWHERE)))
    group = (await house.engine.state(BEN)).groups[MOVED]
    half, _ = await move([await house.engine.state(ANN), OwnerState(ANN, {MOVED: group})])
    with pytest.raises(Conflict, match="as a whole"):
        await house.engine.perform(half)


async def test_of_one_owner_each_is_made_of_what_those_before_it_leave(house: House) -> None:
    """And where fewer are made than might have been, nobody waits for the rest."""

    async def list_with_a_law(_states: Sequence[OwnerState]) -> Sequence[Operation]:
        return CreateGroup(name="New", **by(ANN, MOVED)), Select(record=RecordNo(5), **by(ANN, MOVED))

    made, ticked = await house.engine.together([ANN, ANN, ANN], UserId(ANN), list_with_a_law)
    assert ticked.position == made.position + 1
    hot = await house.engine.hot_owner(ANN)
    assert list(hot.state.groups[MOVED].records) == [5]
    assert hot.life.in_flight == 0
    assert hot.growing == 0

    async def half_refused(_states: Sequence[OwnerState]) -> Sequence[Operation]:
        return tick(ANN, 70), Select(record=RecordNo(1), **by(ANN, NOWHERE))

    before = house.journal.last
    with pytest.raises(NotFound):
        await house.engine.together([ANN, ANN], UserId(ANN), half_refused)
    assert house.journal.last == before
    assert hot.life.in_flight == 0
