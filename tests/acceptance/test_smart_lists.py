"""Smart lists: made from a filter, following the register without anybody's visit, or frozen and telling."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pyroaring import BitMap

from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.lists import live_lists
from sertantai.lists import smart as smart_lists
from sertantai.lists.access import Asking
from sertantai.lists.actions import Actions
from sertantai.postgres import Database
from sertantai.process.under_way import UnderWay
from sertantai.records.filters import RecordFilter
from sertantai.web.services import STATE_KEY, Services
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good
from tests.fixtures.live.wire import socket
from tests.fixtures.process import ServerProcess
from tests.fixtures.servers import StartServer
from tests.fixtures.visits import Visit, product

PATIENCE_S = 60.0


async def make(person: Client, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await person.http.post("/groups", json={"name": uuid4().hex, **body})
    assert answer.status_code == status, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def matching(person: Client, **query: Any) -> set[str]:
    return {record["id"] for record in await person.records(limit=500, **query)}


def load(server: ServerProcess, folder: Path, **titles: str) -> None:
    """Import laws by name and title, as somebody does beside a running server."""
    file = folder / "laws.csv"
    file.write_text("name,title_en\n" + "".join(f"{name},{title}\n" for name, title in titles.items()))
    done = server.command("records", "import", str(file))
    assert done.returncode == 0, done.stderr


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """The server hears of the import from another process."""
    async with asyncio.timeout(PATIENCE_S):
        while not await look():  # noqa: ASYNC110  # another process does it; no event of ours
            await asyncio.sleep(0.05)


async def test_a_list_made_of_a_filter_holds_what_matches_at_once(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        laws = await matching(person, q="noise")
        live = await make(person, filter={"q": "noise"})
        assert (live["count"], live["metadata"]) == (len(laws), {"filter": {"q": "noise"}})
        assert await person.selected(live["id"]) == laws
        frozen = await make(person, filter={"q": "noise"}, frozen=True, metadata={"colour": "blue"})
        assert frozen["metadata"] == {"colour": "blue", "filter": {"q": "noise"}, "frozen": True}
        assert await person.selected(frozen["id"]) == laws
        kept = (await person.get(f"/groups/{live['id']}/records"))["items"]
        assert {record["source"] for record in kept} == {"filter"}


@pytest.mark.parametrize(
    ("filter", "field"), [({}, "filter"), ({"year": "MCM"}, "year"), ({"selected": True}, "selected")]
)
async def test_what_is_no_filter_makes_no_list(
    shared_server: ServerProcess, filter: dict[str, Any], field: str
) -> None:
    async with await shared_server.register() as person:
        assert (await make(person, 422, filter=filter))["field"] == field
        assert len((await person.get("/groups"))["items"]) == 1


async def test_a_filter_that_is_given_to_a_list_is_followed_at_once_unless_frozen(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        laws = await matching(person, q="noise")
        [stray, *_] = await matching(person, q="waste")
        group = (await make(person))["id"]
        await person.select(stray, group)
        body: dict[str, Any] = {"filter": {"q": "noise"}, "frozen": True}
        frozen = (await person.http.put(f"/groups/{group}/filter", json=body)).json()
        assert (frozen["added"], frozen["removed"], frozen["operation_id"]) == (0, 0, None)
        assert await person.selected(group) == {stray}
        live = (await person.http.put(f"/groups/{group}/filter", json={**body, "frozen": False})).json()
        assert (live["added"], live["removed"], live["count"]) == (len(laws), 1, len(laws))
        assert await person.selected(group) == laws
        undone = await person.http.post(f"/groups/{group}/undo", json={"operation_id": live["operation_id"]})
        assert undone.status_code == 200
        assert await person.selected(group) == {stray}


async def test_a_live_list_follows_the_register_unvisited_and_a_frozen_one_tells(
    shared_server: ServerProcess, tmp_path: Path
) -> None:
    word, first, second = (
        uuid4().hex,
        f"UK_uksi_2024_{uuid4().int % 10**9}",
        f"UK_uksi_2025_{uuid4().int % 10**9}",
    )
    load(shared_server, tmp_path, **{first: f"Act of {word}"})
    async with await shared_server.register() as person:
        await until(lambda: _some(matching(person, q=word)))
        live = (await make(person, filter={"q": word}))["id"]
        frozen = (await make(person, filter={"q": word}, frozen=True))["id"]
        ordinary = (await make(person))["id"]
        deleted = (await make(person, filter={"q": word}))["id"]
        await good(person, "DELETE", f"/groups/{deleted}")
        [old] = await person.selected(live)
        await person.select(old, ordinary)
        load(shared_server, tmp_path, **{first: "Act of another name", second: f"Rules of {word}"})

        async def followed() -> bool:
            return await person.selected(live) not in ({old}, set())

        await until(followed)
        [new] = await person.selected(live)
        assert new != old
        assert await person.selected(frozen) == await person.selected(ordinary) == {old}
        told = await person.get(f"/groups/{frozen}/drift")
        assert (told["new_ids"], told["gone_ids"]) == ([new], [old])
        entries = [
            entry
            for entry in (await person.get("/audit", group=live))["items"]
            if entry["action"] != "create_group"
        ]
        latest = {(entry["action"], entry["record"]["id"]) for entry in entries[:2]}
        assert latest == {("bulk_select", new), ("bulk_deselect", old)}
        assert {entry["source"] for entry in entries} == {"filter"}
        assert {entry["operation_id"] for entry in entries[:2]} != {entries[2]["operation_id"]}
        operation = entries[0]["operation_id"]
        undone = await person.http.post(f"/groups/{live}/undo", json={"operation_id": operation})
        assert undone.json()["changed"] == 2
    verified = shared_server.command("audit", "verify")
    assert verified.returncode == 0, verified.stdout


async def test_what_changed_while_the_server_was_down_is_followed_when_it_is_back(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server()
    async with await server.register() as person:
        live = (await make(person, filter={"q": "noise"}))["id"]
        before = await person.selected(live)
        server.terminate()
        load(server, tmp_path, UK_uksi_2031_1="The Noise of Servers Regulations")
        await server.start_async()

        async def followed() -> bool:
            return len(await person.selected(live)) == len(before) + 1

        await until(followed)


async def test_a_list_that_cannot_be_changed_does_not_keep_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with product() as app:
        service: Services = app.state[STATE_KEY]
        visit = Visit(app)
        await visit.sign_up()
        ids = [
            (await visit.call("POST", "/groups", {"name": name, "filter": {"q": "noise"}})).json()["id"]
            for name in ("One", "Other")
        ]
        catalogue = service.register.catalogue
        [first, *_] = list(catalogue.matching(RecordFilter(q="noise")))
        me = UserId(UUID((await visit.get("/me"))["id"]))
        lists = await service.access.lists_of(Asking(Origin(me, source="filter")))
        for group in ids:  # as a register did that did not have this law
            await service.actions.amend(lists.named(group), BitMap(), BitMap([first]))
        followed = smart_lists.follow

        async def refuse(actions: Actions, *arguments: Any) -> Any:
            if str(arguments[-1].group.id) == min(ids):
                raise Conflict("not this one")
            return await followed(actions, *arguments)

        monkeypatch.setattr(live_lists, "follow", refuse)
        database: Database = app.state.database
        under_way, told = UnderWay(), list[tuple[str, str]]()
        under_way.listeners.append(lambda _whose, work: told.append((work.id, work.state)))
        sweeper = live_lists.LiveLists(database, service.register, service.engine, service.actions, under_way)
        assert await sweeper.sweep(catalogue) == 1
        waiting = [(group, "waiting") for group in sorted(ids)]
        failed = [(min(ids), "running"), (min(ids), "failed")]
        assert told == [*waiting, *failed, (max(ids), "running"), (max(ids), "done")]
        assert not under_way.of(me)
        counts = {group["id"]: group["count"] for group in (await visit.get("/groups"))["items"]}
        assert counts[max(ids)] == counts[min(ids)] + 1
        monkeypatch.undo()
        assert await sweeper.sweep(catalogue) == 1
        assert await sweeper.sweep(catalogue) == 0, "what is in line is left alone"


async def _some(found: Awaitable[set[str]]) -> bool:
    return bool(await found)


async def test_a_live_list_keeps_what_is_unticked_and_ticked_by_hand(start_server: StartServer) -> None:
    """Over a change of the register, over a restart, with who and when, undone and let go."""
    server = start_server()
    async with await server.register() as person:
        live = await make(person, filter={"q": "noise"})
        group, laws = live["id"], await matching(person, q="noise")
        out = min(laws)
        [into] = [law["id"] for law in await person.records(limit=1, q="UK_ukpga_1974_37")]
        unticked = (await person.http.delete(f"/groups/{group}/records/{out}")).json()
        await person.select(into, group)
        wished = (laws - {out}) | {into}
        assert (await person.get(f"/groups/{group}/drift"))["new"] == 0
        answer = (await person.http.put(f"/groups/{group}/filter", json={"filter": {"q": "noise"}})).json()
        assert (answer["added"], answer["removed"]) == (0, 0)
        assert answer["metadata"] == {"filter": {"q": "noise"}}

        async with socket(server.url, person.token) as wire:
            await wire.listen(f"user:{person.user_id}")
            load(server, server.data_dir.parent, UK_uksi_2099_1="The Loud Noise Regulations")
            done = await wire.until(lambda heard: heard.event == "work" and heard.payload["state"] == "done")
            assert (done.payload["kind"], done.payload["list"]) == ("smart_list", group)
        assert await _holds(person, group, len(wished) + 1)
        held = await person.selected(group)
        assert held > wished
        assert out not in held
        file = await person.get(f"/groups/{group}/export.json")
        assert (file["filter"], file["frozen"]) == ({"q": "noise"}, False)
        assert [(one["id"], one["always"]) for one in file["exceptions"]] == [(into, True), (out, False)]
        answer = await person.http.post("/records/match", json={"text": json.dumps(file)})
        assert "1 always in and 1 never in" in answer.json()["told"][0]
        server.kill9()
        await server.start_async()
        assert await person.selected(group) == held
        kept = (await person.get(f"/groups/{group}/exceptions"))["items"]
        me = (await person.get("/me"))["id"]
        assert [(one["record_id"], one["always"], one["by"]) for one in kept] == [
            (into, True, me),
            (out, False, me),
        ]

        await good(person, "POST", f"/groups/{group}/undo", {"operation_id": unticked["operation_id"]})
        assert await person.selected(group) == held | {out}
        kept = (await person.get(f"/groups/{group}/exceptions"))["items"]
        assert [one["record_id"] for one in kept] == [into]
        await good(person, "DELETE", f"/groups/{group}/exceptions/{into}")
        assert await person.selected(group) == (held | {out}) - {into}
        assert (await person.get(f"/groups/{group}/exceptions"))["items"] == []


async def _holds(person: Client, group: str, count: int) -> bool:
    return bool((await person.get(f"/groups/{group}"))["count"] == count)
