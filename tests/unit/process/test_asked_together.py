"""Many who want to know something at the same moment are one question, and nobody pays for another."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from sertantai.core.errors import DatabaseUnavailable
from sertantai.process.asked_together import AskedTogether


class Table:
    """Knows the length of words; answers when it is let."""

    def __init__(self, **bounds: int) -> None:
        self.questions: list[list[str]] = []
        self.answers = asyncio.Event()
        self.failure: Exception | None = None
        self.together: AskedTogether[str, int] = AskedTogether(self._ask, **{"keys_max": 3, **bounds})

    async def _ask(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.questions.append(list(keys))
        await self.answers.wait()
        if self.failure is not None and "bad" in keys:
            raise self.failure
        return {key: len(key) for key in keys if key != "unknown"}

    def ask(self, *words: str) -> "list[asyncio.Task[int | None]]":
        return [asyncio.create_task(self.together.get(word)) for word in words]


async def started() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_comes_meanwhile_goes_into_the_next_question() -> None:
    table = Table()
    first = table.ask("one")
    await started()
    later = table.ask("three", "seven", "three", "unknown", "four")
    await started()
    table.answers.set()
    assert await asyncio.gather(*first, *later) == [3, 5, 5, 5, None, 4]
    assert table.questions == [["one"], ["three", "seven", "unknown"], ["four"]]


async def test_what_is_told_was_asked_after_they_came() -> None:
    table = Table()
    first = table.ask("one")
    await started()
    again = table.ask("one")
    await started()
    table.answers.set()
    assert await asyncio.gather(*first, *again) == [3, 3]
    assert table.questions == [["one"], ["one"]]


async def test_so_many_questions_are_under_way() -> None:
    table = Table(questions_max=2)
    table.ask("one")
    await started()
    table.ask("two")
    await started()
    last = table.ask("three")
    await started()
    assert table.questions == [["one"], ["two"]]
    table.answers.set()
    assert await last[0] == 5


async def test_what_is_wrong_with_one_is_nothing_to_the_others() -> None:
    table = Table()
    table.failure = ValueError("of one alone")
    first = table.ask("one")
    await started()
    others = table.ask("two", "bad", "three")
    await started()
    table.answers.set()
    answers = await asyncio.gather(*first, *others, return_exceptions=True)
    assert answers == [3, 3, table.failure, 5]


async def test_where_nobody_can_be_asked_all_are_told_and_it_is_not_tried_for_each() -> None:
    table = Table()
    table.failure = DatabaseUnavailable("away")
    first = table.ask("one")
    await started()
    others = table.ask("two", "bad")
    await started()
    table.answers.set()
    assert await asyncio.gather(*first, *others, return_exceptions=True) == [3, table.failure, table.failure]
    assert len(table.questions) == 2


async def test_who_goes_away_takes_no_answer_from_another() -> None:
    table = Table()
    first = table.ask("one")
    await started()
    going, staying = table.ask("two", "two")
    await started()
    going.cancel()
    table.answers.set()
    assert await staying == 3
    with pytest.raises(asyncio.CancelledError):
        await going
    assert await first[0] == 3


async def test_who_comes_as_the_last_question_ends_is_asked_for_too() -> None:
    """In the turn between the end of the task that asks and what is called when it has ended."""
    asked: list[str] = []
    begun = []

    async def ask(keys: Sequence[str]) -> Mapping[str, int]:
        asked.extend(keys)
        if keys == ["one"]:
            asyncio.get_running_loop().call_soon(begin)
        return dict.fromkeys(keys, 1)

    def begin() -> None:
        late = together.get("late")
        late.send(None)
        begun.append(late)

    together: AskedTogether[str, int] = AskedTogether(ask, keys_max=3)
    assert await together.get("one") == 1
    await started()
    assert asked == ["one", "late"]
    for late in begun:
        late.close()
