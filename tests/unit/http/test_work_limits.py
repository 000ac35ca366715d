"""Requests cost what they take of the loop's time, and whoever took too much of it is refused for a while."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from time import thread_time
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from litestar import get, post, put
from litestar.response import Stream
from litestar.testing import TestClient
from prometheus_client import CollectorRegistry

from sertantai.core.clock import ManualClock
from sertantai.core.errors import RateLimited
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.http.application import web_application
from sertantai.http.aside import aside
from sertantai.http.guards import public, signed_in, visitor
from sertantai.http.limits.limit_classes import LimitClass
from sertantai.http.limits.network_keys import IPV6_BLOCKS
from sertantai.http.limits.rate_limits import RateLimits
from sertantai.http.limits.shared_counts import SharedCounts, StoreAway
from sertantai.http.limits.work_budgets import EMPTY_KEPT
from sertantai.http.turns import timed
from sertantai.process.metrics import HTTP_WORK
from sertantai.process.settings import Settings
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.application import ByHeader, Visitor
from tests.unit.http.settings import SECRET
from tests.unit.http.test_rate_limits import Heard

DEAR_S = 0.03
FEW: dict[str, Any] = {
    "rate_limit_work_per_user": "100/minute",
    "rate_limit_work_of_strangers_per_address": "100/minute",
    "rate_limit_work_of_exports_per_user": "100/minute",
}
WAITS_MAX = 5
"""What a refusal itself took of a busy machine is paid after it was told how long to wait."""
LET_IN_MAX = 4
"""Of requests of 30 ms each, with an allowance of 100 ms."""


def work() -> None:
    until = thread_time() + DEAR_S
    while thread_time() < until:
        pass


@get("/api/v1/records", guards=[public])
async def dear() -> str:
    work()
    return "found"


@get("/api/v1/aside", guards=[visitor])
async def dear_aside() -> str:
    await aside(work)
    return "found"


@get("/api/v1/records/export.csv", guards=[visitor])
async def export() -> Stream:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            work()
            yield b"1\n"
            await asyncio.sleep(0)

    return Stream(timed(pieces()))


@put("/api/v1/groups/default/records/1", guards=[visitor])
async def tick() -> str:
    return "ticked"


@post("/api/v1/auth/token", guards=[public], status_code=200)
async def sign_in() -> str:
    return "in"


@post("/sign-out", guards=[signed_in], status_code=200, opt={"rate_limit": LimitClass.SIGN_OUT})
async def sign_out() -> str:
    return "out"


class Others(ByHeader):
    """Besides who they are, the header ``x-test-user`` says which of them."""

    async def handle(self, scope: Any, receive: Any, send: Any, next_app: Any) -> None:
        headers = dict(scope["headers"])
        role, number = headers.get(b"x-test-role"), headers.get(b"x-test-user", b"1")
        if role is not None:
            scope["user"] = Visitor(UUID(int=int(number)), role=role.decode())
        await next_app(scope, receive, send)


@contextmanager
def limited(clock: ManualClock, heard: Heard | None = None, **given: Any) -> Iterator[TestClient[Any]]:
    app = web_application(
        [dear, dear_aside, export, tick, sign_in, sign_out],
        Settings(),
        page_files=PAGE_FILES,
        secret=SECRET,
        authentication=[Others()],
        limits=RateLimits(Settings(**{**FEW, **given}), clock, heard or Heard()),
        registry=CollectorRegistry(),
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def person(number: int, role: str = "user") -> dict[str, str]:
    return {"x-test-role": role, "x-test-user": str(number)}


def until_refused(client: TestClient[Any], path: str = "/api/v1/records", **who: str) -> int:
    """How many were let in."""
    for count in range(LET_IN_MAX + 2):
        if client.get(path, headers=who).status_code == 429:
            return count
    return LET_IN_MAX + 2


def test_whoever_sends_dear_requests_is_refused_and_others_go_on() -> None:
    heard = Heard()
    with limited(ManualClock(), heard) as client:
        assert 1 <= until_refused(client, **person(1)) <= LET_IN_MAX
        refused = client.put("/api/v1/groups/default/records/1", headers=person(1))
        assert client.get("/api/v1/records", headers=person(2)).status_code == 200
        problem = msgspec.json.decode(refused.content)
        assert (refused.status_code, problem["code"]) == (429, "rate_limited")
        assert "(work-user)" in problem["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["ratelimit-policy"] == '"work-user";q=100;w=60'
        assert refused.headers["ratelimit"].startswith('"work-user";r=0;t=')
        assert heard.events[-1][:2] == (SecurityEventKind.LIMIT_HIT, UserId(UUID(int=1)))


def test_it_passes_as_time_goes_by() -> None:
    clock = ManualClock()
    with limited(clock) as client:
        until_refused(client, **person(1))
        for _ in range(WAITS_MAX):
            answer = client.get("/api/v1/records", headers=person(1))
            if answer.status_code == 200:
                return
            clock.advance(int(answer.headers["retry-after"]) + 1)
    pytest.fail(f"still refused after {WAITS_MAX} waits as long as it said")


def test_nobody_is_kept_from_signing_in_or_out_nor_the_probes_from_asking() -> None:
    with limited(ManualClock()) as client:
        until_refused(client)
        until_refused(client, **person(1))
        assert client.get("/api/v1/records").status_code == 429
        assert client.post("/api/v1/auth/token").status_code == 200
        assert client.post("/sign-out", headers=person(1)).status_code in (200, 403)  # it may want its form
        assert client.get("/health/live").status_code == 200


def test_strangers_and_guests_of_an_address_pay_together_and_not_for_people_with_an_account() -> None:
    with limited(ManualClock()) as client:
        assert until_refused(client) <= LET_IN_MAX
        refused = client.put("/api/v1/groups/default/records/1", headers=person(5, "guest"))
        assert refused.status_code == 429
        assert refused.headers["ratelimit"].startswith('"work-strangers"')
        assert client.get("/api/v1/records", headers=person(6)).status_code == 200


def test_people_of_an_address_have_a_bound_together() -> None:
    with limited(ManualClock(), rate_limit_work_per_address="150/minute") as client:
        answers = [client.get("/api/v1/records", headers=person(number)) for number in range(1, 10)]
        assert {answer.status_code for answer in answers[:4]} == {200}
        assert answers[-1].headers["ratelimit"].startswith('"work-address"')


def test_work_in_the_thread_beside_the_loop_is_charged_too() -> None:
    with limited(ManualClock()) as client:
        assert until_refused(client, "/api/v1/aside", **person(1)) <= LET_IN_MAX


def test_a_streamed_file_is_charged_by_itself_as_it_goes() -> None:
    with limited(ManualClock()) as client:
        assert until_refused(client, "/api/v1/records/export.csv", **person(1)) <= 2
        assert client.put("/api/v1/groups/default/records/1", headers=person(1)).status_code == 200


def test_whoever_is_forgotten_while_a_request_goes_on_pays_for_it_all_the_same() -> None:
    limits = RateLimits(Settings(**FEW), ManualClock(), Heard())
    payers = limits.work.payers(LimitClass.READS, Visitor(), None)
    for number in range(EMPTY_KEPT + 1):
        limits.work.payers(LimitClass.READS, Visitor(UUID(int=1_000 + number)), None)
    assert not payers[0].is_known
    limits.work.charge(payers, 1)
    with pytest.raises(RateLimited, match="work-user"):
        limits.require_work(limits.work.payers(LimitClass.READS, Visitor(), None), None, None)


def test_the_networks_of_one_ipv6_customer_have_several_allowances_together() -> None:
    limits = RateLimits(Settings(**FEW), ManualClock(), Heard())
    _, times = IPV6_BLOCKS[1]
    refused: list[bool] = []
    for number in range(times + 1):
        payers = limits.work.payers(LimitClass.READS, None, f"2001:db8:0:{number:x}::1")
        refused.append(limits.work.used_up(payers) is not None)
        limits.work.charge(payers, 0.1)
    assert refused == [False] * times + [True]


def test_whoever_is_refused_for_several_reasons_hears_when_the_last_is_over() -> None:
    few = {**FEW, "rate_limit_work_per_address": "100/hour"}
    limits = RateLimits(Settings(**few), ManualClock(), Heard())
    payers = limits.work.payers(LimitClass.READS, Visitor(), "192.0.2.1")
    limits.work.charge(payers, 0.15)
    used_up = limits.work.used_up(payers)
    assert used_up is not None
    assert used_up.allowance.name == "work-address"
    assert used_up.renews_in_s == pytest.approx(1_800)


async def test_while_a_shared_store_is_away_what_was_used_counts_here() -> None:
    class Away:
        asked = 0

        async def note(self, *_asked: object) -> None:
            self.asked += 1
            raise StoreAway

    away, limits = Away(), RateLimits(Settings(**FEW), ManualClock(), Heard())
    limits.shared = cast(SharedCounts, away)
    payers = limits.work.payers(LimitClass.READS, None, "192.0.2.1")
    limits.work.charge(payers, 0.15)
    await limits.work.told()
    assert away.asked == 1
    assert limits.work.used_up(payers) is not None


def test_the_metrics_tell_what_each_route_takes() -> None:
    route = ("/api/v1/records", "GET")
    before = HTTP_WORK.of(*route).sum
    with limited(ManualClock()) as client:
        client.get("/api/v1/records", headers=person(1))
    assert HTTP_WORK.of(*route).sum - before >= DEAR_S


def test_a_fast_person_is_never_refused_by_the_defaults() -> None:
    """Sixty ticks a second and a page each second for five minutes, on a slow machine."""
    clock, tick_s, page_s = ManualClock(), 0.0015, 0.03
    limits = RateLimits(Settings(), clock, Heard())
    for _ in range(300):
        for _ in range(60):
            payers = limits.work.payers(LimitClass.CHANGES, Visitor(), "192.0.2.1")
            limits.require_work(payers, None, None)
            limits.work.charge(payers, tick_s)
        payers = limits.work.payers(LimitClass.READS, Visitor(), "192.0.2.1")
        limits.work.charge(payers, page_s)
        clock.advance(1)
