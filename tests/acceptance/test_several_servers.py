"""Servers that count together in a real Redis, and what they do when it dies."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from sertantai.app import running
from sertantai.core.clock import ManualClock
from sertantai.core.errors import RateLimited
from sertantai.core.security_events import SecurityEventKind
from sertantai.http.limits import shared_counts
from sertantai.http.limits.limit_classes import LimitClass
from sertantai.http.limits.rate_limits import RateLimits
from sertantai.http.limits.shared_counts import STORE_RETRY_S
from sertantai.http.limits.work_limits import Payers
from sertantai.process.metrics import REGISTRY
from sertantai.process.settings import Settings
from tests.fixtures.client import ANSWER_S_MAX
from tests.fixtures.postgres import short_directory
from tests.fixtures.redis import RedisServer
from tests.unit.http.application import Visitor
from tests.unit.http.test_rate_limits import Heard, passes

ANNA, BEN = UUID(int=1), UUID(int=2)
HERE = "192.0.2.1"


class Servers:
    """Two of them with one store, and what each has reported."""

    def __init__(self, redis: RedisServer, clock: ManualClock, **given: Any) -> None:
        settings = Settings(rate_limit_store_url=redis.url, **given)
        self.heard = [Heard(), Heard()]
        self.limits = [RateLimits(settings, clock, heard) for heard in self.heard]

    def kinds(self, server: int) -> list[SecurityEventKind]:
        return [kind for kind, _, _ in self.heard[server].events]

    async def stop(self) -> None:
        for limits in self.limits:
            await limits.stop()


FEW = {
    "rate_limit_bulk_per_user": "3/minute",
    "rate_limit_sign_in_per_address": "3/minute",
    "rate_limit_bulk_records_per_user": "600/minute",
    "rate_limit_reads_per_user": "100/minute",
    "rate_limit_work_per_user": "300/minute",
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def servers(
    redis: RedisServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Servers]:
    # A store that is there is not given up because the machine is busy; one that is dead refuses at once.
    monkeypatch.setattr(shared_counts, "STORE_TIMEOUT_S", ANSWER_S_MAX)
    two = Servers(redis, clock, **FEW)
    yield two
    await two.stop()


async def test_what_is_done_at_one_server_counts_at_the_other(servers: Servers) -> None:
    one, other = servers.limits
    assert [await passes(one, LimitClass.BULK, ANNA, HERE) for _ in range(2)] == [True, True]
    assert await passes(other, LimitClass.BULK, ANNA, HERE)
    with pytest.raises(RateLimited) as refused:
        await other.charge(LimitClass.BULK, ANNA, HERE)
    assert 55 < (refused.value.retry_after_s or 0) <= 60
    assert not await passes(one, LimitClass.BULK, ANNA, HERE)
    assert await passes(one, LimitClass.BULK, BEN, HERE), "another user has an allowance of their own"


async def test_what_took_the_time_of_one_server_counts_at_the_other(servers: Servers) -> None:
    anna, ben = Visitor(ANNA), Visitor(BEN)
    payers: Payers = ()
    for limits, seconds in zip(servers.limits, (0.25, 0.15), strict=True):
        payers = limits.work.payers(LimitClass.READS, anna, HERE)
        limits.work.charge(payers, seconds)
        assert limits.work.used_up(payers) is None, "neither has seen enough of it by itself"
        await limits.work.told()
    with pytest.raises(RateLimited) as refused:
        servers.limits[1].require_work(payers, ANNA, HERE)
    assert 0 < (refused.value.retry_after_s or 0) <= 60
    others = servers.limits[1].work.payers(LimitClass.READS, ben, HERE)
    assert servers.limits[1].work.used_up(others) is None


async def test_records_that_were_refused_use_up_nothing(servers: Servers) -> None:
    one, other = servers.limits
    assert await passes(one, LimitClass.BULK_RECORDS, ANNA, HERE, 500)
    assert not await passes(other, LimitClass.BULK_RECORDS, ANNA, HERE, 500)
    _, use = await one.charge(LimitClass.BULK_RECORDS, ANNA, HERE, 60)
    assert use.left == 40


@pytest.mark.parametrize("kind", [LimitClass.SIGN_IN, LimitClass.BULK])
async def test_when_the_store_dies_sign_in_and_bulk_stay_limited_at_each_server_and_it_is_reported(
    servers: Servers, redis: RedisServer, kind: LimitClass
) -> None:
    assert await passes(servers.limits[0], kind, ANNA, HERE)
    redis.kill()
    for number, limits in enumerate(servers.limits):
        answers = [await passes(limits, kind, ANNA, HERE) for _ in range(4)]
        assert answers == [True, True, True, False]
        assert servers.kinds(number).count(SecurityEventKind.LIMIT_STORE_FAILED) == 1


async def test_when_the_store_dies_reads_go_on_and_when_it_is_back_servers_count_together_again(
    servers: Servers, redis: RedisServer, clock: ManualClock
) -> None:
    one, other = servers.limits
    redis.kill()
    assert all([await passes(one, LimitClass.READS, ANNA, HERE) for _ in range(50)])
    assert await passes(other, LimitClass.READS, ANNA, HERE)
    redis.start()
    clock.advance(STORE_RETRY_S)
    assert [await passes(one, LimitClass.BULK, ANNA, HERE) for _ in range(3)] == [True] * 3
    assert not await passes(other, LimitClass.BULK, ANNA, HERE)


async def test_a_server_starts_and_serves_without_its_store_and_administrators_are_alerted() -> None:
    before = alerts()
    with short_directory() as home:
        settings = Settings(
            data_dir=str(Path(home) / "data"),
            bcrypt_cost=4,
            rate_limit_store_url=f"redis+unix://{home}/nothing.sock",
        )
        async with running(settings, durable=False) as app:
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
            async with httpx.AsyncClient(transport=transport, base_url="http://x.test/api/v1") as http:
                account = {"email": "reader@example.org", "password": "correct horse battery staple"}
                made = await http.post("/auth/register", json=account)
                http.headers["authorization"] = f"Bearer {made.json()['token']}"
                assert (await http.get("/records")).status_code == 200
            assert alerts() == before + 1


def alerts() -> float:
    return REGISTRY.get_sample_value("sertantai_alerts_total", {"outcome": "logged"}) or 0.0
