"""When what happens to a list is told: at once after a rest, gathered under load, a little in each turn."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from sertantai.core.ids import OperationId, Position, UserId
from sertantai.live import due as module
from sertantai.live.bounds import FLUSH_EVERY_S, FLUSHES_AT_ONCE, WRITES_AT_ONCE
from sertantai.live.due import LISTS_AT_ONCE, Due, flushes_at_once
from sertantai.live.steps import Step
from sertantai.live.topics import Kind, Topic
from sertantai.live.watched import Watched
from tests.unit.live.people import channel

ANNA = UserId(UUID(int=1))


def watched(number: int = 1) -> Watched:
    made = Watched(Topic(Kind.LIST, UUID(int=number)), None)
    made.add(channel(number)[0])
    return made


def step(number: int) -> Step:
    operation = OperationId(UUID(int=number))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Step(Position(number - 1), Position(number), 1, ANNA, "manual", at, (operation,))


class Flushes:
    def __init__(self) -> None:
        self.flushed: list[Watched] = []
        self.is_behind = False
        self.fails = False
        self.due = Due(self._flush, lambda: self.is_behind, lambda: 100.0)

    async def some(self) -> None:
        """Until the next turn that flushes any."""
        before = len(self.flushed)
        while len(self.flushed) == before:  # noqa: ASYNC110  # nobody tells when
            await asyncio.sleep(0)

    def put(self, one: Watched) -> None:
        one.put(step(1), 100.0)
        self.due.put(one)

    def _flush(self, one: Watched) -> None:
        self.flushed.append(one)
        one.pending.clear()
        if self.fails:
            raise RuntimeError("as any mistake would")


def taken(one: Watched, now: float, at_once: int = FLUSHES_AT_ONCE) -> int:
    """How many flushes need not wait, one after the other."""
    count = 0
    while one.wait_s(now, FLUSH_EVERY_S, at_once) < 1e-9:
        one.flushed(now, FLUSH_EVERY_S, at_once)
        count += 1
    return count


def test_after_a_rest_some_go_out_at_once_and_then_one_each_so_often() -> None:
    one = watched()
    assert taken(one, 100.0) == FLUSHES_AT_ONCE
    assert one.wait_s(100.0, FLUSH_EVERY_S, FLUSHES_AT_ONCE) == pytest.approx(FLUSH_EVERY_S)
    # In ten seconds without a rest there are as many as there may be, and those of the beginning.
    ticks = sum(taken(one, 100.0 + tick / 1000) for tick in range(1, 10_001))
    assert ticks == pytest.approx(10 / FLUSH_EVERY_S, abs=1)
    assert taken(one, 200.0) == FLUSHES_AT_ONCE  # and no more are saved up by a longer one


def test_flushes_that_waited_for_nothing_put_the_next_off_by_one_and_no_more() -> None:
    one = watched()
    for _ in range(1_000):  # as people come one after the other
        one.flushed(100.0, FLUSH_EVERY_S, FLUSHES_AT_ONCE)
    assert one.wait_s(100.0, FLUSH_EVERY_S, FLUSHES_AT_ONCE) == pytest.approx(FLUSH_EVERY_S)


def test_of_a_list_with_many_watchers_there_is_one_each_so_often() -> None:
    one = watched()
    for number in range(2, WRITES_AT_ONCE + 1):
        one.add(channel(number)[0])
    assert flushes_at_once(one) == FLUSHES_AT_ONCE
    one.add(channel(WRITES_AT_ONCE + 1)[0])
    assert flushes_at_once(one) == 1
    assert taken(one, 100.0, 1) == 1


async def test_each_list_is_flushed_once_for_all_that_is_pending_and_in_a_later_turn() -> None:
    flushes, one = Flushes(), watched()
    flushes.put(one)
    flushes.put(one)
    assert flushes.flushed == []
    await flushes.some()
    assert flushes.flushed == [one]
    flushes.put(one)
    await flushes.some()
    assert flushes.flushed == [one, one]


async def test_many_lists_are_flushed_in_several_turns_in_order() -> None:
    flushes = Flushes()
    lists = [watched(number) for number in range(1, 2 * LISTS_AT_ONCE + 2)]
    for one in lists:
        flushes.put(one)
    for turn in (1, 2):
        await flushes.some()
        assert flushes.flushed == lists[: turn * LISTS_AT_ONCE]
    await flushes.some()
    assert flushes.flushed == lists


async def test_one_that_fails_keeps_the_others_from_nothing() -> None:
    flushes, lists = Flushes(), [watched(1), watched(2)]
    flushes.fails = True
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, said: failures.append(said["exception"]))
    for one in lists:
        flushes.put(one)
    await flushes.some()
    await flushes.some()
    assert flushes.flushed == lists
    assert len(failures) == 2


async def test_nothing_more_is_put_behind_what_has_not_been_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH_EVERY_S", 0.001)
    flushes, one = Flushes(), watched()
    flushes.is_behind = True
    flushes.put(one)
    await asyncio.sleep(0.01)
    assert flushes.flushed == []
    flushes.is_behind = False
    await flushes.some()
    assert flushes.flushed == [one]
