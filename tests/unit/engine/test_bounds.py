"""Each bound of the engine is met: what happens at it, and one beyond."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import Conflict, JournalFull, NotFound
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordNo
from sertantai.core.operations import Annotate, BulkSelect, ClearAll, CreateGroup, Select, encode
from sertantai.core.state import NOTE_OVERHEAD_BYTES, OwnerState, weight_bytes
from sertantai.core.weight import growth_bytes, notes_gone_through, records_named, text_in, written_bytes
from sertantai.engine import repeats
from sertantai.engine.bounds import Bounds
from sertantai.engine.budgets import OwnerBehind
from sertantai.engine.hot_tier import LOOKED_AT_MAX, HotOwner, HotTier
from sertantai.engine.loading import LOADED_TOGETHER
from sertantai.engine.owners_life import Lives
from sertantai.journal import known as journals_known
from sertantai.journal.known import KnownJournals
from sertantai.process.new_ids import new_id
from sertantai.sync.store import Batch, Snapshot
from tests.simulation.database import SimulatedStore
from tests.unit.core.strategies import DEFAULT, OWNER, new_state
from tests.unit.engine.engine_house import ANN, BEN, LIST_OF, House, by, noted
from tests.unit.engine.test_group_commit import Desk, select


@asynccontextmanager
async def house_with(folder: Path, **bounds: Any) -> AsyncIterator[House]:
    made = House(folder, Bounds(**{"sync_interval_s": 0, **bounds}))
    await made.open()
    try:
        yield made
    finally:
        made.database.down = False
        await made.close()


def tick(record: int, owner: OwnerId = ANN) -> Select:
    return Select(record=RecordNo(record), **by(owner, LIST_OF[owner]))


async def test_a_journal_is_full_at_its_number_of_operations(tmp_path: Path) -> None:
    async with house_with(tmp_path, journal_operations_max=3) as house:
        await house.lose_database()
        for record in (1, 2, 3):
            await house.engine.perform(tick(record))
        for owner in (ANN, BEN):
            with pytest.raises(JournalFull) as refused:
                await house.engine.perform(tick(4, owner))
            assert refused.value.retry_after_s is not None
        assert house.journal.last == 3
        assert house.engine.status().journal_fraction == 1
        house.database.down = False
        await house.engine.flush()
        await house.engine.perform(tick(4))


async def test_a_journal_is_full_at_its_bytes(tmp_path: Path) -> None:
    async with house_with(tmp_path) as house:
        empty = house.journal.size_bytes
    async with house_with(tmp_path, journal_bytes_max=empty) as house:
        with pytest.raises(JournalFull):
            await house.engine.perform(tick(1))
        assert house.journal.last == 0
    async with house_with(tmp_path, journal_bytes_max=empty + 1) as house:
        await house.engine.perform(tick(1))


async def test_there_are_so_many_lists_and_not_one_more(tmp_path: Path) -> None:
    async with house_with(tmp_path, groups_max=3) as house:
        for name in ("second", "third"):
            await house.engine.perform(CreateGroup(name=name, **by(ANN, GroupId(new_id()))))
        with pytest.raises(Conflict, match="3 lists"):
            await house.engine.perform(CreateGroup(name="fourth", **by(ANN, GroupId(new_id()))))
        assert len((await house.engine.state(ANN)).groups) == 3
        await house.engine.perform(CreateGroup(name="second", **by(BEN, GroupId(new_id()))))


async def test_lists_that_are_made_at_the_same_moment_count_too(tmp_path: Path) -> None:
    async with house_with(tmp_path, groups_max=3) as house:
        await house.engine.state(ANN)
        wishes = [CreateGroup(name=f"list {n}", **by(ANN, GroupId(new_id()))) for n in range(6)]
        answers = await asyncio.gather(*map(house.engine.perform, wishes), return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, OwnerBehind)]
        assert len(refused) == 4
        assert all(one.retry_after_s for one in refused)
        assert len((await house.engine.state(ANN)).groups) == 3


async def test_who_comes_back_at_the_same_moment_is_read_in_few_snapshots_and_gets_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house_with(tmp_path) as house:
        owners = [OwnerId(UUID(int=number)) for number in range(100, 100 + LOADED_TOGETHER + 5)]
        for owner in owners[1:]:
            house.database.add_user(owner, GroupId(UUID(int=owner.int + 1_000)))
        store, asked = house.engine.store, list[list[OwnerId]]()
        load = store.load

        async def counting(owners: Sequence[OwnerId], journal: JournalId) -> Snapshot:
            asked.append(list(owners))
            return await load(owners, journal)

        monkeypatch.setattr(store, "load", counting)
        found = await asyncio.gather(*map(house.engine.state, owners), return_exceptions=True)
        assert isinstance(found[0], NotFound), "who has no account is nothing to the others"
        for owner, state in zip(owners[1:], found[1:], strict=True):
            assert isinstance(state, OwnerState)
            assert (state.owner, [id.int for id in state.groups]) == (owner, [owner.int + 1_000])
        assert sorted(map(len, asked)) == [5, LOADED_TOGETHER]
        assert sorted(chain(*asked)) == owners


async def test_so_many_changes_are_remembered_and_the_oldest_goes_first(tmp_path: Path) -> None:
    async with house_with(tmp_path, recent_changes_max=3) as house:
        changes = [await house.engine.perform(tick(record)) for record in range(1, 6)]
        hot = await house.engine.hot_owner(ANN)
        assert [change.position for change in hot.recent_changes()] == [3, 4, 5]
        assert hot.known_from(LIST_OF[ANN]) == 2
        assert hot.find(changes[1].operation.id, LIST_OF[ANN]) is None


async def test_what_is_remembered_has_a_bound_in_bytes(tmp_path: Path) -> None:
    """A few changes with long notes are as heavy as thousands of ticks."""
    note = 10_000
    async with house_with(tmp_path, recent_bytes_max=5 * note) as house:
        await house.add(ANN, noted(1, 1, 10))
        hot, sizes = await house.engine.hot_owner(ANN), []
        for letter in "abcdefghij":
            operation = Annotate(
                records=pack(bitmap([1])), changes={"note": letter * note}, **by(ANN, LIST_OF[ANN])
            )
            await house.engine.perform(operation)
            sizes.append((len(hot.recent), hot.recent.bytes))
        assert max(size for _, size in sizes) <= 5 * note
        assert 1 <= sizes[-1][0] < 5, "what it took and what it says now weigh both"
        assert sizes[-1][1] > note, "and they are counted"
        assert hot.known_from(LIST_OF[ANN]) == hot.last - sizes[-1][0]


def test_annotating_weighs_what_it_writes() -> None:
    """As often as there are records: in memory, in rows, and once more in what the audit keeps."""
    records, note = 50, "x" * 1_000
    state, _ = fold(
        new_state(),
        Position(1),
        BulkSelect(records=pack(bitmap(range(1, records + 1))), **by(OWNER, DEFAULT)),
    )
    wish = Annotate(records=pack(bitmap(range(1, 1_001))), changes={"note": note}, **by(OWNER, DEFAULT))
    assert records_named(wish, state) == notes_gone_through(wish, state) == 1_000
    assert len(note) < text_in(wish) < 2 * len(note)
    for weigh, least in ((growth_bytes, NOTE_OVERHEAD_BYTES + len(note)), (written_bytes, 2 * len(note))):
        assert records * least <= weigh(wish, state) < 2 * records * least
    pending = growth_bytes(wish, state, pending=True)
    assert pending == 20 * growth_bytes(wish, state), "others may select all of them before it"


async def test_a_group_is_written_together_up_to_its_bounds() -> None:
    size = len(encode(select(1)))
    for bounds, groups in (
        ({"group_operations_max": 3}, [3, 3, 1]),
        ({"group_bytes_max": 4 * size}, [4, 3]),
        ({"group_bytes_max": 1}, [1] * 7),
    ):
        desk = Desk(**bounds)
        await desk.commits.start()
        waiting = [desk.submit(select(record)) for record in range(1, 8)]
        assert [(await one).position for one in waiting] == list(range(1, 8))
        assert desk.disk.groups == groups
        await desk.commits.finish(1)


def owners(count: int) -> list[HotOwner]:
    ids = [OwnerId(UUID(int=number)) for number in range(1, count + 1)]
    return [HotOwner(OwnerState(one, {}), Position(0), Lives().of(one)) for one in ids]


def test_whoever_was_not_seen_for_longest_leaves_a_full_tier_first() -> None:
    one = weight_bytes(OwnerState(OWNER, {}))
    tier = HotTier(3 * one, lambda _: True)
    for hot in owners(4):
        tier.put(hot)
    assert tier.crowded
    tier.shrink()
    assert [hot.owner.int for hot in tier] == [2, 3, 4]
    assert tier.bytes == 3 * one
    tier.shrink()
    assert len(tier) == 3, "at the bound nobody leaves"


def test_only_so_many_are_asked_at_once_whether_they_may_leave() -> None:
    asked: list[HotOwner] = []

    def ask(hot: HotOwner) -> bool:
        asked.append(hot)
        return False

    tier = HotTier(0, ask)
    for hot in owners(LOOKED_AT_MAX + 5):
        tier.put(hot)
    tier.shrink()
    assert len(asked) == LOOKED_AT_MAX


async def batches_of(folder: Path, work: Callable[[House], Awaitable[None]], **bounds: Any) -> list[Batch]:
    """What the synchroniser writes of what was done while it could not."""
    async with house_with(folder, **bounds) as house:
        await house.lose_database()
        await work(house)
        written: list[Batch] = []
        store = house.engine.store
        assert isinstance(store, SimulatedStore)
        apply = store.apply

        async def watched(batch: Batch) -> None:
            written.append(batch)
            await apply(batch)

        store.apply = watched  # type: ignore[method-assign]  # to look on
        house.database.down = False
        await house.engine.flush()
        return written


async def seven_ticks(house: House) -> None:
    for record in range(1, 8):
        await house.engine.perform(tick(record))


async def test_a_batch_ends_at_its_entries(tmp_path: Path) -> None:
    written = await batches_of(tmp_path, seven_ticks, sync_entries_max=3)
    assert [batch.upto for batch in written if batch.operations][-1] == 7
    assert max(len(batch.operations) for batch in written) <= 3


async def test_a_batch_ends_at_its_records(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        await seven_ticks(house)
        await house.engine.perform(BulkSelect(records=pack(bitmap(range(10, 20))), **by(ANN, LIST_OF[ANN])))

    written = await batches_of(tmp_path, work, sync_records_max=4)
    assert max(batch.records for batch in written) == 4
    assert sum(batch.records for batch in written) == 17


async def test_a_batch_ends_at_the_bytes_of_what_people_wrote(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        for first in (1, 11, 21):
            await house.add(ANN, noted(first, 5, 1_000))

    written = await batches_of(tmp_path, work, sync_bytes_max=7_000)
    assert max(batch.records for batch in written) == 3, (
        "of notes of a thousand bytes each, in rows and trail"
    )
    assert sum(batch.records for batch in written) == 15


async def test_the_journal_keeps_so_many_operations_that_postgresql_has(tmp_path: Path) -> None:
    async with house_with(tmp_path, journal_keep_operations=3, trim_interval_s=0.01) as house:
        await seven_ticks(house)
        await house.engine.flush()
        await until(lambda: house.journal.first >= 5)
        assert house.journal.last - house.journal.first + 1 == 3


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # the journal has no event of being trimmed
            await asyncio.sleep(0.01)


async def test_the_synchroniser_keeps_as_many_states_as_fit(tmp_path: Path) -> None:
    for most, kept in ((1, 1), (1_000_000, 2)):
        (folder := tmp_path / str(kept)).mkdir()
        async with house_with(folder, sync_states_bytes_max=most) as house:
            for owner in (ANN, BEN):
                await house.engine.perform(tick(1, owner))
                await house.engine.flush()
            assert len(house.engine._sync._gathering._states._states) == kept


def test_so_many_requests_that_may_be_repeated_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "REMEMBERED_MAX", 3)
    known = repeats.AskedBefore()
    for number in range(5):
        common = {**by(ANN, LIST_OF[ANN]), "id": OperationId(uuid5(UUID(int=1), str(number)))}
        known.note(Position(number), ClearAll(**common))
    assert [asked.position for asked in known._asked.values()] == [2, 3, 4]


def test_so_many_journals_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals_known, "KNOWN_MAX", 3)
    known = KnownJournals(tmp_path / "journal.sqlite")
    for number in range(5):
        known.note(JournalId(UUID(int=number)), Position(number))
    assert [journal.last for journal in known.all()] == [2, 3, 4]
