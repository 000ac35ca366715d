"""A request that another site made a browser send is refused."""

import re
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from sertantai.http.csrf import CSRF_COOKIE, SESSION_COOKIE, _unpack
from tests.unit.http.application import client

Web = TestClient[Litestar]


def token_of_page(web: Web) -> str:
    found = re.search(
        r'name="csrf-token" content="([^"]+)"', web.get("/no", headers={"Accept": "text/html"}).text
    )
    assert found
    return found.group(1)


def test_a_form_with_its_token_is_taken() -> None:
    with client() as web:
        token = token_of_page(web)
        answer = web.post("/pages/form", data={"name": "Fire", "_csrf_token": token})
    assert (answer.status_code, answer.text) == (200, "Fire")


def test_the_plain_cookie_value_is_a_token_too() -> None:
    with client() as web:
        token_of_page(web)
        headers = {"x-csrf-token": web.cookies[CSRF_COOKIE]}
        assert web.post("/pages/form", data={"name": "Fire"}, headers=headers).status_code == 200


def test_a_page_never_shows_the_same_token_twice() -> None:
    with client() as web:
        first, second = token_of_page(web), token_of_page(web)
    assert first != second
    assert _unpack(first) == _unpack(second)


@pytest.mark.parametrize("token", ["", "x", "A" * 64, "A" * 128, "é", "A" * 60_000])
def test_a_form_without_a_right_token_is_refused(token: str) -> None:
    with client() as web:
        token_of_page(web)
        answer = web.post("/pages/form", data={"name": "Fire", "_csrf_token": token})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_token_of_another_session_is_refused() -> None:
    with client() as web:
        token = token_of_page(web)
        web.cookies.set(SESSION_COOKIE, "another")
        answer = web.post("/pages/form", data={"name": "Fire", "_csrf_token": token})
    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_it_comes_from_elsewhere_is_refused(site: str) -> None:
    with client() as web:
        token = token_of_page(web)
        answer = web.post("/pages/form", data={"_csrf_token": token}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("headers", "with_session", "status"),
    [
        ({}, False, 201),
        ({}, True, 403),
        ({"Authorization": "Bearer abc"}, True, 201),
        ({"Authorization": "Basic abc"}, True, 403),
    ],
)
def test_a_program_needs_no_token_and_a_cookie_always_does(
    headers: dict[str, Any], with_session: bool, status: int
) -> None:
    with client() as web:
        if with_session:
            web.cookies.set(SESSION_COOKIE, "mine")
        assert web.post("/api/v1/wishes", json={"name": "a"}, headers=headers).status_code == status


def test_an_open_page_gets_a_token_for_a_new_session() -> None:
    with client() as web:
        token_of_page(web)
        web.cookies.set(SESSION_COOKIE, "new")
        fresh = web.get("/csrf-token").json()["token"]
        answer = web.post("/api/v1/wishes", json={"name": "a"}, headers={"x-csrf-token": fresh})
    assert answer.status_code == 201
