"""A large import may take longer than a page; whoever is told that its outcome is unknown learns it later."""

import asyncio
from typing import Any

import httpx
import pytest

from sertantai.core.errors import Unavailable
from sertantai.http import patience
from sertantai.http.asgi import Scope
from sertantai.http.patience import TAKES_ITS_TIME, Patience
from sertantai.lists.actions import Actions, Bulk
from sertantai.lists.importing.matching import Match, Matching
from tests.fixtures.client import PASSWORD
from tests.fixtures.visits import Visit, product

PATIENCE_S = 0.5
EMAIL = "ann@example.org"


async def test_matching_may_take_longer_than_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()
    lost = asyncio.Event()
    whole = Matching.match_all

    async def slow(self: Matching, *given: Any, **named: Any) -> list[Match]:
        asked.set()
        await lost.wait()
        return await whole(self, *given, **named)

    async with product() as app:
        answer = await Visit(app).http.post(
            "/api/v1/auth/register", json={"email": EMAIL, "password": PASSWORD}
        )
        monkeypatch.setattr(Matching, "match_all", slow)
        monkeypatch.setattr(patience, "ANSWER_WITHIN_S", PATIENCE_S)
        # As the server does it: Litestar behind a patience of its own.
        visit = Visit(Patience(app))  # type: ignore[arg-type]  # typed for Litestar alone
        visit.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
        matching = asyncio.create_task(visit.http.post("/api/v1/records/match", json={"text": "1974 c. 37"}))
        await asked.wait()
        await asyncio.sleep(2 * PATIENCE_S)  # a page would have been given up by now
        lost.set()
        done = await matching
        assert (done.status_code, done.json()["matched"]) == (200, 1)


async def test_an_import_that_was_answered_as_unknown_tells_its_outcome_when_it_is_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_go_on = asyncio.Event()
    whole = Actions.amend

    async def slow(self: Actions, *given: Any, **named: Any) -> Bulk:
        await may_go_on.wait()
        return await whole(self, *given, **named)

    async with product() as app:
        answer = await Visit(app).http.post(
            "/api/v1/auth/register", json={"email": EMAIL, "password": PASSWORD}
        )
        monkeypatch.setattr(patience, "ANSWER_WITHIN_S", PATIENCE_S / 2)
        # As the server does it: Litestar behind a patience of its own.
        visit = Visit(Patience(app))  # type: ignore[arg-type]  # typed for Litestar alone
        visit.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
        records = [one["id"] for one in (await visit.http.get("/api/v1/records?limit=500")).json()["items"]]
        items = {"items": [{"record_id": one, "note": f"Note {at}"} for at, one in enumerate(records)]}
        monkeypatch.setattr(Actions, "amend", slow)
        monkeypatch.setitem(options_of_imports(app), TAKES_ITS_TIME, PATIENCE_S)

        async def sent() -> httpx.Response:
            headers = {"idempotency-key": "one-and-the-same"}
            return await visit.http.post("/api/v1/groups/default/imports", json=items, headers=headers)

        given_up: list[Scope] = []
        said = patience._late  # what is said when nobody waits any longer

        def late(scope: Scope) -> Unavailable:
            given_up.append(scope)
            return said(scope)

        monkeypatch.setattr(patience, "_late", late)
        # This transport gives an answer only when the handler has ended, the server as soon as there is one.
        first, again = asyncio.create_task(sent()), asyncio.create_task(sent())
        async with asyncio.timeout(60):
            while len(given_up) < 2:  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0.01)
        may_go_on.set()
        assert [(await one).json()["code"] for one in (first, again)] == ["outcome_unknown"] * 2
        outcome = await sent()
        assert (outcome.status_code, outcome.json()["changed"]) == (200, len(records))
        assert outcome.headers["idempotency-replayed"] == "true"
        assert (await visit.http.get("/api/v1/groups/default")).json()["version"] == outcome.json()["version"]


def options_of_imports(app: Any) -> dict[str, Any]:
    [route] = [one for one in app.routes if one.path == "/api/v1/groups/{group:str}/imports"]
    handler, _ = route.route_handler_map["POST"]
    options: dict[str, Any] = handler.opt
    return options
