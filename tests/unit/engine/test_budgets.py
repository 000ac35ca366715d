"""What one owner may take of memory, journal and PostgreSQL: each bound is met, and costs nobody else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import SertantaiError
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, Position, RecordNo
from sertantai.core.notes import notes_bytes
from sertantai.core.operations import (
    Amend,
    Annotate,
    ClearAll,
    CreateGroup,
    Operation,
    Select,
    UpdateGroup,
    encode,
)
from sertantai.core.state import weight_bytes
from sertantai.core.weight import growth_bytes, written_bytes
from sertantai.engine.backlog import Backlog
from sertantai.engine.bounds import Bounds
from sertantai.engine.budgets import ListFull, MemoryFull, OperationTooLarge, OwnerBehind, OwnerFull
from sertantai.process.new_ids import new_id
from tests.unit.core.strategies import DEFAULT, histories, new_state, operations, state_after
from tests.unit.core.test_notes import written
from tests.unit.engine.engine_house import ANN, BEN, LIST_OF, NOTHING, House, by, noted

BOUNDS = Bounds(
    sync_interval_s=0,
    list_bytes_max=400_000,
    owner_bytes_max=1_000_000,
    operation_bytes_max=600_000,
    owner_waiting_bytes_max=700_000,
    journal_bytes_max=10_000_000,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path, BOUNDS)
    await made.open()
    yield made
    made.database.down = False
    await made.close()


async def new_list(house: House, name: str) -> GroupId:
    group = GroupId(new_id())
    await house.engine.perform(CreateGroup(name=name, **by(ANN, group)))
    await house.engine.flush()
    return group


def annotate(records: range, note: str | None) -> Operation:
    return Annotate(records=pack(bitmap(records)), changes={"note": note}, **by(ANN, LIST_OF[ANN]))


async def test_a_note_for_each_of_many_records_is_counted_as_often_as_it_is_kept(house: House) -> None:
    """One small request may ask for gigabytes."""
    everything = Amend(add=pack(bitmap(range(1, 900))), remove=NOTHING, **by(ANN, LIST_OF[ANN]))
    await house.engine.perform(everything)
    before = house.journal.last
    with pytest.raises(ListFull, match="list_bytes_max") as refused:
        await house.engine.perform(annotate(range(1, 900), "x" * 10_000))
    assert refused.value.code == "list_bytes_exceeded"
    assert house.journal.last == before
    await house.engine.perform(annotate(range(1, 20), "x" * 10_000))


async def test_a_note_that_takes_anothers_place_counts_for_the_difference(house: House) -> None:
    await house.add(ANN, noted(1, 38, 10_000))
    await house.engine.flush()
    await house.engine.perform(annotate(range(1, 39), "y" * 10_000))
    await house.engine.flush()
    with pytest.raises(ListFull):
        await house.engine.perform(annotate(range(1, 39), "y" * 11_000))
    await house.engine.perform(annotate(range(1, 39), "y" * 9_000))
    await house.engine.flush()
    await house.engine.perform(annotate(range(1, 39), None))
    assert notes_bytes((await house.list(ANN)).annotations) == 0


async def test_lists_copied_from_one_another_end_at_the_owners_budget(house: House) -> None:
    await house.add(ANN, noted(1, 30, 10_000))
    for number in range(2):
        group = await new_list(house, f"copy {number}")
        size = house.journal.size_bytes
        await house.engine.perform(copy_of(LIST_OF[ANN], group))
        assert house.journal.size_bytes - size < 2_000, "what is copied is not written down again"
        await house.engine.flush()
    group = await new_list(house, "one more")
    with pytest.raises(OwnerFull, match="owner_bytes_max") as refused:
        await house.engine.perform(copy_of(LIST_OF[ANN], group))
    assert refused.value.code == "owner_bytes_exceeded"
    assert weight_bytes(await house.engine.state(ANN)) <= BOUNDS.owner_bytes_max
    await house.add(BEN, noted(1, 30, 10_000))
    await house.engine.perform(ClearAll(**by(ANN, LIST_OF[ANN])))


def copy_of(source: GroupId, target: GroupId, records: range = range(1, 900)) -> Amend:
    return Amend(add=pack(bitmap(records)), remove=NOTHING, notes_of=(source,), **by(ANN, target))


async def test_a_copy_says_the_same_in_memory_in_the_database_and_after_a_restart(house: House) -> None:
    await house.add(ANN, noted(1, 10, 20))
    group = await new_list(house, "copy")
    await house.engine.perform(copy_of(LIST_OF[ANN], group, range(1, 15)))
    await house.engine.perform(annotate(range(1, 15), "later"))
    shown = (await house.engine.state(ANN)).groups[group]
    assert dict(shown.annotations) == noted(1, 10, 20)
    await house.close()
    await house.open()
    assert (await house.engine.state(ANN)).groups[group] == shown


async def test_settings_of_lists_count_too(house: House) -> None:
    async def set_until_refused() -> None:
        for number in range(40):
            group = await new_list(house, f"list {number}")
            filter = {"filter": {"q": "x" * 60_000}}
            await house.engine.perform(UpdateGroup(metadata=filter, **by(ANN, group)))
            await house.engine.flush()

    with pytest.raises(OwnerFull):
        await set_until_refused()
    assert weight_bytes(await house.engine.state(ANN)) <= BOUNDS.owner_bytes_max


async def test_operations_on_their_way_are_counted_before_they_are_there(house: House) -> None:
    group = await new_list(house, "other")
    together = [house.add(ANN, noted(1 + 15 * n, 15, 10_000), group if n % 2 else None) for n in range(4)]
    answers = await asyncio.gather(*together, return_exceptions=True)
    assert sum(isinstance(answer, ListFull | OwnerFull | OwnerBehind) for answer in answers) >= 1
    assert all(isinstance(answer, SertantaiError) or not isinstance(answer, Exception) for answer in answers)
    state = await house.engine.state(ANN)
    assert max(notes_bytes(one.annotations) for one in state.groups.values()) <= BOUNDS.list_bytes_max


async def test_one_operation_has_a_bound(house: House) -> None:
    large = {number: {"note": None, "x": "y" * 10_000} for number in range(1, 70)}
    operation = Amend(add=NOTHING, remove=NOTHING, annotate=large, **by(ANN, LIST_OF[ANN]))
    with pytest.raises(OperationTooLarge, match="operation_bytes_max") as refused:
        await house.engine.perform(operation)
    assert refused.value.code == "operation_bytes_exceeded"


async def test_who_has_too_much_waiting_is_refused_and_nobody_else(house: House) -> None:
    await house.lose_database()

    async def fill_and_clear_until_refused() -> None:
        for _ in range(20):
            await house.add(ANN, noted(1, 25, 10_000))
            await house.engine.perform(ClearAll(**by(ANN, LIST_OF[ANN])))

    with pytest.raises(OwnerBehind, match="owner_waiting_bytes_max") as refused:
        await fill_and_clear_until_refused()
    assert refused.value.code == "owner_waiting_bytes_exceeded"
    assert refused.value.retry_after_s is not None
    assert house.journal.size_bytes < 1_500_000
    await house.add(BEN, noted(1, 25, 10_000))
    await house.engine.perform(Select(record=RecordNo(500), **by(BEN, LIST_OF[BEN])))
    house.database.down = False
    await house.engine.flush()
    await house.add(ANN, noted(1, 25, 10_000))


async def test_what_waits_is_known_after_a_restart(house: House) -> None:
    await house.lose_database()
    await house.add(ANN, noted(1, 15, 10_000))
    await house.engine.perform(ClearAll(**by(ANN, LIST_OF[ANN])))
    await house.engine._checkpoints.save_all()
    await house.close()
    await house.open()
    with pytest.raises(OwnerBehind):
        await house.add(ANN, noted(20, 28, 10_000))


async def test_nobody_gets_more_than_a_part_of_what_is_free(tmp_path: Path) -> None:
    """One who would take the whole journal gets an eighth of it; then an eighth of the rest is another's."""
    made = House(tmp_path, Bounds(sync_interval_s=0, journal_bytes_max=4_000_000))
    await made.open()
    await made.lose_database()

    async def add_until_refused() -> None:
        for first in range(1, 900, 10):
            await made.add(ANN, noted(first, 10, 10_000))

    with pytest.raises(OwnerBehind):
        await add_until_refused()
    assert made.journal.size_bytes < 800_000
    await made.add(BEN, noted(1, 10, 10_000))
    made.database.down = False
    await made.close()


