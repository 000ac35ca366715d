"""An account that a directory has made ends with it: its sessions and tokens, at once, and not only its
membership. In-process, as who made an account stands in the database only."""

import pytest

from sertantai.postgres import Role
from tests.acceptance.test_route_matrix import PASSWORD, client, registered
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROVISIONED = "UPDATE organization_directory_users SET provisioned = true WHERE user_id = $1::text::uuid"


async def test_threat_11_an_account_of_the_directory_is_shut_with_its_sessions_and_opened_again() -> None:
    async with product() as app:
        owner, member = await registered(app), await registered(app)
        slug = (await owner.http.post("/api/v1/organizations", json={"name": "Acme"})).json()["slug"]
        below = f"/api/v1/organizations/{slug}"
        link = (await owner.http.post(f"{below}/invitations", json={"role": "viewer"})).json()["token"]
        assert (await member.http.post("/api/v1/invitations/accept", json={"token": link})).status_code == 200
        email = (await member.http.get("/api/v1/me")).json()["email"]
        token = (await owner.http.post(f"{below}/directory-tokens", json={})).json()["token"]
        async with client(app, token) as provider:
            user = (await provider.post(f"/scim/v2/{slug}/Users", json={"userName": email})).json()
            async with app.state.database.transaction(Role.ACCOUNTS) as connection:
                await connection.execute(PROVISIONED, member.user_id)
            path = f"/scim/v2/{slug}/Users/{user['id']}"
            session = ""
            for active in ("False", "True"):
                change = {"op": "Replace", "path": "active", "value": active}
                answer = await provider.patch(path, json={"Operations": [change]})
                assert answer.status_code == 200, answer.text
                assert (await member.http.get("/api/v1/me")).status_code == 401, "what ended stays so"
                again = {"email": email, "password": PASSWORD}
                async with client(app) as browser:
                    signed_in = await browser.post("/api/v1/auth/token", json=again)
                assert signed_in.status_code == (403 if active == "False" else 200)
                session = signed_in.json().get("token", "")
            member.http.headers["authorization"] = f"Bearer {session}"
            assert (await member.http.get(below)).status_code == 200
        for somebody in (owner, member):
            await somebody.http.aclose()
