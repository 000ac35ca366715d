"""Bugs of a synchroniser in a process of its own, to see that the simulation finds each."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from msgspec.structs import replace

from sertantai.sync.apart.supervised import SynchroniserApart
from sertantai.sync.status import Standing
from sertantai.sync.store import Watermark


def forget_what_was_set_aside() -> Any:
    """The next one is not told what the last had begun to set aside: nobody hears of it."""

    async def ordered(
        apart: SynchroniserApart, watermark: Watermark | None, left: Standing | None
    ) -> Watermark | None:
        return await original(apart, watermark, left and replace(left, rejecting=None))

    original = SynchroniserApart._ordered
    return mock.patch.object(SynchroniserApart, "_ordered", ordered)


def forget_to_start_the_next() -> Any:
    """Once it has ended there is none."""

    async def run(apart: SynchroniserApart) -> None:
        await apart._ends_or_hangs()
        apart._up.clear()
        apart._has_ended(await apart._worker.end())

    return mock.patch.object(SynchroniserApart, "_run", run)


def wait_for_one_that_is_gone() -> Any:
    """Who waits for the database waits for the process that was there then."""

    async def reached(apart: SynchroniserApart, position: Any, timeout_s: float) -> None:
        await apart._pipe.ask("reached", position, timeout_s)

    return mock.patch.object(SynchroniserApart, "reached", reached)


PLANTINGS: dict[str, Callable[[], Any]] = {
    one.__name__.replace("_", " "): one
    for one in (
        forget_what_was_set_aside,
        forget_to_start_the_next,
        wait_for_one_that_is_gone,
    )
}
