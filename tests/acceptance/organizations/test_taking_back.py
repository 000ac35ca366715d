"""Leaving, or being removed, is undone for 30 days: with all that it ended, and all that it handed on."""

from uuid import uuid4

from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.process import ServerProcess


def returning(acme: Organization, person: Client) -> str:
    return f"{acme.path}/departures/{person.user_id}/restore"


async def test_who_was_removed_is_what_they_were_and_their_lists_go_back(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        owner, member, viewer = acme["owner"], acme["member"], acme["viewer"]
        made, granted, changed = await acme.list("member"), await acme.list(), await acme.list()
        for list_ in (granted, changed):
            await good(owner, "PATCH", f"/groups/{list_}", {"access": "restricted"})
            await good(owner, "PUT", f"/groups/{list_}/grants/{member.user_id}", {"level": "manage"})
        team, ended = [await good(owner, "POST", f"{acme.path}/teams", {"name": name}) for name in "AB"]
        for one in (team, ended):
            await good(owner, "PUT", f"{acme.path}/teams/{one['id']}/members/{member.user_id}")
        denied = {"permissions": {"deny": ["list_export"]}}
        was = await good(owner, "PATCH", acme.member("member"), denied)
        handed = {"new": dict.fromkeys((made, granted, changed), viewer.user_id)}
        assert (await call(acme["admin"], "POST", f"{acme.member('member')}/leaving", handed)).status == 204
        for list_ in (made, granted, changed):
            assert (await good(viewer, "GET", f"/groups/{list_}"))["my_level"] == "manage"
        await good(owner, "PUT", f"/groups/{changed}/grants/{viewer.user_id}", {"level": "edit"})
        await good(owner, "DELETE", f"{acme.path}/teams/{ended['id']}")

        [gone] = (await good(owner, "GET", f"{acme.path}/departures"))["items"]
        assert (gone["user"]["id"], gone["role"], gone["left"]) == (member.user_id, "member", False)
        assert gone["removed_by"]["id"] == acme["admin"].user_id
        path = returning(acme, member)
        would = await good(owner, "GET", path)
        assert (await call(member, "GET", acme.path)).status == 404, "nothing was done by looking"
        back = await good(owner, "POST", path)
        assert back == would
        assert {one["id"] for one in back["lists"]} == {granted, changed}
        assert {one["id"] for one in back["handed_back"]} == {made, granted}
        [kept] = back["kept"]
        assert (kept["id"], kept["by"]["id"]) == (changed, viewer.user_id)
        assert [one["name"] for one in back["teams"]] == ["A"]
        assert (back["teams_gone"], back["lists_gone"]) == (1, 0)

        now = await good(owner, "GET", f"{acme.path}/members?q={was['user']['name']}")
        [again] = [one for one in now["items"] if one["user"]["id"] == member.user_id]
        assert again == {**was, "teams": [team["id"]]}
        assert (await good(member, "GET", acme.path))["role"] == "member"
        for list_, level in ((made, "edit"), (granted, "manage"), (changed, "manage")):
            assert (await good(member, "GET", f"/groups/{list_}"))["my_level"] == level
        assert (await call(viewer, "GET", f"/groups/{granted}")).status == 404
        assert (await good(viewer, "GET", f"/groups/{changed}"))["my_level"] == "edit", "changed since"
        assert (await good(viewer, "GET", f"/groups/{made}"))["my_level"] == "view"

        again_asked = await call(owner, "POST", path)
        assert (again_asked.status, again_asked.code) == (409, "already_member")
        assert (await good(owner, "GET", f"{acme.path}/departures"))["items"] == []
        trail = (await good(owner, "GET", f"{acme.path}/audit?action=take_back"))["items"]
        assert [one["metadata"]["member"] for one in trail] == [member.user_id]


async def test_who_may_take_somebody_back(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        viewer = acme["viewer"]
        await good(acme["owner"], "DELETE", acme.member("viewer"))
        path = returning(acme, viewer)
        for below in (path, f"{acme.path}/departures"):
            refused = await call(acme["member"], "GET", below)
            assert (refused.status, refused.body["permission"]) == (403, "members_invite")
            for outside in ("stranger", "viewer"):
                assert (await call(acme[outside], "GET", below)).status == 404
        assert (await call(acme["member"], "POST", path)).status == 403
        nobody = await call(acme["owner"], "POST", f"{acme.path}/departures/{uuid4()}/restore")
        assert (nobody.status, nobody.code) == (404, "member_not_found")
        assert (await good(acme["admin"], "POST", path))["asked"] is False
        assert (await good(viewer, "GET", acme.path))["role"] == "viewer"

        allowed = {"permissions": {"allow": ["link_create"]}}
        await good(acme["owner"], "PATCH", acme.member("viewer"), allowed)
        await good(acme["admin"], "DELETE", acme.member("viewer"))
        above = await call(acme["admin"], "POST", path)
        assert (above.status, above.body["permission"]) == (403, "link_create"), "admins have it not"
        await acme.join(viewer, "member")
        joined = await call(acme["owner"], "POST", path)
        assert (joined.status, joined.code) == (409, "already_member")
        assert (await good(viewer, "GET", acme.path))["role"] == "member"


async def test_who_left_of_their_own_accord_is_asked(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member = acme["owner"], acme["member"]
        list_ = await acme.list()
        await good(owner, "PUT", f"/groups/{list_}/grants/{member.user_id}", {"level": "manage"})
        await good(member, "DELETE", acme.member("member"))
        [gone] = (await good(owner, "GET", f"{acme.path}/departures"))["items"]
        assert (gone["left"], gone["removed_by"]) == (True, None)
        asked = await good(owner, "POST", returning(acme, member))
        assert asked["asked"] is True
        assert (await call(member, "GET", acme.path)).status == 404, "not against their will"
        [invitation] = (await good(owner, "GET", f"{acme.path}/invitations"))["items"]
        assert (invitation["email"], invitation["as_before"]) == (member.email, True)
        assert len((await good(owner, "GET", f"{acme.path}/departures"))["items"]) == 1
