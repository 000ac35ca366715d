"""Invitations over HTTP, with a mail server that keeps what it gets."""

import asyncio
from uuid import uuid4

import pytest

from tests.fixtures.colleagues import Organization, call, found, good, organization
from tests.fixtures.process import ServerProcess

ACCEPT, LOOK = "/invitations/accept", "/invitations/look-at"


async def test_a_link_says_who_invites_to_what_and_lets_in_as_often_as_it_says(
    shared_server: ServerProcess,
) -> None:
    async with (
        organization(shared_server, "admin") as acme,
        await shared_server.register() as ben,
        await shared_server.register() as cy,
        shared_server.client() as nobody,
    ):
        await good(acme["admin"], "PATCH", acme.member("admin"), {"name": "Ada"})
        token = await acme.link("admin", role="viewer", uses=1)
        seen = await nobody.post(f"/api/v1{LOOK}", json={"token": token})
        assert seen.status_code == 200, seen.text
        assert seen.json()["organization"] == {"id": acme.id, "name": "Acme"}
        assert (seen.json()["invited_by"], seen.json()["role"]) == ("Ada", "viewer")
        assert (await nobody.post(f"/api/v1{ACCEPT}", json={"token": token})).status_code == 401
        joined = await good(ben, "POST", ACCEPT, {"token": token})
        assert (joined["id"], joined["role"]) == (acme.id, "viewer")
        used = await call(cy, "POST", ACCEPT, {"token": token})
        assert (used.status, used.code) == (404, "invitation_not_found")
        assert (await call(ben, "POST", ACCEPT, {"token": token})).status == 404
        assert (await good(acme["owner"], "GET", f"{acme.path}/invitations"))["items"] == []


async def test_one_who_is_in_already_stays_what_they_are(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "viewer") as acme, await shared_server.register() as ben:
        token = await acme.link(role="admin", uses=1)
        for role in ("owner", "viewer"):
            assert (await good(acme[role], "POST", ACCEPT, {"token": token}))["role"] == role
        assert (await good(ben, "POST", ACCEPT, {"token": token}))["role"] == "admin"


async def test_by_mail_the_secret_is_for_one_address_and_nobody_else_learns_it(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server) as acme, await shared_server.register() as known:
        path = f"{acme.path}/invitations"
        answers = []
        for email in (known.email, f"{uuid4().hex}@example.org"):
            made = await call(acme["admin"], "POST", path, {"email": email, "role": "member"})
            assert made.status == 201
            assert (made.body["email"], made.body["token"], made.body["url"]) == (email, None, None)
            answers.append(made.body)
        assert answers[0].keys() == answers[1].keys()
        listed = (await good(acme["owner"], "GET", path))["items"]
        assert [one["id"] for one in listed] == [one["id"] for one in reversed(answers)]
        again = await good(acme["admin"], "POST", path, {"email": known.email.upper(), "role": "viewer"})
        assert (again["id"], again["role"]) == (answers[0]["id"], "viewer")
        assert len((await good(acme["owner"], "GET", path))["items"]) == 2


