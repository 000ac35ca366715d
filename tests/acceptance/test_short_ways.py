"""The short way of the hottest routes answers what the framework's way answers, whoever asks for what.

A slash at the end makes a request go the framework's way, so that each is sent once with it and once without.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import product as product_of
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.routes import HTTPRoute

from sertantai.http.short_ways import OPTION
from sertantai.process.metrics import REGISTRY
from tests.acceptance.test_route_matrix import KINDS, Cast, assert_defended, cast_of
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEMPLATE = "/api/v1/groups/{group:str}/records/{record:str}"
SHOWN = "/api/v1/groups/{group}/records/{record}"
METHODS = ("PUT", "DELETE")
OF_ITS_TIME = re.compile(r'"(instance|operation_id)":"[^"]*"|"version":\d+')
OWN_HEADERS = {"x-request-id", "last-modified-version", "ratelimit"}
"""They differ from request to request; that they are there is compared."""
GROUPS = ("{group}", "default", "none", "%00", "%C3%A9%0A", "{unknown}", "{GROUP}")
RECORDS = ("{record}", "none", "%00", "%20", "{unknown}", "{RECORD}", "x" * 5_000)
USUAL: dict[str, str] = {}
HEADERS: dict[str, dict[str, str]] = {
    "as usual": USUAL,
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "no token of a page": {"x-csrf-token": "forged"},
    "from another site": {"sec-fetch-site": "cross-site"},
    "a page wanted": {"accept": "text/html"},
    "from a script of a page": {"hx-request": "true", "hx-current-url": "http://sertantai.test/records"},
    "compressed": {"accept-encoding": "gzip"},
    "a key": {"idempotency-key": "once"},
    "a strange host": {"host": "a b"},
    "a bearer that is none": {"authorization": "Bearer of bad news"},
    "a forged look as another": {"cookie": "sertantai_viewing=forged"},
    "made for another": {"x-sertantai-user": str(uuid4())},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product(rate_limits_enabled=True, rate_limit_changes_per_user="9000/hour") as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(app: Litestar) -> AsyncIterator[Cast]:
    async with cast_of(app) as made:
        yield made


@contextmanager
def routed(app: Litestar) -> Iterator[list[str]]:
    """The paths that the framework looks for meanwhile."""
    paths: list[str] = []
    router, find = app.asgi_router, app.asgi_router.handle_routing

    def noting(path: str, method: Any) -> Any:
        paths.append(path)
        return find(path=path, method=method)

    router.handle_routing = noting  # type: ignore[assignment]  # it is a cache, and this a function
    try:
        yield paths
    finally:
        router.handle_routing = find


async def answers_of_both(
    app: Litestar, http: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], query: str = ""
) -> tuple[httpx.Response, httpx.Response]:
    """Of the short way and of the framework's; once before, so that neither changes anything."""
    await http.request(method, f"{path}/{query}", headers=headers)
    with routed(app) as by_framework:
        short = await http.request(method, f"{path}{query}", headers=headers)
        is_strange = "host" in headers
        assert len(by_framework) == 0 or is_strange, "it did not go the short way"
        long = await http.request(method, f"{path}/{query}", headers=headers)
        assert len(by_framework) == 1 or is_strange, "it did not go the framework's way"
    return short, long


def assert_same(short: httpx.Response, long: httpx.Response) -> None:
    asked = f"{short.request.method} {short.request.url} {dict(short.request.headers)}"
    assert short.status_code == long.status_code, f"{asked}: {short.text} and {long.text}"
    assert OF_ITS_TIME.sub("", short.text) == OF_ITS_TIME.sub("", long.text), asked
    assert [name for name, _ in short.headers.raw] == [name for name, _ in long.headers.raw], asked
    for name in set(short.headers) - OWN_HEADERS - {"content-length"}:
        assert short.headers[name] == long.headers[name], f"{asked}: {name}"
    assert_defended(short)


async def test_nothing_takes_the_short_way_that_is_not_compared_here(app: Litestar) -> None:
    found = {
        (method, route.path)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.opt.get(OPTION)
        for method in handler.http_methods
    }
    assert found == {(method, TEMPLATE) for method in METHODS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
async def test_whoever_asks_is_answered_the_same(app: Litestar, cast: Cast, kind: str, method: str) -> None:
    http, record = cast.callers[kind].http, cast.parameters["record"]
    for group, headers in product_of((cast.parameters["group"], "default"), HEADERS.values()):
        path = f"/api/v1/groups/{group}/records/{record}"
        assert_same(*await answers_of_both(app, http, method, path, headers))


@pytest.mark.parametrize("kind", ["nobody", "wrong scope", "owner"])
@pytest.mark.parametrize("method", METHODS)
async def test_whatever_is_asked_for_is_answered_the_same(
    app: Litestar, cast: Cast, kind: str, method: str
) -> None:
    known = {name: cast.parameters[name] for name in ("group", "record")}
    known |= {name.upper(): value.upper() for name, value in known.items()}
    for group, record, query in product_of(GROUPS, RECORDS, ("", "?famliy=x&q=x")):
        path = f"/api/v1/groups/{group}/records/{record}".format(**known, unknown=uuid4())
        assert_same(*await answers_of_both(app, cast.callers[kind].http, method, path, USUAL, query))


async def test_what_is_changed_on_one_way_is_seen_on_the_other(app: Litestar, cast: Cast) -> None:
    http, seen = cast.callers["owner"].http, []
    path = f"/api/v1/groups/default/records/{cast.parameters['record']}"
    await http.delete(path)
    for method, end in (
        ("PUT", ""),
        ("PUT", "/"),
        ("DELETE", "/"),
        ("DELETE", ""),
        ("PUT", "/"),
        ("PUT", ""),
    ):
        answer = await http.request(method, path + end)
        assert int(answer.headers["last-modified-version"]) == answer.json()["version"]
        seen.append(answer.json()["changed"])
    assert seen == [True, False, True, False, True, False]


async def test_what_is_used_up_on_one_way_is_used_up_on_the_other(app: Litestar, cast: Cast) -> None:
    http, record = cast.callers["other"].http, cast.parameters["record"]
    left = [
        int(re.findall(r"r=(\d+)", (await http.put(path)).headers["ratelimit"])[0])
        for path in [f"/api/v1/groups/default/records/{record}{end}" for end in ("", "/", "", "/")]
    ]
    assert left == [left[0] - spent for spent in range(4)]


async def test_both_ways_are_one_route_in_the_metrics(app: Litestar, cast: Cast) -> None:
    path, labels = f"/api/v1/groups/default/records/{cast.parameters['record']}", {"route": SHOWN}
    requests = ("sertantai_http_request_seconds_count", {**labels, "method": "PUT", "status": "200"})
    work = ("sertantai_http_work_seconds_total", {**labels, "method": "PUT"})
    counted = []
    for end in ("", "", "/"):
        await cast.callers["owner"].http.put(path + end)
        counted.append([REGISTRY.get_sample_value(*sample) or 0.0 for sample in (requests, work)])
    first, second, third = counted
    assert (second[0], third[0]) == (first[0] + 1, first[0] + 2)
    assert first[1] < second[1] < third[1]
