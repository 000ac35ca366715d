"""Members over HTTP: seen, changed, suspended, removed; teams, grants, and who sees a list and why."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.fixtures.colleagues import call, good, organization
from tests.fixtures.process import ServerProcess


async def test_names_are_for_members_and_addresses_for_who_may_see_them(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme:
        for role, sees in (("owner", True), ("admin", True), ("member", False), ("viewer", False)):
            items = (await good(acme[role], "GET", f"{acme.path}/members"))["items"]
            assert [one["role"] for one in items] == ["owner", "admin", "member", "viewer"]
            assert all(one["user"]["name"] for one in items)
            assert [("email" in one["user"]) for one in items] == [sees] * 4
            assert ("@" in str(items)) is sees


async def test_members_are_found_by_name_and_never_by_address(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        me = acme.member("member")
        await good(acme["member"], "PATCH", me, {"name": "Zoë  Baker"})
        page = await good(acme["owner"], "GET", f"{acme.path}/members?q=zoë")
        assert [one["user"]["name"] for one in page["items"]] == ["Zoë Baker"]
        assert (await good(acme["owner"], "GET", f"{acme.path}/members?q=example.org"))["items"] == []
        first = await good(acme["owner"], "GET", f"{acme.path}/members?limit=2")
        rest = await good(acme["owner"], "GET", f"{acme.path}/members?limit=2&cursor={first['next_cursor']}")
        ids = [one["user"]["id"] for one in (*first["items"], *rest["items"])]
        assert len(ids) == len(set(ids)) == 3
        assert rest["next_cursor"] is None


async def test_everybody_says_themselves_what_they_are_called(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "viewer") as acme:
        refused = await call(acme["owner"], "PATCH", acme.member("admin"), {"name": "Somebody"})
        assert (refused.status, refused.body["field"]) == (403, "name")
        renamed = await good(acme["viewer"], "PATCH", acme.member("viewer"), {"name": "Vi"})
        assert renamed["user"]["name"] == "Vi"
        for name in ("", " ", "x" * 201):
            bad = await call(acme["viewer"], "PATCH", acme.member("viewer"), {"name": name})
            assert (bad.status, bad.body["field"]) == (422, "name")


async def test_nobody_gives_what_they_do_not_hold(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme:
        admin, of_member, of_owner = acme["admin"], acme.member("member"), acme.member("owner")
        assert (await call(admin, "PATCH", of_member, {"role": "owner"})).body["permission"] == (
            "ownership_transfer"
        )
        assert (await call(acme["owner"], "PATCH", of_member, {"role": "owner"})).status == 403
        for path, body in ((of_owner, {"role": "viewer"}), (of_owner, {"suspended": True})):
            assert (await call(admin, "PATCH", path, body)).body["permission"] == "ownership_transfer"
        assert (await call(admin, "DELETE", of_owner)).status == 403
        allowed = {"permissions": {"allow": ["org_export"]}}
        assert (await call(admin, "PATCH", of_member, allowed)).body["permission"] == "org_export"
        owners = await call(acme["owner"], "PATCH", of_member, {"permissions": {"allow": ["org_delete"]}})
        assert (owners.status, owners.body["field"]) == (422, "permissions")
        unknown = await call(admin, "PATCH", of_member, {"permissions": {"allow": ["everything"]}})
        assert (unknown.status, unknown.body["field"]) == (422, "permissions")
        upwards = await call(acme["member"], "PATCH", of_member, {"role": "admin"})
        assert (upwards.status, upwards.body["permission"]) == (403, "members_manage")
        assert (await call(admin, "PATCH", of_member, {"role": "emperor"})).status == 422


async def test_what_is_denied_wins_over_the_role(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        group, record = await acme.list(), (await acme["owner"].records(limit=1))[0]["id"]
        denied = {"permissions": {"allow": ["list_export"], "deny": ["list_tick"]}}
        changed = await good(acme["owner"], "PATCH", acme.member("member"), denied)
        assert changed["permissions"] == {"allow": ["list_export"], "deny": ["list_tick"]}
        refused = await call(acme["member"], "PUT", f"/groups/{group}/records/{record}")
        assert (refused.status, refused.body["permission"]) == (403, "list_tick")
        await good(acme["owner"], "PATCH", acme.member("member"), {"permissions": {"deny": []}})
        await acme["member"].select(record, group)


async def test_nobody_lifts_what_they_are_denied_or_shares_above_their_own_level(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        group, of_admin, of_member = await acme.list(), acme.member("admin"), acme.member("member")
        await good(acme["owner"], "PATCH", of_admin, {"permissions": {"deny": ["members_invite"]}})
        lifted = await call(acme["admin"], "PATCH", of_admin, {"permissions": {"deny": []}})
        assert (lifted.status, lifted.body["permission"]) == (403, "members_invite")
        await good(acme["owner"], "PATCH", of_member, {"permissions": {"allow": ["list_share"]}})
        grant = f"/groups/{group}/grants/{of_member.rsplit('/', 1)[1]}"
        above = await call(acme["member"], "PUT", grant, {"level": "manage"})
        assert (above.status, above.body["permission"]) == (403, "list_manage")
        await good(acme["member"], "PUT", grant, {"level": "edit"})


async def test_whoever_is_suspended_is_nobody_until_they_are_no_more(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        group = await acme.list()
        await good(acme["owner"], "PATCH", acme.member("member"), {"suspended": True})
        for path in (acme.path, f"{acme.path}/members", f"/groups/{group}"):
            assert (await call(acme["member"], "GET", path)).status == 404
        assert (await good(acme["member"], "GET", "/organizations"))["items"] == []
        await good(acme["owner"], "PATCH", acme.member("member"), {"suspended": False})
        await good(acme["member"], "GET", f"/groups/{group}")
        mine = await call(acme["owner"], "PATCH", acme.member("owner"), {"suspended": True})
        assert (mine.status, mine.code) == (409, "last_owner")


async def test_whoever_is_removed_is_nobody_at_once_and_what_they_did_stays(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        group, record = await acme.list("member"), (await acme["owner"].records(limit=1))[0]["id"]
        await acme["member"].select(record, group)
        assert (await call(acme["owner"], "DELETE", acme.member("member"))).status == 204
        for method, path in (
            ("GET", acme.path),
            ("GET", f"/groups/{group}"),
            ("PUT", f"/groups/{group}/records/{record}"),
            ("GET", f"/groups/{group}/access"),
        ):
            assert (await call(acme["member"], method, path)).status == 404
        assert await acme["owner"].selected(group) == {record}
        again = await call(acme["owner"], "DELETE", acme.member("member"))
        assert (again.status, again.code) == (404, "member_not_found")


async def test_ticks_that_race_with_a_removal_are_done_before_it_or_not_at_all(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        group = await acme.list()
        records = [one["id"] for one in await acme["owner"].records(limit=20)]
        answers = await asyncio.gather(
            *(call(acme["member"], "PUT", f"/groups/{group}/records/{one}") for one in records[:10]),
            call(acme["owner"], "DELETE", acme.member("member")),
            *(call(acme["member"], "PUT", f"/groups/{group}/records/{one}") for one in records[10:]),
        )
        done = {
            one
            for one, answer in zip(records, answers[:10] + answers[11:], strict=True)
            if answer.status == 200
        }
        assert {answer.status for answer in answers} <= {200, 204, 403, 404}
        assert await acme["owner"].selected(group) == done
        ended = [answer.code for answer in answers if answer.status == 403]
        assert set(ended) <= {"access_ended"}


async def test_a_team_is_granted_what_its_members_get(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        group = await acme.list(access="restricted")
        teams = f"{acme.path}/teams"
        team = await good(acme["owner"], "POST", teams, {"name": "Leeds"})
        assert (team["name"], team["members"]) == ("Leeds", 0)
        taken = await call(acme["owner"], "POST", teams, {"name": "Leeds"})
        assert (taken.status, taken.body["field"]) == (409, "name")
        of_team = f"{teams}/{team['id']}"
        viewer = f"{of_team}/members/{acme['viewer'].user_id}"
        assert (await good(acme["owner"], "PUT", viewer))["members"] == 1
        assert (await good(acme["owner"], "PUT", viewer))["members"] == 1
        stranger = f"{of_team}/members/{acme['stranger'].user_id}"
        assert (await call(acme["owner"], "PUT", stranger)).code == "member_not_found"
        grant = await good(acme["owner"], "PUT", f"/groups/{group}/grants/{team['id']}", {"level": "edit"})
        assert (grant["level"], grant["grantee"]["kind"], grant["grantee"]["name"]) == (
            "edit",
            "team",
            "Leeds",
        )
        assert (await good(acme["viewer"], "GET", f"/groups/{group}"))["my_level"] == "edit"
        record = (await acme["owner"].records(limit=1))[0]["id"]
        await acme["viewer"].select(record, group)
        listed = (await good(acme["member"], "GET", f"{acme.path}/members?team={team['id']}"))["items"]
        assert [one["user"]["id"] for one in listed] == [acme["viewer"].user_id]
        assert (await good(acme["owner"], "PATCH", of_team, {"name": "York"}))["name"] == "York"
        assert (await good(acme["owner"], "DELETE", viewer))["members"] == 0
        assert (await call(acme["viewer"], "GET", f"/groups/{group}")).status == 404
        await good(acme["owner"], "PUT", viewer)
        assert (await call(acme["owner"], "DELETE", of_team)).status == 204
        assert (await call(acme["viewer"], "GET", f"/groups/{group}")).status == 404
        assert (await good(acme["owner"], "GET", teams))["items"] == []
        assert (await good(acme["owner"], "GET", f"/groups/{group}/grants"))["items"] == []


async def test_a_grant_has_a_level_and_an_end(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        group = await acme.list(access="restricted")
        path = f"/groups/{group}/grants/{acme['member'].user_id}"
        for level in ("view", "suggest", "edit", "manage"):
            await good(acme["owner"], "PUT", path, {"level": level})
            assert (await good(acme["member"], "GET", f"/groups/{group}"))["my_level"] == level
        shared = f"/groups/{group}/grants/{acme['viewer'].user_id}"
        await good(acme["member"], "PUT", shared, {"level": "view"})  # who manages a list may share it
        soon = datetime.now(UTC) + timedelta(seconds=2)
        await good(acme["owner"], "PUT", path, {"level": "view", "expires_at": soon.isoformat()})
        await good(acme["member"], "GET", f"/groups/{group}")
        await asyncio.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 0.05)
        assert (await call(acme["member"], "GET", f"/groups/{group}")).status == 404
        assert (await call(acme["owner"], "DELETE", shared)).status == 204
        assert (await call(acme["viewer"], "GET", f"/groups/{group}")).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"level": "all"}, "level"),
        ({}, "level"),
        ({"level": "view", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"level": "view", "expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"level": "view", "expires_at": "tomorrow"}, "expires_at"),
    ],
)
async def test_a_grant_that_cannot_be_meant_is_refused(
    shared_server: ServerProcess, body: dict[str, str], field: str
) -> None:
    async with organization(shared_server, "member") as acme:
        group = await acme.list()
        refused = await call(acme["owner"], "PUT", f"/groups/{group}/grants/{acme['member'].user_id}", body)
        assert refused.status == 422
        assert field in str(refused.body)


async def test_a_list_is_granted_to_members_and_teams_only(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        group = await acme.list()
        for grantee in (acme["stranger"].user_id, str(uuid4())):
            refused = await call(acme["owner"], "PUT", f"/groups/{group}/grants/{grantee}", {"level": "view"})
            assert (refused.status, refused.code) == (404, "member_not_found")
        bad = await call(acme["owner"], "PUT", f"/groups/{group}/grants/somebody", {"level": "view"})
        assert (bad.status, bad.body["field"]) == (422, "grantee")


async def test_it_is_said_who_sees_a_list_and_because_of_what(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme:
        await good(acme["owner"], "PATCH", acme.member("owner"), {"name": "Ann Lee"})
        group = await acme.list("member", access="restricted")
        path = f"/groups/{group}/grants/{acme['viewer'].user_id}"
        await good(acme["owner"], "PUT", path, {"level": "suggest"})
        seen = (await good(acme["viewer"], "GET", f"/groups/{group}/access"))["items"]
        said = {one["user"]["id"]: (one["level"], one["because"]) for one in seen}
        today = datetime.now(UTC)
        assert said == {
            acme["owner"].user_id: ("manage", "role: owner"),
            acme["admin"].user_id: ("manage", "role: admin"),
            acme["member"].user_id: ("edit", "made this list"),
            acme["viewer"].user_id: (
                "suggest",
                f"granted by Ann Lee on {today.day} {today:%B %Y}",
            ),
        }
        await good(acme["owner"], "PATCH", f"/groups/{group}", {"access": "open"})
        opened = await good(acme["viewer"], "GET", f"/groups/{group}/access?limit=2")
        assert len(opened["items"]) == 2
        assert opened["next_cursor"]
        rest = await good(
            acme["viewer"], "GET", f"/groups/{group}/access?limit=2&cursor={opened['next_cursor']}"
        )
        [viewer] = [one for one in rest["items"] if one["user"]["id"] == acme["viewer"].user_id]
        assert viewer["because"].startswith("role: viewer; granted by Ann Lee")


async def test_what_was_answered_before_is_not_answered_again_afterwards(
    shared_server: ServerProcess,
) -> None:
    """A request that is sent again with its key, by somebody who was removed or suspended since."""
    async with organization(shared_server, "member", "viewer") as acme:
        path, key = f"{acme.path}/groups", {"idempotency-key": f"k-{uuid4()}"}
        body = {"name": uuid4().hex}
        first = await acme["member"].http.post(path, json=body, headers=key)
        again = await acme["member"].http.post(path, json=body, headers=key)
        assert (first.status_code, again.json()) == (201, first.json())
        await good(acme["owner"], "PATCH", acme.member("member"), {"suspended": True})
        assert (await acme["member"].http.post(path, json=body, headers=key)).status_code == 404
        await good(acme["owner"], "PATCH", acme.member("member"), {"suspended": False})
        once_more = await acme["member"].http.post(path, json=body, headers=key)
        assert (once_more.status_code, once_more.json()["id"]) == (201, first.json()["id"])
        assert (await call(acme["owner"], "DELETE", acme.member("member"))).status == 204
        assert (await acme["member"].http.post(path, json=body, headers=key)).status_code == 404


async def test_who_may_not_know_the_members_is_told_none(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        group = await acme.list()
        denied = {"permissions": {"deny": ["members_read"]}}
        await good(acme["owner"], "PATCH", acme.member("member"), denied)
        for path in (
            f"{acme.path}/members",
            f"{acme.path}/teams",
            f"/groups/{group}/access",
            f"/groups/{group}/grants",
        ):
            refused = await call(acme["member"], "GET", path)
            assert (refused.status, refused.body["permission"]) == (403, "members_read"), path
