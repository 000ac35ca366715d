"""A task that is told to stop has stopped, whatever drops the first word of it."""

import asyncio

import pytest

from sertantai.process import ending
from sertantai.process.background import BackgroundService

LIMIT_S = 60


class Deaf(BackgroundService):
    """Waits as `asyncio.wait_for` of Python 3.11 does: what is there in time outweighs a cancellation."""

    task_name = "deaf"

    def __init__(self) -> None:
        self.waits = asyncio.Event()
        self.dropped = 0

    async def _run(self) -> None:
        while True:
            self.waits.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if self.dropped:
                    raise
                self.dropped += 1


async def test_a_service_that_missed_the_word_is_stopped_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ending, "CANCELLED_AGAIN_S", 0.01)
    service = Deaf()
    await service.start()
    await service.waits.wait()
    async with asyncio.timeout(LIMIT_S):
        await service.stop()
    assert service.dropped == 1


async def test_what_it_does_at_its_end_is_not_cut_off() -> None:
    done = []

    async def tidy() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            done.append("tidied")

    task = asyncio.create_task(tidy())
    await asyncio.sleep(0)
    await ending.end(task)
    assert done == ["tidied"]


async def test_the_fault_by_which_it_had_ended_is_no_fault_of_who_stops_it() -> None:
    async def fail() -> None:
        raise RuntimeError("a fault")

    task = asyncio.create_task(fail())
    await asyncio.wait((task,))
    await ending.end(task)
    assert isinstance(task.exception(), RuntimeError)
