"""A connection with nothing to do is closed in its time, and never while there is something to do."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
import uvicorn

from sertantai.http.protocol.http_protocol import BoundedHttp
from sertantai.http.protocol.idle_clock import IdleClock

IDLE_S = 1


class Timer:
    def __init__(self, rings_at: float, work: Callable[[], None]) -> None:
        self.rings_at = rings_at
        self.work: Callable[[], None] | None = work

    def cancel(self) -> None:
        self.work = None


class Loop:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, work: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now + seconds, work))
        return self.timers[-1]

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [one for one in self.timers if one.rings_at <= end]:
            first = min(due, key=lambda one: one.rings_at)
            self.timers.remove(first)
            self.now = max(self.now, first.rings_at)
            if first.work is not None:
                first.work()
        self.now = end


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def closed() -> list[float]:
    return []


@pytest.fixture
def clock(loop: Loop, closed: list[float]) -> IdleClock:
    return IdleClock(cast(asyncio.AbstractEventLoop, loop), 10, lambda: closed.append(loop.now))


def test_a_pause_ends_the_connection_in_its_time(loop: Loop, clock: IdleClock, closed: list[float]) -> None:
    clock.begin()
    loop.pass_time(9.9)
    assert closed == []
    loop.pass_time(100)
    assert closed == [110]


def test_each_pause_has_all_of_its_time(loop: Loop, clock: IdleClock, closed: list[float]) -> None:
    for _ in range(5):
        clock.begin()
        loop.pass_time(7)
        clock.end()
    clock.begin()
    loop.pass_time(9.9)
    assert closed == []
    loop.pass_time(0.1)
    assert closed == [145]


def test_nothing_is_ended_while_there_is_something_to_do(
    loop: Loop, clock: IdleClock, closed: list[float]
) -> None:
    clock.begin()
    clock.end()
    loop.pass_time(1_000)
    assert (closed, loop.timers) == ([], [])
    clock.begin()
    loop.pass_time(10)
    assert closed == [1_110]


def test_many_pauses_share_one_timer_and_the_end_of_the_connection_ends_it(
    loop: Loop, clock: IdleClock, closed: list[float]
) -> None:
    for _ in range(1_000):
        clock.begin()
        clock.end()
    clock.begin()
    assert len(loop.timers) == 1
    clock.stop()
    loop.pass_time(1_000)
    assert (closed, loop.timers) == ([], [])


async def late(_scope: Any, _receive: Any, send: Any) -> None:
    """Works for longer than a connection may be idle."""
    await asyncio.sleep(IDLE_S * 1.5)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_the_server_ends_idle_connections_and_none_that_waits_for_its_answer() -> None:
    config = uvicorn.Config(
        late, port=0, http=BoundedHttp, ws="none", lifespan="off", log_config=None, timeout_keep_alive=IDLE_S
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname()[:2])
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            async with asyncio.timeout(30):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()
    finally:
        await server.shutdown()
