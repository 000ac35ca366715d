"""Organizations over HTTP, on the real server: made, described, handed over, ended; lists that are shared."""

import asyncio
from uuid import uuid4

from tests.fixtures.client import Client
from tests.fixtures.colleagues import call, found, good, organization, unique_slug
from tests.fixtures.process import ServerProcess


async def test_whoever_makes_one_is_its_owner_and_sees_it_among_theirs(shared_server: ServerProcess) -> None:
    async with await shared_server.register(f"ann.lee.{uuid4().hex}@example.org") as ann:
        assert (await good(ann, "GET", "/organizations"))["items"] == []
        slug = unique_slug()
        made = await call(ann, "POST", "/organizations", {"name": "Acme  Ltd", "slug": slug})
        assert made.status == 201
        facts = {key: made.body[key] for key in ("slug", "name", "role", "members", "lists")}
        assert facts == {"slug": slug, "name": "Acme Ltd", "role": "owner", "members": 1, "lists": 1}
        assert made.body["created_at"]
        assert "ownership_transfer" in made.body["rights"]
        for reference in (slug, made.body["id"]):
            assert await good(ann, "GET", f"/organizations/{reference}") == made.body
        assert (await good(ann, "GET", "/organizations"))["items"] == [made.body]
        members = await good(ann, "GET", f"/organizations/{slug}/members")
        [member] = members["items"]
        assert (member["user"]["id"], member["user"]["email"]) == (ann.user_id, ann.email)
        assert member["user"]["name"].startswith("Ann Lee ")
        assert member["role"] == "owner"


