"""Abbreviations of one's own over HTTP: every way to search and import understands them, for one person."""

import asyncio
import subprocess
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.fixtures.client import Client
from tests.fixtures.colleagues import call, good, organization
from tests.fixtures.process import ServerProcess

WORD = "Zebra Act"


async def put(person: Client, status: int = 200, id: str = "", **body: Any) -> dict[str, Any]:
    answer = await person.http.put(f"/abbreviations/{id or uuid4()}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def post(person: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await person.http.post(path, json=body)
    assert answer.status_code in (200, 201), answer.text
    done: dict[str, Any] = answer.json()
    return done


async def test_one_is_saved_listed_and_removed(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [law, other] = await person.records(limit=2)
        id = str(uuid4())
        kept = await put(person, id=id, abbreviation=WORD, laws=[law["name"], other["id"]])
        assert [one["id"] for one in kept["laws"]] == [law["id"], other["id"]]
        assert kept["laws"][0]["title_en"] == law["title_en"]
        assert (await person.get("/abbreviations"))["items"] == [kept]
        assert (await person.http.delete(f"/abbreviations/{id}")).status_code == 204
        assert (await person.http.delete(f"/abbreviations/{id}")).status_code == 404


async def test_search_and_import_understand_it_for_one_person_alone(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person, await shared_server.register() as stranger:
        laws = await person.records(limit=3, sort="-year")
        meant = [law["id"] for law in laws][::-1]
        assert await person.records(q=WORD) == []
        await put(person, abbreviation=WORD, laws=meant)
        for text in (WORD, "the zebra act"):
            assert [law["id"] for law in await person.records(q=text)] == meant, "first, in their order"
        assert await stranger.records(q=WORD) == []
        first = await person.get("/records", q=WORD, limit=2)
        rest = await person.get("/records", q=WORD, limit=2, cursor=first["next_cursor"])
        assert [law["id"] for law in first["items"] + rest["items"]] == meant
        matched = await post(person, "/records/match", {"text": f"{WORD}\n"})
        assert [item["candidates"][0]["id"] for item in matched["items"]] == meant
        assert matched["items"][0]["reasons"] == ["by your abbreviation"]
        rows = {"rows": [{"line": 1, "law": [WORD]}]}
        assert (await post(person, "/imports/match", rows))["matched"] == 3
        assert (await post(stranger, "/imports/match", rows))["matched"] == 0
        facets = await person.get("/records/facets", q=WORD)
        assert sum(value["count"] for value in facets["type_code"]) == 3
        ticked = await person.operate("bulk_select", filter={"q": WORD}, expected_count=3)
        assert ticked["changed"] == 3
        assert len((await person.get("/groups/default/records", q=WORD))["items"]) == 3
        text = (await person.http.get("/records/export.ndjson", params={"q": WORD})).text
        assert [msgspec.json.decode(line)["id"] for line in text.splitlines()] == meant
        ends = {"from": meant[0], "to": meant[1], "filter": {"q": WORD}}
        unticked = await post(person, "/groups/default/ranges", {"action": "bulk_deselect", **ends})
        assert unticked["changed"] == 2
        other = (await post(person, "/groups", {"name": "Other"}))["id"]
        sent = await post(person, "/groups/default/transfers", {"to": other, "filter": {"q": WORD}})
        assert sent["copied"]["changed"] == 1


async def test_the_history_of_a_law_is_found_by_it(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person, await shared_server.register() as stranger:
        laws = await person.records(limit=3)
        await put(person, abbreviation=WORD, laws=[law["id"] for law in laws[:2]])
        for one in (person, stranger):
            for law in laws:
                await good(one, "PUT", f"/groups/default/records/{law['id']}")
        history = f"{shared_server.url}/history"
        shown = (await person.http.get(history, params={"law": WORD})).text
        assert [law["id"] in shown for law in laws] == [True, True, False]
        shown = (await stranger.http.get(history, params={"law": WORD})).text
        assert not any(law["id"] in shown for law in laws)


async def test_the_command_line_understands_it_for_whom_it_names(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        laws = [law["name"] for law in await person.records(limit=2)]
        await put(person, abbreviation=WORD, laws=laws)
        email = (await person.get("/me"))["email"]

        def found(*options: str) -> subprocess.CompletedProcess[str]:
            return shared_server.command("records", "find", WORD, "--json", *options)

        answer = msgspec.json.decode(found("--user", email).stdout)
        assert ([law["name"] for law in answer["laws"]], answer["sure"]) == (laws, 2)
        assert found().returncode == 3, "nobody's, where nobody is named"
        assert found("--user", "nobody@nowhere.test").returncode == 1


async def test_a_smart_list_means_the_same_to_everybody(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [law] = await person.records(limit=1)
        await put(person, abbreviation=WORD, laws=[law["id"]])
        made = await post(person, "/groups", {"name": "Smart", "filter": {"q": WORD}})
        assert (await person.get(f"/groups/{made['id']}"))["count"] == 0
        address = f"{shared_server.url}/groups/{made['id']}/filter"
        page = await person.http.get(address, params={"q": WORD})
        assert 'id="filter-state"' in page.text
        assert 'data-testid="filter-matching"' not in page.text, "it shows what the list would have"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"abbreviation": "x", "laws": ["1974 c. 37"]}, "abbreviation", "2 to 60 characters"),
        ({"abbreviation": "1974 c. 37", "laws": ["1974 c. 37"]}, "abbreviation", "number of a law"),
        ({"abbreviation": WORD, "laws": []}, "laws", "from 1 to 20"),
        ({"abbreviation": WORD, "laws": ["No such law at all, Act 1702"]}, "laws", "means no law"),
        ({"abbreviation": WORD, "laws": ["1974 c. 37"] * 21}, "laws", "from 1 to 20"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    shared_server: ServerProcess, body: dict[str, Any], field: str, says: str
) -> None:
    async with await shared_server.register() as person:
        refused = await put(person, 422, **body)
        assert refused["field"] == field
        assert says in refused["detail"]


async def test_another_with_the_same_word_is_told_so(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        [law] = await person.records(limit=1)
        await put(person, abbreviation=WORD, laws=[law["id"]])
        refused = await put(person, 409, abbreviation="zebra  act", laws=[law["id"]])
        assert (refused["code"], refused["field"]) == ("abbreviation_taken", "abbreviation")


async def test_an_organizations_is_understood_by_its_members_until_they_leave(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as works:
        owner, member, stranger = works["owner"], works["member"], works["stranger"]
        path, id = f"{works.path}/abbreviations", str(uuid4())
        [law] = await owner.records(limit=1)
        body = {"abbreviation": WORD, "laws": [law["id"]]}
        assert (await call(member, "PUT", f"{path}/{id}", body)).status == 403
        assert (await call(stranger, "GET", path)).status == 404
        kept = await good(owner, "PUT", f"{path}/{id}", body)
        await _in_the_database(member, path)
        assert (await member.get(path))["items"] == [kept]
        for who, found in ((owner, [law["id"]]), (member, [law["id"]]), (stranger, [])):
            assert [one["id"] for one in await who.records(q=WORD)] == found
        rows = {"rows": [{"line": 1, "law": [WORD]}]}
        assert (await post(member, "/imports/match", rows))["matched"] == 1
        await good(member, "DELETE", works.member("member"))
        assert await member.records(q=WORD) == []
        await good(owner, "DELETE", f"{path}/{id}")
        assert await owner.records(q=WORD) == []


async def _in_the_database(member: Client, path: str) -> None:
    """Somebody who came a moment ago is told of an organization's abbreviations as soon as they are there."""
    async with asyncio.timeout(30):
        for _ in range(600):
            if (await member.get(path))["items"]:
                return
            await asyncio.sleep(0.05)
