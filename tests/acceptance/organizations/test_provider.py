"""Signing in with a certified provider of OpenID Connect, which runs here as a process of its own."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from sertantai.accounts.providers import begun
from sertantai.core.security_events import SecurityEventKind as Kind
from tests.acceptance.organizations.test_invitation_page import links
from tests.fixtures.client import PASSWORD
from tests.fixtures.openid.real_provider import CLIENT_ID, SECRET, RealProvider, real_provider
from tests.fixtures.openid.works import DOMAIN, HERE, Works, come_back, go, is_signed_in, works
from tests.fixtures.smtp_sink import SmtpSink
from tests.fixtures.visits import Visit

BEN = f"ben.lee@{DOMAIN}"


@pytest.fixture
async def provider() -> AsyncIterator[RealProvider]:
    async with real_provider() as found:
        yield found


async def start(provider: RealProvider, of: Works) -> None:
    await provider.start([of.callback])
    await of.signs_in_with(provider.issuer, CLIENT_ID, SECRET)


async def there_and_back(
    provider: RealProvider, visit: Visit, of: Works, login: str, wanted: str = ""
) -> str:
    """The address with which the browser comes back."""
    away = await go(visit, of.slug, wanted)
    assert away.status_code == 303, away.text[:600]
    return await provider.signs_in(away.headers["location"], login)


async def test_a_newcomer_signs_in_and_is_a_member(provider: RealProvider) -> None:
    async with works() as acme:
        await start(provider, acme)
        ben = Visit(acme.app)
        found = await ben.send("/sign-in/organization", organization=f" Anybody@{DOMAIN.upper()}")
        assert f'href="/sign-in/with/{acme.id}"' in found.text
        assert "127.0.0.1" in found.text
        asked = parse_qs(urlsplit((await go(ben, acme.id)).headers["location"]).query)
        assert (asked["code_challenge_method"], asked["redirect_uri"]) == (["S256"], [acme.callback])
        assert asked.keys() >= {"state", "nonce", "code_challenge"}

        back = await there_and_back(provider, ben, acme, BEN, f"/organizations/{acme.slug}")
        arrived = await come_back(ben, back)
        assert (arrived.status_code, arrived.headers["location"]) == (303, f"/organizations/{acme.slug}")
        assert (await ben.get("/me"))["email"] == BEN
        assert (await ben.get(f"/organizations/{acme.slug}"))["role"] == "member"
        told = (await acme.owner.get(f"/organizations/{acme.slug}/audit"))["items"]
        assert "admit" in [line["action"] for line in told]

        await ben.sign_out()
        assert (await come_back(ben, back)).status_code == 401, "a second time"
        assert not is_signed_in(ben)
        again = await come_back(ben, await there_and_back(provider, ben, acme, BEN))
        assert again.status_code == 303
        assert (await ben.get(f"/organizations/{acme.slug}"))["members"] == 2, "the same account"
        await acme.has_reported(Kind.PROVIDER_CHANGED, Kind.SIGNED_UP, Kind.SIGNED_IN, Kind.SIGN_IN_FAILED)


async def test_suggested_it_makes_an_account_and_no_member(provider: RealProvider) -> None:
    async with works(mode="suggest") as acme:
        await start(provider, acme)
        ben = Visit(acme.app)
        await come_back(ben, await there_and_back(provider, ben, acme, BEN))
        assert (await ben.open(f"/organizations/{acme.slug}")).status_code == 404
        assert [one["slug"] for one in (await ben.get("/joinable-organizations"))["items"]] == [acme.slug]


async def test_keys_are_rotated_while_it_runs(
    provider: RealProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sertantai.accounts.providers.metadata.KEYS_AGAIN_AFTER_S", 0.0)
    async with works() as acme:
        await start(provider, acme)
        ben, cy = Visit(acme.app), Visit(acme.app)
        assert (await come_back(ben, await there_and_back(provider, ben, acme, BEN))).status_code == 303
        provider.stop()
        await provider.start([acme.callback])
        arrived = await come_back(cy, await there_and_back(provider, cy, acme, f"cy@{DOMAIN}"))
        assert arrived.status_code == 303, arrived.text


async def test_an_account_of_before_is_linked_with_its_password_and_never_silently(
    provider: RealProvider,
) -> None:
    async with works() as acme:
        await start(provider, acme)
        ben = Visit(acme.app)
        ben.email = BEN
        await ben.sign_up()
        await ben.sign_out()
        asked = await come_back(ben, await there_and_back(provider, ben, acme, BEN, "/history"))
        assert (asked.status_code, is_signed_in(ben)) == (200, False)
        assert BEN in asked.text
        [token] = ben.hidden(asked.text, "link")
        wrong = await ben.send("/sign-in/link", link=token, password="not the password", next="/history")
        assert (wrong.status_code, is_signed_in(ben)) == (401, False)
        other = Visit(acme.app)
        stolen = await other.send("/sign-in/link", link=token, password=PASSWORD)
        assert (stolen.status_code, is_signed_in(other)) == (401, False), "another browser"
        mailed = await ben.send("/sign-in/link/mail", token=token)
        assert (mailed.status_code, is_signed_in(ben)) == (401, False), "nothing was mailed"
        linked = await ben.send("/sign-in/link", link=token, password=PASSWORD, next="/history")
        assert (linked.status_code, linked.headers["location"]) == (303, "/history")
        assert (await ben.get(f"/organizations/{acme.slug}"))["role"] == "member", "the address is confirmed"
        await ben.sign_out()
        again = await come_back(ben, await there_and_back(provider, ben, acme, BEN))
        assert (again.status_code, is_signed_in(ben)) == (303, True)
        await acme.has_reported(Kind.IDENTITY_LINKED)


async def test_an_account_of_before_is_linked_by_a_mail_in_the_same_browser(provider: RealProvider) -> None:
    sink = SmtpSink()
    async with (
        sink.listening() as port,
        works(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none") as acme,
    ):
        await start(provider, acme)
        ben, other = Visit(acme.app), Visit(acme.app)
        ben.email = BEN
        await ben.sign_up()
        await ben.sign_out()
        asked = await come_back(ben, await there_and_back(provider, ben, acme, BEN))
        [token] = set(ben.hidden(asked.text, "link"))
        sent = await ben.send("/sign-in/link", link=token, by="mail")
        assert (sent.status_code, BEN in sent.text) == (200, True)
        [path] = await links(sink, 1)
        assert (await other.open(path)).status_code == 401, "in another browser"
        assert "Connect and sign in" in await ben.text(path)
        secret = parse_qs(urlsplit(path).query)["token"][0]
        assert (await ben.send("/sign-in/link/mail", token=secret)).status_code == 303
        assert (await ben.get("/me"))["email"] == BEN
        await ben.sign_out()
        assert (await ben.send("/sign-in/link/mail", token=secret)).status_code == 401, "once"
        for allowed in [200] * (begun.MAILS_MAX - 1) + [429]:
            again = await ben.send("/sign-in/link", link=token, by="mail")
            assert again.status_code == allowed


async def test_the_site_may_have_a_provider_for_everybody(provider: RealProvider) -> None:
    site = {
        "sign_in_issuer": provider.issuer,
        "sign_in_client_id": CLIENT_ID,
        "sign_in_client_secret": SECRET,
        "sign_in_name": "Login of the county",
    }
    async with works(**site) as acme:
        await provider.start([f"{HERE}/sign-in/with/site/callback"])
        ben = Visit(acme.app)
        assert "Login of the county" in await ben.text("/sign-in")
        away = await go(ben, "site")
        back = await provider.signs_in(away.headers["location"], "ben@elsewhere.example")
        assert (await come_back(ben, back)).status_code == 303
        assert (await ben.get("/me"))["email"] == "ben@elsewhere.example"
        unknown = Visit(acme.app)
        back = await provider.signs_in(
            (await go(unknown, "site")).headers["location"], "unverified@a.example"
        )
        refused = await come_back(unknown, back)
        assert (refused.status_code, is_signed_in(unknown)) == (403, False)


async def test_without_a_provider_there_is_nowhere_to_go(provider: RealProvider) -> None:
    async with works() as acme:
        ben = Visit(acme.app)
        for reference in (
            acme.slug,
            f"ben@{DOMAIN}",
            "site",
            "nobody@nowhere.example",
            "",
            "x" * 400,
            "\x00",
        ):
            answer = await ben.send("/sign-in/organization", organization=reference)
            assert (answer.status_code, "No organisation here signs in" in answer.text) == (404, True), (
                reference
            )
        await start(provider, acme)
        assert (await go(ben, acme.slug)).status_code == 303
        gone = await acme.owner.call("DELETE", f"/organizations/{acme.slug}/sign-in")
        assert gone.status_code == 204
        assert (await go(ben, acme.slug)).status_code == 404