async def test_without_a_slug_one_is_made_of_the_name(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as ann:
        name = f"Müller & Söhne {uuid4().hex[:10]}"
        first = await good(ann, "POST", "/organizations", {"name": name})
        again = await good(ann, "POST", "/organizations", {"name": name})
    assert first["slug"] == f"muller-sohne-{name[-10:]}"
    assert again["slug"] == f"{first['slug']}-2"


async def test_it_is_renamed_and_a_slug_is_taken_once(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, await shared_server.register() as other:
        theirs = await found(other)
        changed = await good(acme["owner"], "PATCH", acme.path, {"name": "Acme Holding"})
        assert (changed["name"], changed["slug"]) == ("Acme Holding", acme.slug)
        taken = await call(acme["owner"], "PATCH", acme.path, {"slug": theirs.slug})
        assert (taken.status, taken.code, taken.body["field"]) == (409, "slug_taken", "slug")
        new = unique_slug()
        await good(acme["owner"], "PATCH", acme.path, {"slug": new})
        assert (await good(acme["member"], "GET", f"/organizations/{new}"))["slug"] == new
        assert (await call(acme["owner"], "GET", acme.path)).status == 404
        unknown = await call(acme["owner"], "PATCH", f"/organizations/{new}", {"settings": {"colour": 1}})
        assert (unknown.status, unknown.body["field"]) == (422, "settings")


async def test_ownership_is_offered_and_accepted_and_the_last_owner_stays(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        leaving = await call(acme["owner"], "DELETE", acme.member("owner"))
        assert (leaving.status, leaving.code) == (409, "last_owner")
        early = await call(acme["member"], "POST", f"{acme.path}/ownership/accept")
        assert (early.status, early.body["permission"]) == (403, "ownership_transfer")
        offer = f"{acme.path}/ownership"
        grasped = await call(acme["admin"], "POST", offer, {"member": acme["admin"].user_id})
        assert grasped.status == 403
        unknown = await call(acme["owner"], "POST", offer, {"member": acme["stranger"].user_id})
        assert (unknown.status, unknown.code) == (404, "member_not_found")
        offered = await good(acme["owner"], "POST", offer, {"member": acme["member"].user_id})
        assert offered["ownership_offered_to"] == acme["member"].user_id
        await good(acme["owner"], "POST", offer, {"member": None})
        assert (await call(acme["member"], "POST", f"{offer}/accept")).status == 403
        await good(acme["owner"], "POST", offer, {"member": acme["member"].user_id})
        assert (await good(acme["member"], "POST", f"{offer}/accept"))["role"] == "owner"
        assert (await call(acme["owner"], "DELETE", acme.member("owner"))).status == 204
        assert (await call(acme["owner"], "GET", acme.path)).status == 404


async def test_of_two_last_owners_who_leave_at_once_one_stays(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        offer = f"{acme.path}/ownership"
        await good(acme["owner"], "POST", offer, {"member": acme["member"].user_id})
        await good(acme["member"], "POST", f"{offer}/accept")
        left = await asyncio.gather(
            call(acme["owner"], "DELETE", acme.member("owner")),
            call(acme["member"], "DELETE", acme.member("member")),
        )
    assert sorted(answer.status for answer in left) == [204, 409]


async def test_what_ends_can_be_read_until_then_and_restored(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        group = await acme.list()
        assert (await call(acme["admin"], "DELETE", acme.path)).status == 403
        assert (await call(acme["owner"], "DELETE", acme.path)).status == 204
        assert (await good(acme["admin"], "GET", acme.path))["ends_at"]
        assert (await call(acme["owner"], "PATCH", f"/groups/{group}", {"name": "x"})).status == 403
        assert (await call(acme["owner"], "GET", f"/groups/{group}")).status == 200
        assert (await good(acme["owner"], "POST", f"{acme.path}/restore"))["ends_at"] is None
        await good(acme["owner"], "PATCH", f"/groups/{group}", {"name": uuid4().hex})


async def test_a_list_says_whose_it_is_and_what_i_may_do_with_it(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme:
        group = await acme.list("member")
        levels = {}
        for role in ("owner", "admin", "member", "viewer"):
            answer = await good(acme[role], "GET", f"/groups/{group}")
            assert answer["owner"] == {
                "id": acme.id,
                "kind": "organization",
                "slug": acme.slug,
                "name": "Acme",
            }
            assert answer["access"] == "open"
            listed = await good(acme[role], "GET", f"{acme.path}/groups")
            assert [one for one in listed["items"] if one["id"] == group] == [answer]
            levels[role] = answer["my_level"]
        assert levels == {"owner": "manage", "admin": "manage", "member": "edit", "viewer": "view"}
        mine = await good(acme["member"], "GET", "/groups")
        assert group not in [one["id"] for one in mine["items"]]
        assert "owner" not in mine["items"][0]
        assert "owner" not in await good(acme["member"], "GET", "/groups/default")


async def test_a_restricted_list_is_not_known_of(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme:
        group = await acme.list(access="restricted")
        for role in ("member", "viewer"):
            assert (await call(acme[role], "GET", f"/groups/{group}")).status == 404
            shown = (await good(acme[role], "GET", f"{acme.path}/groups"))["items"]
            assert group not in [one["id"] for one in shown]
            assert (await good(acme[role], "GET", acme.path))["lists"] == len(shown)
        await good(acme["owner"], "PATCH", f"/groups/{group}", {"access": "open"})
        assert (await good(acme["viewer"], "GET", f"/groups/{group}"))["my_level"] == "view"
        assert (
            await call(acme["member"], "PATCH", f"/groups/{group}", {"access": "restricted"})
        ).status == 403
        mine = await call(acme["owner"], "PATCH", "/groups/default", {"access": "restricted"})
        assert (mine.status, mine.body["field"]) == (422, "access")


async def test_lists_come_in_pages(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        made = {await acme.list() for _ in range(5)}
        path, seen = f"{acme.path}/groups?limit=2", []
        cursor = ""
        for _ in range(9):
            page = await good(acme["member"], "GET", f"{path}&cursor={cursor}")
            seen += [one["id"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = page["next_cursor"]
        assert len(seen) == len(set(seen)) == 6
        assert made <= set(seen)


async def test_an_organization_on_another_persons_screen(shared_server: ServerProcess) -> None:
    """Both tick one list, and it is one list."""
    async with organization(shared_server, "member", "viewer") as acme:
        group = await acme.list()
        records = [record["id"] for record in await acme["owner"].records(limit=2)]
        await acme["owner"].select(records[0], group)
        await acme["member"].select(records[1], group)
        for role in ("owner", "member", "viewer"):
            assert await acme[role].selected(group) == set(records)
        refused = await call(acme["viewer"], "DELETE", f"/groups/{group}/records/{records[0]}")
        assert (refused.status, refused.body["permission"]) == (403, "list_tick")
        assert len(refused.body["ask"]) == 1


async def test_one_who_is_alone_sees_nothing_of_it(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as alone:
        assert await good(alone, "GET", "/organizations") == {"items": [], "next_cursor": None}
        groups = (await good(alone, "GET", "/groups"))["items"]
        assert groups[0].keys() == {
            *("id", "name", "description", "is_default", "count"),
            *("version", "created_at", "updated_at", "metadata"),
        }
        seen = await good(alone, "GET", "/groups/default/access")
        assert [(one["user"]["id"], one["level"]) for one in seen["items"]] == [(alone.user_id, "manage")]
        refused = await call(alone, "PUT", f"/groups/default/grants/{uuid4()}", {"level": "view"})
        assert (refused.status, refused.body["field"]) == (422, "group")


async def test_a_personal_token_reads_and_ticks_but_decides_about_nobody(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        wanted = {"current_password": acme["owner"].password, "name": "all", "scopes": ["read", "select"]}
        token = (await good(acme["owner"], "POST", "/me/tokens", wanted))["token"]
        async with shared_server.client(token) as http:
            script = Client(http, acme["owner"].user_id, "", "", token)
            http.base_url = f"{shared_server.url}/api/v1"
            assert (await call(script, "GET", acme.path)).status == 200
            made = await call(script, "POST", f"{acme.path}/groups", {"name": "by a script"})
            assert made.status == 201
            for method, path, body in (
                ("POST", "/organizations", {"name": "x"}),
                ("PATCH", acme.path, {"name": "x"}),
                ("DELETE", acme.member("member"), None),
                ("POST", f"{acme.path}/invitations", {"role": "viewer"}),
                ("PUT", f"/groups/{made.body['id']}/grants/{acme['member'].user_id}", {"level": "view"}),
            ):
                assert (await call(script, method, path, body)).status == 403, path
