"""In a real browser, with a certified provider: a newcomer signs in there and is a member here."""

from playwright.async_api import Browser, expect

from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.client import Client
from tests.fixtures.colleagues import found, good
from tests.fixtures.openid.real_provider import CLIENT_ID, SECRET, real_provider
from tests.fixtures.servers import StartServer
from tests.fixtures.small_dns import SmallDns

DOMAIN = "works.example"


async def test_a_newcomer_signs_in_through_the_provider_and_is_a_member(
    browser: Browser, start_server: StartServer
) -> None:
    dns = SmallDns()
    async with dns.listening() as dns_server, real_provider() as provider:
        server = start_server(
            SERTANTAI_DNS_SERVERS=f'["{dns_server}"]', SERTANTAI_SIGN_IN_INNER_HOSTS='["127.0.0.1"]'
        )
        async with await server.register() as owner:
            acme = await found(owner, "Acme")
            await _proven(owner, acme.path, dns)
            stated = await good(owner, "GET", f"{acme.path}/sign-in")
            await provider.start([stated["redirect_uri"]])
            wanted = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": SECRET}
            await good(owner, "PUT", f"{acme.path}/sign-in", wanted)

            context = await browser.new_context(base_url=server.url)
            page = await context.new_page()
            await page.goto("/sign-in?next=/organizations")
            await page.get_by_role("link", name="Sign in with your organisation").click()
            await page.fill("input[name=organization]", f"ben.lee@{DOMAIN}")
            await page.get_by_role("button", name="Continue").click()
            await assert_accessible(page)
            await page.get_by_test_id("go-to-provider").click()
            await page.wait_for_url(f"{provider.issuer}/**")
            await page.fill("input[name=login]", f"ben.lee@{DOMAIN}")
            await page.fill("input[name=password]", "any")
            await page.click("button[type=submit]")
            await page.get_by_role("button", name="Continue").click()
            await page.wait_for_url("**/organizations")
            row = page.get_by_test_id("organization-row")
            await expect(row).to_contain_text("Acme")
            await expect(row).to_contain_text("2 members")
            await context.close()


async def _proven(owner: Client, path: str, dns: SmallDns) -> None:
    record = (await good(owner, "POST", f"{path}/domains", {"domain": DOMAIN}))["record"]
    dns.texts[record["name"]] = [record["text"]]
    await good(owner, "POST", f"{path}/domains/{DOMAIN}/check")
    await good(owner, "PATCH", f"{path}/domains/{DOMAIN}", {"mode": "admit"})
