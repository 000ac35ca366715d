"""Clients that try again as they are told lose nothing and do nothing twice, whatever happens meanwhile."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from tests.acceptance.faults.crowd import Crowd, crowd_at
from tests.acceptance.faults.customer import LIST
from tests.acceptance.faults.site import Site, embedded_site
from tests.acceptance.faults.verdict import audit_is_clean, everything_holds
from tests.acceptance.faults.wire import Answer, Cut, Wire
from tests.fixtures.client import Client

CHANGES_EACH = 8
UNREACHABLE_PAUSE_S = 0.5
DONE_S_MAX = 240.0
PAUSE_S = 0.15
KEYED_TRIES_MAX = 30
SEED = 3


@pytest.mark.timeout(600)
async def test_a_restart_under_load_costs_a_client_that_tries_again_nothing() -> None:
    async with embedded_site(forked=True) as site:
        async with crowd_at(site.port, SEED, site.may_be_cut) as crowd:
            working = asyncio.gather(*(do_all(crowd, number) for number in range(len(crowd.customers))))
            for part, graceful in ((0.25, True), (0.6, False)):
                await done(crowd, part)
                await site.restart(graceful=graceful)
            await working
            await site.caught_up()
            assert not any(customer.ledger.unsure for customer in crowd.customers)
            await everything_holds(site, crowd)
        await audit_is_clean(site)
        await what_was_done_under_a_key_is_not_done_again_after_a_crash(site)


async def done(crowd: Crowd, part: float) -> None:
    """Wait until this part of all changes is acknowledged, and the rest is under way."""
    whole = CHANGES_EACH * len(crowd.customers)
    async with asyncio.timeout(DONE_S_MAX):
        while sum(customer.tally.acknowledged for customer in crowd.customers) < part * whole:  # noqa: ASYNC110  # they count, they do not call
            await asyncio.sleep(PAUSE_S / 10)


async def do_all(crowd: Crowd, number: int) -> None:
    """Ticks, unticks and bulk changes, one after the other, each until it is acknowledged."""
    customer, rng = crowd.customers[number], random.Random(number)
    for change in range(CHANGES_EACH):
        wish = rng.random() < 0.7
        if change % 4 == 3:
            records = rng.sample(customer.records, 5)
            body = {"action": "bulk_select" if wish else "bulk_deselect", "record_ids": records}
            key = f"{number}-{change}"
            ask = bulk(customer.wire, body, key)
        else:
            records = [rng.choice(customer.records)]
            ask = tick(customer.wire, records[0], wish)
        answer = await until_acknowledged(ask, partial(customer.ledger.doubt, records))
        customer.ledger.acknowledge(records, wish, answer.json())
        customer.tally.acknowledged += 1
        await asyncio.sleep(PAUSE_S)


def tick(wire: Wire, record: str, wish: bool) -> Callable[[], Awaitable[Answer]]:
    return lambda: wire.ask("PUT" if wish else "DELETE", f"{LIST}/records/{record}")


def bulk(wire: Wire, body: object, key: str) -> Callable[[], Awaitable[Answer]]:
    return lambda: wire.ask("POST", f"{LIST}/operations", body, Idempotency_Key=key)


async def until_acknowledged(ask: Callable[[], Awaitable[Answer]], doubt: Callable[[], None]) -> Answer:
    """Wait as long as Retry-After says, or a moment where nobody answers, and send the same again."""
    ends = asyncio.get_running_loop().time() + DONE_S_MAX
    while asyncio.get_running_loop().time() < ends:
        try:
            answer = await ask()
        except Cut:
            doubt()
            await asyncio.sleep(UNREACHABLE_PAUSE_S)
            continue
        if answer.status == 200:
            return answer
        assert answer.status in (429, 503), answer.body
        doubt()
        await asyncio.sleep(answer.retry_after_s)
    raise AssertionError("told to try again for ever")


async def what_was_done_under_a_key_is_not_done_again_after_a_crash(site: Site) -> None:
    async with await site.server.register() as person:
        records = [record["id"] for record in await person.records(limit=8)]
        for record in records[:3]:
            await person.select(record)
        added = {"action": "bulk_select", "record_ids": records[3:6]}
        first = [
            await keyed(person, "/groups/default/operations", added, "added"),
            await keyed(person, "/groups/default/undo", {}, "undone"),
            await keyed(person, "/groups", {"name": "Fire"}, "made"),
        ]
        await site.restart(graceful=False)
        again = [
            await keyed(person, "/groups/default/operations", added, "added"),
            await keyed(person, "/groups/default/undo", {}, "undone"),
            await keyed(person, "/groups", {"name": "Fire"}, "made"),
        ]
        assert [answer.get("operation_id", answer.get("id")) for answer in again] == [
            answer.get("operation_id", answer.get("id")) for answer in first
        ]
        assert (again[0]["changed"], again[1]["changed"], again[1]["undone"]) == (
            3,
            3,
            first[0]["operation_id"],
        )
        assert await person.selected() == set(records[:3])


async def keyed(person: Client, path: str, body: object, key: str) -> dict[str, Any]:
    ask = partial(person.http.post, path, json=body, headers={"idempotency-key": key})
    answer, tries = await ask(), 1
    while answer.status_code == 503 and tries < KEYED_TRIES_MAX:
        await asyncio.sleep(float(answer.headers["retry-after"]))  # the same key again, as clients are told
        answer, tries = await ask(), tries + 1
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
