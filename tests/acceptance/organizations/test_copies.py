"""Lists are copied from a baseline: through the API and by command, and never by who may not know of it."""

import json
from typing import Any

from tests.fixtures.client import Client, ask
from tests.fixtures.colleagues import Organization, but_for_the_number, call, good, organization
from tests.fixtures.process import ServerProcess


async def baseline(acme: Organization, **said: Any) -> str:
    """Three laws of it; one has a note and a tag, another is the first."""
    owner = acme["owner"]
    list_ = await acme.list(name="Baseline", **said)
    laws = [law["id"] for law in (await good(owner, "GET", "/records?limit=3"))["items"]]
    body = {"action": "bulk_select", "record_ids": laws}
    await good(owner, "POST", f"/groups/{list_}/operations", body)
    await good(owner, "PATCH", f"/groups/{list_}/records/{laws[0]}", {"note": "Ours", "tags": ["air"]})
    return list_


async def copied(person: Client, list_: str, **said: Any) -> Any:
    return await good(person, "POST", f"/groups/{list_}/copy", said)


async def notes(person: Client, list_: str) -> list[tuple[str | None, list[str], str | None]]:
    laws = (await good(person, "GET", f"/groups/{list_}/records"))["items"]
    noted = [law for law in laws if law["note"] or law["tags"]]
    return [(law["note"], law["tags"], (law.get("note_by") or {}).get("id")) for law in noted]


async def test_a_copy_is_one_change_that_says_of_what_it_is_one(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        source, member = await baseline(acme), acme["member"]
        made = await copied(member, source)
        assert (made["name"], made["count"], made["copied_from"]) == ("Baseline (2)", 3, source)
        assert (made["access"], made["my_level"], made["made_by"]) == ("open", "edit", member.user_id)
        assert await notes(member, made["id"]) == [("Ours", ["air"], acme["owner"].user_id)]
        bare = await copied(member, source, name="York", notes=False, tags=False, order=False)
        assert (bare["name"], await notes(member, bare["id"])) == ("York", [])
        taken = await call(member, "POST", f"/groups/{source}/copy", {"name": "york"})
        assert (taken.status, taken.code) == (409, "conflict")

        shared_server.command("sync", "flush")
        entries = (await good(member, "GET", f"{acme.path}/audit?group={made['id']}"))["items"]
        assert {entry["operation_id"] for entry in entries} == {entries[0]["operation_id"]}, "one operation"
        [said] = [entry["metadata"] for entry in entries if entry["action"] == "create_group"]
        assert said["copied_from"]["list"] == source
        page = (await ask(member.http, "GET", f"{shared_server.url}{acme.path}/audit")).text
        assert " with 3 laws, copied from “Baseline” as of version" in page

        head = (await ask(member.http, "GET", f"{shared_server.url}/groups/{made['id']}")).text
        assert (
            f'/groups/{made["id"]}/access">Who sees this</a> · <a href="/groups/{made["id"]}/suggestions"'
            in head
        )

        first = (await good(member, "GET", f"/groups/{made['id']}/records"))["items"][0]["id"]
        await good(acme["owner"], "DELETE", f"/groups/{source}/records/{first}")
        assert (await good(member, "GET", f"/groups/{made['id']}"))["count"] == 3, "it is a snapshot"
        undone = await good(member, "POST", f"/groups/{made['id']}/undo", {})
        assert (undone["changed"], (await good(member, "GET", f"/groups/{source}"))["count"]) == (3, 2)


async def test_what_one_may_not_know_of_is_not_copied_nor_told_of(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "admin", "viewer") as acme:
        hidden = await baseline(acme, access="restricted")
        nowhere = hidden[:-4] + ("0000" if hidden[-4:] != "0000" else "1111")
        for person in (acme["member"], acme["stranger"]):
            answer = await ask(person.http, "POST", f"/groups/{hidden}/copy", json={})
            gone = await ask(person.http, "POST", f"/groups/{nowhere}/copy", json={})
            assert (answer.status_code, gone.status_code) == (404, 404)
            assert but_for_the_number(answer) == but_for_the_number(gone)
        refused = await call(acme["viewer"], "POST", f"/groups/{await baseline_open(acme)}/copy", {})
        assert (refused.status, refused.code) == (403, "permission_needed")

        made = await copied(acme["admin"], hidden, name="Leeds")
        assert made["copied_from"] == hidden
        shared_server.command("sync", "flush")
        seen = await good(acme["member"], "GET", f"/groups/{made['id']}")
        assert (seen["count"], "copied_from" in seen) == (3, False), (
            "an open copy of a list one does not know"
        )
        told = await good(acme["member"], "GET", f"{acme.path}/audit?group={made['id']}")
        pages = [
            (await ask(acme["member"].http, "GET", f"{shared_server.url}{path}")).text
            for path in (f"{acme.path}/audit", f"/groups/{made['id']}")
        ]
        assert "copied from another list as of version" in pages[0]
        assert hidden not in f"{told}{pages}"
        assert "Baseline</a>" not in pages[1]


async def baseline_open(acme: Organization) -> str:
    return await acme.list(name="Everybody's")


async def test_into_an_organization_and_out_of_it(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        source, member, viewer = await baseline(acme), acme["member"], acme["viewer"]
        mine = await copied(member, source, to="me")
        assert "owner" not in mine
        assert await notes(member, mine["id"]) == [("Ours", ["air"], None)], "nobody is named outside"
        refused = await call(viewer, "POST", f"/groups/{source}/copy", {"to": "me"})
        assert refused.code == "permission_needed", "nothing is taken out without the right to export"
        await good(acme["owner"], "PATCH", acme.path, {"settings": {"new_lists": "restricted"}})
        there = await copied(member, mine["id"], to=acme.slug, name="Back again")
        assert (there["access"], there["copied_from"]) == ("restricted", mine["id"])
        assert await notes(member, there["id"]) == [("Ours", ["air"], member.user_id)]
        seen = await good(acme["owner"], "GET", f"/groups/{there['id']}")
        assert "copied_from" not in seen, "a list of somebody's own is nobody else's to know of"
        stranger = await call(acme["stranger"], "POST", "/groups/default/copy", {"to": acme.slug})
        assert stranger.status == 404
        for body in ({"access": "open"}, {"name": " "}, {"to": "me", "access": "restricted"}):
            assert (await call(member, "POST", f"/groups/{mine['id']}/copy", body)).status == 422, body


async def test_the_operator_copies_in_a_members_name(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        await baseline(acme)
        who = (acme.slug, acme["member"].email)
        done = shared_server.command(
            "organizations", "copy", *who, "BASELINE", "--name", "Hull", "--no-notes", "--json"
        )
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert (made["name"], made["owner"]) == ("Hull", {"organization": acme.slug})
        seen = await good(acme["member"], "GET", f"/groups/{made['id']}")
        assert (seen["count"], seen["made_by"]) == (3, acme["member"].user_id)
        mine = shared_server.command("organizations", "copy", *who, "Hull", "--to-person")
        assert mine.stdout.strip().endswith(f"is a new list of {acme['member'].email}"), mine.stderr
        for arguments, said in (
            ((acme.slug, acme["viewer"].email, "Hull"), "create"),
            ((*who, "No such list"), "no list that they may see"),
            ((*who, "Hull", "--from-person", "--to-person"), "goes into the organisation"),
        ):
            refused = shared_server.command("organizations", "copy", *arguments)
            assert refused.returncode != 0
            assert said in refused.stderr, arguments
