"""Views of the register over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess


async def put(person: Client, id: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await person.http.put(f"/views/{id}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_view_is_the_same_on_every_device(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        id = str(uuid4())
        kept = await put(
            person,
            id,
            name="Noise",
            query="?sort=-year&q=noise&page=3&group=default&limit=100",
            columns="title,-year,family:200",
        )
        assert kept["query"] == "q=noise&sort=-year&limit=100"
        assert kept["url"] == "/records?q=noise&sort=-year&limit=100"
        assert kept["columns"].startswith("title,-year:60,family:200,number:")
        again = await put(person, id, name="Noise", query=kept["query"], columns=kept["columns"])
        assert (again["id"], again["columns"]) == (id, kept["columns"])
        listed = await person.get("/views")
        assert [view["id"] for view in listed["items"]] == [id]
        assert listed["next_cursor"] is None
        page = await person.http.get(f"{shared_server.url}{kept['url']}")
        assert page.status_code == 200
        assert (await person.http.delete(f"/views/{id}")).status_code == 204
        assert (await person.http.delete(f"/views/{id}")).status_code == 404


async def test_a_view_is_renamed_and_a_name_is_taken_once(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        one, other = str(uuid4()), str(uuid4())
        await put(person, one, name="One", query="q=a")
        await put(person, other, name="Other", query="q=b")
        refused = await put(person, other, 409, name="One", query="q=b")
        assert (refused["code"], refused["field"]) == ("view_name_taken", "name")
        await put(person, one, name="First", query="q=a")
        await put(person, other, name="One", query="q=b")
        assert [view["name"] for view in (await person.get("/views"))["items"]] == ["First", "One"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x", "query": "sort=colour"}, "sort"),
        ({"name": "x", "query": "year=MCM"}, "year"),
        ({"name": "x", "query": "nonsense=1"}, "nonsense"),
        ({"name": "x", "query": "q=" + "x" * 30_000}, "query"),
        ({"name": "x", "query": "&".join(["year=2000"] * 3_000)}, "query"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_the_field(
    shared_server: ServerProcess, body: dict[str, Any], field: str
) -> None:
    async with await shared_server.register() as person:
        assert (await put(person, str(uuid4()), 422, **body))["field"] == field
        assert (await person.get("/views"))["items"] == []


async def test_nobody_sees_anothers(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as owner, await shared_server.register() as other:
        id = str(uuid4())
        await put(owner, id, name="Mine", query="q=a")
        assert (await other.get("/views"))["items"] == []
        assert (await other.http.delete(f"/views/{id}")).status_code == 404
        assert [view["id"] for view in (await owner.get("/views"))["items"]] == [id]