async def test_lists_that_must_stay_in_memory_end_at_its_bound(tmp_path: Path) -> None:
    made = House(tmp_path, Bounds(sync_interval_s=0, hot_tier_bytes_max=500_000))
    await made.open()
    await made.lose_database()
    await made.add(ANN, noted(1, 35, 10_000))
    with pytest.raises(MemoryFull, match="hot_tier_bytes_max"):
        await made.add(ANN, noted(40, 35, 10_000))
    await made.engine.perform(Select(record=RecordNo(5), **by(ANN, LIST_OF[ANN])))
    made.database.down = False
    await made.engine.flush()
    await made.close()


async def test_an_owner_may_have_a_smaller_budget(house: House) -> None:
    (await house.engine.hot_owner(ANN)).bytes_max = 50_000
    await house.add(ANN, noted(1, 4, 10_000))
    with pytest.raises(OwnerFull, match="guest_bytes_max"):
        await house.add(ANN, noted(10, 4, 10_000))


@given(history=histories, operation=st.one_of(operations, written))
def test_nothing_makes_an_owner_heavier_than_was_said(history: list[Operation], operation: Operation) -> None:
    state = state_after(history)
    after, change = fold(state, Position(100), operation)
    grown = weight_bytes(after) - weight_bytes(state)
    assert grown <= max(0, growth_bytes(operation, state)) + 600, "but for what makes a bitmap and a name"
    assert notes_bytes(change.dropped) <= written_bytes(operation, state) + 100


