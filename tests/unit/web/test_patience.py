"""A request that takes too long is answered all the same, and what it does goes on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.response import Stream

from sertantai.web import patience
from sertantai.web.application import web_application
from sertantai.web.guards import public
from sertantai.web.patience import TAKES_ITS_TIME
from tests.unit.web.settings import SECRET, Options

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


@get("/api/v1/file", guards=[public], opt={TAKES_ITS_TIME: True})
async def file() -> str:
    await asyncio.sleep(SLOW_S)
    return "a large file"


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
    routes = [slow, slow_page, file, stream, upload]
    return web_application(routes, Options(), secret=SECRET, state={"done": asyncio.Event()})


async def test_it_is_answered_503_and_told_to_look_again(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/slow")
    assert answer.status_code == 503
    assert answer.json()["code"] == "outcome_unknown"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-request-id"] == answer.json()["instance"]


async def test_a_person_gets_a_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("/slow", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert "text/html" in answer.headers["content-type"]
    assert "takes too long" in answer.text


async def test_what_takes_its_time_on_purpose_is_waited_for(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/v1/file")).text == "a large file"


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
