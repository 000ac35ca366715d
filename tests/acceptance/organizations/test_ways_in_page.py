"""The page of an organization's domains and sign-in, and joining from the page of organizations."""

from tests.fixtures.openid.lying_provider import CLIENT_ID, LyingProvider
from tests.fixtures.openid.works import DOMAIN, prove, works
from tests.fixtures.visits import Visit


async def test_domains_and_sign_in_are_set_on_their_page() -> None:
    async with works(mode="suggest") as acme, LyingProvider().listening() as provider:
        path = f"/organizations/{acme.slug}/ways-in"
        owner = acme.owner
        assert f'href="{path}"' in await owner.text(f"/organizations/{acme.slug}/settings")
        text = await owner.text(path)
        assert "Proven" in text
        assert acme.callback in text
        refused = await owner.send(path, domain="gmail.com")
        assert (refused.status_code, "nobody’s own" in refused.text) == (422, True)
        assert (await owner.send(path, domain="müller.example")).status_code == 303
        text = await owner.text(path)
        assert "_sertantai.xn--mller-kva.example" in text
        assert "sertantai-domain=" in text
        mine = "xn--mller-kva.example"
        checked = await owner.send(f"{path}/domain", domain=mine, do="check")
        assert checked.status_code == 303
        assert "does not hold its TXT yet" in await owner.text(path)
        assert (await owner.send(f"{path}/domain", domain=DOMAIN, do="admit")).status_code == 303
        assert "become members when they sign in" in await owner.text(path)
        assert (await owner.send(f"{path}/domain", domain=mine, do="remove")).status_code == 303
        assert "müller.example" not in (await owner.text(path)).replace("The domain has been removed", "")

        bad = await owner.send(f"{path}/sign-in", issuer="https://localhost", client_id="x")
        assert (bad.status_code, "could not be used" in bad.text) == (422, True)
        wanted = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": "a secret"}
        assert (await owner.send(f"{path}/sign-in", **wanted)).status_code == 303
        text = await owner.text(path)
        assert "Left empty, the present one stays" in text
        assert "a secret" not in text
        assert (await owner.send(f"{path}/sign-in/remove")).status_code == 303
        assert (await owner.get(f"/organizations/{acme.slug}/sign-in"))["issuer"] is None


async def test_who_may_join_finds_it_among_organizations() -> None:
    async with works(mode="suggest") as acme:
        await prove(acme, "example.org", "suggest")
        ben = Visit(acme.app)
        await ben.sign_up()
        assert "joinable-organization" not in await ben.text("/organizations")
        async with acme.app.state.database.transaction("sertantai_accounts") as connection:
            await connection.execute("UPDATE users SET confirmed_at = now() WHERE email = $1", ben.email)
        assert "Works" in await ben.text("/organizations")
        joined = await ben.send("/join-organization", organization=acme.id)
        assert (joined.status_code, joined.headers["location"]) == (303, f"/organizations/{acme.slug}")
        assert (await ben.open(f"/organizations/{acme.slug}/ways-in")).status_code == 403
        assert (await ben.send("/join-organization", organization=acme.id)).status_code == 404
