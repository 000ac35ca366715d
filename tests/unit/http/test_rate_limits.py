"""Limits per user and per address, what an answer says of them, and a shared store that fails."""

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Request, get, post, put
from litestar.params import FromPath
from litestar.testing import TestClient
from prometheus_client import CollectorRegistry

from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput, RateLimited
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.http.application import web_application
from sertantai.http.guards import public, signed_in
from sertantai.http.limits.limit_classes import LimitClass
from sertantai.http.limits.network_keys import address_keys
from sertantai.http.limits.rate_limits import RateLimits, remember_request
from sertantai.http.limits.shared_counts import SharedCounts
from sertantai.process.settings import Settings, read_settings
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.application import ByHeader
from tests.unit.http.settings import SECRET

ANNA, BEN = UUID(int=1), UUID(int=2)
SUMS_MAX = 4


class Heard:
    """Security events, for tests."""

    def __init__(self) -> None:
        self.events: list[tuple[SecurityEventKind, UserId | None, str | None]] = []

    def record(
        self,
        kind: SecurityEventKind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.events.append((kind, user_id, ip))


def limits(heard: Heard | None = None, clock: ManualClock | None = None, **given: Any) -> RateLimits:
    return RateLimits(Settings(**given), clock or ManualClock(), heard or Heard())


async def passes(limited: RateLimits, kind: LimitClass, user: UUID | None, ip: str, cost: int = 1) -> bool:
    try:
        await limited.charge(kind, user, ip, cost)
    except RateLimited:
        return False
    return True


async def test_a_user_is_limited_wherever_they_are() -> None:
    limited = limits(rate_limit_changes_per_user="2/minute")
    answers = [await passes(limited, LimitClass.CHANGES, ANNA, f"192.0.2.{n}") for n in range(3)]
    assert answers == [True, True, False]
    assert await passes(limited, LimitClass.CHANGES, BEN, "192.0.2.1")


async def test_an_address_is_limited_whoever_it_is() -> None:
    limited = limits(rate_limit_sign_in_per_address="2/minute")
    answers = [await passes(limited, LimitClass.SIGN_IN, None, "192.0.2.1") for _ in range(3)]
    assert answers == [True, True, False]
    assert await passes(limited, LimitClass.SIGN_IN, None, "192.0.2.2")


async def test_a_refusal_says_when_to_come_back_and_is_reported() -> None:
    heard = Heard()
    limited = limits(heard, rate_limit_changes_per_user="1/minute")
    await limited.charge(LimitClass.CHANGES, ANNA, "192.0.2.1")
    with pytest.raises(RateLimited) as refused:
        await limited.charge(LimitClass.CHANGES, ANNA, "192.0.2.1")
    assert refused.value.retry_after_s == 60
    assert heard.events == [(SecurityEventKind.LIMIT_HIT, ANNA, "192.0.2.1")]


async def test_an_idle_user_can_always_do_one_bulk_operation_however_large() -> None:
    limited = limits(rate_limit_bulk_records_per_user="1000/minute")
    assert await passes(limited, LimitClass.BULK_RECORDS, ANNA, "192.0.2.1", cost=5_000_000)
    assert not await passes(limited, LimitClass.BULK_RECORDS, ANNA, "192.0.2.1", cost=1)


async def test_defaults_never_stop_a_fast_person() -> None:
    clock = ManualClock()
    limited = limits(clock=clock)
    for _ in range(5 * 60):
        for _ in range(20):
            assert await passes(limited, LimitClass.CHANGES, ANNA, "192.0.2.1")
        clock.advance(1)
    for _ in range(5):
        assert await passes(limited, LimitClass.BULK_RECORDS, ANNA, "192.0.2.1", cost=1_000_000)
        clock.advance(60)


def test_addresses_of_one_ipv6_customer_count_together() -> None:
    first, neighbour = address_keys("2001:db8::1"), address_keys("2001:db8:0:1::1")
    assert first == address_keys("2001:db8::ffff:1")
    assert first[0] != neighbour[0]
    assert first[1:] == neighbour[1:]  # one customer may have a /56 or a /48
    assert address_keys("192.0.2.1") != address_keys("192.0.2.2")


def test_a_limit_that_cannot_be_read_stops_the_start() -> None:
    with pytest.raises(InvalidInput, match="RATE_LIMIT_READS_PER_USER"):
        read_settings({"SERTANTAI_RATE_LIMIT_READS_PER_USER": "many"})


# ------------------------------------------------------------------------------------------- the store


class Store:
    """A shared store that can be broken, and that can hang."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.asked = 0
        self.is_broken = False
        self.hangs = False

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.is_broken:
            raise ConnectionError("the store is away")
        self.counts[key] = self.counts.get(key, 0) + amount
        return self.counts[key]

    async def get(self, key: str) -> int:
        return self.counts.get(key, 0)

    async def get_expiry(self, key: str) -> float:
        return 0.0


def with_store(store: Store, heard: Heard, clock: ManualClock, **given: Any) -> RateLimits:
    limited = limits(heard, clock, **given)
    limited.shared = SharedCounts(store, clock, heard)  # type: ignore[arg-type]  # as much of a store as is used
    return limited


async def test_two_servers_with_one_store_count_together() -> None:
    store = Store()
    servers = [
        with_store(store, Heard(), ManualClock(), rate_limit_bulk_per_user="2/minute") for _ in range(2)
    ]
    answers = [await passes(servers[n % 2], LimitClass.BULK, ANNA, "192.0.2.1") for n in range(3)]
    assert answers == [True, True, False]


async def test_a_refused_cost_uses_up_nothing_in_a_shared_store_either() -> None:
    limited = with_store(Store(), Heard(), ManualClock(), rate_limit_bulk_records_per_user="600/minute")
    answers = [
        await passes(limited, LimitClass.BULK_RECORDS, ANNA, "192.0.2.1", cost) for cost in (504, 504, 96, 1)
    ]
    assert answers == [True, False, True, False]


@pytest.mark.parametrize("url", ["nonsense://x", "redis+nothing://x", "memcached"])
def test_a_store_that_cannot_be_had_stops_the_start_and_is_named(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        limits(rate_limit_store_url=url)
    assert refused.value.field == "rate_limit_store_url"


@pytest.mark.parametrize("kind", [LimitClass.SIGN_IN, LimitClass.BULK])
@pytest.mark.parametrize("way", ["is_broken", "hangs"])
async def test_while_the_store_fails_sign_in_and_bulk_stay_limited_here(kind: LimitClass, way: str) -> None:
    store, heard = Store(), Heard()
    setattr(store, way, True)
    few = {"rate_limit_sign_in_per_address": "2/minute", "rate_limit_bulk_per_user": "2/minute"}
    limited = with_store(store, heard, ManualClock(), **few)
    answers = [await passes(limited, kind, ANNA, "192.0.2.1") for _ in range(3)]
    assert answers == [True, True, False]
    assert heard.events[0][0] is SecurityEventKind.LIMIT_STORE_FAILED


async def test_while_the_store_fails_reads_go_on_and_it_is_asked_again_after_a_pause() -> None:
    store, heard, clock = Store(), Heard(), ManualClock()
    store.is_broken = True
    limited = with_store(store, heard, clock)
    assert all([await passes(limited, LimitClass.READS, ANNA, "192.0.2.1") for _ in range(100)])
    assert store.asked == 1, "a failing store is not asked at every request"
    store.is_broken = False
    clock.advance(6)
    await limited.charge(LimitClass.READS, ANNA, "192.0.2.1")
    assert store.counts


# ------------------------------------------------------------------------------------------- over HTTP


@get("/api/v1/records", guards=[signed_in])
async def read() -> str:
    return "read"


@put("/api/v1/groups/{group:str}/records/{record:str}", guards=[signed_in])
async def tick(group: FromPath[str], record: FromPath[str]) -> str:
    return "ticked"


@post("/api/v1/auth/token", guards=[public], status_code=200)
async def sign_in() -> str:
    return "in"


@post("/api/v1/groups/{group:str}/operations", guards=[signed_in], status_code=200)
async def operate(request: Request[Any, Any, Any], group: FromPath[str]) -> str:
    await request.app.state.limits.charge_bulk(
        request.scope["user"].user_id, "192.0.2.1", records=40, bytes_written=0
    )
    return "done"


def application_with(limited: RateLimits) -> TestClient[Any]:
    app = web_application(
        [read, tick, sign_in, operate],
        Settings(),
        page_files=PAGE_FILES,
        secret=SECRET,
        authentication=[ByHeader()],
        limits=limited,
        registry=CollectorRegistry(),
        state={"limits": limited},
    )
    client = TestClient(app, raise_server_exceptions=False)
    client.headers["x-test-role"] = "user"
    return client


def test_every_limited_answer_carries_the_headers_of_the_draft() -> None:
    with application_with(limits()) as client:
        answer = client.get("/api/v1/records")
        assert answer.headers["ratelimit-policy"] == '"reads-user";q=6000;w=60, "reads-address";q=60000;w=60'
        assert answer.headers["ratelimit"] == '"reads-user";r=5999;t=60'
        assert "ratelimit" not in client.get("/health/live").headers


def test_beyond_the_limit_the_answer_is_a_429_with_retry_after() -> None:
    with application_with(limits(rate_limit_changes_per_user="2/minute")) as client:
        answers = [client.put("/api/v1/groups/default/records/1") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        problem = msgspec.json.decode(answers[-1].content)
        assert problem["code"] == "rate_limited"
        assert answers[-1].headers["retry-after"] == "60"
        assert answers[-1].headers["ratelimit"] == '"changes-user";r=0;t=60'
        assert client.get("/api/v1/records").status_code == 200, "reads have a limit of their own"


def test_the_records_of_a_bulk_operation_are_counted_and_shown() -> None:
    with application_with(limits(rate_limit_bulk_records_per_user="100/minute")) as client:
        answers = [client.post("/api/v1/groups/default/operations") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[1].headers["ratelimit"] == '"bulk-records-user";r=20;t=60'


def test_signing_in_rightly_uses_up_nothing_that_others_of_the_address_need() -> None:
    with application_with(limits(rate_limit_sign_in_per_address="1/minute")) as client:
        answers = [client.post("/api/v1/auth/token").status_code for _ in range(3)]
        assert answers == [200, 200, 200]


async def test_strangers_sign_in_by_address() -> None:
    limited = limits(rate_limit_sign_in_per_address="1/minute")
    await limited.charge(LimitClass.SIGN_IN, None, "192.0.2.1")
    with pytest.raises(RateLimited):
        await limited.charge(LimitClass.SIGN_IN, None, "192.0.2.1")
    await limited.charge(LimitClass.SIGN_OUT, None, "192.0.2.1")
    limited.give_back(LimitClass.SIGN_IN, "192.0.2.1")
    await limited.charge(LimitClass.SIGN_IN, None, "192.0.2.1")


async def test_a_charge_costs_next_to_nothing() -> None:
    """As much as adding up a thousand numbers, measured beside it: a machine that is slow is slow at both."""
    limited, state, best, sums = limits(), {}, 1.0, 1.0  # type: ignore[var-annotated]  # any scope's state
    remember_request(state)
    for _ in range(20):
        started = perf_counter()
        for _ in range(50):
            await limited.charge(LimitClass.CHANGES, ANNA, "192.0.2.1")
        best = min(best, (perf_counter() - started) / 50)
        started = perf_counter()
        for _ in range(50):
            sum(range(1000))
        sums = min(sums, (perf_counter() - started) / 50)
    assert best < SUMS_MAX * sums, f"{best * 1e6:.1f} µs, a sum {sums * 1e6:.1f} µs"
