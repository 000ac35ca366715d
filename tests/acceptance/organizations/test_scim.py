"""SCIM 2.0: what directories send, as Entra ID and Okta document it, and what becomes of members by it."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sertantai.organizations.provisioning.patches import OPERATIONS_MAX
from sertantai.organizations.provisioning.tokens import TOKEN_CHARACTERS_MAX, TOKENS_MAX
from sertantai.organizations.provisioning.wanted import ATTRIBUTES_BYTES_MAX, TEXT_CHARACTERS_MAX
from sertantai.web.scim.asked import COUNT_MAX, NAMES_CHARACTERS_MAX
from tests.fixtures.client import WITHOUT_TLS, Client
from tests.fixtures.colleagues import Organization, call, good, organization
from tests.fixtures.directory import Directory, directory
from tests.fixtures.process import ServerProcess


async def members(acme: Organization) -> dict[str, str]:
    """Roles by user id."""
    found = await good(acme["owner"], "GET", f"{acme.path}/members")
    return {one["user"]["id"]: one["role"] for one in found["items"]}


async def of(provider: Directory, person: Client) -> Any:
    (found,) = await provider.find(f'userName eq "{person.email}"')
    return found


async def test_a_member_is_found_and_taken_and_is_unique(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        member = acme["member"]
        assert (await of(provider, member))["active"] is True
        assert await provider.find('userName eq "nobody@example.org"') == []
        said = {"externalId": "e-1", "name": {"givenName": "Sam", "familyName": "Poole"}}
        made = await provider.user(member.email.upper(), **said)
        assert made["id"] == member.user_id
        assert made["meta"]["location"].endswith(f"/scim/v2/{acme.slug}/Users/{made['id']}")
        refused = await provider.ask("POST", "/Users", {"userName": member.email}, 409)
        assert (refused["scimType"], refused["status"]) == ("uniqueness", "409")
        assert [one["id"] for one in await provider.find('externalId eq "e-1"')] == [made["id"]]
        shown = await good(acme["owner"], "GET", f"{acme.path}/members")
        assert "Sam Poole" in [one["user"]["name"] for one in shown["items"]]


async def test_somebody_else_is_invited_and_comes_with_role_and_teams(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        stranger = acme["stranger"]
        made = await provider.user(stranger.email, roles=[{"value": "viewer"}])
        assert made["id"] != stranger.user_id, "whether there is an account is not told"
        team = await provider.ask("POST", "/Groups", {"displayName": "Sites"}, 201)
        await provider.patch(
            f"/Groups/{team['id']}", {"op": "Add", "path": "members", "value": [{"value": made["id"]}]}
        )
        assert stranger.user_id not in await members(acme)
        (invited,) = (await good(acme["owner"], "GET", f"{acme.path}/invitations"))["items"]
        assert (invited["email"], invited["role"], invited["teams"]) == (
            stranger.email,
            "viewer",
            [team["id"]],
        )
        await provider.patch(f"/Users/{made['id']}", {"op": "Replace", "path": "active", "value": "False"})
        assert (await good(acme["owner"], "GET", f"{acme.path}/invitations"))["items"] == []
        page, history = f"{shared_server.url}{acme.path}/audit", ""
        revoked = f"revoked the invitation of {stranger.email} as Viewer, into the team “Sites”"
        async with asyncio.timeout(60):
            while revoked not in history:
                history = (await acme["owner"].http.get(page)).text
        assert f"invited {stranger.email} as Viewer" in history
        assert f"changed the invitation of {stranger.email}: as Viewer, into the team “Sites”" in history


async def test_threat_11_whoever_is_deactivated_is_out_at_once_and_comes_back_as_they_were(
    shared_server: ServerProcess,
) -> None:
    async with organization(shared_server, "admin") as acme, directory(shared_server, acme) as provider:
        admin, group = acme["admin"], await acme.list()
        team = (await good(acme["owner"], "POST", f"{acme.path}/teams", {"name": "Sites"}))["id"]
        await good(acme["owner"], "PUT", f"{acme.path}/teams/{team}/members/{admin.user_id}")
        user = await of(provider, admin)
        out = await provider.patch(f"/Users/{user['id']}", {"op": "replace", "value": {"active": False}})
        assert out["active"] is False
        assert (await call(admin, "GET", f"/groups/{group}")).status == 404
        assert admin.user_id not in await members(acme)
        (there,) = await provider.find("active eq false")
        assert there["id"] == user["id"]
        back = await provider.patch(
            f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "True"}
        )
        assert (back["active"], back["roles"][0]["value"]) == (True, "admin")
        assert [one["value"] for one in back["groups"]] == [team]
        assert (await members(acme))[str(admin.user_id)] == "admin"
        assert (await call(admin, "GET", f"/groups/{group}")).status == 200


async def test_the_last_owner_stays(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        user = await of(provider, acme["owner"])
        for kind, body in (
            ("PATCH", {"Operations": [{"op": "replace", "path": "active", "value": False}]}),
            ("PUT", {"userName": acme["owner"].email, "active": False}),
            ("DELETE", None),
        ):
            refused = await provider.ask(kind, f"/Users/{user['id']}", body, 409)
            assert "owner" in refused["detail"]
        assert (await members(acme))[str(acme["owner"].user_id)] == "owner"


async def test_nobody_becomes_an_owner_or_stops_being_one_by_it(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        user, owner = await of(provider, acme["member"]), await of(provider, acme["owner"])
        for id, role in ((user["id"], "owner"), (owner["id"], "viewer"), (user["id"], "emperor")):
            change = {"op": "add", "path": "roles", "value": [{"value": role}]}
            await provider.patch(f"/Users/{id}", change, status=400)
        await provider.patch(
            f"/Users/{user['id']}", {"op": "replace", "path": "roles", "value": [{"value": "viewer"}]}
        )
        assert sorted((await members(acme)).values()) == ["owner", "viewer"]


async def test_whole_users_and_deletion(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        member = acme["member"]
        user = await of(provider, member)
        path = f"/Users/{user['id']}"
        put = await provider.ask("PUT", path, {"userName": member.email, "displayName": "Site lead"})
        assert (put["displayName"], put["active"]) == ("Site lead", True)
        await provider.ask("DELETE", path, status=204)
        assert str(member.user_id) not in await members(acme)
        for method, body in (("GET", None), ("PUT", {"userName": "a@example.org"}), ("DELETE", None)):
            await provider.ask(method, path, body, 404)


USERS = "/Users"
ENTRA = (
    {"op": "Add", "path": 'emails[type eq "work"].value', "value": "new@example.org"},
    {"op": "Replace", "path": "displayName", "value": "Given by Entra"},
    {"op": "Add", "path": "name.givenName", "value": "Given"},
    {"op": "Add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:externalId", "value": "entra-1"},
    {
        "op": "Add",
        "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "value": "HR",
    },
    {"op": "Replace", "path": 'roles[primary eq "True"].value', "value": "viewer"},
)
OKTA = (
    {"op": "replace", "value": {"displayName": "Given by Okta", "name": {"familyName": "Kay"}}},
    {"op": "replace", "value": {"active": True, "externalId": "okta-1", "nickName": "nobody asks"}},
)


@pytest.mark.parametrize(("operations", "external"), [(ENTRA, "entra-1"), (OKTA, "okta-1")])
async def test_what_entra_and_okta_send(
    shared_server: ServerProcess, operations: tuple[dict[str, Any], ...], external: str
) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        user = await of(provider, acme["member"])
        changed = await provider.patch(f"/Users/{user['id']}", *operations)
        assert changed["externalId"] == external
        assert changed["displayName"].startswith("Given by")
        assert changed["active"] is True


async def test_groups_are_teams(shared_server: ServerProcess) -> None:
    async with (
        organization(shared_server, "admin", "member") as acme,
        directory(shared_server, acme) as provider,
    ):
        one, two = await of(provider, acme["admin"]), await of(provider, acme["member"])
        body = {"displayName": "Leeds", "externalId": "g-1", "members": [{"value": one["id"]}]}
        made = await provider.ask("POST", "/Groups", body, 201)
        path = f"/Groups/{made['id']}"
        again = await provider.ask("POST", "/Groups", {"displayName": "leeds"}, 409)
        assert again["scimType"] == "uniqueness"
        await provider.patch(path, {"op": "Add", "path": "members", "value": [{"value": two["id"]}]})
        gone = await provider.patch(path, {"op": "Remove", "path": f'members[value eq "{one["id"]}"]'})
        assert [each["value"] for each in gone["members"]] == [two["id"]]
        await provider.patch(path, {"op": "Remove", "path": "members", "value": [{"value": two["id"]}]})
        shown = await provider.patch(path, {"op": "replace", "value": {"displayName": "Leeds works"}})
        assert (shown["displayName"], shown["members"]) == ("Leeds works", [])
        (found,) = await provider.find('displayName eq "Leeds works"', "Groups")
        assert found["id"] == made["id"]
        less = await provider.ask("GET", f"{path}?excludedAttributes=members")
        assert "members" not in less
        both = {"displayName": "Leeds", "members": [{"value": one["id"]}, {"value": two["id"]}]}
        assert len((await provider.ask("PUT", path, both))["members"]) == 2
        teams = (await good(acme["owner"], "GET", f"{acme.path}/teams"))["items"]
        assert [team["name"] for team in teams] == ["Leeds"]
        wrong = {"op": "add", "path": "members", "value": [{"value": str(uuid4())}]}
        await provider.patch(path, wrong, status=400)
        await provider.ask("DELETE", path, status=204)
        await provider.ask("GET", path, status=404)


async def test_pages_versions_and_what_may_be_asked(shared_server: ServerProcess) -> None:
    async with organization(shared_server) as acme, directory(shared_server, acme) as provider:
        whole = await provider.ask("GET", "/Users")
        assert (whole["totalResults"], whole["startIndex"]) == (4, 1)
        assert (await provider.ask("GET", f"/Users?count={COUNT_MAX + 1}"))["itemsPerPage"] == 4
        long = f"/Users?attributes={'x' * NAMES_CHARACTERS_MAX},userName"  # what is beyond it is cut
        assert "userName" not in (await provider.ask("GET", long))["Resources"][0]
        page = await provider.ask("GET", "/Users?startIndex=3&count=1")
        assert (page["totalResults"], page["itemsPerPage"]) == (4, 1)
        assert page["Resources"][0]["id"] == whole["Resources"][2]["id"]
        assert (await provider.ask("GET", "/Users?count=0"))["Resources"] == []
        user = whole["Resources"][1]
        path = f"/Users/{user['id']}"
        version = user["meta"]["version"]
        await provider.ask("GET", path, status=304, if_none_match=version)
        named = {"Operations": [{"op": "replace", "path": "displayName", "value": "Other"}]}
        await provider.ask("PATCH", path, named, 412, if_match='W/"old"')
        await provider.ask("PATCH", path, named, if_match=version)
        await provider.ask("DELETE", path, status=412, if_match=version)
        only = await provider.ask("GET", f"{path}?attributes=userName")
        assert only.keys() == {"schemas", "id", "userName", "meta"}
        config = await provider.ask("GET", "/ServiceProviderConfig")
        assert (config["patch"]["supported"], config["bulk"]["supported"]) == (True, False)
        assert (await provider.ask("GET", "/ResourceTypes"))["totalResults"] == 2
        schema = (await provider.ask("GET", "/Schemas"))["Resources"][0]["id"]
        assert (await provider.ask("GET", f"/Schemas/{schema}"))["id"] == schema


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("GET", "/Users?filter=userName%20eq", None, 400, "invalidFilter"),
        ("GET", "/Users?filter=((((((((((((((((((((((a eq 1", None, 400, "invalidFilter"),
        ("POST", "/Users", {"userName": "no address"}, 400, "invalidValue"),
        ("POST", "/Users", {}, 400, "invalidValue"),
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("POST", "/Groups", {"displayName": ""}, 400, "invalidValue"),
        ("GET", USERS + "/none", None, 404, None),
        ("GET", "/Groups/none", None, 404, None),
        ("GET", "/Nothing", None, 404, None),
    ],
)
async def test_bad_input_is_told_in_the_words_of_scim(
    shared_server: ServerProcess, method: str, path: str, body: Any, status: int, kind: str | None
) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        told = await provider.ask(method, path, body, status)
        assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert (told["status"], told.get("scimType")) == (str(status), kind)


async def test_a_body_and_a_patch_have_bounds(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        user = await of(provider, acme["member"])
        one = {"op": "replace", "path": "displayName", "value": "x"}
        await provider.patch(f"/Users/{user['id']}", *[one] * OPERATIONS_MAX)
        await provider.patch(f"/Users/{user['id']}", *[one] * (OPERATIONS_MAX + 1), status=400)
        large = {"userName": "a@example.org", "displayName": "x" * 70_000}
        await provider.ask("POST", "/Users", large, 413)
        much = {
            "userName": "a@example.org",
            "emails": [{"value": "a@example.org", "type": "x" * ATTRIBUTES_BYTES_MAX}],
        }
        await provider.ask("POST", "/Users", much, 400)
        for length, status in ((TEXT_CHARACTERS_MAX, 200), (TEXT_CHARACTERS_MAX + 1, 400)):
            change = {"op": "add", "path": "externalId", "value": "x" * length}
            await provider.patch(f"/Users/{user['id']}", change, status=status)


async def test_threat_10_a_token_is_worth_what_its_maker_is(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "admin") as acme:
        admin = acme["admin"]
        assert (await call(admin, "POST", f"{acme.path}/directory-tokens", {})).status == 403
        allowed = {"permissions": {"allow": ["sso_manage"], "deny": []}}
        await good(acme["owner"], "PATCH", acme.member("admin"), allowed)
        async with directory(shared_server, acme, admin) as provider:
            await provider.ask("GET", "/Users")
            (listed,) = (await good(acme["owner"], "GET", f"{acme.path}/directory-tokens"))["items"]
            assert (listed["good"], listed["token"]) == (True, None)
            assert listed["last_used_at"] is not None
            none: dict[str, Any] = {"permissions": {"allow": [], "deny": []}}
            await good(acme["owner"], "PATCH", acme.member("admin"), none)
            for path in ("/Users", "/Groups", "/ServiceProviderConfig", f"/Users/{admin.user_id}"):
                await provider.ask("GET", path, status=401)
            await good(acme["owner"], "PATCH", acme.member("admin"), allowed)
            await provider.ask("GET", "/Users")
            await good(acme["owner"], "DELETE", f"{acme.path}/directory-tokens/{listed['id']}")
            await provider.ask("GET", "/Users", status=401)


async def test_there_are_few_tokens(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        made: dict[str, str] = {}
        for _ in range(TOKENS_MAX):
            made = await good(acme["owner"], "POST", f"{acme.path}/directory-tokens", {"role": "viewer"})
        assert len(made["token"]) < TOKEN_CHARACTERS_MAX
        assert (await call(acme["owner"], "POST", f"{acme.path}/directory-tokens", {})).status == 409
        long = {"authorization": "Bearer " + made["token"].ljust(TOKEN_CHARACTERS_MAX + 1, "x")}
        async with httpx.AsyncClient(verify=WITHOUT_TLS) as http:
            address = f"{shared_server.url}/scim/v2/{acme.slug}/Users"
            assert (await http.get(address, headers=long)).status_code == 401


async def test_a_token_is_of_one_organization_and_of_nothing_else(shared_server: ServerProcess) -> None:
    async with (
        organization(shared_server, "member") as acme,
        organization(shared_server, "member") as other,
        directory(shared_server, acme) as provider,
    ):
        elsewhere = f"{shared_server.url}/scim/v2/{other.slug}/Users"
        assert (await provider.http.get(elsewhere)).status_code == 401
        assert (await provider.http.get(f"{shared_server.url}/scim/v2/{acme.id}/Users")).status_code == 200
        for path in ("/api/v1/me", f"/api/v1{acme.path}", f"/api/v1{acme.path}/members"):
            assert (await provider.http.get(f"{shared_server.url}{path}")).status_code == 401
        async with httpx.AsyncClient(verify=WITHOUT_TLS) as nobody:
            mine = {"authorization": acme["owner"].http.headers["authorization"]}
            address = f"{shared_server.url}/scim/v2/{acme.slug}/Users"
            assert (await nobody.get(address, headers=mine)).status_code == 401, (
                "a person's is no directory's"
            )
            assert (await nobody.get(address)).status_code == 401


async def test_many_at_once_are_done_one_after_the_other(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        body = {"userName": f"{uuid4().hex}@example.org"}
        asked = await asyncio.gather(*(provider.http.post("/Users", json=body) for _ in range(5)))
        assert sorted(answer.status_code for answer in asked) == [201, 409, 409, 409, 409]


async def test_of_several_who_change_one_version_at_once_one_does(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        team = await provider.ask("POST", "/Groups", {"displayName": "Sites"}, 201)
        user = await of(provider, acme["member"])
        for path, version in ((f"/Groups/{team['id']}", team), (f"/Users/{user['id']}", user)):
            headers = {"if-match": version["meta"]["version"], "content-type": "application/scim+json"}

            async def change(name: int, path: str = path, headers: dict[str, str] = headers) -> int:
                body = {"Operations": [{"op": "replace", "path": "displayName", "value": f"Name {name}"}]}
                return (await provider.http.patch(path, json=body, headers=headers)).status_code

            asked = await asyncio.gather(*(change(name) for name in range(5)))
            assert sorted(asked) == [200, 412, 412, 412, 412]


async def test_what_cannot_be_kept_is_refused_and_nobody_is_written_to(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme, directory(shared_server, acme) as provider:
        for said in ({"displayName": "a\0b"}, {"emails": [{"value": "n@example.org", "type": "a\0"}]}):
            refused = await provider.ask("POST", "/Users", {"userName": "n@example.org", **said}, 400)
            assert refused["scimType"] == "invalidValue"
        await provider.ask("POST", "/Groups", {"displayName": "Sites", "externalId": "a\0"}, 400)
        assert (await good(acme["owner"], "GET", f"{acme.path}/invitations"))["items"] == []
        assert (await provider.ask("GET", "/Groups"))["totalResults"] == 0