async def test_an_invitation_is_revoked_and_renewed(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme, await shared_server.register() as ben:
        made = await good(acme["owner"], "POST", f"{acme.path}/invitations", {"role": "member"})
        one = f"{acme.path}/invitations/{made['id']}"
        renewed = await good(acme["owner"], "POST", f"{one}/resend")
        assert renewed["id"] == made["id"]
        assert renewed["token"] != made["token"]
        assert (await call(ben, "POST", ACCEPT, {"token": made["token"]})).status == 404
        assert (await call(ben, "POST", LOOK, {"token": made["token"]})).status == 404
        await good(ben, "POST", LOOK, {"token": renewed["token"]})
        assert (await call(acme["owner"], "DELETE", one)).status == 204
        assert (await call(acme["owner"], "DELETE", one)).status == 404
        assert (await call(acme["owner"], "POST", f"{one}/resend")).status == 404
        assert (await call(ben, "POST", ACCEPT, {"token": renewed["token"]})).status == 404


async def test_an_invitation_is_worth_what_its_inviter_is(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme, await shared_server.register() as ben:
        of_admin = await acme.link("admin", role="member", uses=3)
        await good(acme["owner"], "PATCH", acme.member("admin"), {"role": "member"})
        for path in (LOOK, ACCEPT):
            assert (await call(ben, "POST", path, {"token": of_admin})).code == "invitation_not_found"
        await good(acme["owner"], "PATCH", acme.member("admin"), {"role": "admin"})
        await good(ben, "POST", LOOK, {"token": of_admin})
        assert (await call(acme["owner"], "DELETE", acme.member("admin"))).status == 204
        assert (await call(ben, "POST", ACCEPT, {"token": of_admin})).code == "invitation_not_found"


async def test_whoever_was_removed_does_not_come_back_with_an_older_link(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "member") as acme:
        token = await acme.link(role="member", uses=5)
        assert (await call(acme["owner"], "DELETE", acme.member("member"))).status == 204
        assert shared_server.command("sync", "flush").returncode == 0
        assert (await call(acme["member"], "POST", ACCEPT, {"token": token})).code == "invitation_not_found"
        await acme.join(acme["member"])
        assert (await call(acme["member"], "DELETE", acme.member("member"))).status == 204, "left"
        assert shared_server.command("sync", "flush").returncode == 0
        joined = await good(acme["member"], "POST", ACCEPT, {"token": await acme.link(role="viewer")})
        assert joined["role"] == "viewer"


async def test_whoever_accepts_while_they_are_removed_is_out(shared_server: ServerProcess) -> None:
    """Whichever comes first: a link that is older than the removal, and ownership that was offered before."""
    async with organization(shared_server, "admin", "member", "viewer") as acme:
        owner, token = acme["owner"], await acme.link(role="admin", uses=5)
        await good(owner, "POST", f"{acme.path}/ownership", {"member": acme["viewer"].user_id})
        answers = await asyncio.gather(
            call(owner, "DELETE", acme.member("member")),
            call(acme["member"], "POST", ACCEPT, {"token": token}),
            call(owner, "DELETE", acme.member("viewer")),
            call(acme["viewer"], "POST", f"{acme.path}/ownership/accept"),
        )
        removed, accepted, ended, taken = (answer.status for answer in answers)
        assert (removed, ended) == (204, 204)
        assert accepted in (200, 201, 404)
        assert taken in (200, 201, 403, 404)
        items = (await good(owner, "GET", f"{acme.path}/members"))["items"]
        assert [one["role"] for one in items] == ["owner", "admin"]
        for role in ("member", "viewer"):
            assert (await call(acme[role], "GET", acme.path)).status == 404
        assert (await call(acme["member"], "POST", ACCEPT, {"token": token})).code == "invitation_not_found"


async def test_a_link_for_some_domains_asks_for_a_confirmed_address(shared_server: ServerProcess) -> None:
    """Nobody's word for an address is taken: who signed up with one has not shown that it is theirs."""
    async with organization(shared_server, "member") as acme, await shared_server.register() as ben:
        made = await good(
            acme["owner"],
            "POST",
            f"{acme.path}/invitations",
            {"role": "member", "uses": 5, "domains": ["@Example.org", "example.org"]},
        )
        assert made["domains"] == ["example.org"]
        assert (await call(ben, "POST", ACCEPT, {"token": made["token"]})).code == "invitation_not_found"
        email = f"{uuid4().hex}@example.org"
        created = shared_server.command("users", "create", email, stdin="correct horse battery staple\n")
        assert created.returncode == 0, created.stderr
        answer = await ben.http.post(
            "/auth/token", json={"email": email, "password": "correct horse battery staple"}
        )
        ben.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
        assert (await good(ben, "POST", ACCEPT, {"token": made["token"]}))["role"] == "member"


async def test_teams_stand_on_an_invitation(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme, await shared_server.register() as ben:
        team = (await good(acme["owner"], "POST", f"{acme.path}/teams", {"name": "Leeds"}))["id"]
        group = await acme.list(access="restricted")
        await good(acme["owner"], "PUT", f"/groups/{group}/grants/{team}", {"level": "edit"})
        token = await acme.link("admin", role="viewer", teams=[team])
        await good(ben, "POST", ACCEPT, {"token": token})
        assert (await good(ben, "GET", f"/groups/{group}"))["my_level"] == "edit"
        unknown = await call(
            acme["owner"], "POST", f"{acme.path}/invitations", {"role": "viewer", "teams": [str(uuid4())]}
        )
        assert (unknown.status, unknown.code) == (404, "member_not_found")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"email": "nobody"}, 422, "email"),
        ({"email": ""}, 422, "email"),
        ({"email": "{own}"}, 422, "email"),
        ({"email": "a@example.org", "uses": 2}, 422, "email"),
        ({"email": "a@example.org", "domains": ["example.org"]}, 422, "email"),
        ({"uses": 0}, 422, "uses"),
        ({"domains": ["not a domain"]}, 422, "domains"),
        ({"role": "emperor"}, 422, "role"),
        ({"role": "owner"}, 403, None),
    ],
)
async def test_an_invitation_that_cannot_be_meant_is_refused(
    shared_server: ServerProcess, body: dict[str, object], status: int, field: str | None
) -> None:
    async with organization(shared_server) as acme:
        if body.get("email") == "{own}":
            body = {"email": acme["owner"].email.upper()}
        refused = await call(acme["owner"], "POST", f"{acme.path}/invitations", body)
        assert refused.status == status, refused
        if field is not None:
            assert field in str(refused.body.get("field") or refused.body)


@pytest.mark.parametrize("token", ["", "x", "x" * 200, "x" * 5000, "\x00", "ü"])
async def test_a_secret_that_was_never_made_is_not_found(shared_server: ServerProcess, token: str) -> None:
    async with await shared_server.register() as ben:
        for path in (LOOK, ACCEPT):
            refused = await call(ben, "POST", path, {"token": token})
            assert (refused.status, refused.code) == (404, "invitation_not_found")


async def test_an_organization_that_ends_lets_nobody_in(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme, await shared_server.register() as ben:
        token = await acme.link(role="viewer")
        assert (await call(acme["owner"], "DELETE", acme.path)).status == 204
        assert (await call(ben, "POST", ACCEPT, {"token": token})).code == "invitation_not_found"
        refused = await call(acme["owner"], "POST", f"{acme.path}/invitations", {"role": "viewer"})
        assert (refused.status, refused.body["permission"]) == (403, "members_invite")


async def test_others_invitations_are_not_known_of(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme:
        theirs: Organization = await found(acme["stranger"], "Elsewhere")
        made = await good(acme["stranger"], "POST", f"{theirs.path}/invitations", {"role": "viewer"})
        for method, path in (("DELETE", ""), ("POST", "/resend")):
            answer = await call(acme["owner"], method, f"{acme.path}/invitations/{made['id']}{path}")
            assert answer.status == 404
        await good(acme["member"], "POST", LOOK, {"token": made["token"]})
