"""Nothing is open by accident."""

from typing import Any

import pytest
from litestar import get

from sertantai.web.guards import UnguardedRoute, public, signed_in
from tests.unit.web.application import application, client


@pytest.mark.parametrize(
    ("role", "secret", "rule"),
    [(None, 401, 401), ("user", 200, 403), ("guest", 200, 403), ("admin", 200, 200)],
)
def test_each_guard_lets_in_whom_it_names(role: str | None, secret: int, rule: int) -> None:
    headers = {"x-test-role": role} if role else {}
    with client() as web:
        assert web.get("/api/v1/secret", headers=headers).status_code == secret
        assert web.get("/api/v1/rule", headers=headers).status_code == rule


@pytest.mark.parametrize("guards", [[], [public, signed_in]])
def test_an_application_with_an_undecided_route_does_not_start(guards: list[Any]) -> None:
    @get("/forgotten", guards=guards, sync_to_thread=False)
    def forgotten() -> None: ...

    with pytest.raises(UnguardedRoute, match="/forgotten"):
        application(routes=[forgotten])
