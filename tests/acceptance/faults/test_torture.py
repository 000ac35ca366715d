"""`make torture MINUTES=n`: faults in a seeded order, again and again, under the load of fifty people.

Half of the time the server runs its own PostgreSQL, half of it one beyond a network. SEED= gives the same
order again; what happens between two instructions of a real machine is its own.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping

import pytest

from sertantai.http.idempotency import ANSWERS_MAX
from tests.acceptance.faults.crowd import Crowd, crowd_at
from tests.acceptance.faults.database_faults import DATABASE_FAULTS, LONG_FAULTS
from tests.acceptance.faults.embedded_faults import EMBEDDED_FAULTS
from tests.acceptance.faults.machine_faults import MACHINE_FAULTS
from tests.acceptance.faults.memory import Memory
from tests.acceptance.faults.ordeal import Fault, SiteT, Trial, suffer_all, table
from tests.acceptance.faults.site import database_site, embedded_site
from tests.acceptance.faults.verdict import audit_is_clean

MINUTES = float(os.environ.get("SERTANTAI_TORTURE_MINUTES") or 1)
SEED = int(os.environ.get("SERTANTAI_TORTURE_SEED") or time.time())
LONG_FROM_MINUTES = 10
"""From here on a fault may last for minutes."""

pytestmark = [pytest.mark.torture, pytest.mark.timeout(0)]


async def test_a_server_with_its_own_postgresql_bears_everything() -> None:
    async with embedded_site() as site, crowd_at(site.port, SEED, site.may_be_cut) as crowd:
        await torture(site, crowd, EMBEDDED_FAULTS, None)


async def test_a_server_with_a_database_url_bears_everything_and_its_memory_stays_flat() -> None:
    async with database_site() as site, crowd_at(site.port, SEED, site.may_be_cut) as crowd:
        await fill_answers(crowd)
        await site.caught_up()
        memory = Memory(site.server.pid)
        long = LONG_FAULTS if MINUTES >= LONG_FROM_MINUTES else {}
        await torture(site, crowd, {**DATABASE_FAULTS, **MACHINE_FAULTS, **long}, memory)
        say(str(memory))
        memory.check()


async def fill_answers(crowd: Crowd) -> None:
    """Let the server's memory of answers grow to its bound, as in one that has run for long."""
    each = -(-ANSWERS_MAX // len(crowd.customers))
    await asyncio.gather(*(customer.work_under_keys(each) for customer in crowd.customers))
    await crowd.pause()  # what was answered until now belongs to no fault


async def torture(
    site: SiteT, crowd: Crowd, faults: Mapping[str, Fault[SiteT]], memory: Memory | None
) -> None:
    order, rng = random.Random(SEED), random.Random(SEED)
    started, trials = time.monotonic(), list[Trial]()
    say(f"\nseed {SEED}, {MINUTES / 2:g} minutes of {len(faults)} faults")
    try:
        for fault in in_any_order(faults, order):
            trials += await suffer_all(site, crowd, faults, [fault], rng)
            await audit_is_clean(site)
            elapsed_s = time.monotonic() - started
            if memory is not None:
                memory.sample(elapsed_s)
            if elapsed_s > MINUTES * 30:
                return
    finally:
        say(table(trials))
        say(f"seed {SEED}: {len(trials)} faults borne")


def in_any_order(faults: Mapping[str, Fault[SiteT]], order: random.Random) -> Iterator[str]:
    """Each once before any comes again, for ever."""
    while True:
        yield from order.sample([*faults], len(faults))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
