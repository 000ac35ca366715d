"""A list is handed over to an organization, and back, through the API; whatever is killed when."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.fixtures.client import Client, ask
from tests.fixtures.colleagues import call, good, organization
from tests.fixtures.process import ServerProcess


async def own_list(person: Client, name: str = "Site") -> str:
    made = await good(person, "POST", "/groups", {"name": name})
    laws = (await good(person, "GET", "/records?limit=3"))["items"]
    ids = [law["id"] for law in laws]
    await good(
        person,
        "POST",
        f"/groups/{made['id']}/operations",
        {"action": "bulk_select", "record_ids": ids},
    )
    await good(person, "PATCH", f"/groups/{made['id']}/records/{ids[0]}", {"note": "mine"})
    id: str = made["id"]
    return id


async def hand_over(person: Client, list_: str, to: str, **said: Any) -> Any:
    return await good(person, "POST", f"/groups/{list_}/hand-over", {"to": to, **said})


async def refused(person: Client, list_: str, to: str) -> tuple[int, str]:
    answer = await call(person, "POST", f"/groups/{list_}/hand-over", {"to": to})
    return answer.status, answer.code


async def test_a_list_is_the_organizations_under_the_id_that_it_had(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        giver, viewer = acme["member"], acme["viewer"]
        list_ = await own_list(giver)
        before = await good(giver, "GET", f"/groups/{list_}/records")
        there = await hand_over(giver, list_, acme.slug)
        assert (there["id"], there["owner"]["slug"], there["name"]) == (list_, acme.slug, "Site")
        assert there["my_level"] == "edit", "and they may manage it, as who made it there"
        again = await hand_over(giver, list_, acme.slug)
        assert again["version"] == there["version"], "asked for again, it is there already"
        assert list_ not in {one["id"] for one in (await good(giver, "GET", "/groups"))["items"]}
        assert (await call(acme["stranger"], "GET", f"/groups/{list_}")).status == 404

        after = await good(viewer, "GET", f"/groups/{list_}/records")
        names = [law["name"] for law in before["items"]]
        assert [law["name"] for law in after["items"]] == names
        noted = next(law for law in after["items"] if law["note"])
        assert noted["note"] == "mine"

        law = after["items"][0]["id"]
        assert (await call(viewer, "PUT", f"/groups/{list_}/records/{law}")).status == 403
        assert (await call(giver, "DELETE", f"/groups/{list_}/records/{law}")).status == 200


async def test_it_is_handed_back_by_an_owner_or_by_its_giver(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        giver, owner = acme["member"], acme["owner"]
        list_ = await own_list(giver)
        await hand_over(giver, list_, acme.slug)
        assert await refused(acme["admin"], list_, "me") == (403, "permission_needed")
        back = await hand_over(giver, list_, "me")
        assert "owner" not in back
        assert (await call(owner, "GET", f"/groups/{list_}")).status == 404

        await hand_over(giver, list_, acme.slug)
        law = (await good(owner, "GET", f"/groups/{list_}/records"))["items"][0]["id"]
        await good(owner, "DELETE", f"/groups/{list_}/records/{law}")
        assert await refused(giver, list_, "me") == (409, "conflict"), "somebody else has changed it"
        assert "owner" not in await hand_over(owner, list_, "me")
        assert (await call(giver, "GET", f"/groups/{list_}")).status == 404


async def test_what_cannot_be_handed_over_is_refused_in_plain_words(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        giver, path = acme["member"], "/groups/default"
        default = (await good(giver, "GET", path))["id"]
        list_ = await own_list(giver)
        assert await refused(giver, default, acme.slug) == (403, "forbidden")
        assert (await refused(giver, list_, "nowhere-at-all"))[0] == 404
        of_viewer = await own_list(acme["viewer"])
        assert await refused(acme["viewer"], of_viewer, acme.slug) == (403, "permission_needed")
        of_stranger = await own_list(acme["stranger"])
        assert (await refused(acme["stranger"], of_stranger, acme.slug))[0] == 404
        assert (await refused(acme["stranger"], list_, acme.slug))[0] == 404, "not theirs to give"

        await good(acme["owner"], "POST", f"{acme.path}/groups", {"name": "Site"})
        assert (await hand_over(giver, list_, acme.slug))["name"].startswith("Site (")
        another = await own_list(giver, "Another")
        await good(acme["owner"], "DELETE", acme.path)
        assert (await refused(giver, another, acme.slug))[0] == 409, "it is ending"
        assert (await call(giver, "POST", f"{acme.path}/members/{giver.user_id}/leaving", {})).status == 204
        assert (await refused(giver, another, acme.slug))[0] == 404, "who has just left is no member"


async def test_history_goes_along_where_it_was_given_and_never_from_where(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        giver, viewer = acme["member"], acme["viewer"]
        given, kept = await own_list(giver, "Given"), await own_list(giver, "Kept")
        mine = (await good(giver, "GET", f"/audit?group={given}"))["items"]
        assert any(one["ip"] for one in mine)
        await hand_over(giver, given, acme.slug, with_history=True)
        await hand_over(giver, kept, acme.slug)
        for reader in (viewer, acme["owner"]):
            found = (await good(reader, "GET", f"{acme.path}/audit?group={given}&limit=100"))["items"]
            before = [one for one in found if one["id"] in {one["id"] for one in mine}]
            assert len(before) == len(mine), "all that was done before"
            assert not any(one.get("ip") or one.get("user_agent") or one.get("session") for one in before)
            times = [one["at"] for one in found]
            assert times == sorted(times, reverse=True)
            page = (await good(reader, "GET", f"{acme.path}/audit?group={kept}&limit=100"))["items"]
            assert {one["action"] for one in page} == {"bulk_select", "take_over"}, "how it came"
        assert (await call(acme["stranger"], "GET", f"{acme.path}/audit?group={given}")).status == 404
        # What was done before is undone by who may.
        [operation] = {one["operation_id"] for one in mine if one["action"] == "bulk_select"}
        path = f"/groups/{given}/undo"
        assert (await call(viewer, "POST", path, {"operation_id": operation})).status == 403
        undone = await good(giver, "POST", path, {"operation_id": operation})
        assert undone["count"] == 0
        [hidden] = {
            one["operation_id"]
            for one in (await good(giver, "GET", f"/audit?group={kept}"))["items"]
            if one["action"] == "bulk_select"
        }
        assert (await call(giver, "POST", f"/groups/{kept}/undo", {"operation_id": hidden})).status == 409
        await good(acme["owner"], "PATCH", f"/groups/{given}", {"access": "restricted"})
        rest = (await good(viewer, "GET", f"{acme.path}/audit?group={given}&limit=100"))["items"]
        assert rest == [], "who may not read the list any more reads nothing of it"


async def page_of(server: ServerProcess, person: Client, path: str) -> tuple[int, str]:
    answer = await ask(person.http, "GET", f"{server.url}{path}")
    return answer.status_code, answer.text


async def test_undo_and_the_past_reach_across_where_history_was_given(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        giver, owner, viewer = acme["member"], acme["owner"], acme["viewer"]
        given, kept = await own_list(giver, "Given"), await own_list(giver, "Kept")
        moment = ""
        for list_ in (given, kept):
            [ticked] = [
                one["operation_id"]
                for one in (await good(giver, "GET", f"/audit?group={list_}&action=bulk_select&limit=1"))[
                    "items"
                ]
            ]
            law = (await good(giver, "GET", f"/groups/{list_}/records"))["items"][0]["id"]
            before = (await good(giver, "DELETE", f"/groups/{list_}/records/{law}"))["version"]
            at = (await good(giver, "GET", f"/groups/{list_}"))["updated_at"]
            await hand_over(giver, list_, acme.slug, with_history=list_ == given)
            moment, shows = quote(at), list_ == given

            undo = f"/groups/{list_}/undo"
            assert (await call(owner, "POST", undo, {})).status == 409, "nothing there is the owner's own"
            past = await call(viewer, "GET", f"/groups/{list_}/past?at={moment}")
            status, moments = await page_of(shared_server, viewer, f"/groups/{list_}/moments")
            change = f"/groups/{list_}/history/{ticked}"
            if shows:
                assert (past.status, past.body["count"]) == (200, 2)
                assert "without its earlier history" not in moments
                assert moments.count("Before this") == 3, "ticked, unticked and taken over; noting is no step"
                status, told = await page_of(shared_server, viewer, change)
                assert status == 200, told
                assert "before the hand-over" in told
                assert "127.0.0.1" not in told
                undone = await good(giver, "POST", undo, {})
                assert (undone["count"], undone["version"] > before) == (3, True)
                rows = (await good(viewer, "GET", f"/groups/{list_}/records"))["items"]
                noted = next(row for row in rows if row["note"])
                assert (noted["note"], noted["note_by"]["id"]) == ("mine", giver.user_id)
                again = await good(giver, "POST", undo, {})
                assert again["undone"] != undone["undone"], "the next is the note"
                row = next(
                    row
                    for row in (await good(viewer, "GET", f"/groups/{list_}/records"))["items"]
                    if row["id"] == noted["id"]
                )
                assert (row["note"], row["note_by"]) == (None, None)
            else:
                assert (past.status, past.code) == (404, "before_the_trail")
                assert "without its earlier history" in past.body["detail"]
                assert "without its earlier history" in moments
                assert "Before this" not in moments
                assert (await page_of(shared_server, viewer, change))[0] == 404
                assert (await call(giver, "POST", undo, {})).status == 409
        for path in (f"/groups/{given}/past?at={moment}", f"/groups/{given}/moments"):
            assert (await ask(acme["stranger"].http, "GET", path)).status_code == 404
        await good(owner, "PATCH", f"/groups/{given}", {"access": "restricted"})
        assert (await call(viewer, "GET", f"/groups/{given}/past?at={moment}")).status == 404


async def test_an_earlier_version_from_before_is_restored_with_its_notes(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        giver = acme["member"]
        list_ = await own_list(giver)
        at = (await good(giver, "GET", f"/groups/{list_}"))["updated_at"]
        await good(giver, "POST", f"/groups/{list_}/operations", {"action": "clear_all"})
        await hand_over(giver, list_, acme.slug, with_history=True)
        restored = await good(acme["owner"], "POST", f"/groups/{list_}/past/restore", {"at": at})
        assert (restored["changed"], restored["count"]) == (3, 3)
        rows = (await good(giver, "GET", f"/groups/{list_}/records"))["items"]
        [noted] = [row for row in rows if row["note"]]
        assert (noted["note"], noted["note_by"]["id"]) == ("mine", giver.user_id)


async def test_killed_in_between_the_list_is_at_one_owner_with_all_its_laws(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server()
    async with organization(server, "member") as acme:
        giver, to = acme["member"], acme.slug
        list_ = await own_list(giver)
        for wait_ms in (0, 3, 8, 15):
            moving = asyncio.create_task(call(giver, "POST", f"/groups/{list_}/hand-over", {"to": to}))
            await asyncio.sleep(wait_ms / 1000)
            server.kill9()
            await asyncio.gather(moving, return_exceptions=True)
            await server.restart_async(graceful=False)
            mine = {one["id"] for one in (await good(giver, "GET", "/groups"))["items"]}
            shared = {one["id"] for one in (await good(giver, "GET", f"{acme.path}/groups"))["items"]}
            assert (list_ in mine) is not (list_ in shared)
            assert (await good(giver, "GET", f"/groups/{list_}"))["count"] == 3
            to = "me" if list_ in shared else acme.slug
        flushed = await asyncio.to_thread(server.command, "sync", "flush")
        assert flushed.returncode == 0, flushed.stderr
        for whose in ((), ("--organization", acme.slug)):
            verified = await asyncio.to_thread(server.command, "audit", "verify", *whose)
            assert verified.returncode == 0, verified.stdout
