"""The secret of a provider in a real process, over a rotation of the keys that it is sealed with."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.fixtures.client import WITHOUT_TLS, Client
from tests.fixtures.openid.lying_provider import CLIENT_ID, LyingProvider
from tests.fixtures.openid.tried import claims_of
from tests.fixtures.process import ServerProcess
from tests.fixtures.servers import StartServer
from tests.fixtures.small_dns import SmallDns

SECRET = "a secret of the organisation"
DOMAIN = "works.example"


async def made(owner: Client, dns: SmallDns, provider: LyingProvider) -> str:
    """The id of an organization with a proven domain and this provider."""
    organization: str = (await owner.http.post("/organizations", json={"name": "Works"})).json()["id"]
    below = f"/organizations/{organization}"
    added = await owner.http.post(f"{below}/domains", json={"domain": DOMAIN})
    record = added.json()["record"]
    dns.texts[record["name"]] = [record["text"]]
    checked = await owner.http.post(f"{below}/domains/{DOMAIN}/check")
    assert checked.json()["verified_at"], checked.text
    body = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": SECRET}
    put = await owner.http.put(f"{below}/sign-in", json=body)
    assert put.status_code == 200, put.text
    return organization


async def signs_in(server: ServerProcess, provider: LyingProvider, organization: str) -> httpx.Response:
    path = f"/sign-in/with/{organization}"
    headers = {"accept": "text/html"}
    async with httpx.AsyncClient(
        base_url=server.url, headers=headers, timeout=60, verify=WITHOUT_TLS
    ) as browser:
        away = await browser.get(path)
        assert away.status_code == 303, away.text[:600]
        asked = parse_qs(urlsplit(away.headers["location"]).query)
        provider.says(provider.signed(claims_of(provider, asked["nonce"][0], DOMAIN)))
        query = {"code": "a code", "state": asked["state"][0], "iss": provider.issuer}
        return await browser.get(f"{path}/callback?{urlencode(query)}")


def keys_in(server: ServerProcess) -> set[Path]:
    return set((server.data_dir / "keys" / "sealing").glob("*.key"))


async def test_the_secret_of_a_provider_outlives_the_key_that_it_was_sealed_with(
    start_server: StartServer,
) -> None:
    dns = SmallDns()
    async with dns.listening() as address, LyingProvider().listening() as provider:
        server = start_server(
            SERTANTAI_DNS_SERVERS=f'["{address}"]', SERTANTAI_SIGN_IN_INNER_HOSTS='["127.0.0.1"]'
        )
        async with await server.register() as owner:
            organization = await made(owner, dns, provider)
        assert (await signs_in(server, provider, organization)).status_code == 303
        older = keys_in(server)
        rotated = await asyncio.to_thread(server.command, "security", "rotate-key")
        assert rotated.returncode == 0, rotated.stderr
        assert len(keys_in(server) - older) == 1
        assert (await signs_in(server, provider, organization)).status_code == 303, "while it runs"
        for key in older:
            key.unlink()
        await server.restart_async()
        arrived = await signs_in(server, provider, organization)
        assert arrived.status_code == 303, arrived.text[:600]
        assert provider.secrets == [f"{CLIENT_ID}:{SECRET.replace(' ', '%20')}"] * 3
