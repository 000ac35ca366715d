"""The next batch is gathered while one is written, and forgotten where that one is not taken."""

import asyncio
from collections.abc import Sequence
from typing import cast

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.journal.protocol import Entry, Journal
from sertantai.sync.bounds import SyncBounds
from sertantai.sync.next_batch import Gathering, Limits
from sertantai.sync.store import Batch, RowsDiffer, SelectionStore, Snapshot, Watermark
from tests.unit.sync.test_giving_way import BATCH_S, Bench, Slow, Source, run

START = Watermark(Position(0), 0, Position(0))
ENTRIES, ALL = 10, 35


class Overheard(Source):
    """A journal that tells from where it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_from: list[int] = []
        self.stuck_at = -1
        self.goes_on = asyncio.Event()

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        self.read_from.append(after)
        if after == self.stuck_at:
            await self.goes_on.wait()
        return await super().read(after, entries_max)


class Leaping(Source):
    """A journal with positions behind the tenth that nobody had, as one has that lost its newest entries."""

    @property
    def last(self) -> Position:
        return max(Position(ALL), self.entries[-1].position)

    def add_behind_the_gap(self) -> None:
        self.add()
        self.entries.append(Entry(Position(ALL + 1), self.entries.pop().body))

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        return [entry for entry in self.entries if entry.position > after][:entries_max]


class Held(Slow):
    """A store that writes when it is told to, or fails with what it is told to fail with."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, int]] = []
        self.position = 0
        self.loads = 0
        self.written = 0
        self.go_on = asyncio.Semaphore(0)
        self.fails: Exception | None = None

    def for_synchroniser(self) -> "Held":
        return self

    async def take(self, journal: JournalId) -> Watermark:
        return Watermark(Position(self.position), 0, Position(0))

    async def load(self, owners: Sequence[OwnerId], journal: JournalId) -> Snapshot:
        self.loads += 1
        taken = await super().load(list(owners), journal)
        return Snapshot(await self.take(journal), taken.states)

    async def apply(self, batch: Batch) -> None:
        self.asked.append((batch.after, batch.upto))
        await self.go_on.acquire()
        failure, self.fails = self.fails, None
        if failure is not None:
            raise failure
        assert batch.after == self.position, "A batch that nothing stands before."
        self.position = batch.upto
        self.written += len(batch.operations)


class Stage:
    def __init__(self) -> None:
        self.source, self.store = Overheard(), Held()
        self.sync = Bench.synchroniser(self.source, self.store, sync_entries_max=ENTRIES)
        for _ in range(ALL):
            self.source.add()

    async def begin(self) -> None:
        await self.sync.begin(START)
        await self.settled()

    @staticmethod
    async def settled() -> None:
        """Everything has gone as far as it can while the store waits."""
        for _ in range(200):
            await asyncio.sleep(0)

    async def finish(self) -> None:
        for _ in range(100):
            self.store.go_on.release()
        await self.sync.reached(Position(ALL), timeout_s=60)
        await self.sync.stop()


def test_the_next_batch_is_gathered_while_one_is_written() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.begin()
        assert stage.store.asked == [(0, 10)]
        assert stage.source.read_from == [0, 10], "Only one is read ahead, and that one is."
        await stage.finish()
        assert stage.store.asked == [(0, 10), (10, 20), (20, 30), (30, 35)]
        assert stage.store.loads == 1

    run(scene)


def test_nothing_is_gathered_ahead_that_would_be_larger_later() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.begin()
        for _ in range(2):
            stage.store.go_on.release()
            await stage.settled()
        assert stage.store.asked[-1] == (20, 30)
        assert stage.source.read_from == [0, 10, 20], "Five operations are no batch of ten."
        await stage.finish()

    run(scene)


def test_what_was_gathered_on_a_batch_that_failed_is_thrown_away() -> None:
    async def scene() -> None:
        for failure in (DatabaseUnavailable("Gone."), RowsDiffer("Others were here.")):
            stage = Stage()
            await stage.begin()
            stage.store.fails = failure
            stage.store.go_on.release()
            await stage.finish()
            assert stage.store.asked[1][0] == 0, "It is written again before what stands behind it."
            assert stage.store.position == ALL
            assert stage.store.loads > 1, "What the database has is read anew."

    run(scene)


def test_stopped_between_two_batches_it_gathers_no_more() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.source.stuck_at = 10
        await stage.begin()
        await asyncio.sleep(BATCH_S)
        stage.source.add()
        stage.store.go_on.release()
        await stage.settled()
        assert stage.sync.position == 10
        await stage.sync.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(scene)


def test_what_comes_behind_a_gap_is_not_passed_with_it() -> None:
    """Nothing was there when it was gathered ahead, and something is when its turn comes."""

    async def scene() -> None:
        source, store = Leaping(), Held()
        for _ in range(ENTRIES):
            source.add()
        sync = Bench.synchroniser(source, store, sync_entries_max=ENTRIES)
        await sync.begin(START)
        await Stage.settled()
        source.add_behind_the_gap()
        for _ in range(10):
            store.go_on.release()
        sync.notify()
        await sync.reached(Position(ALL + 1), timeout_s=60)
        await sync.stop()
        assert store.written == ENTRIES + 1

    run(scene)


async def nobody(_owner: OwnerId) -> bool:
    return False


def test_what_was_read_of_a_written_batch_only_since_is_not_the_first() -> None:
    """A list that moves is written with the entry behind it, before that was read."""

    async def scene() -> None:
        source, store = Overheard(), Held()
        bounds = SyncBounds(sync_entries_max=1)
        gathering = Gathering(cast(Journal, source), cast(SelectionStore, store), bounds, nobody)
        for _ in range(3):
            source.add()
        await gathering.next((Position(0), 0), Limits(1, 1))
        source.stuck_at = 1
        both = Batch(source.id, Position(0), 0, Position(2), [], [])
        async with gathering.while_writing(both, Limits(1, 1)):
            await Stage.settled()
            store.position = 2
        gathering.written(both.upto)
        source.goes_on.set()
        await gathering.next((Position(2), 0), Limits(1, 1))
        assert gathering.first is not None
        assert gathering.first[0] == 3

    run(scene)
