"""Nothing is open by accident."""

from typing import Any

import pytest
from litestar import get

from sertantai.http.guards import UnguardedRoute, public, signed_in
from sertantai.http.pages.notices import NOTICE_COOKIE
from tests.unit.http.application import application, client


@pytest.mark.parametrize(
    ("role", "visit", "secret", "rule"),
    [(None, 401, 401, 401), ("guest", 200, 401, 401), ("user", 200, 200, 403), ("admin", 200, 200, 200)],
)
def test_each_guard_lets_in_whom_it_names(role: str | None, visit: int, secret: int, rule: int) -> None:
    headers = {"x-test-role": role} if role else {}
    with client() as web:
        assert web.get("/api/v1/visit", headers=headers).status_code == visit
        assert web.get("/api/v1/secret", headers=headers).status_code == secret
        assert web.get("/api/v1/rule", headers=headers).status_code == rule


def test_a_guest_is_told_what_an_account_is_needed_for() -> None:
    with client() as web:
        answer = web.get("/api/v1/secret", headers={"x-test-role": "guest"})
        assert answer.json()["code"] == "account_needed"
        assert answer.json()["detail"].startswith("Sign in to read secrets.")


def test_on_a_page_the_sign_in_page_tells_it() -> None:
    with client() as web:
        headers = {"x-test-role": "guest", "accept": "text/html"}
        answer = web.get("/pages/mine", headers=headers, follow_redirects=False)
        assert answer.headers["location"] == "/sign-in?next=/pages/mine"
        assert NOTICE_COOKIE in answer.headers["set-cookie"]
        stranger = web.get("/pages/mine", headers={"accept": "text/html"}, follow_redirects=False)
        assert "set-cookie" not in stranger.headers


@pytest.mark.parametrize("guards", [[], [public, signed_in]])
def test_an_application_with_an_undecided_route_does_not_start(guards: list[Any]) -> None:
    @get("/forgotten", guards=guards, sync_to_thread=False)
    def forgotten() -> None: ...

    with pytest.raises(UnguardedRoute, match="/forgotten"):
        application(routes=[forgotten])
