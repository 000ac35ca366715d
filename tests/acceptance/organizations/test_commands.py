"""``sertantai organizations …``, beside a running server and without one."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.fixtures.client import PASSWORD
from tests.fixtures.colleagues import call, found, good, organization, unique_slug
from tests.fixtures.process import ServerProcess
from tests.fixtures.servers import StartServer


def command(server: ServerProcess, *arguments: str, code: int = 0) -> str:
    done = server.command("organizations", *arguments)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def members(server: ServerProcess, slug: str) -> dict[str, Any]:
    assert server.command("sync", "flush").returncode == 0
    listed = json.loads(command(server, "members", slug, "--json"))
    return {one["email"]: one["role"] for one in listed}


async def test_beside_a_running_server_it_is_done_by_that(shared_server: ServerProcess) -> None:
    slug = unique_slug()
    async with await shared_server.register() as ann, await shared_server.register() as ben:
        made = json.loads(
            command(
                shared_server, "create", "Acme Ltd", "--owner", ann.email.upper(), "--slug", slug, "--json"
            )
        )
        assert (made["slug"], made["name"]) == (slug, "Acme Ltd")
        assert (await good(ann, "GET", f"/organizations/{slug}"))["role"] == "owner"
        listed = json.loads(command(shared_server, "list", "--json"))
        [one] = [one for one in listed if one["slug"] == slug]
        assert (one["id"], one["members"]) == (made["id"], 1)
        said = command(shared_server, "admit", slug, ben.email, "--role", "viewer")
        assert said.strip().endswith(f"is in {slug}: viewer")
        assert (await good(ben, "GET", f"/organizations/{slug}"))["role"] == "viewer"
        assert members(shared_server, made["id"]) == {ann.email: "owner", ben.email: "viewer"}
        assert "is no longer in" in command(shared_server, "remove", slug, ben.email)
        assert (await call(ben, "GET", f"/organizations/{slug}")).status == 404
        assert members(shared_server, slug) == {ann.email: "owner"}
        restored = command(shared_server, "restore-member", slug, ben.email)
        assert restored.strip().endswith(f"is in {slug} again: viewer")
        assert (await good(ben, "GET", f"/organizations/{slug}"))["role"] == "viewer"
        assert "member of the organisation already" in command(
            shared_server, "restore-member", slug, ben.email, code=1
        )


async def test_an_invitation_by_the_operator_is_a_link(shared_server: ServerProcess) -> None:
    email = f"{uuid4().hex}@example.org"
    async with organization(shared_server) as acme:
        link = command(shared_server, "invite", acme.slug, email, "--role", "admin").strip()
        assert link.startswith(f"{shared_server.url}/invitations/accept?token=")
        token = link.partition("token=")[2]
        async with await shared_server.register() as other, await shared_server.register(email) as invited:
            assert (await call(other, "POST", "/invitations/accept", {"token": token})).status == 404
            joined = await good(invited, "POST", "/invitations/accept", {"token": token})
        assert (joined["id"], joined["role"]) == (acme.id, "admin")
        told = ""
        async with asyncio.timeout(60):
            while email not in told:  # the organization is told, once PostgreSQL is
                told = str(await good(acme["owner"], "GET", f"{acme.path}/audit?action=describe"))
        assert token not in told


async def test_where_no_owner_is_left_the_operator_makes_one(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme, await shared_server.register() as ben:
        command(shared_server, "admit", acme.slug, ben.email, "--role", "owner")
        assert (await good(ben, "GET", acme.path))["role"] == "owner"
        command(shared_server, "remove", acme.slug, acme["owner"].email)
        assert "needs an owner" in command(shared_server, "remove", acme.slug, ben.email, code=1)


async def test_a_list_is_handed_over_and_back(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member", "viewer") as acme:
        ann = acme["member"]
        made = await good(ann, "POST", "/groups", {"name": "Leeds site"})
        law = (await good(ann, "GET", "/records?limit=1"))["items"][0]["id"]
        await good(ann, "PUT", f"/groups/{made['id']}/records/{law}")
        at = (await good(ann, "GET", f"/groups/{made['id']}"))["updated_at"]
        past = f"/groups/{made['id']}/past?at={quote(at)}"

        over = ("hand-over", acme.slug, ann.email, "LEEDS site")
        said = json.loads(command(shared_server, *over, "--with-history", "--json"))
        assert said == {"id": made["id"], "name": "Leeds site", "owner": {"organization": acme.slug}}
        there = await good(acme["owner"], "GET", f"/groups/{made['id']}")
        assert (there["owner"]["slug"], there["count"]) == (acme.slug, 1)
        assert (await good(acme["viewer"], "GET", past))["count"] == 1, "the history went along"
        again = command(shared_server, "hand-over", acme.slug, ann.email, made["id"])
        assert again.strip().endswith(f"is now a list of {acme.slug}"), "it is there already"

        back = ("hand-back", acme.slug, ann.email, made["id"])
        assert (
            command(shared_server, *back).strip() == f"Leeds site {made['id']} is now a list of {ann.email}"
        )
        assert "owner" not in await good(ann, "GET", f"/groups/{made['id']}")
        assert (await call(acme["owner"], "GET", f"/groups/{made['id']}")).status == 404
        command(shared_server, "hand-over", acme.slug, ann.email, made["id"])
        answer = await call(acme["viewer"], "GET", past)
        assert (answer.status, answer.code) == (404, "before_the_trail"), "its history stayed"

    assert shared_server.command("sync", "flush").returncode == 0
    verified = shared_server.command("audit", "verify")
    assert made["id"] not in verified.stdout, "what an operator moved is no fault of the trail"


async def test_what_cannot_be_handed_over_is_said(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        ann, viewer, slug = acme["member"], acme["viewer"], acme.slug
        for person in (ann, viewer, acme["stranger"]):
            await good(person, "POST", "/groups", {"name": "Site"})
        restricted = await acme.list(access="restricted", name="Hush")
        open_ = await acme.list(name="Open")
        nobody = f"{uuid4().hex}@example.org"
        for arguments, said in (
            (("hand-over", slug, ann.email, "No such list"), "They have no list with the name or UUID"),
            (("hand-over", slug, ann.email, str(uuid4())), "They have no list with the name or UUID"),
            (("hand-over", slug, ann.email, "My selection"), "default list cannot be handed over"),
            (("hand-over", slug, viewer.email, "Site"), "create"),
            (("hand-over", slug, acme["stranger"].email, "Site"), "no such member"),
            (("hand-over", slug, nobody, "Site"), "Nobody has the e-mail address"),
            (("hand-over", "o-there-is-none", ann.email, "Site"), "does not exist"),
            (("hand-over", slug, ann.email, "\udcff"), "cannot be saved"),
            (("hand-back", slug, ann.email, "Hush"), "no list that they may see"),
            (("hand-back", slug, ann.email, restricted), "no list that they may see"),
            (("hand-back", slug, ann.email, open_), "transfer"),
            (("hand-back", slug, acme["stranger"].email, open_), "no such member"),
        ):
            assert said in command(shared_server, *arguments, code=1), arguments
        assert shared_server.command("organizations", "hand-over", slug, ann.email).returncode == 2
        assert {one["name"] for one in (await good(ann, "GET", "/groups"))["items"]} == {"default", "Site"}


async def test_what_cannot_be_done_is_said(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as ann, await shared_server.register() as ben:
        acme = await found(ann)
        nobody = f"{uuid4().hex}@example.org"
        for arguments, said in (
            (("create", "X", "--owner", nobody), "Nobody has the e-mail address"),
            (("create", "X", "--owner", ann.email, "--slug", acme.slug), "is taken"),
            (("create", "X", "--owner", ann.email, "--slug", "admin"), "reserved"),
            (("create", " ", "--owner", ann.email), "1 to 200 characters"),
            (("members", "o-there-is-none"), "does not exist"),
            (("admit", "o-there-is-none", ann.email), "does not exist"),
            (("admit", acme.slug, nobody), "Nobody has the e-mail address"),
            (("remove", acme.slug, ben.email), "no such member"),
            (("invite", acme.slug, "nobody"), "Enter an e-mail address"),
            (("invite", acme.slug, nobody, "--role", "owner"), "not invited"),
        ):
            assert said in command(shared_server, *arguments, code=1), arguments
        assert (
            shared_server.command("organizations", "admit", acme.slug, ben.email, "--role", "x").returncode
            == 2
        )


async def test_without_a_server_it_is_done_here(start_server: StartServer) -> None:
    server = start_server()
    server.terminate()
    for email in ("ann@example.org", "ben@example.org"):
        assert server.command("users", "create", email, stdin=f"{PASSWORD}\n").returncode == 0
    assert re.match(
        r"acme-ltd [0-9a-f-]{36}", command(server, "create", "Acme Ltd", "--owner", "ann@example.org")
    )
    command(server, "admit", "acme-ltd", "ben@example.org", "--role", "admin")
    assert "default list" in command(
        server, "hand-over", "acme-ltd", "ben@example.org", "default", "--with-history", code=1
    )
    assert members(server, "acme-ltd") == {"ann@example.org": "owner", "ben@example.org": "admin"}
    await server.start_async()
    async with server.client() as http:
        signed_in = await http.post(
            "/api/v1/auth/token", json={"email": "ben@example.org", "password": PASSWORD}
        )
        http.headers["authorization"] = f"Bearer {signed_in.json()['token']}"
        seen = (await http.get("/api/v1/organizations/acme-ltd")).json()
        assert (seen["name"], seen["role"], seen["members"]) == ("Acme Ltd", "admin", 2)
