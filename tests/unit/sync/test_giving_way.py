"""Who ticks comes first: the synchroniser pauses between its batches, but for nobody who waits for it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import Origin, Select, encode
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.bounds import Bounds
from sertantai.journal.protocol import Entry, Journal
from sertantai.process.new_ids import new_id
from sertantai.sync.pacing import BEHIND_SHARE, BUSY_SHARE, FRESH_S
from sertantai.sync.store import Batch, SelectionStore, Snapshot, Watermark
from sertantai.sync.synchroniser import Synchroniser
from tests.simulation.virtual_loop import VirtualLoop

OWNER, GROUP = OwnerId(UUID(int=1)), GroupId(UUID(int=2))
BATCH_S = 0.05
TICK_S = 0.001
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class LoopClock:
    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Source:
    """A journal to which an entry is added every millisecond while ``flowing``."""

    def __init__(self) -> None:
        self.id = JournalId(UUID(int=3))
        self.first = Position(1)
        self.entries: list[Entry] = []

    @property
    def last(self) -> Position:
        return Position(len(self.entries))

    def add(self) -> None:
        common: dict[str, Any] = {"owner": OWNER, "group": GROUP, "origin": Origin(UserId(OWNER))}
        number = len(self.entries) + 1
        select = Select(id=OperationId(new_id()), at=LoopClock().now(), record=RecordNo(number), **common)
        self.entries.append(Entry(Position(number), encode(select)))

    async def compare(self, watermark: Position, highest: Position) -> None:
        """It lacks nothing."""

    async def advance(self, highest: Position) -> None:
        """Nobody has given out a position of it but itself."""

    async def read(self, after: Position, entries_max: int) -> list[Entry]:
        return self.entries[after : after + entries_max]

    async def flow(self, seconds: float, notify: Callable[[], None]) -> None:
        for _ in range(int(seconds / TICK_S)):
            self.add()
            notify()
            await asyncio.sleep(TICK_S)


BEGINNING = Watermark(Position(0), 0, Position(0))


class Slow:
    """A store whose every batch takes `BATCH_S`, and how long it was busy."""

    def __init__(self) -> None:
        self.busy_s = 0.0

    def for_synchroniser(self) -> "Slow":
        return self

    async def take(self, journal: JournalId) -> Watermark:
        return BEGINNING

    def expect(self, moved: int) -> None: ...

    async def load(self, owners: list[OwnerId], journal: JournalId) -> Snapshot:
        group = GroupState(GROUP, "default", EPOCH, EPOCH, is_default=True)
        return Snapshot(
            BEGINNING,
            {owner: OwnerState(owner, {GROUP: group}) for owner in owners},
        )

    async def apply(self, batch: Batch) -> None:
        await asyncio.sleep(BATCH_S)
        self.busy_s += BATCH_S


async def nobody(_owner: OwnerId) -> bool:
    return False


class Bench:
    def __init__(self, **bounds: Any) -> None:
        self.source, self.store = Source(), Slow()
        self.sync = self.synchroniser(self.source, self.store, **bounds)

    @staticmethod
    def synchroniser(source: Source, store: Slow, **bounds: Any) -> Synchroniser:
        return Synchroniser(
            cast(Journal, source),
            cast(SelectionStore, store),
            LoopClock(),
            Bounds(**bounds),
            on_synced=lambda _position, _owners: None,
            on_rejected=lambda _rejection: None,
            doubts=nobody,
        )


def run(scene: Callable[[], Awaitable[None]]) -> None:
    loop = VirtualLoop(random.Random(1), unfair=False)
    try:
        loop.run_until_complete(scene())
    finally:
        loop.close()


def test_batches_take_a_small_share_of_the_time_while_ticks_keep_coming() -> None:
    async def scene() -> None:
        bench = Bench()
        await bench.sync.begin(Watermark(Position(0), 0, Position(0)))
        await bench.source.flow(1.5, bench.sync.notify)
        assert 0 < bench.store.busy_s <= 1.5 * BUSY_SHARE + BATCH_S
        await bench.sync.stop()

    run(scene)


def test_once_changes_have_waited_long_batches_take_a_larger_share() -> None:
    async def scene() -> None:
        bench = Bench(sync_entries_max=10)
        await bench.sync.begin(Watermark(Position(0), 0, Position(0)))
        await bench.source.flow(FRESH_S, bench.sync.notify)
        before = bench.store.busy_s
        await bench.source.flow(4, bench.sync.notify)
        assert bench.store.busy_s - before == pytest.approx(4 * BEHIND_SHARE, rel=0.2)
        await bench.sync.stop()

    run(scene)


def test_nothing_pauses_once_no_more_comes_in() -> None:
    async def scene() -> None:
        bench = Bench(sync_entries_max=100, sync_interval_s=0.0)
        await bench.source.flow(0.5, bench.sync.notify)
        await bench.sync.begin(Watermark(Position(0), 0, Position(0)))
        await asyncio.sleep(6 * BATCH_S)
        assert bench.sync.position == bench.source.last
        await bench.sync.stop()

    run(scene)


def test_whoever_waits_for_the_database_ends_the_pause() -> None:
    async def scene() -> None:
        bench = Bench()
        await bench.sync.begin(Watermark(Position(0), 0, Position(0)))
        flowing = asyncio.ensure_future(bench.source.flow(1, bench.sync.notify))
        await asyncio.sleep(0.5)
        asked_at = LoopClock().monotonic()
        await bench.sync.reached(bench.source.last, timeout_s=5)
        assert LoopClock().monotonic() - asked_at <= 3 * BATCH_S
        await flowing
        await bench.sync.stop()

    run(scene)
