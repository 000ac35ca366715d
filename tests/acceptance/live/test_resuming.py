"""Joining is resuming: who says what they have is given what they lack, never wrongly that it is all."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from sertantai.live.bounds import IDS_MAX, NOTES_BYTES_MAX, RING_MESSAGES_MAX
from tests.fixtures.client import Client
from tests.fixtures.live.wire import Wire, socket
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


class List:
    """One of hers, and how she comes back to it."""

    def __init__(self, person: Client, id: str, wire: Wire) -> None:
        self.person = person
        self.id = id
        self.wire = wire

    async def join(self, **payload: Any) -> dict[str, Any]:
        """Anew, on a socket that has joined it perhaps."""
        answer = await self.wire.listen(f"list:{self.id}", presence=False, **payload)
        await self.wire.heartbeat()
        return answer

    async def patch(self, path: str = "", **body: Any) -> None:
        answer = await self.person.http.patch(f"/groups/{self.id}{path}", json=body)
        assert answer.is_success, answer.text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as person:
        yield person


@pytest_asyncio.fixture(loop_scope="module")
async def hers(shared_server: ServerProcess, ada: Client) -> AsyncIterator[List]:
    made = await ada.http.post("/groups", json={"name": uuid4().hex})
    async with socket(shared_server.url, ada.token) as wire:
        yield List(ada, made.json()["id"], wire)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def laws(ada: Client) -> list[str]:
    return [record["id"] for record in await ada.records(limit=20)]


def known(answer: dict[str, Any]) -> dict[str, Any]:
    """What a client says that has been given this."""
    return {"since": answer["version"], "epoch": answer["epoch"]}


async def test_who_has_everything_is_told_so_and_nothing_else(hers: List, laws: list[str]) -> None:
    await hers.person.select(laws[0], hers.id)
    first = await hers.join()
    assert (first["mode"], first["ids"]) == ("snapshot", [laws[0]])
    again = await hers.join(**known(first))
    assert again == {key: first[key] for key in ("version", "epoch", "count", "name")} | {"mode": "current"}


async def test_who_missed_something_is_given_the_net_difference(hers: List, laws: list[str]) -> None:
    """Of laws, of notes and of the name; what came and went is in none of it."""
    await hers.person.select(laws[0], hers.id)
    first = await hers.join()
    for law in laws[1:4]:
        await hers.person.select(law, hers.id)
    await hers.person.deselect(laws[0], hers.id)
    await hers.person.deselect(laws[3], hers.id)
    await hers.patch(f"/records/{laws[1]}", note="Ask Ben", tags=["fire"])
    await hers.patch(name="Renamed")
    answer = await hers.join(**known(first))
    assert answer["mode"] == "changes"
    assert (sorted(answer["added"]), answer["removed"]) == (sorted(laws[1:3]), [laws[0]])
    told = answer["annotations"]["records"]
    assert told == {laws[1]: {"note": "Ask Ben", "tags": ["fire"]}}
    assert (answer["name"], answer["list"]["name"], answer["count"]) == ("Renamed", "Renamed", 2)
    assert "ids" not in answer


async def test_what_happens_behind_the_answer_continues_it(hers: List, laws: list[str]) -> None:
    first = await hers.join()
    await hers.person.select(laws[0], hers.id)
    told = (await hers.wire.event("changes")).payload
    assert told["from"] == first["version"]
    assert told["by"] is None, "in a list of one's own there is nobody else"
    await hers.patch(f"/records/{laws[0]}", note="one")
    noted = (await hers.wire.event("annotations")).payload
    assert (noted["from"], noted["records"]) == (told["version"], {laws[0]: {"note": "one"}})
    await hers.patch(name="Other")
    named = (await hers.wire.event("list")).payload
    assert (named["from"], named["name"]) == (noted["version"], "Other")
    assert (await hers.join(**known(named | {"epoch": first["epoch"]})))["mode"] == "current"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"since": None},
        {"since": "7"},
        {"since": 1.5},
        {"since": True},
        {"since": -1},
        {"since": 2**63},
        {"since": 2**70},
        {"since": []},
        {"epoch": "of another journal"},
        {"epoch": None},
        {"epoch": 7},
    ],
    ids=str,
)
async def test_who_says_what_cannot_be_is_given_everything(
    hers: List, laws: list[str], said: dict[str, Any]
) -> None:
    await hers.person.select(laws[0], hers.id)
    first = await hers.join()
    await hers.person.select(laws[1], hers.id)
    answer = await hers.join(**({} if not said else known(first) | said))
    assert (answer["mode"], sorted(answer["ids"])) == ("snapshot", sorted(laws[:2]))


async def test_a_version_of_the_future_is_none(hers: List, laws: list[str]) -> None:
    first = await hers.join()
    answer = await hers.join(since=first["version"] + 1, epoch=first["epoch"])
    assert answer["mode"] == "snapshot"


async def test_a_version_that_the_list_never_had_is_none(hers: List, laws: list[str]) -> None:
    """Versions are counted over all lists: in between are those of others."""
    first = await hers.join()
    await hers.person.select(laws[0])
    await hers.person.select(laws[1], hers.id)
    assert (await hers.join(since=first["version"] + 1, epoch=first["epoch"]))["mode"] == "snapshot"
    assert (await hers.join(**known(first)))["mode"] == "changes"


async def test_much_is_read_anew_not_told(hers: List) -> None:
    """At the bound it is told, and one beyond it is a snapshot; as it happens it is only how many."""
    page = await hers.person.get("/records", limit=200)
    found: list[str] = []
    while len(found) <= IDS_MAX:
        found += [record["id"] for record in page["items"]]
        page = await hers.person.get("/records", limit=200, cursor=page["next_cursor"])
    some, more = found[:IDS_MAX], found[IDS_MAX]
    first = await hers.join()
    await hers.person.operate("bulk_select", hers.id, record_ids=some)
    assert len((await hers.wire.event("changes")).payload["added"]) == IDS_MAX
    answer = await hers.join(**known(first))
    assert (answer["mode"], len(answer["added"])) == ("changes", IDS_MAX)
    await hers.person.select(more, hers.id)
    assert (await hers.join(**known(first)))["mode"] == "snapshot"
    await hers.person.operate("clear_all", hers.id, expected_count=IDS_MAX + 1)
    told = (await hers.wire.event("changes")).payload
    assert (told["many"], told.get("added")) == ({"added": 0, "removed": IDS_MAX + 1}, None)


async def test_of_long_notes_only_the_laws_are_told(hers: List, laws: list[str]) -> None:
    for law in laws[:6]:
        await hers.person.select(law, hers.id)
    first = await hers.join()
    for law in laws[:6]:
        await hers.patch(f"/records/{law}", note="x" * (NOTES_BYTES_MAX // 5))
    answer = await hers.join(**known(first))
    assert sorted(answer["annotations"]["ids"]) == sorted(laws[:6])


async def test_what_is_too_long_ago_is_a_snapshot(hers: List, laws: list[str]) -> None:
    """As many steps as are remembered are told as a difference; one more, and it is everything anew."""
    first = await hers.join()
    await hers.person.select(laws[0], hers.id)
    second = (await hers.wire.event("changes")).payload | {"epoch": first["epoch"]}
    for number in range(RING_MESSAGES_MAX):
        step = hers.person.deselect if number % 2 else hers.person.select
        await step(laws[1], hers.id)
    answer = await hers.join(**known(second))
    assert (answer["mode"], answer["added"], answer["removed"]) == ("changes", [], [])
    assert (await hers.join(**known(first)))["mode"] == "snapshot"


async def test_what_was_before_the_list_was_there_is_an_empty_one(hers: List, laws: list[str]) -> None:
    await hers.person.select(laws[0], hers.id)
    first = await hers.join()
    answer = await hers.join(since=0, epoch=first["epoch"])
    assert answer.get("ids", answer.get("added")) == [laws[0]]


async def test_a_summary_is_all_who_wants_one_is_given(hers: List) -> None:
    answer = await hers.join(want="summary")
    assert (answer["mode"], "ids" in answer, "read" in answer) == ("snapshot", False, False)


async def test_two_who_come_at_once_are_given_the_same(shared_server: ServerProcess, hers: List) -> None:
    async with socket(shared_server.url, hers.person.token) as other:
        answers = await asyncio.gather(hers.join(), other.listen(f"list:{hers.id}"))
    assert answers[0] == answers[1]
