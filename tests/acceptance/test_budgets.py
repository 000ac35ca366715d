"""One free account takes all that can be had of the real process; the others do not hear of it."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.test_lists import ids, new_list
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess
from tests.fixtures.visits import Visit, product

PROBLEM = "application/problem+json"
SMALL = {
    "SERTANTAI_LIST_BYTES_MAX": "1000000",
    "SERTANTAI_OWNER_BYTES_MAX": "3000000",
}


def noted(records: list[str], characters: int) -> dict[str, Any]:
    return {"items": [{"record_id": record, "note": "x" * characters} for record in records]}


async def with_patience(person: Client, path: str, body: dict[str, Any]) -> httpx.Response:
    """As a program that tries again when it is told to."""
    while True:
        response = await person.http.post(path, json=body)
        if response.status_code != 503:
            return response
        assert response.json()["code"] == "owner_waiting_bytes_exceeded", response.text
        assert int(response.headers["retry-after"]) >= 1
        await asyncio.sleep(0.2)


def refused(response: httpx.Response, status: int, code: str, bound: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith(PROBLEM)
    assert response.json()["code"] == code
    assert bound in response.json()["detail"]


def bytes_of_journal(server: ServerProcess) -> int:
    return sum(file.stat().st_size for file in Path(server.data_dir).glob("journal.sqlite*"))


@pytest.fixture
def bounded(start_server: Any) -> ServerProcess:
    started: ServerProcess = start_server(**SMALL)
    return started


async def test_one_account_with_large_notes_ends_at_its_budget_and_costs_nobody_else(
    bounded: ServerProcess,
) -> None:
    async with await bounded.register() as greedy, await bounded.register() as other:
        greedy.http.timeout = other.http.timeout = httpx.Timeout(60)
        laws = await ids(greedy, 120)
        first = await with_patience(greedy, "/groups/default/imports", noted(laws[:90], 10_000))
        assert first.status_code == 200, first.text
        more = await with_patience(greedy, "/groups/default/imports", noted(laws[90:], 10_000))
        refused(more, 409, "list_bytes_exceeded", "list_bytes_max")
        copies: list[str] = []
        answer = first
        while answer.status_code == 200:
            copies.append(await new_list(greedy, f"Copy {len(copies)}"))
            answer = await with_patience(
                greedy, "/groups/default/transfers", {"to": copies[-1], "filter": {}}
            )
            await other.select(laws[len(copies)])
        refused(answer, 409, "owner_bytes_exceeded", "owner_bytes_max")
        assert len(copies) == 3, "two have room beside the first"
        shown = await greedy.get(f"/groups/{copies[0]}/records", limit=1)
        assert len(shown["items"][0]["note"]) == 10_000, "a copy has the notes"
        undone = await greedy.http.post(f"/groups/{copies[0]}/undo", json={})
        assert undone.json()["changed"] == 90
        assert bounded.command("sync", "flush").returncode == 0
        assert bytes_of_journal(bounded) < 20_000_000
        await bounded.restart_async(graceful=False)
        assert len(await other.selected()) == 3
        assert len(await greedy.selected(copies[1])) == 90
        assert bounded.command("audit", "verify").returncode == 0


async def test_a_guest_has_a_smaller_budget() -> None:
    async with product(guest_bytes_max=20_000) as app:
        visit = Visit(app)
        await visit.become_guest()
        laws = [record["id"] for record in (await visit.get("/records?limit=5"))["items"]]
        await visit.tick(*laws)
        note = {"note": "x" * 9_000}
        answers = [await visit.call("PATCH", f"/groups/default/records/{law}", note) for law in laws]
        assert answers[0].status_code == 200
        refused(answers[-1], 409, "owner_bytes_exceeded", "guest_bytes_max")
        shorter = await visit.call("PATCH", f"/groups/default/records/{laws[0]}", {"note": "short"})
        assert shorter.status_code == 200
