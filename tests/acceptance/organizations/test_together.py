"""A day of several people in one list: ticking, suggesting, deciding, leaving; what the trail says of it."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx

from sertantai.postgres.cluster import dsn
from sertantai.web.pages.lists import suggestions
from tests.fixtures.client import PASSWORD, WITHOUT_TLS, Client, ask
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.process import ServerProcess

SHARE_FORM = 'data-testid="share-form"'
SIGNED_BY = ("selected_by", "note_by", "ranked_by")


async def laws(person: Client, count: int) -> list[str]:
    return [record["id"] for record in await person.records(limit=count)]


async def ticked(person: Client, list_: str) -> list[str]:
    ids: list[str] = (await good(person, "GET", f"/groups/{list_}/record-ids"))["record_ids"]
    return ids


async def trail(acme: Organization, by: str = "owner", **asked: Any) -> list[dict[str, Any]]:
    answer = await ask(acme[by].http, "GET", f"{acme.path}/audit", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_what_one_suggests_another_accepts_forty_at_once(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "viewer") as acme:
        owner, viewer = acme["owner"], acme["viewer"]
        list_ = await acme.list()
        ids = await laws(owner, 47)
        refused = await call(viewer, "PUT", f"/groups/{list_}/records/{ids[0]}")
        assert (refused.status, refused.code, refused.body["permission"]) == (
            403,
            "permission_needed",
            "list_tick",
        )
        assert refused.body["ask"], "who can give it is named"
        early = await call(viewer, "POST", f"/groups/{list_}/suggestions", {"action": "bulk_select"})
        assert (early.status, early.body["permission"]) == (403, "list_suggest")
        await good(owner, "PUT", f"/groups/{list_}/grants/{viewer.user_id}", {"level": "suggest"})
        wish = {"action": "bulk_select", "record_ids": ids, "reason": "as at Leeds"}
        made = await call(viewer, "POST", f"/groups/{list_}/suggestions", wish)
        assert made.status == 201
        assert (made.body["status"], made.body["count"]) == ("pending", 47)
        assert made.body["by"]["id"] == viewer.user_id
        one = f"/groups/{list_}/suggestions/{made.body['id']}"
        assert (await call(viewer, "POST", f"{one}/accept")).status == 403
        done = await good(owner, "POST", f"{one}/accept", {"record_ids": ids[:40], "reason": "these"})
        assert (done["changed"], done["left"], done["status"]) == (40, 7, "pending")
        rest = await good(owner, "POST", f"{one}/decline", {"reason": "not here"})
        assert (rest["changed"], rest["left"], rest["status"]) == (0, 0, "declined")
        assert sorted(await ticked(viewer, list_)) == sorted(ids[:40])
        gone = await call(owner, "POST", f"{one}/accept", {})
        assert (gone.status, gone.code) == (409, "suggestion_gone")
        no_law = {**wish, "record_ids": [made.body["id"]]}
        unknown = await call(viewer, "POST", f"/groups/{list_}/suggestions", no_law)
        assert (unknown.status, unknown.body["field"]) == (422, "record_ids")
        undone = await good(owner, "POST", f"/groups/{list_}/undo", {})
        assert undone["changed"] == 40, "an accepted suggestion is undone like any change"


async def test_with_four_eyes_nobody_ticks_alone(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        owner, admin = acme["owner"], acme["admin"]
        list_ = await acme.list()
        [law] = await laws(owner, 1)
        changed = await good(owner, "PATCH", f"/groups/{list_}", {"four_eyes": True})
        assert changed["four_eyes"] is True
        alone = await call(owner, "PUT", f"/groups/{list_}/records/{law}")
        assert (alone.status, alone.body["permission"]) == (403, "list_tick")
        wish = {"action": "bulk_select", "record_ids": [law]}
        made = await good(owner, "POST", f"/groups/{list_}/suggestions", wish)
        one = f"/groups/{list_}/suggestions/{made['id']}/accept"
        own = await call(owner, "POST", one, {})
        assert (own.status, own.body["permission"]) == (403, "list_approve")
        assert (await good(admin, "POST", one, {}))["changed"] == 1
        mine = await call(owner, "PATCH", "/groups/default", {"four_eyes": True})
        assert (mine.status, mine.body["field"]) == (422, "four_eyes")


async def test_rows_say_who_ticked_noted_and_placed_each_law(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        list_ = await acme.list()
        first, second = await laws(acme["owner"], 2)
        rows = f"/groups/{list_}/records"
        for by, law in (("member", first), ("owner", second)):
            await good(acme[by], "PUT", f"{rows}/{law}")
        told = {"note": "as at Leeds", "note_by": acme["owner"].user_id}
        refused = await call(acme["admin"], "PATCH", f"{rows}/{first}", told)
        assert refused.status == 422, "nobody says who wrote something"
        await good(acme["admin"], "PATCH", f"{rows}/{first}", {"note": "as at Leeds"})
        await good(acme["member"], "POST", f"/groups/{list_}/places", {"record_ids": [second]})
        found = {row["id"]: row for row in (await good(acme["viewer"], "GET", rows))["items"]}
        who = {id: tuple((row[by] or {}).get("id") for by in SIGNED_BY) for id, row in found.items()}
        member, admin, owner = (acme[role].user_id for role in ("member", "admin", "owner"))
        assert who == {first: (member, admin, None), second: (owner, None, member)}
        assert found[first]["note_by"]["name"], "with name"
        page = await acme["viewer"].http.get(f"{shared_server.url}/groups/{list_}")
        assert "as at Leeds" in page.text
        assert f"moved by {found[second]['ranked_by']['name']}" in page.text
        await good(acme["owner"], "DELETE", acme.member("member"))
        left = {row["id"]: row for row in (await good(acme["viewer"], "GET", rows))["items"]}
        assert left[first]["selected_by"] == {"id": member, "name": "a former member"}
        own = acme["viewer"]
        await good(own, "PUT", f"/groups/default/records/{first}")
        [mine] = (await good(own, "GET", "/groups/default/records"))["items"]
        assert [mine[by] for by in SIGNED_BY] == [None] * 3, "in a list of one's own there is nobody else"


async def test_a_page_takes_so_many_names_of_laws_at_once(shared_server: ServerProcess) -> None:
    """By its form, whose lines are found as an import finds them."""
    async with organization(shared_server, "member") as acme:
        list_ = await acme.list()
        name = (await acme["owner"].records(limit=1))[0]["name"]
        async with httpx.AsyncClient(base_url=shared_server.url, verify=WITHOUT_TLS) as browser:
            token = (await browser.get("/csrf-token")).json()["token"]
            given = {"email": acme["owner"].email, "password": PASSWORD, "_csrf_token": token}
            assert (await browser.post("/sign-in", data=given)).status_code == 303
            token = (await browser.get("/csrf-token")).json()["token"]
            for text, status in (
                (f"{name}\n" * suggestions.LINES_MAX, 303),
                (f"{name}\n" * (suggestions.LINES_MAX + 1), 422),
                ("x" * (suggestions.TEXT_CHARACTERS_MAX + 1), 422),
                ("", 422),
            ):
                form = {"laws": text, "action": "bulk_select", "_csrf_token": token}
                answer = await browser.post(f"/groups/{list_}/suggestions", data=form)
                assert answer.status_code == status, answer.text[-300:]


async def test_new_lists_are_as_the_organization_has_set(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        await good(acme["owner"], "PATCH", acme.path, {"settings": {"new_lists": "restricted"}})
        usual, open_list = await acme.list(), await acme.list(access="open")
        assert (await good(acme["owner"], "GET", f"/groups/{usual}"))["access"] == "restricted"
        assert (await call(acme["member"], "GET", f"/groups/{usual}")).status == 404
        assert (await good(acme["member"], "GET", f"/groups/{open_list}"))["access"] == "open"
        [law] = await laws(acme["owner"], 1)
        for list_ in (usual, open_list):
            await good(acme["owner"], "PUT", f"/groups/{list_}/records/{law}")
        for made_of in (usual, open_list):
            wanted = {"expression": made_of, "save_as": f"Of {made_of}", "organization": acme.id}
            made = (await good(acme["owner"], "POST", "/groups/combine", wanted))["saved"]["group"]
            assert (await good(acme["owner"], "GET", f"/groups/{made}"))["access"] == "restricted"
            assert (await call(acme["member"], "GET", f"/groups/{made}")).status == 404
        home = await acme["owner"].http.get(f"{shared_server.url}{acme.path}")
        box = re.search(r'<input[^>]*name="restricted"[^>]*>', home.text)
        assert box, home.text
        assert " checked" in box[0], "the form of the page begins with what is set"


async def test_who_is_removed_is_gone_from_everything_at_once(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member = acme["owner"], acme["member"]
        list_ = await acme.list()
        [law, other] = await laws(owner, 2)
        await good(member, "PUT", f"/groups/{list_}/records/{law}")
        assert (await call(owner, "DELETE", acme.member("member"))).status == 204
        nothing = await call(member, "GET", f"/groups/{acme.id}")
        for method, path in (
            ("GET", f"/groups/{list_}"),
            ("GET", f"/groups/{list_}/record-ids"),
            ("PUT", f"/groups/{list_}/records/{other}"),
            ("GET", f"/groups/{list_}/export.csv"),
            ("GET", f"/groups/{list_}/access"),
            ("GET", f"/groups/{list_}/suggestions"),
            ("POST", f"/groups/{list_}/undo"),
        ):
            answer = await call(member, method, path, {} if method == "POST" else None)
            assert (answer.status, answer.code) == (404, nothing.code), path
        assert (await call(member, "GET", f"{acme.path}/audit")).code == "organization_not_found"
        assert (await good(member, "GET", "/organizations"))["items"] == []
        assert await ticked(owner, list_) == [law], "what they did stays"


async def test_a_hundred_ticks_at_once_by_two_people_are_all_there(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        list_ = await acme.list()
        ids = await laws(acme["owner"], 100)
        await asyncio.gather(
            *(
                good(acme[("owner", "member")[at % 2]], "PUT", f"/groups/{list_}/records/{law}")
                for at, law in enumerate(ids)
            )
        )
        assert sorted(await ticked(acme["member"], list_)) == sorted(ids)
        assert (await good(acme["member"], "POST", f"/groups/{list_}/undo", {}))["changed"] == 1
        mine = {
            entry["record"]["id"]
            for entry in await trail(acme, actor=acme["member"].user_id, action="deselect")
        }
        assert mine <= set(ids[1::2]), "one's own newest change, never a colleague's"


async def test_clearing_names_the_version_that_was_seen(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        list_ = await acme.list()
        [law, other] = await laws(acme["owner"], 2)
        seen = (await good(acme["owner"], "PUT", f"/groups/{list_}/records/{law}"))["version"]
        blind = await call(acme["owner"], "POST", f"/groups/{list_}/operations", {"action": "clear_all"})
        assert blind.status == 428
        await good(acme["member"], "PUT", f"/groups/{list_}/records/{other}")

        async def clear(version: int) -> int:
            header = {"If-Unmodified-Since-Version": str(version)}
            path = f"/groups/{list_}/operations"
            return (
                await ask(acme["owner"].http, "POST", path, json={"action": "clear_all"}, headers=header)
            ).status_code

        assert await clear(seen) == 412
        now = (await good(acme["owner"], "GET", f"/groups/{list_}"))["version"]
        assert await clear(now) == 200


async def test_a_copy_of_a_baseline_is_a_copy_and_needs_the_right_to_export(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        member, viewer = acme["member"], acme["viewer"]
        baseline = await acme.list()
        secret = await acme.list(access="restricted")
        [law, other] = await laws(member, 2)
        await good(member, "PUT", f"/groups/{baseline}/records/{law}")
        await good(member, "PATCH", f"/groups/{baseline}/records/{law}", {"note": "at all sites"})
        await good(acme["owner"], "PUT", f"/groups/{secret}/records/{other}")
        mine = {"expression": baseline, "save_as": "My copy"}
        copied = await good(member, "POST", "/groups/combine", mine)
        assert copied["saved"]["added"] == 1
        rows = await good(member, "GET", f"/groups/{copied['saved']['group']}/records")
        assert [row["note"] for row in rows["items"]] == ["at all sites"]
        theirs = {"expression": baseline, "save_as": "Leeds", "organization": acme.slug}
        assert (await good(member, "POST", "/groups/combine", theirs))["saved"]["added"] == 1
        refused = await call(viewer, "POST", "/groups/combine", mine)
        assert (refused.status, refused.body["permission"]) == (403, "list_export")
        blind = await call(
            member, "POST", "/groups/combine", {"expression": {"op": "union", "of": [baseline, secret]}}
        )
        assert (blind.status, blind.code) == (404, "group_not_found")
        into = await call(viewer, "POST", "/groups/combine", {"expression": "default", "save_into": baseline})
        assert (into.status, into.body["permission"]) == (403, "list_tick")
        await good(member, "DELETE", f"/groups/{baseline}/records/{law}")
        assert await ticked(member, copied["saved"]["group"]) == [law], "it does not read the original"


async def test_the_trail_says_who_and_shows_addresses_to_who_may_see_them(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        open_list = await acme.list()
        secret = await acme.list(access="restricted")
        [law, other] = await laws(acme["owner"], 2)
        await good(acme["member"], "PUT", f"/groups/{open_list}/records/{law}")
        await good(acme["owner"], "PUT", f"/groups/{secret}/records/{other}")
        every = await trail(acme)
        assert {"admit", "create_group", "select"} <= {entry["action"] for entry in every}
        [tick] = [
            entry
            for entry in every
            if entry["group"] and entry["group"]["id"] == open_list and entry["record"]
        ]
        assert tick["actor"] == acme["member"].user_id
        assert tick["ip"]
        seen = await trail(acme, "viewer")
        assert {entry["group"]["id"] for entry in seen} == {open_list}
        assert all(entry["ip"] is None and entry["session"] is None for entry in seen)
        only = await trail(acme, actor=acme["member"].user_id)
        assert [(entry["action"], entry["record"]["id"]) for entry in only if entry["record"]] == [
            ("select", law)
        ]
        assert (await call(acme["stranger"], "GET", f"{acme.path}/audit")).status == 404
        name = tick["actor_name"]
        await good(acme["owner"], "DELETE", acme.member("member"))
        [again] = await trail(acme, actor=acme["member"].user_id, action="select")
        assert again["actor_name"] == name, "with the name as it was"


async def test_who_saw_a_list_is_told_of_a_moment(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        list_ = await acme.list()
        then = datetime.now(UTC)
        await asyncio.sleep(0.01)
        await good(acme["owner"], "DELETE", acme.member("member"))

        async def seers(at: datetime | None) -> set[str]:
            asked = {} if at is None else {"at": at.isoformat()}
            answer = await ask(acme["owner"].http, "GET", f"/groups/{list_}/access", params=asked)
            assert answer.status_code == 200, answer.text
            return {one["user"]["id"] for one in answer.json()["items"]}

        assert await seers(None) == {acme["owner"].user_id}
        assert await seers(then) == {acme["owner"].user_id, acme["member"].user_id}
        assert await seers(then - timedelta(days=1)) == set()
        future = {"at": (then + timedelta(days=2)).isoformat()}
        refused = await ask(acme["owner"].http, "GET", f"/groups/{list_}/access", params=future)
        assert (refused.status_code, refused.json()["field"]) == (422, "at")
        today = {"at": f"{datetime.now(UTC):%Y-%m-%d}"}
        assert (await ask(acme["owner"].http, "GET", f"/groups/{list_}/access", params=today)).is_success


async def test_the_page_of_who_sees_a_list_has_a_day(shared_server: ServerProcess) -> None:
    """It says plainly what it does not know, and offers nothing to change in the past."""
    async with organization(shared_server, "member") as acme:
        list_ = await acme.list()
        then = datetime.now(UTC)
        await asyncio.sleep(0.01)
        seers = (await good(acme["owner"], "GET", f"/groups/{list_}/access"))["items"]
        [name] = [one["user"]["name"] for one in seers if one["user"]["id"] == acme["member"].user_id]
        await good(acme["owner"], "DELETE", acme.member("member"))

        async def shown(at: str) -> tuple[int, str]:
            path = f"{shared_server.url}/groups/{list_}/access"
            answer = await acme["owner"].http.get(path, params={"at": at} if at else {})
            return answer.status_code, answer.text

        _, today = await shown("")
        assert SHARE_FORM in today
        assert name not in today.partition(SHARE_FORM)[0]
        _, past = await shown(then.isoformat())
        assert name in past
        assert "Former member" in past
        assert SHARE_FORM not in past
        _, now = await shown(f"{then:%Y-%m-%d}")
        assert "as that day is not over" in now
        assert "This list did not exist on that day." in (await shown("2001-01-31"))[1]
        for wrong in ("2999-01-31", "yesterday"):
            status, words = await shown(wrong)
            assert (status, "Choose a day up to today" in words) == (422, True), wrong
        superuser = dsn(shared_server.data_dir / "postgres" / "socket", user="postgres")
        connection = await asyncpg.connect(superuser)
        reach = "UPDATE audit_baseline_reach SET reaches_back_to = $1"
        before = await connection.fetchval("SELECT reaches_back_to FROM audit_baseline_reach")
        try:
            await connection.execute(reach, datetime(2020, 1, 1, tzinfo=UTC))
            founded = "UPDATE organizations SET created_at = '2001-01-01' WHERE slug = $1"
            await connection.execute(founded, acme.slug)
            assert "no longer reaches back" in (await shown("2024-01-31"))[1]
        finally:
            await connection.execute(reach, before)
            await connection.close()


async def test_the_trail_of_an_organization_verifies(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        list_ = await acme.list()
        for law in await laws(acme["owner"], 3):
            await good(acme["member"], "PUT", f"/groups/{list_}/records/{law}")
        assert shared_server.command("sync", "flush").returncode == 0
        done = shared_server.command("audit", "verify", "--organization", acme.slug, "--json")
        found = json.loads(done.stdout)
        assert (done.returncode, found["rights"]["clean"]) == (0, True), done.stderr
        assert (found["rights"]["members"], found["rights"]["operations"]) == (2, 3)
        unknown = shared_server.command("audit", "verify", "--organization", "nobody-is-here")
        assert unknown.returncode != 0
        assert "does not exist" in unknown.stderr
