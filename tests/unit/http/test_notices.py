"""A sentence for the next page: said once, and only if we have written it."""

from typing import Any

import pytest
from litestar import Request, Response, get

from sertantai.http.guards import public
from sertantai.http.pages.notices import NOTICE_COOKIE, Notices, saying
from sertantai.http.pages.rendering import page
from tests.unit.http.application import ERROR_CONTEXT, ROUTES, client


@get("/pages/done", guards=[public], sync_to_thread=False)
def done(request: Request[Any, Any, Any]) -> Response[Any]:
    return saying(request, Response("", status_code=200), "12 laws are in “<b>”.")


@get("/pages/next", guards=[public], sync_to_thread=False)
def following(request: Request[Any, Any, Any]) -> Response[Any]:
    return page(request, "error.html", **ERROR_CONTEXT)


def test_the_next_page_says_it_escaped_and_the_one_after_does_not() -> None:
    with client(routes=[*ROUTES, done, following]) as web:
        web.get("/pages/done")
        assert "12 laws are in “&lt;b&gt;”." in web.get("/pages/next").text
        assert NOTICE_COOKIE not in web.cookies
        assert "12 laws" not in web.get("/pages/next").text


def test_a_part_of_a_page_does_not_use_it_up() -> None:
    with client(routes=[*ROUTES, done, following]) as web:
        web.get("/pages/done")
        assert "12 laws" not in web.get("/pages/next", headers={"hx-request": "true"}).text
        assert "12 laws" in web.get("/pages/next").text


@pytest.mark.parametrize(
    "planted", ["", "x", "A" * 60, "é", Notices(b"other", secure_cookies=False).cookie("Hi", "info").value]
)
def test_what_somebody_else_has_written_is_not_said(planted: str) -> None:
    with client(routes=[*ROUTES, following]) as web:
        cookie = f"{NOTICE_COOKIE}={planted}".encode()
        answer = web.get("/pages/next", headers=[(b"cookie", cookie)])
        assert answer.status_code == 200
        assert "saying" not in answer.text
