"""Accounts of before, linked with a provider's sign-in: who had them until then, and whether it still may."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.acceptance.organizations.test_invitation_page import links
from tests.fixtures.client import PASSWORD
from tests.fixtures.openid.lying_provider import CLIENT_ID, LyingProvider
from tests.fixtures.openid.tried import Tried, assert_out, on_the_way
from tests.fixtures.openid.works import DOMAIN, Works, is_signed_in, prove, works
from tests.fixtures.smtp_sink import SmtpSink
from tests.fixtures.visits import Visit

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sink() -> SmtpSink:
    return SmtpSink()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acme(sink: SmtpSink) -> AsyncIterator[Works]:
    async with (
        sink.listening() as port,
        works(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none") as found,
    ):
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider(acme: Works) -> AsyncIterator[LyingProvider]:
    async with LyingProvider().listening() as found:
        await acme.signs_in_with(found.issuer, CLIENT_ID, None)
        yield found


async def made_by_somebody(acme: Works, email: str = "") -> Visit:
    """Who creates an account with an address, whosever it is, and stays signed in."""
    visit = Visit(acme.app)
    visit.email = email or f"{uuid4().hex}@{DOMAIN}"
    await visit.sign_up()
    return visit


async def token_for_scripts(visit: Visit) -> str:
    body = {"name": "kept", "scopes": ["read"], "current_password": PASSWORD, "days": 30}
    answer = await visit.call("POST", "/me/tokens", body)
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


async def asked_to_connect(tried: Tried, email: str) -> str:
    tried.claims["email"] = email
    asked = await tried.back()
    assert (asked.status_code, is_signed_in(tried.visit)) == (200, False)
    return tried.visit.hidden(asked.text, "link")[0]


async def mailed(visit: Visit, sink: SmtpSink, token: str) -> str:
    """What the mail holds."""
    before = len(sink.messages)
    assert (await visit.send("/sign-in/link", link=token, by="mail")).status_code == 200
    path = (await links(sink, before + 1))[-1]
    return parse_qs(urlsplit(path).query)["token"][0]


async def with_second_factor(acme: Works, visit: Visit) -> None:
    me = (await visit.get("/me"))["id"]
    async with acme.app.state.database.transaction("sertantai_accounts") as connection:
        await connection.execute(
            "INSERT INTO user_second_factors (user_id, secret, created_at, enabled_at)"
            " VALUES ($1, 'JBSWY3DPEHPK3PXP', now(), now())",
            me,
        )


async def may_use(visit: Visit, token: str) -> bool:
    headers = {"authorization": f"Bearer {token}"}
    return (await Visit(visit.app).http.get("/api/v1/me", headers=headers)).status_code == 200


async def test_whoever_created_an_account_with_anothers_address_is_out_once_its_mailbox_is_shown(
    acme: Works, provider: LyingProvider, sink: SmtpSink
) -> None:
    thief = await made_by_somebody(acme)
    token = await token_for_scripts(thief)
    await with_second_factor(acme, thief)
    assert await may_use(thief, token)

    tried = await on_the_way(acme, provider)
    secret = await mailed(tried.visit, sink, await asked_to_connect(tried, thief.email))
    assert "in case somebody else" in await tried.visit.text(f"/sign-in/link?token={secret}")
    linked = await tried.visit.send("/sign-in/link/mail", token=secret)
    assert (linked.status_code, is_signed_in(tried.visit)) == (303, True), "no second factor of another"
    assert (await tried.visit.get("/me"))["email"] == thief.email

    assert (await thief.call("GET", "/me")).status_code == 401
    assert not await may_use(thief, token)
    again = Visit(acme.app)
    refused = await again.send("/sign-in", email=thief.email, password=PASSWORD)
    assert (refused.status_code, is_signed_in(again)) == (401, False)
    assert await tried.visit.get(f"/organizations/{acme.slug}"), "it is a member, by its own proof"


async def test_an_address_that_was_confirmed_keeps_what_its_user_had(
    acme: Works, provider: LyingProvider, sink: SmtpSink
) -> None:
    ben = await made_by_somebody(acme)
    async with acme.app.state.database.transaction("sertantai_accounts") as connection:
        await connection.execute("UPDATE users SET confirmed_at = now() WHERE email = $1", ben.email)
    token = await token_for_scripts(ben)
    tried = await on_the_way(acme, provider)
    secret = await mailed(tried.visit, sink, await asked_to_connect(tried, ben.email))
    assert "in case somebody else" not in await tried.visit.text(f"/sign-in/link?token={secret}")
    assert (await tried.visit.send("/sign-in/link/mail", token=secret)).status_code == 303
    assert (await ben.call("GET", "/me")).status_code == 200
    assert await may_use(ben, token)
    await tried.visit.sign_out()
    tried.visit.email = ben.email
    await tried.visit.sign_in()


async def test_whoever_shows_the_password_keeps_it(acme: Works, provider: LyingProvider) -> None:
    ben = await made_by_somebody(acme)
    tried = await on_the_way(acme, provider)
    token = await asked_to_connect(tried, ben.email)
    linked = await tried.visit.send("/sign-in/link", link=token, password=PASSWORD)
    assert linked.status_code == 303
    assert (await ben.call("GET", "/me")).status_code == 200
    await tried.visit.sign_out()
    tried.visit.email = ben.email
    await tried.visit.sign_in()


async def test_whoever_came_by_a_provider_may_sign_out_there_too(
    acme: Works, provider: LyingProvider
) -> None:
    """With nothing of what it has said of them: it asks for itself who is there."""
    known = "/.well-known/openid-configuration"
    truth = provider.answers[known]
    there = f"{provider.issuer}/logout?tenant=7"
    try:
        for said, is_offered in ((there, True), ("javascript:alert(1)", False), (5, False), (None, False)):
            provider.answers[known] = {**truth, "end_session_endpoint": said}
            await acme.signs_in_with(provider.issuer, CLIENT_ID, None)
            tried = await on_the_way(acme, provider)
            assert (await tried.back()).status_code == 303
            out = await tried.visit.send("/sign-out")
            assert not is_signed_in(tried.visit)
            if is_offered:
                assert f'href="{there}&amp;client_id={CLIENT_ID}"' in out.text
                assert "data-signed-in" not in out.text
            else:
                assert out.headers["location"] == "/sign-in"
            assert (await tried.visit.send("/sign-out")).headers["location"] == "/sign-in", "once"
        provider.answers[known] = {**truth, "end_session_endpoint": there}
        await acme.signs_in_with(provider.issuer, CLIENT_ID, None)
        tried = await on_the_way(acme, provider)
        assert (await tried.back()).status_code == 303
        tried.visit.http.cookies.delete("sertantai_session")
        await made_here(tried.visit)
        assert (await tried.visit.send("/sign-out")).headers["location"] == "/sign-in", "by a password"
    finally:
        provider.answers[known] = truth
        await acme.signs_in_with(provider.issuer, CLIENT_ID, None)


async def made_here(visit: Visit) -> None:
    """Signed in with a password, in a browser where a provider's session has ended by itself."""
    other = Visit(visit.app)
    await other.sign_up()
    visit.email = other.email
    await visit.sign_in()


@pytest.mark.parametrize("gone", ["the provider", "the domain"])
async def test_nothing_is_linked_by_a_provider_that_speaks_for_it_no_more(
    acme: Works, provider: LyingProvider, sink: SmtpSink, gone: str
) -> None:
    domain = f"{uuid4().hex}.example"
    await prove(acme, domain)
    ben = await made_by_somebody(acme, f"ben@{domain}")
    tried = await on_the_way(acme, provider)
    token = await asked_to_connect(tried, ben.email)
    secret = await mailed(tried.visit, sink, token)
    path = f"/organizations/{acme.slug}/" + ("sign-in" if gone == "the provider" else f"domains/{domain}")
    assert (await acme.owner.call("DELETE", path)).status_code == 204
    status = 401 if gone == "the provider" else 403
    for path, fields in (
        ("/sign-in/link", {"link": token, "password": PASSWORD}),
        ("/sign-in/link", {"link": token, "by": "mail"}),
        ("/sign-in/link/mail", {"token": secret}),
    ):
        assert_out(await tried.visit.send(path, **fields), tried.visit, status)
    assert_out(await tried.visit.open(f"/sign-in/link?token={secret}"), tried.visit, status)
    await acme.signs_in_with(provider.issuer, CLIENT_ID, None)
