"""Fifty people who work at the same time, stopped between faults to compare what they know with what is."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from tests.acceptance.faults.customer import Customer
from tests.acceptance.faults.tally import Tally
from tests.acceptance.faults.wire import Wire
from tests.fixtures.client import PASSWORD

PEOPLE = 50
THINK_S = 0.2
"""Pause of each between two requests; with it the load is about 200 requests a second."""
RECORDS_EACH = 100
REGISTERING_TRIES_MAX = 20
REGISTERING_MAX = 20
"""Passwords take time; past a bound people who sign up are told to try again."""


class Crowd:
    def __init__(self, customers: list[Customer]) -> None:
        self.customers = customers
        self._stop = asyncio.Event()
        self._working: list[asyncio.Task[None]] = []

    def resume(self, think_s: float = THINK_S) -> None:
        self._stop.clear()
        self._working = [asyncio.create_task(one.work(self._stop, think_s)) for one in self.customers]

    async def pause(self) -> Tally:
        """Let everybody finish what they are at; raises what one of them met. Returns what was answered."""
        self._stop.set()
        working, self._working = self._working, []
        met = await asyncio.gather(*working, return_exceptions=True)
        for failure in met:
            if failure is not None:
                raise failure
        whole = Tally()
        for customer in self.customers:
            whole.add(customer.tally)
            customer.tally = Tally()
        return whole

    async def settle(self) -> None:
        await asyncio.gather(*(customer.settle() for customer in self.customers))

    async def leave(self) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        for customer in self.customers:
            customer.wire.close()
        await asyncio.sleep(0)  # in which the connections close


@asynccontextmanager
async def crowd_at(
    port: int, seed: int, may_be_cut: Callable[[float], bool], people: int = PEOPLE
) -> AsyncIterator[Crowd]:
    """Register everybody, and show them the records they will tick."""
    names = [f"{seed}-{number}@example.org" for number in range(people)]
    turns = asyncio.Semaphore(REGISTERING_MAX)
    wires = await asyncio.gather(*(_registered(port, name, turns) for name in names))
    page = (await wires[0].ask("GET", f"/api/v1/records?limit={RECORDS_EACH}")).json()
    records = [row["id"] for row in page["items"]]
    customers = [
        Customer(name, wire, records, random.Random(f"{seed} {name}"), may_be_cut)
        for name, wire in zip(names, wires, strict=True)
    ]
    crowd = Crowd(customers)
    try:
        yield crowd
    finally:
        await crowd.leave()


async def _registered(port: int, email: str, turns: asyncio.Semaphore) -> Wire:
    wire = Wire(port)
    async with turns:
        ask = partial(wire.ask, "POST", "/api/v1/auth/register", {"email": email, "password": PASSWORD})
        answer, tries = await ask(), 1
        while answer.status in (429, 503) and tries < REGISTERING_TRIES_MAX:
            await asyncio.sleep(answer.retry_after_s)  # so many at once, before anything is broken
            answer, tries = await ask(), tries + 1
    assert answer.status == 201, answer.body
    wire.token = answer.json()["token"]
    return wire
