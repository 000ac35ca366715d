"""A thousand people with an open page and two hundred who work: all of them are served."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest

from tests.acceptance.faults.crowd import Crowd, crowd_at
from tests.acceptance.faults.wire import Wire
from tests.fixtures.servers import StartServer

IDLE = 1_000
BUSY = 200
CHANGES = 2 * BUSY
WORK_S_MAX = 120.0
ROUND_EVERY_S = 15.0
FILES_USUAL = 1_024
"""What a shell gives a process, unless told otherwise."""
THINK_S = 1.0
"""With it the load stays within what a slow machine can do: the number of people is the subject."""
LATE = {"database_unavailable", "outcome_unknown", "reading_late"}
"""What a machine says that is too slow all the same; nobody is refused for their number."""

NO_HURRY = {"SERTANTAI_DATABASE_CONNECT_TIMEOUT_S": "30", "SERTANTAI_DATABASE_COMMAND_TIMEOUT_S": "60"}


@pytest.mark.timeout(600)
async def test_a_thousand_idle_and_two_hundred_busy_connections_are_served(start_server: StartServer) -> None:
    with open_files(FILES_USUAL):
        server = start_server(**NO_HURRY)
    port = int(server.url.rpartition(":")[2])
    with open_files(IDLE * 4):
        idle = [Wire(port) for _ in range(IDLE)]
        try:
            await all_are_served(port, idle)
        finally:
            for wire in idle:
                wire.close()


async def all_are_served(port: int, idle: list[Wire]) -> None:
    for wire in idle:
        await wire.open()
    await each_is_answered(idle)
    opened = [wire.opened_at for wire in idle]
    async with kept_awake(idle), crowd_at(port, 4, lambda _opened_at: False, people=BUSY) as crowd:
        crowd.resume(think_s=THINK_S)
        await changes_made(crowd, CHANGES)
        tally = await crowd.pause()
        assert not set(tally.refused) - LATE, tally
        await crowd.settle()
    await each_is_answered(idle)
    assert [wire.opened_at for wire in idle] == opened, "idle connections were closed"


async def each_is_answered(wires: list[Wire]) -> None:
    for wire in wires:
        assert (await wire.ask("GET", "/health/live")).status == 200


@asynccontextmanager
async def kept_awake(wires: list[Wire]) -> AsyncIterator[None]:
    """Each says something now and then: what nobody uses for 75 s is closed, and this may take as long."""
    over = asyncio.Event()

    async def go_round() -> None:
        while not over.is_set():
            await each_is_answered(wires)
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND_EVERY_S):
                    await over.wait()

    rounds = asyncio.create_task(go_round())
    try:
        yield
    finally:
        over.set()
        await rounds


async def changes_made(crowd: Crowd, wanted: int) -> None:
    async with asyncio.timeout(WORK_S_MAX):
        while sum(one.tally.acknowledged for one in crowd.customers) < wanted:  # noqa: ASYNC110  # they count, they do not call
            await asyncio.sleep(0.05)


@contextmanager
def open_files(soft: int) -> Iterator[None]:
    """So many files may be open, here and in what is started meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
