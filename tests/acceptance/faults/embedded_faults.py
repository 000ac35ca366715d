"""What can happen to a server, the PostgreSQL it runs itself, and its clock. Nobody else mends anything."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sertantai.postgres.leftovers import processes_below
from tests.acceptance.faults.movable_clock import set_clock
from tests.acceptance.faults.site import EmbeddedSite, Site

STEPS_S: Final = (-400_000, -3_600, 600, 3_000)
AFTERWARDS_S: Final = 0.5
"""How long is looked at what a blow does before recovery is waited for."""


async def server_is_killed(site: Site, rng: random.Random) -> None:
    await site.restart(graceful=False)


async def server_is_killed_while_it_starts(site: Site, rng: random.Random) -> None:
    await site.start_and_kill(after_s=rng.uniform(0.3, 1.5))


async def server_is_stopped(site: Site, rng: random.Random) -> None:
    """SIGTERM in the middle of the load."""
    await site.restart(graceful=True)


async def postgres_is_killed(site: EmbeddedSite, rng: random.Random) -> None:
    """All of its processes at once, as the out-of-memory killer may."""
    _signal(processes_below(site.home), signal.SIGKILL)
    await asyncio.sleep(AFTERWARDS_S)


async def postmaster_is_killed(site: EmbeddedSite, rng: random.Random) -> None:
    """Its children are left to themselves."""
    _signal([site.postmaster()], signal.SIGKILL)
    await asyncio.sleep(AFTERWARDS_S)


async def backend_is_killed(site: EmbeddedSite, rng: random.Random) -> None:
    """PostgreSQL then ends all its connections and recovers as from a crash."""
    children = [pid for pid in processes_below(site.home) if pid != site.postmaster()]
    _signal([rng.choice(children)], signal.SIGKILL)
    await asyncio.sleep(AFTERWARDS_S)


async def postgres_is_stopped(site: EmbeddedSite, rng: random.Random) -> None:
    _signal([site.postmaster()], rng.choice((signal.SIGINT, signal.SIGQUIT)))
    await asyncio.sleep(AFTERWARDS_S)


async def postgres_is_paused(site: EmbeddedSite, rng: random.Random) -> None:
    """It takes connections and answers nothing, for longer than any statement may take."""
    paused = processes_below(site.home)
    _signal(paused, signal.SIGSTOP)
    try:
        await asyncio.sleep(site.statement_s_max * rng.uniform(1.2, 1.7))
    finally:
        _signal(paused, signal.SIGCONT)


async def postgres_has_no_disk(site: EmbeddedSite, rng: random.Random) -> None:
    site.postgres_disk.fill()
    try:
        await site.lasts(rng.uniform(2, 4))
    finally:
        site.postgres_disk.free()


async def synchroniser_is_killed(site: EmbeddedSite, rng: random.Random) -> None:
    """Again and again, with whatever it was writing, and as it starts."""
    for _ in range(4):
        _signal(site.synchroniser(), signal.SIGKILL)
        await site.lasts(rng.uniform(0.1, 1.5))


async def synchroniser_is_paused(site: EmbeddedSite, rng: random.Random) -> None:
    """It holds the watermark, and does nothing."""
    paused = site.synchroniser()
    _signal(paused, signal.SIGSTOP)
    try:
        await site.lasts(rng.uniform(2, 6))
    finally:
        _signal(paused, signal.SIGCONT)


async def clock_steps(site: EmbeddedSite, rng: random.Random) -> None:
    """Days or an hour back, or some time forth, and then to the right time again."""
    for step_s in (rng.choice(STEPS_S), 0):
        set_clock(site.clock, step_s)
        await asyncio.sleep(rng.uniform(0.5, 1.5))


async def server_is_killed_with_postgres_paused(site: EmbeddedSite, rng: random.Random) -> None:
    """What is left of the last run hears nothing, and holds the files that the next one needs."""
    _signal(processes_below(site.home), signal.SIGSTOP)
    await site.lasts(rng.uniform(0.5, 1))
    await site.restart(graceful=False)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue  # it has just ended by itself


EMBEDDED_FAULTS: Final[Mapping[str, Callable[[EmbeddedSite, random.Random], Awaitable[None]]]] = {
    "server killed": server_is_killed,
    "server killed while it starts": server_is_killed_while_it_starts,
    "server stopped by SIGTERM": server_is_stopped,
    "server killed, PostgreSQL paused": server_is_killed_with_postgres_paused,
    "PostgreSQL killed": postgres_is_killed,
    "postmaster alone killed": postmaster_is_killed,
    "one backend killed": backend_is_killed,
    "PostgreSQL stopped": postgres_is_stopped,
    "PostgreSQL paused": postgres_is_paused,
    "PostgreSQL's disk full": postgres_has_no_disk,
    "clock steps": clock_steps,
    "synchroniser killed": synchroniser_is_killed,
    "synchroniser paused": synchroniser_is_paused,
}
