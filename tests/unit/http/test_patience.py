"""A request that takes too long is answered all the same, and what it does goes on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.response import Stream
from structlog.contextvars import bind_contextvars, get_contextvars

from sertantai.http import patience
from sertantai.http.application import web_application
from sertantai.http.guards import public
from sertantai.http.patience import TAKES_ITS_TIME, Patience
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.settings import SECRET, Options

SLOW_S = 1.2
"""A third of it is waited for: long enough for what a busy machine makes of doing nothing."""


@get("/api/v1/slow", guards=[public])
async def slow(request: Request[Any, Any, Any]) -> str:
    await asyncio.sleep(SLOW_S)
    request.app.state.done.set()
    return "done at last"


@get("/slow", guards=[public])
async def slow_page() -> str:
    await asyncio.sleep(SLOW_S)
    return "done at last"


@post("/api/v1/slow-change", guards=[public])
async def slow_change() -> None:
    await asyncio.sleep(SLOW_S)


@get("/api/v1/file", guards=[public], opt={TAKES_ITS_TIME: True})
async def file() -> str:
    await asyncio.sleep(SLOW_S)
    return "a large file"


@post("/api/v1/import", guards=[public], status_code=200, opt={TAKES_ITS_TIME: 2 * SLOW_S})
async def large_import() -> str:
    await asyncio.sleep(SLOW_S)
    return "done at last"


@post("/api/v1/stuck-import", guards=[public], status_code=200, opt={TAKES_ITS_TIME: SLOW_S / 2})
async def stuck_import() -> str:
    await asyncio.sleep(SLOW_S)
    return "done at last"


@get("/api/v1/stream", guards=[public])
async def stream() -> Stream:
    async def parts() -> AsyncIterator[bytes]:
        yield b"at once, "
        await asyncio.sleep(SLOW_S)
        yield b"and later"

    return Stream(parts())


@post("/api/v1/upload", guards=[public], status_code=200)
async def upload(request: Request[Any, Any, Any]) -> int:
    return len(await request.body())


@pytest.fixture
async def http(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(patience, "ANSWER_WITHIN_S", SLOW_S / 3)
    app = application()
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
        client.headers["authorization"] = "Bearer exempts from the proof of a form"
        yield client


def application() -> Litestar:
    routes = [slow, slow_change, slow_page, file, stream, upload, large_import, stuck_import]
    return web_application(
        routes, Options(), page_files=PAGE_FILES, secret=SECRET, state={"done": asyncio.Event()}
    )


async def test_it_is_answered_503_and_told_to_look_again(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/slow-change")
    assert answer.status_code == 503
    assert answer.json()["code"] == "outcome_unknown"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-request-id"] == answer.json()["instance"]


async def test_reading_is_told_to_try_again_and_never_that_anything_is_in_doubt(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/api/v1/slow")
    assert answer.status_code == 503
    assert answer.json()["code"] == "reading_late"
    assert answer.json()["detail"] == "This page is taking too long. Try again."


async def test_a_person_gets_a_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("/slow", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert "text/html" in answer.headers["content-type"]
    assert "This page is taking too long. Try again." in answer.text


async def test_what_takes_its_time_on_purpose_is_waited_for(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/v1/file")).text == "a large file"


async def test_what_may_take_some_more_time_has_so_much(http: httpx.AsyncClient) -> None:
    assert (await http.post("/api/v1/import")).text == "done at last"
    late = await http.post("/api/v1/stuck-import")
    assert (late.status_code, late.json()["code"]) == (503, "outcome_unknown")


async def test_an_answer_that_has_begun_may_go_on(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/v1/stream")).text == "at once, and later"


async def test_a_slow_upload_does_not_count(http: httpx.AsyncClient) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(4):
            await asyncio.sleep(SLOW_S / 6)
            yield b"part"

    answer = await http.post("/api/v1/upload", content=slowly())
    assert (answer.status_code, answer.json()) == (200, 16)


async def test_the_handler_is_not_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does may be durable already."""
    monkeypatch.setattr(patience, "ANSWER_WITHIN_S", SLOW_S / 3)
    app = application()
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/slow",
        "raw_path": b"/api/v1/slow",
        "query_string": b"",
        "headers": [(b"host", b"x.test")],
        "scheme": "http",
        "server": ("x.test", 80),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
    }
    await app(scope, receive, send)  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
    assert app.state.done.is_set()
    assert [message["status"] for message in said if message["type"] == "http.response.start"] == [503]


async def test_an_answer_that_comes_as_patience_ends_is_no_second_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server takes a request that ends unanswered for broken, and answers it by itself."""
    monkeypatch.setattr(patience, "ANSWER_WITHIN_S", 0.05)
    lost = asyncio.Event()
    lose = patience._Watch.lose

    def lose_as_it_is_answered(watch: Any) -> None:
        lost.set()
        lose(watch)

    monkeypatch.setattr(patience._Watch, "lose", lose_as_it_is_answered)

    async def answers(_scope: Any, _receive: Any, send: Any) -> None:
        await lost.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("and breaks after it")

    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await Patience(answers)(bare_scope(), no_body, send)
    assert statuses == [503]


async def test_what_is_logged_of_a_late_answer_names_its_own_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "ANSWER_WITHIN_S", 0.05)
    named: list[tuple[str, str]] = []

    class Log:
        def warning(self, _event: str, **said: Any) -> None:
            named.append((get_contextvars()["request_id"], said["route"]))

    monkeypatch.setattr(patience, "log", Log())
    answered = asyncio.Event()

    async def waits(_scope: Any, _receive: Any, _send: Any) -> None:
        await answered.wait()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and len(named) == 3:
            answered.set()

    wrapper = Patience(waits)

    async def one(name: str) -> None:
        bind_contextvars(request_id=name)
        await wrapper({**bare_scope(), "path_template": name, "state": {"request_id": name}}, no_body, send)

    await asyncio.gather(*(one(name) for name in ("a", "b", "c")))
    assert sorted(named) == [("a", "a"), ("b", "b"), ("c", "c")]


def bare_scope() -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/x",
        "raw_path": b"/api/v1/x",
        "query_string": b"",
        "headers": [],
        "state": {"request_id": "r"},
    }


async def no_body() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}
