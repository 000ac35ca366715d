"""The feed: in order, bounded, and nobody is waited for; who is too slow is told so."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.ids import OwnerId, RecordNo
from sertantai.core.operations import BulkSelect, ClearAll, Select
from sertantai.engine import feed as feeds
from sertantai.engine.bounds import Bounds
from sertantai.engine.feed import Changed, Entry, Feed, FeedCut, Lost, ReadAnew, Rejected
from tests.unit.engine.engine_house import ANN, BEN, LIST_OF, House, by


def lost(number: int) -> Lost:
    return Lost(OwnerId(UUID(int=number)))


def numbers(entries: Any) -> list[int]:
    return [entry.owner.int for entry in entries]


def test_a_reader_reads_what_came_after_it_in_order() -> None:
    feed = Feed()
    feed.add(lost(1))
    reader = feed.subscribe()
    for number in (2, 3):
        feed.add(lost(number))
    assert numbers(reader.at_hand()) == [2, 3]
    assert list(reader.at_hand()) == []
    feed.add(lost(4))
    assert numbers(reader.at_hand()) == [4]


def test_nothing_is_kept_that_all_have_read() -> None:
    feed = Feed()
    feed.add(lost(1))
    assert feed.waiting == 0, "nobody reads"
    quick, slow = feed.subscribe(), feed.subscribe()
    for number in range(1, 4):
        feed.add(lost(number), 10)
    assert numbers(quick.at_hand()) == [1, 2, 3]
    assert (feed.waiting, feed.waiting_bytes) == (3, 30)
    slow.close()
    assert (feed.waiting, feed.waiting_bytes) == (0, 0)
    feed.add(lost(4))
    assert numbers(quick.at_hand()) == [4]


@pytest.mark.parametrize("bound", [{"entries_max": 3}, {"bytes_max": 30}])
def test_who_is_too_slow_is_cut_and_told_so(bound: dict[str, int]) -> None:
    feed = Feed(**bound)
    quick, slow = feed.subscribe(), feed.subscribe()
    for number in range(1, 4):
        feed.add(lost(number), 10)
    assert numbers(quick.at_hand()) == [1, 2, 3]
    assert (feed.waiting, feed.waiting_bytes) == (3, 30), "at its bounds"
    feed.add(lost(4), 10)
    assert (feed.waiting, feed.waiting_bytes) == (3, 30)
    with pytest.raises(FeedCut):
        list(slow.at_hand())
    assert numbers(quick.at_hand()) == [4], "the other one hears nothing of that"
    assert feed.waiting == 0, "nothing is kept for who was cut"
    again = feed.subscribe()
    feed.add(lost(5), 10)
    assert numbers(again.at_hand()) == [5]


def test_the_bounds_are_those_that_are_named() -> None:
    feed = Feed()
    assert (feed._entries_max, feed._bytes_max) == (feeds.ENTRIES_MAX, feeds.BYTES_MAX)
    reader = feed.subscribe()
    feed.add(lost(1), feeds.BYTES_MAX)
    assert numbers(reader.at_hand()) == [1]
    feed.add(lost(2), feeds.BYTES_MAX + 1)
    with pytest.raises(FeedCut):
        list(reader.at_hand())


async def test_a_reader_that_waits_is_woken_and_ends_with_the_engine() -> None:
    feed, heard = Feed(), list[Entry]()

    async def read() -> None:
        async for entry in reader:
            heard.append(entry)

    reader = feed.subscribe()
    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    feed.add(lost(1))
    feed.wake()
    while not heard:  # noqa: ASYNC110  # a turn of the loop or two
        await asyncio.sleep(0)
    feed.add(lost(2))
    feed.close()
    await asyncio.wait_for(task, 60)
    assert numbers(heard) == [1, 2], "to the end"
    assert not feed.has_readers


async def test_a_reader_with_much_before_it_lets_others_go_on() -> None:
    feed, turns = Feed(), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    reader = feed.subscribe()
    for number in range(4 * feeds.YIELD_ENTRIES):
        feed.add(lost(number))
    feed.close()
    task = asyncio.create_task(others())
    assert len([entry async for entry in reader]) == 4 * feeds.YIELD_ENTRIES
    assert turns >= 3
    task.cancel()


async def test_the_engine_tells_each_change_with_the_version_before_it(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(sync_interval_s=0))
    await house.open()
    reader = house.engine.feed.subscribe()
    many = pack(bitmap(range(1, 301)))
    await house.engine.perform(BulkSelect(records=many, **by(ANN, LIST_OF[ANN])))
    await house.engine.perform(Select(record=RecordNo(5), **by(BEN, LIST_OF[BEN])))
    await house.engine.perform(Select(record=RecordNo(5), **by(BEN, LIST_OF[BEN])))  # it is there already
    await house.engine.perform(ClearAll(**by(ANN, LIST_OF[ANN])))
    told = list(reader.at_hand())
    assert all(isinstance(entry, Changed) for entry in told)
    changes = [entry for entry in told if isinstance(entry, Changed)]
    assert [(one.change.position, one.before, one.count) for one in changes] == [
        (1, 0, 300),
        (2, 0, 1),
        (4, 1, 0),
    ]
    group = changes[0].change.group
    assert group is not None
    assert not group.records, "no whole list is kept in memory for it"
    await house.engine.forget(BEN)
    assert list(reader.at_hand()) == [Lost(BEN)]
    await house.close()
    assert not house.engine.feed.has_readers or house.engine.feed.is_closed


async def test_what_postgresql_refuses_is_told_and_then_that_it_is_read_anew(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(sync_interval_s=0))
    await house.open()
    reader = house.engine.feed.subscribe()
    await house.engine.perform(Select(record=RecordNo(2**31 - 1), **by(ANN, LIST_OF[ANN])))
    await house.engine.flush()
    kinds = [type(entry) for entry in reader.at_hand()]
    assert kinds == [Changed, Rejected, ReadAnew]
    await house.close()


async def test_a_reader_that_never_reads_holds_nobody_up(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(sync_interval_s=0))
    await house.open()
    house.engine.feed._entries_max = 2
    reader = house.engine.feed.subscribe()
    for record in range(1, 6):
        await house.engine.perform(Select(record=RecordNo(record), **by(ANN, LIST_OF[ANN])))
    assert house.engine.feed.waiting == 2
    with pytest.raises(FeedCut):
        list(reader.at_hand())
    await house.close()
