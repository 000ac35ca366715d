"""Domains over HTTP, with a DNS server of the test's: from the record to a member."""

from tests.acceptance.organizations.test_invitation_page import acme
from tests.fixtures.small_dns import SmallDns
from tests.fixtures.visits import Visit, product


async def confirm(visit: Visit) -> None:
    """As the link in the mail does it."""
    app = visit.http._transport.app  # type: ignore[attr-defined]  # the browser is in this process
    async with app.state.database.transaction("sertantai_accounts") as connection:
        await connection.execute("UPDATE users SET confirmed_at = now() WHERE email = $1", visit.email)


async def test_from_a_record_in_the_dns_to_members() -> None:
    dns = SmallDns()
    async with dns.listening() as server, product(dns_servers=(server,)) as app:
        ann, ben, cy = Visit(app), Visit(app), Visit(app)
        ben.email, cy.email = "ben.lee@works.example", "cy@works.example"
        slug = await acme(ann)
        below = f"/organizations/{slug}/domains"
        refused = await ann.call("POST", below, {"domain": "gmail.com"})
        assert (refused.status_code, refused.json()["field"]) == (422, "domain")
        made = (await ann.call("POST", below, {"domain": "works.example"})).json()
        assert (made["mode"], made["verified_at"]) == ("suggest", None)
        checked = (await ann.call("POST", f"{below}/works.example/check")).json()
        assert checked["verified_at"] is None
        record = made["record"]
        assert (record["name"], record["type"]) == ("_sertantai.works.example", "TXT")
        dns.texts[record["name"]] = [record["text"]]
        checked = (await ann.call("POST", f"{below}/works.example/check")).json()
        assert checked["verified_at"] is not None

        await ben.sign_up()
        assert (await ben.get("/joinable-organizations"))["items"] == [], "nobody confirmed the address"
        unknown = await ben.call("POST", f"/joinable-organizations/{slug}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "organization_not_found")
        await confirm(ben)
        [offered] = (await ben.get("/joinable-organizations"))["items"]
        assert (offered["slug"], sorted(offered)) == (slug, ["id", "name", "slug"])
        assert (await ben.open(f"/organizations/{slug}")).status_code == 404, "not before it is asked for"
        joined = await ben.call("POST", f"/joinable-organizations/{slug}")
        assert (joined.status_code, joined.json()["role"]) == (200, "member")
        assert (await ben.call("GET", below)).json()["code"] == "permission_needed"

        assert (await ann.call("PATCH", f"{below}/works.example", {"mode": "admit"})).status_code == 200
        await cy.sign_up()
        await confirm(cy)
        assert (await cy.open(f"/organizations/{slug}")).status_code == 404
        await cy.sign_out()
        await cy.sign_in()
        assert (await cy.get(f"/organizations/{slug}"))["role"] == "member"
        told = [line["action"] for line in (await ann.get(f"/organizations/{slug}/audit"))["items"]]
        assert told.count("admit") >= 2, told

        assert (await ann.call("DELETE", f"{below}/works.example")).status_code == 204
        assert (await ann.get(below))["items"] == []
        assert (await cy.get(f"/organizations/{slug}"))["members"] == 3, "members stay"
