"""Before somebody goes: what only they manage, and who manages it from then on."""

from uuid import uuid4

from sertantai.organizations.going.leaving import HANDED_MAX
from tests.fixtures.colleagues import call, good, organization
from tests.fixtures.process import ServerProcess


async def test_what_a_member_leaves_behind_is_shown_and_handed_to_others(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        owner, member, viewer = acme["owner"], acme["member"], acme["viewer"]
        made, shared, granted = await acme.list("member"), await acme.list("member"), await acme.list()
        everybodys = await acme.list()
        for list_, person in ((shared, viewer), (granted, member)):
            path = f"/groups/{list_}/grants/{person.user_id}"
            await good(owner, "PUT", path, {"level": "manage"})
        team = await good(owner, "POST", f"{acme.path}/teams", {"name": "Site"})
        await good(owner, "PUT", f"{acme.path}/teams/{team['id']}/members/{member.user_id}")
        path = f"{acme.member('member')}/leaving"
        for asking in (owner, member):
            found = await good(asking, "GET", path)
            assert {(one["id"], one["made"]) for one in found["lists"]} == {(made, True), (granted, False)}
            assert [one["name"] for one in found["teams"]] == ["Site"]
            assert (found["suggestions"], found["only_owner"]) == ([], False)
        refused = await call(viewer, "GET", path)
        assert (refused.status, refused.body["permission"]) == (403, "members_manage")

        for wrong in ({made: str(uuid4())}, {made: member.user_id}):
            bad = await call(owner, "POST", path, {"new": wrong})
            assert (bad.status, bad.body["field"]) == (422, "new")
        nowhere = await call(owner, "POST", path, {"new": {str(uuid4()): viewer.user_id}})
        assert (nowhere.status, nowhere.code) == (404, "group_not_found")
        for count, status in ((HANDED_MAX, 404), (HANDED_MAX + 1, 422)):
            many = {str(uuid4()): viewer.user_id for _ in range(count)}
            assert (await call(owner, "POST", path, {"new": many})).status == status
        assert (await good(member, "GET", acme.path))["role"] == "member", "nothing was done yet"

        done = await call(owner, "POST", path, {"new": {made: viewer.user_id}})
        assert done.status == 204, done
        assert (await call(member, "GET", acme.path)).status == 404
        assert (await good(viewer, "GET", f"/groups/{made}"))["my_level"] == "manage"
        assert (await good(viewer, "GET", f"/groups/{everybodys}"))["my_level"] == "view"


async def test_the_only_owner_hands_over_ownership_first(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        path, list_ = f"{acme.member('owner')}/leaving", await acme.list()
        assert (await good(acme["owner"], "GET", path))["only_owner"] is True
        handed = {"new": {list_: acme["admin"].user_id}}
        refused = await call(acme["owner"], "POST", path, handed)
        assert (refused.status, refused.code) == (409, "last_owner")
        assert (await good(acme["owner"], "GET", f"/groups/{list_}/grants"))["items"] == []
        above = await call(acme["admin"], "POST", path, {})
        assert above.status in (403, 409)
