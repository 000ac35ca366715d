"""Accounts that an organization's directory makes: at once, in its own domains only; it may shut them, and
open what it has shut itself. In-process, as a domain is proven here in the database only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.accounts import provisioned
from sertantai.accounts.keys.token_hashes import digest
from sertantai.core.errors import Unavailable
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.postgres import Role
from sertantai.web.services import STATE_KEY
from tests.acceptance.test_route_matrix import PASSWORD, Somebody, client, registered
from tests.fixtures.client import ask
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROVEN = """
INSERT INTO organization_domains
       (organization_id, domain, txt_token, added_by, added_at, verified_at, checked_at)
VALUES ($1::text::uuid, $2, 'a token of more than twenty characters', $1::text::uuid, now(), now(), now())
"""
ACCOUNT = "SELECT id, hashed_password, confirmed_at, disabled_at FROM users WHERE lower(email) = $1"
SECRET = """
UPDATE organization_invitations SET token_hash = $3 WHERE organization_id = $1::text::uuid AND email = $2
"""
LETTERS = "SELECT subject FROM mail_outbox WHERE recipient = $1"


@dataclass
class Acme:
    """An organization with a proven domain, and its directory."""

    app: Litestar
    owner: httpx.AsyncClient
    directory: httpx.AsyncClient
    id: str
    slug: str
    domain: str

    @property
    def below(self) -> str:
        return f"/api/v1/organizations/{self.slug}"

    @property
    def users(self) -> str:
        return f"/scim/v2/{self.slug}/Users"

    def address(self) -> str:
        return f"{uuid4().hex}@{self.domain}"

    async def user(self, email: str, **said: Any) -> Any:
        answer = await self.directory.post(self.users, json={"userName": email, **said})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def activate(self, id: str, active: bool, status: int = 200) -> Any:
        change = {"op": "replace", "path": "active", "value": active}
        answer = await self.directory.patch(f"{self.users}/{id}", json={"Operations": [change]})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def members(self) -> dict[str, str]:
        """Roles by name."""
        found = (await ask(self.owner, "GET", f"{self.below}/members")).json()["items"]
        return {one["user"]["name"]: one["role"] for one in found}

    async def invited(self) -> list[str]:
        return [one["email"] for one in (await self.owner.get(f"{self.below}/invitations")).json()["items"]]

    async def secret(self, email: str) -> str:
        """Of an invitation by mail: another one, as nobody but its recipient knows the one in it."""
        secret = uuid4().hex
        async with self.app.state.database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(SECRET, self.id, email, digest(secret))
        return secret

    async def account(self, email: str) -> Any:
        async with self.app.state.database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            return await connection.fetchrow(ACCOUNT, email)

    async def set_password(self, email: str) -> None:
        """With a link, as of "forgot password"."""
        accounts = self.app.state.accounts
        user = await accounts.find_user(UserId((await self.account(email))["id"]))
        link = parse_qs(urlsplit(await accounts.reset_link(user)).query)["token"][0]
        await accounts.passwords.reset(link, PASSWORD, None)

    async def sign_in(self, email: str, status: int = 200) -> httpx.AsyncClient:
        async with client(self.app) as browser:
            answer = await browser.post("/api/v1/auth/token", json={"email": email, "password": PASSWORD})
        assert answer.status_code == status, answer.text
        return client(self.app, answer.json().get("token"))


@asynccontextmanager
async def acme(app: Litestar, **token: str) -> AsyncIterator[Acme]:
    owner = await registered(app)
    made = (await owner.http.post("/api/v1/organizations", json={"name": "Acme"})).json()
    domain = f"{uuid4().hex}.example"
    async with app.state.database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute(PROVEN, made["id"], domain)
    tokens = f"/api/v1/organizations/{made['slug']}/directory-tokens"
    secret = (await owner.http.post(tokens, json=token)).json()["token"]
    async with client(app, secret) as directory:
        yield Acme(app, owner.http, directory, made["id"], made["slug"], domain)
    await owner.http.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as found:
        yield found


async def test_somebody_at_the_organizations_own_address_has_an_account_and_is_in_it_at_once(
    app: Litestar,
) -> None:
    async with acme(app, role="viewer") as it:
        email = it.address()
        made = await it.user(email, displayName="Sam Poole")
        assert (made["active"], made["roles"][0]["value"]) == (True, "viewer")
        assert (await it.members())["Sam Poole"] == "viewer"
        assert await it.invited() == [], "nobody is asked"
        account = await it.account(email)
        assert account["hashed_password"] is None
        assert account["confirmed_at"] is not None, "whose domain it is says whose address it is"
        async with app.state.database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            (told,) = await connection.fetch(LETTERS, email)
        assert "Your account" in told["subject"]
        await it.sign_in(email, 401)
        await it.set_password(email)
        person = await it.sign_in(email)
        assert (await ask(person, "GET", it.below)).json()["role"] == "viewer"


async def test_threat_11_an_account_of_the_directory_is_shut_with_its_sessions_and_opened_again(
    app: Litestar,
) -> None:
    async with acme(app) as it:
        email = it.address()
        user = await it.user(email)
        await it.set_password(email)
        person = await it.sign_in(email)
        id = UserId((await it.account(email))["id"])
        token, _ = await app.state.accounts.api_tokens.create(id, "user", "one", ["read"], 7, None)
        script = client(app, token)
        for http in (person, script):
            assert (await http.get("/api/v1/me")).status_code == 200
        assert (await it.activate(user["id"], False))["active"] is False
        for http in (person, script):
            assert (await http.get("/api/v1/me")).status_code == 401
        await it.sign_in(email, 403)
        assert (await it.activate(user["id"], True))["active"] is True
        for http in (person, script):
            assert (await http.get("/api/v1/me")).status_code == 401, "what ended stays so"
        again = await it.sign_in(email)
        assert (await ask(again, "GET", it.below)).status_code == 200
        assert (await it.directory.delete(f"{it.users}/{user['id']}")).status_code == 204
        await it.sign_in(email, 403)
        made = await it.user(email, displayName="Back")
        assert made["active"] is True
        assert "Back" in await it.members(), "its own account comes back unasked"
        await it.sign_in(email)


async def test_an_account_is_opened_only_by_whom_it_was_shut(app: Litestar) -> None:
    async with acme(app) as it:
        email = it.address()
        user = await it.user(email)
        await it.set_password(email)
        accounts, id = app.state.accounts, UserId((await it.account(email))["id"])
        await it.activate(user["id"], False)
        with pytest.raises(Exception, match="has shut this account"):
            await accounts.set_disabled(id, disabled=False)
        await it.activate(user["id"], True)
        await it.sign_in(email)

        await accounts.set_disabled(id, disabled=True)
        await it.activate(user["id"], False)
        await it.activate(user["id"], True)
        await it.sign_in(email, 403)
        await accounts.set_disabled(id, disabled=False)
        await it.sign_in(email)

        await it.activate(user["id"], False)
        await accounts.set_disabled(id, disabled=True)  # from now on it is the site's
        await it.activate(user["id"], True)
        await it.sign_in(email, 403)
        await accounts.set_disabled(id, disabled=False)
        await it.sign_in(email)


async def test_whoever_had_an_account_is_asked_and_is_never_shut(app: Litestar) -> None:
    async with acme(app) as it:
        email = it.address()
        async with client(app) as stranger:
            said = {"email": email, "password": PASSWORD}
            assert (await stranger.post("/api/v1/auth/register", json=said)).status_code == 201
        user = await it.user(email, displayName="Nobody yet")
        assert await it.invited() == [email]
        assert "Nobody yet" not in await it.members(), "it may be anybody who has signed up there"
        await it.activate(user["id"], False)
        await it.sign_in(email)


async def test_only_a_proven_domain_of_that_organization_makes_accounts(app: Litestar) -> None:
    async with acme(app) as it, acme(app) as other:
        for email in (f"{uuid4().hex}@example.net", other.address(), f"a@sub.{it.domain}"):
            await it.user(email)
            assert await it.account(email) is None
        assert len(await it.invited()) == 3
        made = it.address()
        await it.user(made)
        taken = await other.user(made)
        assert await other.invited() == [made], "another organization asks, as everybody does"
        await other.activate(taken["id"], False)
        assert (await it.account(made))["disabled_at"] is None


async def test_there_are_only_so_many(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    async with acme(app) as it:
        monkeypatch.setattr(provisioned, "PROVISIONED_MAX", 2)
        for _ in range(provisioned.PROVISIONED_MAX):
            await it.user(it.address())
        assert (await it.directory.post(it.users, json={"userName": it.address()})).status_code == 409


async def test_who_has_left_by_themselves_is_asked_before_they_come_again(app: Litestar) -> None:
    async with acme(app) as it:
        email = it.address()
        user = await it.user(email, displayName="Sam")
        await it.set_password(email)
        person = await it.sign_in(email)
        me = (await person.get("/api/v1/me")).json()["id"]
        assert (await person.delete(f"{it.below}/members/{me}")).status_code in (200, 204)
        rename = {"op": "replace", "path": "displayName", "value": "Samuel"}
        answer = await it.directory.patch(f"{it.users}/{user['id']}", json={"Operations": [rename]})
        assert answer.json()["active"] is False, answer.text
        assert (await it.activate(user["id"], True))["active"] is True
        assert await it.invited() == [email]
        assert (await ask(person, "GET", it.below)).status_code == 404, "asked, and not let in"
        await it.activate(user["id"], False)
        await it.sign_in(email, 403)
        assert UUID(me) == (await it.account(email))["id"]


async def accept(person: Somebody, secret: str) -> int:
    return (await ask(person.http, "POST", "/api/v1/invitations/accept", json={"token": secret})).status_code


async def test_who_was_invited_and_has_left_is_not_active_and_is_asked_again(app: Litestar) -> None:
    async with acme(app) as it:
        person = await registered(app)
        email = (await person.http.get("/api/v1/me")).json()["email"]
        user = await it.user(email)
        assert await accept(person, await it.secret(email)) == 200
        me = f"{it.below}/members/{person.user_id}"
        assert (await person.http.delete(me)).status_code in (200, 204)
        shown = (await it.directory.get(f"{it.users}/{user['id']}")).json()
        if shown["active"]:  # PostgreSQL learns of it in a moment
            await app.state[STATE_KEY].engine.flush()
            shown = (await it.directory.get(f"{it.users}/{user['id']}")).json()
        assert shown["active"] is False
        assert (await it.activate(user["id"], True))["active"] is True
        assert await it.invited() == [email]
        assert (await ask(person.http, "GET", it.below)).status_code == 404
        await person.http.aclose()


async def test_only_whom_the_directory_has_put_out_comes_back_unasked(app: Litestar) -> None:
    async with acme(app) as it:
        person = await registered(app)
        email = (await person.http.get("/api/v1/me")).json()["email"]
        user = await it.user(email)
        assert await accept(person, await it.secret(email)) == 200
        await it.activate(user["id"], False)
        await it.activate(user["id"], True)
        assert (await ask(person.http, "GET", it.below)).status_code == 200
        removed = await it.owner.delete(f"{it.below}/members/{person.user_id}")
        assert removed.status_code in (200, 204), "by a colleague"
        await it.activate(user["id"], True)
        assert (await ask(person.http, "GET", it.below)).status_code == 404
        await person.http.aclose()


@pytest.mark.parametrize("ends", ["token", "right", "account", "membership"])
async def test_threat_10_an_invitation_of_a_directory_ends_with_its_token_and_its_maker(
    app: Litestar, ends: str
) -> None:
    async with acme(app) as it:
        maker, invited, in_time = [await registered(app) for _ in range(3)]
        link = (await it.owner.post(f"{it.below}/invitations", json={"role": "admin"})).json()["token"]
        assert await accept(maker, link) == 200
        rights = {"permissions": {"allow": ["sso_manage"], "deny": []}}
        maker_path = f"{it.below}/members/{maker.user_id}"
        assert (await it.owner.patch(maker_path, json=rights)).status_code == 200
        token = (await maker.http.post(f"{it.below}/directory-tokens", json={})).json()
        secrets = []
        async with client(app, token["token"]) as directory:
            for person in (invited, in_time):
                email = (await person.http.get("/api/v1/me")).json()["email"]
                assert (await directory.post(it.users, json={"userName": email})).status_code == 201
                secrets.append(await it.secret(email))
        assert await accept(in_time, secrets[1]) == 200
        if ends == "token":
            path = f"{it.below}/directory-tokens/{token['id']}"
            assert (await it.owner.delete(path)).status_code in (200, 204)
        elif ends == "right":
            denied = {"permissions": {"allow": ["sso_manage"], "deny": ["members_invite"]}}
            assert (await it.owner.patch(maker_path, json=denied)).status_code == 200
        elif ends == "account":
            await app.state.accounts.set_disabled(UserId(UUID(maker.user_id)), disabled=True)
        else:  # who comes again makes another token
            assert (await it.owner.delete(maker_path)).status_code in (200, 204)
            link = (await it.owner.post(f"{it.below}/invitations", json={"role": "admin"})).json()["token"]
            assert await accept(maker, link) == 200
            assert (await it.owner.patch(maker_path, json=rights)).status_code == 200
        assert await accept(invited, secrets[0]) == 404
        assert (await ask(invited.http, "GET", it.below)).status_code == 404
        for person in (maker, invited, in_time):
            await person.http.aclose()


async def test_a_key_brings_back_no_answer_of_a_directory(app: Litestar) -> None:
    async with acme(app) as it, client(app) as nobody:
        said: dict[str, Any] = {"json": {"userName": it.address()}, "headers": {"idempotency-key": "one"}}
        assert (await it.directory.post(it.users, **said)).status_code == 201
        assert (await nobody.post(it.users, **said)).status_code == 401
        assert (await it.directory.post(it.users, **said)).status_code == 409, "and it is asked each time"


async def test_who_was_removed_does_not_come_back_while_postgresql_does_not_know_of_it(app: Litestar) -> None:
    async with acme(app) as it:
        email = it.address()
        await it.user(email)
        await it.set_password(email)
        person, service = await it.sign_in(email), app.state[STATE_KEY]
        me = UserId(UUID((await person.get("/api/v1/me")).json()["id"]))
        user = await app.state.accounts.find_user(me)
        link = (await it.owner.post(f"{it.below}/invitations", json={"role": "viewer"})).json()["token"]
        await service.engine.flush()

        async def statuses() -> list[int]:
            """Of coming in by the domain, and by a link of before."""
            accepted = await person.post("/api/v1/invitations/accept", json={"token": link})
            try:
                await service.joining.join(Origin(me), user, it.slug)
            except Unavailable:
                return [503, accepted.status_code]
            except OrganizationNotFound:
                return [404, accepted.status_code]
            return [200, accepted.status_code]

        async with app.state.database.transaction(Role.SYNC) as connection:
            await connection.execute("LOCK TABLE organization_former_members IN SHARE MODE")
            assert (await it.owner.delete(f"{it.below}/members/{me}")).status_code in (200, 204)
            assert await statuses() == [503, 503]
        await service.engine.flush()
        assert await statuses() == [404, 404]
        assert (await ask(person, "GET", it.below)).status_code == 404
