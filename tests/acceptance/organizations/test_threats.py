"""What others who share lists have suffered, tried here; the numbers are those of docs/security.md.

What is tried elsewhere, or cannot happen here yet, is said there.
"""

import asyncio
from uuid import uuid4

import httpx

from tests.fixtures.client import WITHOUT_TLS, Client
from tests.fixtures.colleagues import but_for_the_number, call, good, organization
from tests.fixtures.process import ServerProcess

ACCEPT = "/invitations/accept"


async def law(person: Client) -> str:
    id: str = (await person.records(limit=1))[0]["id"]
    return id


async def test_threat_01_a_link_does_not_list_the_secrets_of_its_siblings(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        secrets = [await acme.link(role="admin"), await acme.link(role="viewer")]
        shown = await call(acme["admin"], "GET", f"{acme.path}/invitations")
        assert len(shown.body["items"]) >= 2
        looked_at = await call(acme["member"], "POST", "/invitations/look-at", {"token": secrets[1]})
        assert not [secret for secret in secrets if secret in f"{shown.body}{looked_at.body}"]
        assert (await call(acme["member"], "GET", f"{acme.path}/invitations")).status == 403
        list_ = await acme.list()
        links = [await good(acme["owner"], "POST", f"/groups/{list_}/links", {}) for _ in range(2)]
        siblings = await call(acme["admin"], "GET", f"/groups/{list_}/links")
        assert len(siblings.body["items"]) == 2
        async with httpx.AsyncClient(base_url=shared_server.url, verify=WITHOUT_TLS) as stranger:
            read = await stranger.get(f"/api/v1/shared/{links[1]['token']}")
            page = await stranger.get(f"/shared/{links[1]['token']}")
            # The secret of a link proves nothing anywhere else.
            stranger.headers["authorization"] = f"Bearer {links[1]['token']}"
            assert (await stranger.get(f"/api/v1/groups/{list_}")).status_code == 401
        said = f"{siblings.body}{read.text}"
        assert not [one for one in links if one["token"] in said]
        assert links[0]["token"] not in page.text


async def test_threat_02_what_is_allowed_in_one_list_is_not_done_to_another(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member = acme["owner"], acme["member"]
        mine, secret, record = await acme.list(), await acme.list(access="restricted"), await law(owner)
        done = await owner.select(record, secret)
        for list_ in (mine, "default"):
            refused = await call(
                member, "POST", f"/groups/{list_}/undo", {"operation_id": done["operation_id"]}
            )
            assert refused.status in (403, 404, 409), refused
        assert await owner.selected(secret) == {record}


async def test_threat_03_an_invitation_is_no_membership(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        stranger, list_ = acme["stranger"], await acme.list()
        invited = {"email": stranger.email, "role": "admin"}
        assert (await call(acme["owner"], "POST", f"{acme.path}/invitations", invited)).status == 201
        for path in (acme.path, f"{acme.path}/members", f"/groups/{list_}"):
            assert (await call(stranger, "GET", path)).status == 404
        assert (await good(stranger, "GET", "/organizations"))["items"] == []


async def test_threat_04_whoever_has_access_may_not_manage_by_that(shared_server: ServerProcess) -> None:
    """Each route by each role is walked in `test_roles`."""
    async with organization(shared_server, "viewer") as acme:
        viewer, list_ = acme["viewer"], await acme.list()
        everything = {"level": "manage"}
        await good(acme["owner"], "PUT", f"/groups/{list_}/grants/{viewer.user_id}", everything)
        await good(viewer, "PATCH", f"/groups/{list_}", {"description": "managed"})
        for method, path, body in (
            ("PATCH", acme.path, {"name": "Mine"}),
            ("POST", f"{acme.path}/invitations", {"role": "viewer"}),
            ("DELETE", acme.member("owner"), None),
            ("POST", f"{acme.path}/groups", {"name": "More"}),
        ):
            refused = await call(viewer, method, path, body)
            assert (refused.status, refused.code) == (403, "permission_needed"), path


async def test_threat_05_nobody_makes_themselves_more_than_they_are(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        for role, wanted in (("admin", "owner"), ("member", "admin")):
            refused = await call(acme[role], "PATCH", acme.member(role), {"role": wanted})
            assert (refused.status, refused.code) == (403, "permission_needed")
        itself = {"permissions": {"allow": ["sso_manage"]}}
        assert (await call(acme["admin"], "PATCH", acme.member("admin"), itself)).status == 403
        assert (await call(acme["admin"], "POST", f"{acme.path}/ownership/accept")).status == 403


async def test_threat_06_accepting_an_invitation_rewrites_no_role(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        await call(acme["owner"], "POST", ACCEPT, {"token": await acme.link(role="viewer")})
        assert (await good(acme["owner"], "GET", acme.path))["role"] == "owner"
        await call(acme["member"], "POST", ACCEPT, {"token": await acme.link(role="admin")})
        assert (await good(acme["member"], "GET", acme.path))["role"] == "member"


async def test_threat_07_nobody_is_promoted_because_somebody_goes(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        leaving = await call(acme["owner"], "DELETE", acme.member("owner"))
        assert (leaving.status, leaving.code) == (409, "last_owner")
        assert (await call(acme["owner"], "DELETE", acme.member("admin"))).status == 204
        items = (await good(acme["owner"], "GET", f"{acme.path}/members"))["items"]
        assert [one["role"] for one in items] == ["owner", "member"]


async def test_threat_08_a_demotion_is_whole_whichever_way_one_asks(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        admin, list_, record = acme["admin"], await acme.list(), await law(acme["owner"])
        link = await acme.link("admin", role="viewer")
        await good(acme["owner"], "PATCH", acme.member("admin"), {"role": "viewer"})
        for method, path, body in (
            ("PUT", f"/groups/{list_}/records/{record}", None),
            ("POST", f"/groups/{list_}/operations", {"action": "bulk_select", "record_ids": [record]}),
            ("PUT", f"/groups/{list_}/grants/{admin.user_id}", {"level": "manage"}),
            ("PATCH", f"/groups/{list_}", {"access": "restricted"}),
            ("GET", f"{acme.path}/invitations", None),
            ("POST", f"{acme.path}/teams", {"name": "T"}),
        ):
            assert (await call(admin, method, path, body)).status == 403, path
        assert (await call(acme["stranger"], "POST", ACCEPT, {"token": link})).status == 404
        assert await acme["owner"].selected(list_) == set()


async def test_threat_10_a_token_does_not_outlive_the_membership(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        member, list_ = acme["member"], await acme.list()
        wanted = {"current_password": member.password, "name": "all", "scopes": ["read", "select"]}
        token = (await good(member, "POST", "/me/tokens", wanted))["token"]
        async with shared_server.client(token) as http:
            http.base_url = f"{shared_server.url}/api/v1"
            script = Client(http, member.user_id, "", "", token)
            assert (await call(script, "GET", f"/groups/{list_}")).status == 200
            assert (await call(acme["owner"], "DELETE", acme.member("member"))).status == 204
            for path in (f"/groups/{list_}", f"/groups/{list_}/export.csv", acme.path):
                assert (await call(script, "GET", path)).status == 404


async def test_threat_11_an_account_that_is_disabled_is_answered_nothing_and_is_still_a_member(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        member, list_ = acme["member"], await acme.list()
        for command, status in (("disable", 401), ("enable", 200)):
            done = await asyncio.to_thread(shared_server.command, "users", command, member.email)
            assert done.returncode == 0, done.stderr
            if command == "enable":  # they sign in anew
                signed_in = await member.http.post(
                    "/auth/token", json={"email": member.email, "password": member.password}
                )
                member.http.headers["authorization"] = f"Bearer {signed_in.json()['token']}"
            for path in (acme.path, f"/groups/{list_}", f"/groups/{list_}/record-ids"):
                assert (await call(member, "GET", path)).status == status, (command, path)
            items = (await good(acme["owner"], "GET", f"{acme.path}/members"))["items"]
            assert member.user_id in {one["user"]["id"] for one in items}


async def test_threat_12_an_address_that_nobody_confirmed_opens_no_domain(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        link = await acme.link(role="member", domains=["example.org"])
        refused = await call(acme["stranger"], "POST", ACCEPT, {"token": link})
        assert (refused.status, refused.code) == (404, "invitation_not_found")


async def test_threat_13_an_invitation_is_good_once_and_its_old_secret_never_again(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme, await shared_server.register() as late:
        made = await good(acme["owner"], "POST", f"{acme.path}/invitations", {"role": "viewer"})
        again = await good(acme["owner"], "POST", f"{acme.path}/invitations/{made['id']}/resend")
        assert (await call(late, "POST", ACCEPT, {"token": made["token"]})).status == 404
        await good(acme["stranger"], "POST", ACCEPT, {"token": again["token"]})
        assert (await call(late, "POST", ACCEPT, {"token": again["token"]})).status == 404


async def test_threat_14_what_was_deleted_gives_nobody_more_when_it_is_restored(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        owner, member, list_ = acme["owner"], acme["member"], await acme.list(access="restricted")
        await good(owner, "PUT", f"/groups/{list_}/grants/{member.user_id}", {"level": "edit"})
        assert (await call(owner, "DELETE", f"/groups/{list_}")).status in (200, 204)
        refused = await call(member, "POST", f"/groups/{list_}/restore")
        assert (refused.status, refused.body["permission"]) == (403, "list_manage")
        assert (await call(acme["viewer"], "POST", f"/groups/{list_}/restore")).status == 404
        await good(owner, "POST", f"/groups/{list_}/restore")
        assert (await good(member, "GET", f"/groups/{list_}"))["my_level"] == "edit"
        assert (await call(acme["viewer"], "GET", f"/groups/{list_}")).status == 404


async def test_threat_15_the_trail_tells_nothing_of_what_one_may_not_see(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner, secret = acme["owner"], await acme.list(name="Merger", access="restricted")
        await owner.select(await law(owner), secret)
        seen = await call(acme["member"], "GET", f"{acme.path}/audit")
        assert seen.status == 200
        assert "Merger" not in str(seen.body)
        assert secret not in str(seen.body)
        assert "127.0.0.1" not in str(seen.body), "addresses are personal"
        assert secret in str((await call(owner, "GET", f"{acme.path}/audit")).body)


async def test_threat_16_no_count_betrays_what_one_may_not_see(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        before = (await good(acme["member"], "GET", acme.path))["lists"]
        secret = await acme.list(access="restricted")
        assert (await good(acme["member"], "GET", acme.path))["lists"] == before
        assert (await good(acme["owner"], "GET", acme.path))["lists"] == before + 1
        answers = [
            await acme["member"].http.post("/groups/combine", json={"expression": id})
            for id in (secret, str(uuid4()))
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({but_for_the_number(answer) for answer in answers}) == 1


async def test_threat_17_many_at_once_are_as_forbidden_as_one(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "viewer") as acme:
        viewer, list_, record = acme["viewer"], await acme.list(), await law(acme["owner"])
        await acme["owner"].select(record, list_)
        path = f"/groups/{list_}/operations"
        for body in (
            {"action": "bulk_select", "record_ids": [record]},
            {"action": "bulk_deselect", "record_ids": [record]},
            {"action": "clear_all"},
        ):
            assert (await call(viewer, "POST", path, body)).status == 403, body
        note = await call(viewer, "PATCH", f"/groups/{list_}/records/{record}", {"note": "mine"})
        assert (note.status, note.body["permission"]) == (403, "list_note")
        assert await acme["owner"].selected(list_) == {record}


async def test_threat_18_reading_is_not_exporting(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "viewer") as acme:
        viewer, list_ = acme["viewer"], await acme.list()
        await good(viewer, "GET", f"/groups/{list_}/records")
        refused = await call(viewer, "GET", f"/groups/{list_}/export.csv")
        assert (refused.status, refused.body["permission"]) == (403, "list_export")


async def test_threat_20_no_address_is_learnt_by_asking_or_inviting(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        members = await call(acme["member"], "GET", f"{acme.path}/members")
        assert "@" not in str(members.body)
        answers = [
            await call(acme["owner"], "POST", f"{acme.path}/invitations", {"email": email, "role": "viewer"})
            for email in (acme["stranger"].email, f"{uuid4().hex}@example.org")
        ]
        assert [answer.status for answer in answers] == [201, 201]
        known, unknown = (
            {**answer.body, "id": "", "email": "", "expires_at": "", "invited_at": ""} for answer in answers
        )
        assert known == unknown


async def test_threat_21_a_copy_does_not_go_on_reading_the_original(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member, list_ = acme["owner"], acme["member"], await acme.list()
        first, second = [one["id"] for one in await owner.records(limit=2)]
        await owner.select(first, list_)
        copied = await good(member, "POST", "/groups/combine", {"expression": list_, "save_as": uuid4().hex})
        assert (await call(owner, "DELETE", acme.member("member"))).status == 204
        await owner.select(second, list_)
        assert await member.selected(copied["saved"]["group"]) == {first}
        assert (await call(member, "POST", "/groups/combine", {"expression": list_})).status == 404


async def test_threat_22_no_old_answer_is_given_again_to_who_was_removed(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        list_, record = await acme.list(), await law(acme["owner"])
        path, key = f"/groups/{list_}/operations", {"idempotency-key": f"k-{uuid4()}"}
        body = {"action": "bulk_select", "record_ids": [record]}
        first = await acme["member"].http.post(path, json=body, headers=key)
        assert first.status_code == 200
        assert (await call(acme["owner"], "DELETE", acme.member("member"))).status == 204
        assert (await acme["member"].http.post(path, json=body, headers=key)).status_code == 404


async def test_threat_24_a_name_inherits_nothing(shared_server: ServerProcess) -> None:
    """Rights hang on ids: of people, of teams, of organizations."""
    async with organization(shared_server, "member") as acme:
        owner, list_ = acme["owner"], await acme.list(access="restricted")
        await good(acme["member"], "PATCH", acme.member("member"), {"name": "Robin"})
        grant = f"/groups/{list_}/grants/{acme['member'].user_id}"
        await good(owner, "PUT", grant, {"level": "edit"})
        assert (await call(owner, "DELETE", acme.member("member"))).status == 204
        await acme.join(acme["stranger"])
        await good(acme["stranger"], "PATCH", acme.member("stranger"), {"name": "Robin"})
        assert (await call(acme["stranger"], "GET", f"/groups/{list_}")).status == 404
        await acme.join(acme["member"])
        back = await call(acme["member"], "GET", f"/groups/{list_}")
        assert back.status == 404, "who comes back begins anew"


async def test_threat_25_undo_takes_back_ones_own_and_never_a_colleagues(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member, list_ = acme["owner"], acme["member"], await acme.list()
        mine, theirs = [one["id"] for one in await owner.records(limit=2)]
        await member.select(mine, list_)
        done = await owner.select(theirs, list_)
        others = await call(member, "POST", f"/groups/{list_}/undo", {"operation_id": done["operation_id"]})
        assert (others.status, others.body.get("permission")) == (403, "undo_others")
        await good(member, "POST", f"/groups/{list_}/undo", {})
        assert await owner.selected(list_) == {theirs}
