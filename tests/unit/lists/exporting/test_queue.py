"""Two exports run, twenty wait, and nobody has two."""

from uuid import uuid4

import pytest

from sertantai.core.ids import UserId
from sertantai.lists.exporting import queue
from sertantai.lists.exporting.queue import AT_ONCE_MAX, WAITING_MAX, ExportQueue, TooManyExports


def somebody() -> UserId:
    return UserId(uuid4())


async def test_two_run_twenty_wait_and_the_next_is_told_when_to_come_back() -> None:
    exports = ExportQueue()
    turns = [exports.join(somebody()) for _ in range(AT_ONCE_MAX + WAITING_MAX)]
    assert [turn.began.done() for turn in turns] == [True] * AT_ONCE_MAX + [False] * WAITING_MAX
    with pytest.raises(TooManyExports) as refused:
        exports.join(somebody())
    assert refused.value.retry_after_s
    for at, turn in enumerate(turns[:-AT_ONCE_MAX]):
        turn.end()
        turn.end()  # any number of times
        assert sum(one.began.done() for one in turns) == min(len(turns), at + 1 + AT_ONCE_MAX)
    for turn in turns:
        turn.end()
    assert [exports.join(somebody()).began.done() for _ in range(3)] == [True, True, False]


async def test_nobody_has_two_and_whoever_leaves_makes_room() -> None:
    exports, one = ExportQueue(), somebody()
    first = exports.join(one)
    with pytest.raises(TooManyExports):
        exports.join(one)
    first.end()
    again, other = exports.join(one), exports.join(somebody())
    waiting, behind = exports.join(somebody()), exports.join(somebody())
    waiting.end()
    again.end()
    assert (other.is_running, waiting.is_running, behind.is_running) == (True, False, True)


async def test_a_slow_reader_makes_way_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "TURN_S_MAX", 0.02)
    exports = ExportQueue()
    slow = [exports.join(somebody()) for _ in range(AT_ONCE_MAX)]
    behind = exports.join(somebody())
    await behind.began
    with pytest.raises(TooManyExports):
        exports.join(slow[0].who)
