"""Undos of one owner wait for each other, so many and so long; nobody waits for another owner's."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from sertantai.lists.undo_turns import UNDOS_AT_ONCE_MAX, UndosBusy, UndoTurns
from tests.unit.engine.engine_house import ANN, BEN


async def test_as_many_wait_as_may_and_one_more_is_refused() -> None:
    turns, ends, order = UndoTurns(wait_s=60), asyncio.Event(), list[int]()

    async def undo(number: int) -> None:
        async with turns.of(ANN):
            order.append(number)
            await ends.wait()

    asked = [asyncio.create_task(undo(number)) for number in range(UNDOS_AT_ONCE_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(UndosBusy):
        await undo(UNDOS_AT_ONCE_MAX)
    async with turns.of(BEN):
        assert order == [0], "one at a time"
    ends.set()
    await asyncio.gather(*asked)
    assert order == list(range(UNDOS_AT_ONCE_MAX))
    await undo(-1)
    assert not turns._turns, "of owners who undo nothing, nothing is kept"


async def test_nobody_waits_for_ever() -> None:
    turns = UndoTurns(wait_s=0.01)
    async with AsyncExitStack() as held:
        await held.enter_async_context(turns.of(ANN))
        with pytest.raises(UndosBusy):
            async with turns.of(ANN):
                raise AssertionError("the first one is not over")
    async with turns.of(ANN):
        pass
