"""A large text is looked through for as long as its own bound allows, not for as long as a page may take."""

import asyncio
from collections.abc import Sequence

import pytest

from sertantai.records.catalogue import Catalogue
from sertantai.selections.import_lines import ImportItem
from sertantai.selections.matching_citations import Match, Matching
from sertantai.web import patience
from sertantai.web.patience import Patience
from tests.fixtures.client import PASSWORD
from tests.fixtures.visits import Visit, product

PATIENCE_S = 0.5
EMAIL = "ann@example.org"


async def test_matching_may_take_longer_than_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()
    lost = asyncio.Event()
    whole = Matching.match_all

    async def slow(self: Matching, catalogue: Catalogue, items: Sequence[ImportItem]) -> list[Match]:
        asked.set()
        await lost.wait()
        return await whole(self, catalogue, items)

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
