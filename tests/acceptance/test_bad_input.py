"""Bad input gets a clear answer that names the field, and changes nothing."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

NOWHERE = "00000000-0000-4000-8000-000000000000"
BODY_BYTES_MAX = 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("year=x", "year"),
        ("year=99999", "year"),
        ("sort=colour", "sort"),
        ("sort=year,year", "sort"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("cursor=%00", "cursor"),
        ("cursor=not-a-cursor", "cursor"),
        ("selected=perhaps", "selected"),
        ("group=not-a-uuid", "group"),
        ("famliy=WASTE", "famliy"),
        (f"q={'x' * 1001}", "q"),
    ],
)
async def test_a_wrong_query_names_its_field(shared_server: ServerProcess, query: str, field: str) -> None:
    async with await shared_server.register() as person:
        problem(await person.http.get(f"/records?{query}"), 422, field)
        if field != "cursor":  # facets have no pages
            problem(await person.http.get(f"/records/facets?{query}"), 422, field)


async def test_a_cursor_of_another_search_is_refused(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        page = await person.get("/records", q="act", limit=1)
        again = {"limit": "1", "cursor": page["next_cursor"]}
        assert (await person.get("/records", q="act", **again))["items"] != page["items"]
        others: list[dict[str, str]] = [{"q": "rules"}, {}, {"q": "act", "year": "1974"}]
        for other in (*others, {"q": "act", "selected": "false"}):
            problem(await person.http.get("/records", params={**other, **again}), 422, "cursor")
        problem(await person.http.get("/groups/default/records", params={"q": "act", **again}), 422, "cursor")


async def test_a_malformed_id_is_422_and_an_unknown_one_404(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        problem(await person.http.put("/groups/default/records/1"), 422, "record")
        problem(await person.http.put(f"/groups/default/records/{NOWHERE}"), 404)
        problem(await person.http.get("/records/1"), 422, "record")
        problem(await person.http.get(f"/records/{NOWHERE}"), 404)
        problem(await person.http.get("/groups/1"), 422, "group")
        problem(await person.http.get(f"/groups/{NOWHERE}"), 404)


async def test_unknown_ids_in_bulk_are_listed_and_the_rest_is_done(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        known = [record["id"] for record in await person.records(limit=3)]
        done = await person.operate("bulk_select", record_ids=[*known, NOWHERE])
        assert (done["changed"], done["unknown"], done["count"]) == (3, [NOWHERE], 3)
        problem(await bulk(person, record_ids=[known[0], "x"]), 422, "record_ids[1]")


async def test_all_matching_is_done_only_as_often_as_it_was_shown(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        total = (await person.get("/records", q="regulations"))["total"]
        problem(
            await bulk(person, filter={"q": "regulations"}, expected_count=total + 1), 409, "expected_count"
        )
        assert await person.selected() == set()
        two = [record["id"] for record in await person.records(q="regulations", limit=2)]
        wanted: dict[str, Any] = {"filter": {"q": "regulations"}, "except": two, "expected_count": total - 2}
        done = await person.operate("bulk_select", **wanted)
        assert done["count"] == total - 2
        assert not set(two) & await person.selected()


async def test_a_list_that_is_not_as_long_as_stated_is_not_cleared(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        two = {record["id"] for record in await person.records(limit=2)}
        await person.operate("bulk_select", record_ids=sorted(two))
        for count in (1, 3):
            refused = await bulk(person, action="clear_all", expected_count=count)
            assert problem(refused, 409, "expected_count")["code"] == "count_changed"
        assert await person.selected() == two
        assert (await person.operate("clear_all", expected_count=2))["changed"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"action": "bulk_select"},
        {"action": "bulk_select", "record_ids": [], "filter": {}},
        {"action": "clear_all", "filter": {}},
        {"action": "select_everything", "filter": {}},
        {"action": "bulk_select", "record_ids": [], "expected_count": 1},
        {"action": "bulk_select", "record_ids": "all"},
        {"action": "bulk_select", "filter": {"year": "x"}},
        {"action": "bulk_select", "filter": {"nothing": "x"}},
        {"record_ids": []},
        [],
    ],
)
async def test_a_bulk_request_of_another_shape_is_refused(shared_server: ServerProcess, body: Any) -> None:
    async with await shared_server.register() as person:
        problem(await person.http.post("/groups/default/operations", json=body), 422)
        assert await person.selected() == set()


async def test_a_body_that_is_no_json_or_too_large_is_refused(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        headers = {"content-type": "application/json"}
        path = "/groups/default/operations"
        problem(await person.http.post(path, content=b'{"action": ', headers=headers), 422)
        problem(await person.http.post(path, content=b"\xff\xfe", headers=headers), 422)
        large = b'{"action": "bulk_select", "record_ids": [' + b" " * BODY_BYTES_MAX + b"]}"
        answer = problem(await person.http.post(path, content=large, headers=headers), 413)
        assert "2 MB" in answer["detail"]
        many = [str(uuid4()) for _ in range(200_000)]
        assert "2 MB" in problem(await bulk(person, record_ids=many), 413)["detail"]


async def test_names_of_lists_have_bounds_and_are_unique(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        for name in ("", "  ", "x" * 201, "a\x00b", "a\nb\x07"):
            problem(await person.http.post("/groups", json={"name": name}), 422, "name")
        strange = "Ŵork “site” <b>, 🏭; DROP TABLE--"
        made = (await person.http.post("/groups", json={"name": strange})).json()
        assert made["name"] == strange
        problem(await person.http.post("/groups", json={"name": strange}), 409, "name")
        problem(await person.http.delete("/groups/default"), 403)


async def test_nobody_learns_of_anothers_list(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as owner, await shared_server.register() as other:
        group = (await owner.http.post("/groups", json={"name": "mine"})).json()["id"]
        record = (await owner.records(limit=1))[0]["id"]
        await owner.select(record, group)
        for method, path in (
            ("GET", f"/groups/{group}"),
            ("GET", f"/groups/{group}/records"),
            ("GET", f"/groups/{group}/record-ids"),
            ("GET", f"/groups/{group}/changes?since=0"),
            ("PUT", f"/groups/{group}/records/{record}"),
            ("DELETE", f"/groups/{group}/records/{record}"),
            ("DELETE", f"/groups/{group}"),
        ):
            problem(await other.http.request(method, path), 404)
        assert await owner.selected(group) == {record}


async def test_a_head_of_a_megabyte_is_refused_by_the_real_server(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        large = await person.http.get("/me", headers={"x-large": "x" * 1_000_000})
        assert (large.status_code, large.json()["code"]) == (431, "head_too_large")
        assert (await person.http.get("/me", headers={"x-large": "x" * 50_000})).status_code == 200


async def bulk(person: Client, **body: Any) -> httpx.Response:
    return await person.http.post("/groups/default/operations", json={"action": "bulk_select", **body})


def problem(response: httpx.Response, status: int, field: str | None = None) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["code"]
    assert document["detail"]
    if field is not None:
        assert document["field"] == field, document
    return document