@given(history=st.lists(written, max_size=6), chosen=st.sets(st.integers(1, 8)))
def test_notes_brought_along_are_as_if_they_were_written_down(
    history: list[Operation], chosen: set[int]
) -> None:
    state = new_state()
    for position, operation in enumerate(history, 1):
        state, _ = fold(state, Position(position), operation)
    target = GroupId(new_id())
    common: dict[str, Any] = by(state.owner, target)
    state, _ = fold(state, Position(20), CreateGroup(name="target", **common))
    add = pack(bitmap(chosen))
    along, _ = fold(state, Position(21), Amend(add=add, remove=NOTHING, notes_of=(DEFAULT,), **common))
    notes = {n: note for n, note in state.groups[DEFAULT].annotations.items() if n in chosen}
    copied, _ = fold(state, Position(21), Amend(add=add, remove=NOTHING, annotations=notes, **common))
    assert along == copied
    assert notes_bytes(along.groups[target].annotations) == notes_bytes(
        dict(copied.groups[target].annotations)
    )


@given(steps=st.lists(st.tuples(st.integers(1, 100), st.integers(0, 5), st.integers(0, 3)), max_size=30))
def test_a_backlog_never_counts_less_than_what_waits(steps: list[tuple[int, int, int]]) -> None:
    """Asked while some of it has no place in the journal yet: ``behind`` are on their way."""
    backlog, entries, synced = Backlog(), list[tuple[int, int]](), 0
    for position, (size, behind, unwritten) in enumerate(steps, 1):
        backlog.add(size)
        entries.append((position, size))
        synced = max(synced, min(position - unwritten, position - behind))
        waiting = sum(size for at, size in entries if at > synced)
        assert waiting <= backlog.waiting(Position(synced), Position(position))
        assert backlog.waiting(Position(synced), Position(position)) <= sum(size for _, size in entries)
    assert backlog.waiting(Position(len(entries)), Position(len(entries))) == 0


def test_an_entry_that_copies_is_small() -> None:
    copied = copy_of(DEFAULT, DEFAULT)
    assert len(encode(copied)) < 400
