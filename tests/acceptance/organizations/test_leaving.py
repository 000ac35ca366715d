"""Before somebody goes: what only they manage, and who manages it from then on."""

import asyncio
from uuid import uuid4

from sertantai.organizations.going.leaving import HANDED_MAX, LAWS_HANDED_MAX
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


async def test_what_somebody_answers_for_is_handed_on_in_one_and_comes_back_with_them(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        owner, member, viewer = acme["owner"], acme["member"], acme["viewer"]
        first, second, secret = await acme.list(), await acme.list(), await acme.list(access="restricted")
        await good(owner, "PUT", f"/groups/{secret}/grants/{member.user_id}", {"level": "edit"})
        ids = [record["id"] for record in await owner.records(limit=4)]
        theirs = {"record_ids": ids[:3], "responsible": member.user_id, "review_on": "2020-01-01"}
        for list_ in (first, second, secret):
            wish = {"action": "bulk_select", "record_ids": ids}
            await good(owner, "POST", f"/groups/{list_}/operations", wish)
            await good(owner, "PATCH", f"/groups/{list_}/records", theirs)
        path = f"{acme.member('member')}/leaving"
        found = (await good(owner, "GET", path))["responsible"]
        assert {(one["id"], one["laws"], one["due"]) for one in found} == {
            (list_, 3, 3) for list_ in (first, second, secret)
        }
        # Nothing of it is done where one thing cannot be: who may not read a list answers for nothing there.
        refused = await call(
            owner, "POST", path, {"responsible": {first: viewer.user_id, secret: viewer.user_id}}
        )
        assert (refused.status, refused.code, refused.body["field"]) == (422, "cannot_answer", "responsible")
        for wrong in (str(uuid4()), member.user_id):
            bad = await call(owner, "POST", path, {"responsible": {first: wrong}})
            assert (bad.status, bad.body["field"]) == (422, "responsible")
        for count, status in ((LAWS_HANDED_MAX, 404), (LAWS_HANDED_MAX + 1, 422)):
            many = {str(uuid4()): viewer.user_id for _ in range(count)}
            assert (await call(owner, "POST", path, {"responsible": many})).status == status

        async def answered(list_: str, person: str) -> int:
            total: int = (await good(owner, "GET", f"/groups/{list_}/records?responsible={person}"))["total"]
            return total

        assert await answered(first, member.user_id) == 3, "nothing was done yet"
        new = {first: viewer.user_id, second: owner.user_id}
        done = await call(owner, "POST", path, {"responsible": new})
        assert done.status == 204, done
        assert (await call(member, "GET", acme.path)).status == 404
        assert await answered(first, viewer.user_id) == 3
        assert await answered(second, owner.user_id) == 3
        assert await answered(secret, "none") == 4, "what nobody got nobody answers for"
        # One of them is another's by now: it stays, and all else comes back.
        said = {"responsible": owner.user_id}
        await good(owner, "PATCH", f"/groups/{first}/records/{ids[0]}", said)
        restore = f"{acme.path}/departures/{member.user_id}/restore"
        shown = await good(owner, "GET", restore)
        assert {one["id"]: one["laws"] for one in shown["responsible"]} == {first: 2, second: 3}
        await good(owner, "POST", restore)
        assert await answered(first, member.user_id) == 2
        assert await answered(first, owner.user_id) == 1
        assert await answered(second, member.user_id) == 3
        assert await answered(secret, member.user_id) == 3, "what was never handed on was theirs all along"
        verified = await asyncio.to_thread(
            shared_server.command, "audit", "verify", "--organization", acme.slug
        )
        assert verified.returncode == 0, verified.stdout
