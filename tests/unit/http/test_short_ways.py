"""The short way takes what it can answer as the framework would, and says at the start what it cannot.

That both ways answer the same is compared on the whole product in `tests/acceptance/test_short_ways.py`.
"""

from typing import Any

import pytest
from litestar import Litestar, Request, Response, get, put
from litestar.params import FromPath, FromQuery

from sertantai.http.answers import JsonAnswer
from sertantai.http.asgi import Message
from sertantai.http.guards import public, visitor
from sertantai.http.short_ways import OPTION, NoShortWay
from tests.unit.http.application import application, client, raise_error

SHORT = {OPTION: True}
Asked = Request[Any, Any, Any]


@get("/api/v1/named/{name:str}/of/{place:str}", guards=[public], opt=SHORT)
async def named(request: Asked, name: FromPath[str], place: FromPath[str]) -> Response[list[str]]:
    return JsonAnswer([name, place, request.method, request.scope["path_params"]["name"]])


@put("/api/v1/kept/{name:str}", guards=[visitor], opt=SHORT, status_code=201)
async def kept(request: Asked, name: FromPath[str]) -> Response[str]:
    return Response(name)


@put("/api/v1/broken/{how:str}", guards=[public], opt=SHORT)
async def broken(request: Asked, how: FromPath[str]) -> Response[str]:
    raise_error(how)
    return JsonAnswer("")


ROUTES = [named, kept, broken]


def test_the_parts_of_its_path_are_given_as_they_are() -> None:
    with client(routes=ROUTES) as web:
        answer = web.get("/api/v1/named/a%20%C3%A9/of/b")
        head = web.head("/api/v1/named/a/of/b")
    assert answer.json() == ["a é", "b", "GET", "a é"]
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "19")


def test_other_paths_and_methods_are_the_frameworks() -> None:
    with client(routes=ROUTES) as web:
        statuses = [
            web.get(f"/api/v1/named/{path}").status_code for path in ("a/of", "a/of/b/c", "a%2Fb/of/c")
        ]
        assert statuses == [404, 404, 404]
        assert web.get("/api/v1/named//a//of/b/").json()[:2] == ["a", "b"]
        assert web.post("/api/v1/named/a/of/b").status_code == 405
        assert web.options("/api/v1/named/a/of/b").status_code == 204


def test_guards_are_asked_and_what_is_no_ready_answer_becomes_one() -> None:
    with client(routes=ROUTES) as web:
        assert web.put("/api/v1/kept/a").json()["code"] == "not_signed_in"
        answer = web.put("/api/v1/kept/a", headers={"x-test-role": "user"})
    assert (answer.status_code, answer.text) == (201, "a")


@pytest.mark.parametrize(("how", "status"), [("fault", 500), ("field", 422), ("away", 503), ("limit", 429)])
def test_errors_are_problems(how: str, status: int) -> None:
    with client(routes=ROUTES) as web:
        answer = web.put(f"/api/v1/broken/{how}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "secret" not in answer.text


async def test_what_fails_while_it_is_sent_is_not_answered_once_more() -> None:
    app, sent = application(routes=ROUTES), list[str]()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/named/a/of/b",
        "query_string": b"",
        "headers": [(b"host", b"sertantai.test")],
        "scheme": "http",
        "client": ("192.0.2.1", 1),
        "root_path": "",
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await app(scope, receive, send)  # type: ignore[arg-type]  # see asgi.py
    assert sent == ["http.response.start", "http.response.body"]


@get("/api/v1/named/{name:str}/of/{place:str}", guards=[public], opt=SHORT)
async def asks_for_more(
    request: Asked, name: FromPath[str], place: FromPath[str], more: FromQuery[int] = 1
) -> Response[str]:
    return JsonAnswer(f"{request.method} {name} {place} {more}")


@get("/api/v1/named/{name:str}", guards=[public], opt=SHORT, sync_to_thread=False)
def is_no_coroutine(request: Asked, name: FromPath[str]) -> Response[str]:
    return JsonAnswer(f"{request.method} {name}")


@get("/api/v1/named/{name:str}", guards=[public], opt=SHORT, cache=True)
async def is_cached(request: Asked, name: FromPath[str]) -> Response[str]:
    return JsonAnswer(f"{request.method} {name}")


@get("/api/v1/named/{number:int}", guards=[public], opt=SHORT)
async def takes_a_number(request: Asked, number: FromPath[int]) -> Response[str]:
    return JsonAnswer(f"{request.method} {number}")


@get("/api/v1/named/all/of/{place:str}", guards=[public])
async def has_the_same_path(request: Asked, place: FromPath[str]) -> str:
    return f"{request.method} {place}"


@pytest.mark.parametrize(
    "routes",
    [[asks_for_more], [is_no_coroutine], [is_cached], [takes_a_number], [named, has_the_same_path]],
    ids=lambda routes: str(routes[-1]),
)
def test_what_it_cannot_do_is_found_at_the_start(routes: list[Any]) -> None:
    with pytest.raises(NoShortWay):
        application(routes=routes)


async def looks_back(_request: Asked) -> None:
    """It would be told of each answer."""


def test_hooks_behind_a_handler_are_found_at_the_start() -> None:
    @get("/api/v1/named/{name:str}", guards=[public], opt=SHORT, after_response=looks_back)
    async def hooked(request: Asked, name: FromPath[str]) -> Response[str]:
        return JsonAnswer(f"{request.method} {name}")

    with pytest.raises(NoShortWay):
        application(routes=[hooked])
    assert isinstance(application(routes=[named]), Litestar)
