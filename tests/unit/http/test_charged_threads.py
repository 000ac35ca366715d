"""What a thread does in a request's name is charged to that request, whoever asked for the thread."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from sertantai.http import aside, turns
from sertantai.http.asgi import Message, Receive, Scope, Send
from sertantai.http.charged_threads import charge_for_threads
from sertantai.http.turns import Turns

SCOPE: Scope = {"type": "http", "method": "GET", "path_template": "/much"}
WORK_S = 0.25

Handler = Callable[[], Awaitable[Any]]


class Processor:
    """Each thread's time, which only `works` moves on."""

    def __init__(self) -> None:
        self._own = threading.local()

    def __call__(self) -> float:
        return getattr(self._own, "seconds", 0.0)

    def works(self) -> None:
        self._own.seconds = self() + WORK_S


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Processor:
    made = Processor()
    for clock in ("clock", "processor"):
        monkeypatch.setattr(turns, clock, made)
    return made


async def asked(handler: Handler, charge: Callable[[float], None]) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await handler()

    async def nothing(_message: Message | None = None) -> Any:
        raise AssertionError("nothing is read or sent")

    charge_for_threads()
    await Turns(app, charge=lambda _scope, seconds: charge(seconds))(SCOPE, nothing, nothing)


async def charged(handler: Handler) -> float:
    """What was charged for a request at its end."""
    charges: list[float] = []
    await asked(handler, charges.append)
    return sum(charges)


@pytest.mark.parametrize("beside", [asyncio.to_thread, aside.aside])
async def test_what_is_done_beside_the_loop_is_charged(
    processor: Processor, beside: Callable[..., Awaitable[Any]]
) -> None:
    async def handler() -> None:
        await asyncio.gather(beside(processor.works), beside(processor.works))

    assert await charged(handler) == pytest.approx(2 * WORK_S)


async def test_what_fails_is_charged_all_the_same(processor: Processor) -> None:
    def fail() -> None:
        processor.works()
        raise ZeroDivisionError

    async def handler() -> None:
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(fail)

    assert await charged(handler) == pytest.approx(WORK_S)


async def test_what_goes_on_after_the_request_was_given_up_is_charged_too(processor: Processor) -> None:
    begun, late, let = asyncio.Event(), asyncio.Event(), threading.Event()
    loop, charges = asyncio.get_running_loop(), list[float]()

    def long() -> None:
        loop.call_soon_threadsafe(begun.set)
        assert let.wait(30), "nobody let it"
        processor.works()

    async def handler() -> None:
        working = asyncio.ensure_future(asyncio.to_thread(long))
        await begun.wait()
        working.cancel()

    def charge(seconds: float) -> None:
        charges.append(seconds)
        if seconds:
            late.set()

    await asked(handler, charge)
    assert charges == [0]
    let.set()
    await asyncio.wait_for(late.wait(), 30)
    assert charges == [0, WORK_S]


async def test_what_nobody_asked_for_is_charged_to_nobody(processor: Processor) -> None:
    charge_for_threads()
    assert await asyncio.to_thread(partial(divmod, 7, 2)) == (3, 1)
    await asyncio.to_thread(processor.works)
