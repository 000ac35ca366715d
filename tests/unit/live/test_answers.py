"""Joins wait while what was answered before is unread: in order, and not made shorter by it."""

import asyncio
from contextlib import suppress

from sertantai.live.answers import Answers
from sertantai.live.bounds import (
    CUT_BYTES,
    CUT_S,
    LAGGING_BYTES,
    LAGGING_S_MAX,
    LONG_POLL_BYTES_MAX,
    SNAPSHOT_IDS_MAX,
)
from sertantai.live.frames import Version
from sertantai.live.long_poll import LongPoll
from sertantai.live.messages import Form, Written
from sertantai.live.screens import Screen
from tests.unit.live.people import LIST, Sheet, caller, message, screen

FORM = Form(Version.V2, "1", str(LIST))
ID_BYTES = 39
"""Of a law in a list of them: 36 characters, quotes and a comma."""


async def turns() -> None:
    """Whatever can go on has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_they_wait_until_there_is_room_and_go_on_in_order() -> None:
    sheet, answered = Sheet(), list[int]()
    answers = Answers(sheet)

    async def answer(number: int) -> None:
        async with answers.turn():
            answered.append(number)
            sheet.unread_bytes += LAGGING_BYTES // 2 + 1

    def has_room() -> bool:
        return answers.have_room

    sheet.unread_bytes = LAGGING_BYTES
    assert has_room()
    sheet.unread_bytes = LAGGING_BYTES + 1
    assert not has_room()
    tasks = [asyncio.create_task(answer(number)) for number in range(5)]
    await turns()
    assert (answered, answers.are_waiting) == ([], True)
    for so_far in ([0, 1], [0, 1, 2, 3], [0, 1, 2, 3, 4]):
        sheet.unread_bytes = 0
        assert not has_room(), "others were there before"
        answers.drained()
        await turns()
        assert answered == so_far
    await asyncio.gather(*tasks)
    assert has_room()


async def test_who_is_given_up_holds_up_nobody() -> None:
    sheet, answered = Sheet(), list[int]()
    answers = Answers(sheet)
    sheet.unread_bytes = LAGGING_BYTES + 1

    async def answer(number: int) -> None:
        async with answers.turn():
            answered.append(number)

    tasks = [asyncio.create_task(answer(number)) for number in range(3)]
    await turns()
    for task in tasks[:2]:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    answers.drained()
    await turns()
    assert answered == [], "there is no room yet"
    sheet.unread_bytes = 0
    answers.drained()
    await tasks[2]
    assert answered == [2]
    answers.drained()


# ------------------------------------------------------------------------------------------ the slow


def lagging(now: float, unread: int = LAGGING_BYTES + 1) -> tuple[Screen, Sheet]:
    slow, sheet = screen(1)
    sheet.unread_bytes = unread
    assert slow.is_lagging(now)
    return slow, sheet


def test_who_takes_nothing_of_much_is_lost_after_a_moment_and_who_takes_something_is_not() -> None:
    slow, sheet = lagging(100.0, CUT_BYTES + 1)
    assert not slow.is_lost(100.0 + CUT_S)
    sheet.unread_bytes -= 1
    assert not slow.is_lost(100.5 + CUT_S)
    sheet.unread_bytes += 1
    assert not slow.is_lost(100.5 + 2 * CUT_S), "it took something half a second ago"
    assert slow.is_lost(100.6 + 2 * CUT_S)
    sheet.unread_bytes = CUT_BYTES
    assert not slow.is_lost(100.6 + 2 * CUT_S)


def test_answers_to_who_takes_nothing_do_not_look_like_reading() -> None:
    slow, sheet = lagging(0.0, CUT_BYTES + 1)
    for second in range(int(CUT_S) + 1):
        text = message("still there?").written(FORM)
        slow.write(text)
        sheet.unread_bytes += len(text.frame)
        assert not slow.is_lost(float(second))
    assert slow.is_lost(CUT_S + 1)


def test_who_reads_slowly_but_reads_goes_on_and_who_hardly_reads_does_not() -> None:
    slow, sheet = lagging(0.0, 4 * LAGGING_BYTES)
    assert not slow.is_lost(LAGGING_S_MAX)
    sheet.unread_bytes -= LAGGING_BYTES
    assert not slow.is_lost(LAGGING_S_MAX + 1)
    sheet.unread_bytes -= LAGGING_BYTES - 1
    assert not slow.is_lost(2 * LAGGING_S_MAX + 1)
    assert slow.is_lost(2 * LAGGING_S_MAX + 2)
    idle, _ = lagging(0.0)
    assert not idle.is_lost(LAGGING_S_MAX)
    assert idle.is_lost(LAGGING_S_MAX + 1)


def test_who_does_not_lag_is_not_lost() -> None:
    quick, _ = screen(1)
    assert not quick.is_lagging(0.0)
    assert not quick.is_lost(1_000.0)


# --------------------------------------------------------------------------------------- long-poll


class Told:
    """As much of a conversation as its outlet asks of it."""

    def __init__(self, poll: LongPoll) -> None:
        self.screen = Screen(caller(1), None, poll, 0.0)
        self.is_gone = False

    def drained(self) -> None:
        self.screen.answers.drained()

    def gone(self) -> None:
        self.is_gone = True


async def test_who_comes_back_by_long_poll_to_many_lists_is_given_all_by_and_by() -> None:
    """Some more in each answer than a socket may leave unread, not one answer for each of them."""
    poll = LongPoll("token", wait_s=5.0)
    poll.conversation = told = Told(poll)  # type: ignore[assignment]  # as above
    answer = b"x" * 20_000

    async def join() -> None:
        async with told.screen.answers.turn():
            told.screen.write(Written(answer))

    joins = [asyncio.create_task(join()) for _ in range(100)]
    await turns()
    assert poll.unread_bytes <= LAGGING_BYTES + len(answer)
    fetched = count = 0
    while count < len(joins):
        some = await poll.fetch()
        assert sum(map(len, some)) <= LAGGING_BYTES + 2 * len(answer)
        count += len(some)
        fetched += 1
    await asyncio.gather(*joins)
    assert not told.is_gone
    assert fetched <= 30


def test_the_longest_answer_fits_beside_what_may_be_unread() -> None:
    assert LAGGING_BYTES + SNAPSHOT_IDS_MAX * ID_BYTES + 64 * 1024 < LONG_POLL_BYTES_MAX
