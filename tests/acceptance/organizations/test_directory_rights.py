"""A directory's token is worth what its maker is: it makes nobody more, and decides about nobody who is."""

import asyncio
from typing import Any

import pytest

from sertantai.organizations.provisioning.tokens import NEEDED
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.directory import directory
from tests.fixtures.process import ServerProcess


async def allow(acme: Organization, role: str, *rights: str, deny: tuple[str, ...] = ()) -> None:
    said = {"permissions": {"allow": list(rights), "deny": list(deny)}}
    await good(acme["owner"], "PATCH", acme.member(role), said)


async def roles(acme: Organization) -> dict[str, str]:
    found = await good(acme["owner"], "GET", f"{acme.path}/members")
    return {one["user"]["id"]: one["role"] for one in found["items"]}


def active(value: bool) -> dict[str, Any]:
    return {"op": "replace", "path": "active", "value": value}


def role(value: str) -> dict[str, Any]:
    return {"op": "replace", "path": "roles", "value": [{"value": value}]}


@pytest.mark.parametrize("missing", NEEDED)
async def test_threat_10_who_may_not_do_all_that_a_directory_does_makes_none(
    shared_server: ServerProcess, missing: str
) -> None:
    async with organization(shared_server, "viewer") as acme:
        await allow(acme, "viewer", *(right for right in NEEDED if right != missing))
        tokens = f"{acme.path}/directory-tokens"
        refused = await call(acme["viewer"], "POST", tokens, {"role": "viewer"})
        assert (refused.status, refused.body["permission"]) == (403, missing)
        await allow(acme, "viewer", *NEEDED)
        async with directory(shared_server, acme, acme["viewer"], role="viewer") as provider:
            await provider.ask("GET", "/Users")
            await allow(acme, "viewer", *NEEDED, deny=(missing,))
            await provider.ask("GET", "/Users", status=401)


async def test_threat_10_a_viewers_token_makes_nobody_more_than_a_viewer(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "viewer", "member") as acme:
        viewer, member = acme["viewer"], acme["member"]
        await allow(acme, "viewer", *NEEDED)
        tokens = f"{acme.path}/directory-tokens"
        assert (await call(viewer, "POST", tokens, {"role": "member"})).status == 403
        before = await roles(acme)
        async with directory(shared_server, acme, viewer, role="viewer") as provider:
            for body in ({"roles": [{"value": "admin"}]}, {"roles": ["member"]}):
                await provider.ask("POST", "/Users", {"userName": "more@example.org", **body}, 403)
                await provider.ask("POST", "/Users", {"userName": viewer.email, **body}, 403)
            for change in (role("viewer"), active(False), {"op": "add", "path": "displayName", "value": "x"}):
                await provider.patch(f"/Users/{member.user_id}", change, status=403)
            made = await provider.user("new@example.org")
            await provider.patch(f"/Users/{made['id']}", role("member"), status=403)
        assert await roles(acme) == before
        (invited,) = (await good(acme["owner"], "GET", f"{acme.path}/invitations"))["items"]
        assert (invited["email"], invited["role"]) == ("new@example.org", "viewer")


async def test_threat_10_an_admins_token_puts_no_owner_out(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member") as acme:
        await allow(acme, "admin", "sso_manage")
        # A second owner, so that it is not the last one who stays.
        await good(acme["owner"], "POST", f"{acme.path}/ownership", {"member": acme["member"].user_id})
        await good(acme["member"], "POST", f"{acme.path}/ownership/accept")
        before = await roles(acme)
        owner = acme["member"]
        async with directory(shared_server, acme, acme["admin"]) as provider:
            path = f"/Users/{owner.user_id}"
            await provider.patch(path, active(False), status=403)
            await provider.ask("PUT", path, {"userName": owner.email, "active": False}, 403)
            refused = await provider.ask("DELETE", path, status=403)
            assert refused["status"] == "403"
            assert await roles(acme) == before
        async with directory(shared_server, acme) as provider:
            await provider.patch(path, active(False))
        assert owner.user_id not in await roles(acme)
        async with directory(shared_server, acme, acme["admin"]) as provider:
            await provider.patch(path, active(True), status=403)


async def test_a_directory_ends_with_the_account_of_its_tokens_maker(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        admin = acme["admin"]
        await allow(acme, "admin", "sso_manage")
        async with directory(shared_server, acme, admin) as provider:
            for command, status, is_good in (("disable", 401, False), ("enable", 200, True)):
                done = await asyncio.to_thread(shared_server.command, "users", command, str(admin.email))
                assert done.returncode == 0, done.stderr
                await provider.ask("GET", "/Users", status=status)
                (listed,) = (await good(acme["owner"], "GET", f"{acme.path}/directory-tokens"))["items"]
                assert listed["good"] is is_good


async def test_what_was_done_with_tokens_stands_in_the_trail(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        await allow(acme, "admin", "sso_manage")
        async with directory(shared_server, acme, acme["admin"]) as provider:
            (listed,) = (await good(acme["owner"], "GET", f"{acme.path}/directory-tokens"))["items"]
            await good(acme["owner"], "DELETE", f"{acme.path}/directory-tokens/{listed['id']}")
            await provider.ask("GET", "/Users", status=401)
        again = await call(acme["owner"], "DELETE", f"{acme.path}/directory-tokens/{listed['id']}")
        assert again.status == 404
        named = f"directory_token:{listed['id']}"
        async with asyncio.timeout(60):
            while len(found := await trail(acme)) < 2:  # noqa: ASYNC110  # a trail calls nobody
                await asyncio.sleep(0.05)
        assert [(one["actor"], one["metadata"]["settings"][named] is None) for one in found] == [
            (acme["owner"].user_id, True),
            (acme["admin"].user_id, False),
        ]
        assert (await good(acme["owner"], "GET", acme.path))["settings"] == {}, "it is no setting of theirs"


async def trail(acme: Organization) -> Any:
    found = (await good(acme["owner"], "GET", f"{acme.path}/audit?action=describe"))["items"]
    return [one for one in found if not one["metadata"].get("told")]  # what is told is invitations
