"""Two exports run, twenty wait, and nobody has two."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from sertantai.core.ids import UserId
from sertantai.lists.exporting import queue
from sertantai.lists.exporting.queue import AT_ONCE_MAX, WAITING_MAX, ExportQueue, TooManyExports, Turn
from sertantai.process.under_way import UnderWay, Work, WorkKind


def somebody() -> UserId:
    return UserId(uuid4())


def joins(exports: ExportQueue, who: UserId, under_way: UnderWay | None = None) -> Turn:
    return exports.join(who, (under_way or UnderWay()).piece(who, WorkKind.EXPORT, id=str(who)))


async def test_two_run_twenty_wait_and_the_next_is_told_when_to_come_back() -> None:
    exports = ExportQueue()
    turns = [joins(exports, somebody()) for _ in range(AT_ONCE_MAX + WAITING_MAX)]
    assert [turn.began.done() for turn in turns] == [True] * AT_ONCE_MAX + [False] * WAITING_MAX
    with pytest.raises(TooManyExports) as refused:
        joins(exports, somebody())
    assert refused.value.retry_after_s
    for at, turn in enumerate(turns[:-AT_ONCE_MAX]):
        turn.end()
        turn.end()  # any number of times
        assert sum(one.began.done() for one in turns) == min(len(turns), at + 1 + AT_ONCE_MAX)
    for turn in turns:
        turn.end()
    assert [joins(exports, somebody()).began.done() for _ in range(3)] == [True, True, False]


async def test_nobody_has_two_and_whoever_leaves_makes_room() -> None:
    exports, one = ExportQueue(), somebody()
    first = joins(exports, one)
    with pytest.raises(TooManyExports):
        joins(exports, one)
    first.end()
    again, other = joins(exports, one), joins(exports, somebody())
    waiting, behind = joins(exports, somebody()), joins(exports, somebody())
    waiting.end()
    again.end()
    assert (other.is_running, waiting.is_running, behind.is_running) == (True, False, True)


async def test_a_slow_reader_makes_way_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "TURN_S_MAX", 0.02)
    exports = ExportQueue()
    slow = [joins(exports, somebody()) for _ in range(AT_ONCE_MAX)]
    behind = joins(exports, somebody())
    await behind.began
    with pytest.raises(TooManyExports):
        joins(exports, slow[0].who)


async def test_those_who_wait_hear_how_many_are_before_them_and_how_it_ended() -> None:
    exports, under_way, last = ExportQueue(), UnderWay(), dict[str, Work]()
    under_way.listeners.append(lambda _whose, work: last.update({work.id: work}))
    people = [somebody() for _ in range(AT_ONCE_MAX + 3)]
    turns = [joins(exports, who, under_way) for who in people]

    def told() -> list[tuple[str, int | None]]:
        return [(last[str(who)].state, last[str(who)].ahead) for who in people]

    running = ("running", None)
    assert told() == [running, running, ("waiting", 2), ("waiting", 3), ("waiting", 4)]
    turns[3].end()  # hangs up while they wait
    assert told()[2:] == [("waiting", 2), ("failed", None), ("waiting", 3)]

    async def whole() -> AsyncIterator[bytes]:
        yield b"a,b"

    assert [part async for part in turns[0].to_its_end(whole())] == [b"a,b"]
    turns[0].end()
    assert told() == [("done", None), running, running, ("failed", None), ("waiting", 2)]
    assert [len(under_way.of(who)) for who in people] == [0, 1, 1, 0, 1]
