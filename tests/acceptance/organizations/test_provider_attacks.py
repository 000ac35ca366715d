"""What a provider, a browser or another site might send to be signed in as somebody: each is refused.

Threat 12 of the table in `docs/security.md`, and what OpenID Connect and RFC 9700 warn of.
"""

import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa

from sertantai.accounts.administration import create_user
from sertantai.accounts.providers import begun, fetching, id_tokens, sign_in
from sertantai.accounts.providers.fetching import ANSWER_BYTES_MAX
from sertantai.accounts.providers.provider_settings import FIELD_BYTES_MAX, SECRET_BYTES_MAX
from sertantai.accounts.throttling.throttle import Key, KeyKind
from sertantai.organizations.providers import REFERENCE_CHARACTERS_MAX
from tests.fixtures.client import PASSWORD
from tests.fixtures.openid.lying_provider import CLIENT_ID, LyingProvider
from tests.fixtures.openid.tried import assert_out, on_the_way
from tests.fixtures.openid.works import DOMAIN, Works, come_back, go, is_signed_in, prove, works
from tests.fixtures.visits import ADDRESS, Visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "a secret of the organisation"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acme() -> AsyncIterator[Works]:
    async with works() as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listening() -> AsyncIterator[LyingProvider]:
    async with LyingProvider().listening() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def provider(acme: Works, listening: LyingProvider) -> LyingProvider:
    listening.tell_the_truth()
    await acme.signs_in_with(listening.issuer, CLIENT_ID, SECRET)
    return listening


async def test_the_truth_signs_in(acme: Works, provider: LyingProvider) -> None:
    """Else nothing here would show anything."""
    tried = await on_the_way(acme, provider)
    assert (await tried.back(also="ignored")).status_code == 303
    assert is_signed_in(tried.visit)
    [(_, sent)] = [one for one in provider.asked if one[0] == "/token"]
    verifier = parse_qs(sent)["code_verifier"][0]
    assert len(verifier) >= 43
    assert SECRET not in sent, "it goes in the head"


Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"nonce": "another"}, id="wrong nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"aud": "another"}, id="another audience"),
        pytest.param({"aud": []}, id="no audience"),
        pytest.param({"aud": [CLIENT_ID, "another"]}, id="two audiences, and for neither by name"),
        pytest.param({"azp": "another"}, id="made for another party"),
        pytest.param({"iss": "https://login.example.org"}, id="another issuer"),
        pytest.param({"exp": int(time.time()) - 3600}, id="expired"),
        pytest.param({"exp": float("inf")}, id="never expires"),
        pytest.param({"exp": id_tokens.TIME_S_MAX * 1.01}, id="beyond all times"),
        pytest.param({"exp": "never"}, id="a time that is none"),
        pytest.param({"iat": int(time.time()) + 7200, "exp": int(time.time()) + 9000}, id="of tomorrow"),
        pytest.param({"iat": int(time.time() - id_tokens.AGE_MAX.total_seconds()) - 90}, id="of long ago"),
        pytest.param({"sub": ""}, id="nobody"),
        pytest.param({"sub": "x" * (id_tokens.SUBJECT_BYTES_MAX + 1)}, id="a subject too long"),
        pytest.param({"sub": 7}, id="a number"),
    ],
)
async def test_a_token_that_is_not_for_this_sign_in(
    acme: Works, provider: LyingProvider, change: dict[str, Any]
) -> None:
    tried = await on_the_way(acme, provider)
    tried.claims = {name: value for name, value in {**tried.claims, **change}.items() if value is not None}
    assert_out(await tried.back(), tried.visit)


async def test_a_token_that_nobody_signed_or_everybody_could(acme: Works, provider: LyingProvider) -> None:
    for forged in (
        provider.unsigned,
        provider.signed_with_the_public_key,
        lambda claims: provider.signed(claims)[:-8] + "AAAAAAAA",
        lambda claims: provider.signed(claims, kid="two"),
        lambda _: "",
        lambda _: "not.a.token",
        lambda _: "x" * (id_tokens.TOKEN_CHARACTERS_MAX + 1),
    ):
        tried = await on_the_way(acme, provider)
        assert_out(await tried.back(token=forged(tried.claims)), tried.visit)
    tried, own = await on_the_way(acme, provider), provider.key
    provider.key = rsa.generate_private_key(65537, 2048)
    signed_by_another = provider.signed(tried.claims, jwk=provider.jwk())
    provider.key = own
    assert_out(await tried.back(token=signed_by_another), tried.visit)


@pytest.mark.parametrize("verified", [None, False, "true", 1, [True]])
async def test_threat_12_an_address_that_is_not_said_to_be_verified(
    acme: Works, provider: LyingProvider, verified: Any
) -> None:
    tried = await on_the_way(acme, provider)
    tried.claims["email_verified"] = verified
    if verified is None:
        del tried.claims["email_verified"]
    assert_out(await tried.back(), tried.visit, 403)


@pytest.mark.parametrize(
    "email",
    [
        "x@other.example",
        f"x@sub.{DOMAIN}",
        f"x@{DOMAIN}.example",
        f"x@not{DOMAIN}",
        "x@gmail.com",
        "x",
        "",
        7,
    ],
)
async def test_threat_12_an_address_of_a_domain_that_is_not_the_organizations(
    acme: Works, provider: LyingProvider, email: Any
) -> None:
    tried = await on_the_way(acme, provider)
    tried.claims["email"] = email
    assert_out(await tried.back(), tried.visit, 403)


async def test_threat_12_a_domain_that_is_not_proven_any_more(acme: Works, provider: LyingProvider) -> None:
    await prove(acme, "sold.example")
    tried = await on_the_way(acme, provider)
    tried.claims["email"] = "ben@sold.example"
    assert (await tried.back()).status_code == 303
    gone = await acme.owner.call("DELETE", f"/organizations/{acme.slug}/domains/sold.example")
    assert gone.status_code == 204
    again = await on_the_way(acme, provider)
    again.claims |= {"sub": tried.claims["sub"], "email": "ben@sold.example"}
    assert_out(await again.back(), again.visit, 403)


async def test_the_state_of_another_browser_and_one_made_up(acme: Works, provider: LyingProvider) -> None:
    tried, other = await on_the_way(acme, provider), Visit(acme.app)
    assert_out(await tried.back(other), other)
    await go(other, acme.slug)  # who has a cookie of their own
    assert_out(await tried.back(other), other)
    for state in ("made up", "", "x" * (begun.TOKEN_CHARACTERS_MAX + 1)):
        assert_out(await tried.back(state=state), tried.visit)
    assert not [path for path, _ in provider.asked if path == "/token"], "nothing was sent to anybody"
    assert (await tried.back()).status_code == 303, "it is good where it was begun"


async def test_what_another_page_has_a_browser_ask_counts_as_nobodys_try(
    acme: Works, provider: LyingProvider
) -> None:
    """An image of a foreign page leads here, as often as it likes, from the address of everybody there."""
    counted = acme.app.state.accounts.throttle
    key = Key(KeyKind.ADDRESS, ADDRESS)

    def failures() -> int:
        state = counted._states.get(key)
        return 0 if state is None else state.count

    tried, before = await on_the_way(acme, provider), failures()
    other = Visit(acme.app)
    for _ in range(3):
        assert_out(await tried.back(other), other)
        assert_out(await tried.back(state="made up"), tried.visit)
    assert failures() == before
    tried.claims["nonce"] = "another"
    assert_out(await tried.back(), tried.visit)
    assert failures() == before + 1, "what fails behind a good state counts"


async def test_an_answer_is_good_once(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    assert (await tried.back()).status_code == 303
    await tried.visit.sign_out()
    asked = len(provider.asked)
    assert_out(await tried.back(), tried.visit)
    assert len(provider.asked) == asked, "the code is not sent again"


async def test_the_answer_of_another_issuer_or_provider(acme: Works, provider: LyingProvider) -> None:
    """Mix-up: a code of one provider is shown to no other."""
    for iss in ("https://login.example.org", ""):
        tried = await on_the_way(acme, provider)
        assert_out(await tried.back(iss=iss), tried.visit)
    other = await acme.owner.call("POST", "/organizations", {"name": f"Other {uuid4().hex}"})
    below = f"/organizations/{other.json()['slug']}/sign-in"
    body = {"issuer": provider.issuer, "client_id": CLIENT_ID}
    assert (await acme.owner.call("PUT", below, body)).status_code == 200
    tried = await on_the_way(acme, provider)
    provider.says(provider.signed(tried.claims))
    provider.asked.clear()
    address = acme.callback.replace(acme.id, other.json()["id"])
    query = urlencode({"code": "a code", "state": tried.state, "iss": provider.issuer})
    assert_out(await come_back(tried.visit, f"{address}?{query}"), tried.visit)
    assert not [path for path, _ in provider.asked if path == "/token"]


async def test_what_the_provider_refuses_is_said_in_our_words(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    answer = await tried.back(error="<script>access_denied</script>", code="")
    assert_out(answer, tried.visit)
    assert "access_denied" not in answer.text
    tried = await on_the_way(acme, provider)
    assert_out(await tried.back(code="x" * (sign_in.CODE_CHARACTERS_MAX + 1)), tried.visit)
    tried = await on_the_way(acme, provider)
    provider.says("")
    provider.answers["/token"] = 400
    query = urlencode({"code": "a code", "state": tried.state, "iss": provider.issuer})
    assert_out(await come_back(tried.visit, f"{acme.callback}?{query}"), tried.visit)


async def test_what_costs_the_processor_is_not_done_on_the_event_loop(
    acme: Works, provider: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature takes as long as its issuer's keys are large, and those are anybody's choice."""
    where: list[str] = []
    verify = id_tokens.verify

    def noted(*given: Any) -> Any:
        where.append(threading.current_thread().name)
        return verify(*given)

    monkeypatch.setattr(id_tokens, "verify", noted)
    assert (await (await on_the_way(acme, provider)).back()).status_code == 303
    assert len(where) == 1
    assert where != [threading.current_thread().name]


async def test_facts_of_somebody_else(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    email = tried.claims.pop("email")
    provider.answers["/me"] = {"sub": "somebody else", "email": email, "email_verified": True}
    assert_out(await tried.back(), tried.visit)
    tried = await on_the_way(acme, provider)
    email = tried.claims.pop("email")
    provider.answers["/me"] = {"sub": tried.claims["sub"], "email": email, "email_verified": True}
    assert (await tried.back()).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "%2F%2Fevil.example",
    ],
)
async def test_nobody_is_sent_elsewhere_afterwards(acme: Works, provider: LyingProvider, wanted: str) -> None:
    tried = await on_the_way(acme, provider, wanted=wanted)
    assert (await tried.back()).headers["location"] == "/records"


async def test_a_place_too_long_to_keep_is_forgotten(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider, wanted="/records?q=" + "x" * begun.WANTED_CHARACTERS_MAX)
    arrived = await tried.back()
    assert (arrived.status_code, len(arrived.headers["location"])) == (303, begun.WANTED_CHARACTERS_MAX)


async def test_who_is_to_be_erased_comes_back_by_their_provider(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    assert (await tried.back()).status_code == 303
    me = (await tried.visit.get("/me"))["id"]
    async with acme.app.state.database.transaction("sertantai_accounts") as connection:
        await connection.execute("UPDATE users SET disabled_at = now() WHERE id = $1", me)
        await connection.execute(
            "INSERT INTO erasures (id, person, asked_at, asked_by, reason, due_at) VALUES"
            " (gen_random_uuid(), $1, now() - interval '1 second', $1, 'I leave', now() + interval '9 days')",
            me,
        )
    again = await on_the_way(acme, provider)
    again.claims |= {"sub": tried.claims["sub"], "email": tried.claims["email"]}
    door = await again.back()
    assert "Your account is to be erased" in door.text
    [step] = again.visit.hidden(door.text, "step")
    assert (await again.visit.send("/sign-in/come-back", step=step)).status_code == 303
    assert (await again.visit.get("/me"))["id"] == me


async def test_whose_account_is_disabled_or_an_administrators(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    assert (await tried.back()).status_code == 303
    me = (await tried.visit.get("/me"))["id"]
    async with acme.app.state.database.transaction("sertantai_accounts") as connection:
        await connection.execute("UPDATE users SET disabled_at = now() WHERE id = $1", me)
    again = await on_the_way(acme, provider)
    again.claims |= {"sub": tried.claims["sub"], "email": tried.claims["email"]}
    assert_out(await again.back(), again.visit, 403)
    await create_user(acme.app.state.accounts, f"root@{DOMAIN}", PASSWORD, role="admin")
    root = await on_the_way(acme, provider)
    root.claims["email"] = f"root@{DOMAIN}"
    answer = await root.back()
    assert_out(answer, root.visit, 403)
    assert "sign in with their password" in answer.text


async def test_the_second_factor_is_asked_for_as_ever(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    assert (await tried.back()).status_code == 303
    me = (await tried.visit.get("/me"))["id"]
    await tried.visit.sign_out()
    async with acme.app.state.database.transaction("sertantai_accounts") as connection:
        await connection.execute(
            "INSERT INTO user_second_factors (user_id, secret, created_at, enabled_at)"
            " VALUES ($1, 'JBSWY3DPEHPK3PXP', now(), now())",
            me,
        )
    again = await on_the_way(acme, provider, tried.visit)
    again.claims |= {"sub": tried.claims["sub"], "email": tried.claims["email"]}
    asked = await again.back()
    assert (asked.status_code, is_signed_in(tried.visit)) == (200, False)
    assert "Enter your code" in asked.text


async def test_the_secret_is_sealed_never_shown_and_goes_to_no_other_issuer(
    acme: Works, provider: LyingProvider, caplog: pytest.LogCaptureFixture
) -> None:
    below = f"/organizations/{acme.slug}/sign-in"
    shown = await acme.owner.call("GET", below)
    assert (shown.json()["has_secret"], SECRET in shown.text) == (True, False)
    async with acme.app.state.database.transaction("sertantai_accounts", readonly=True) as connection:
        kept = await connection.fetchval(
            "SELECT client_secret FROM organization_providers WHERE organization_id = $1", acme.id
        )
    assert kept.startswith("sealed1:")
    assert SECRET not in kept
    same = {"issuer": provider.issuer, "client_id": CLIENT_ID}
    assert (await acme.owner.call("PUT", below, same)).json()["has_secret"] is True
    async with LyingProvider().listening() as other:
        moved = await acme.owner.call("PUT", below, {**same, "issuer": other.issuer})
        assert moved.json()["has_secret"] is False
        tried = await on_the_way(acme, other)
        await tried.back()
        assert not [sent for _, sent in other.asked if "secret" in sent]
    assert SECRET not in caplog.text


async def test_a_provider_that_is_changed_knows_nobody_any_more(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    assert (await tried.back()).status_code == 303
    await tried.visit.sign_out()
    await acme.signs_in_with(provider.issuer, "another-client", SECRET)
    await acme.signs_in_with(provider.issuer, CLIENT_ID, SECRET)
    again = await on_the_way(acme, provider, tried.visit)
    again.claims |= {"sub": tried.claims["sub"], "email": tried.claims["email"]}
    asked = await again.back()
    assert (asked.status_code, is_signed_in(tried.visit)) == (200, False)
    assert "Connect your account" in asked.text


async def test_a_provider_inside_or_one_that_answers_badly_is_not_set(
    acme: Works, provider: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(issuer: str, **more: Any) -> None:
        body = {"issuer": issuer, "client_id": CLIENT_ID, **more}
        answer = await acme.owner.call("PUT", f"/organizations/{acme.slug}/sign-in", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "provider_misconfigured"), issuer

    for issuer in (
        "http://localhost",
        "https://localhost",
        "https://[::1]",
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://2130706433",
        "https://0x7f.1",
        "http://192.0.2.1",
        "file:///etc/passwd",
        "https://a:b@127.0.0.1",
        "https://[::ffff:127.0.0.1]",
        "gopher://127.0.0.1",
        "",
        " ",
        "https://",
        "x" * (FIELD_BYTES_MAX + 1),
    ):
        await refused(issuer)
    known = "/.well-known/openid-configuration"
    truth = provider.answers[known]
    for lie in (
        302,
        404,
        500,
        "no JSON",
        "[]",
        "x" * (ANSWER_BYTES_MAX + 1),
        {**truth, "issuer": "https://login.example.org"},
        {**truth, "token_endpoint": "http://localhost:1/"},
        {**truth, "authorization_endpoint": "javascript:alert(1)"},
        {**truth, "jwks_uri": "https://169.254.169.254/keys"},
        {**truth, "token_endpoint": None},
    ):
        provider.answers[known] = lie
        await refused(provider.issuer)
    provider.answers[known] = truth
    monkeypatch.setattr(fetching, "FETCH_S_MAX", 0.2)
    provider.pause_s = 1.0
    await refused(provider.issuer)
    provider.pause_s = 0.0
    await refused(provider.issuer, client_secret="x" * (SECRET_BYTES_MAX + 1))


async def test_what_nobody_could_mean_is_found_nowhere(acme: Works) -> None:
    visit = Visit(acme.app)
    long = f"x@{'y' * REFERENCE_CHARACTERS_MAX}.example"
    assert (await visit.send("/sign-in/organization", organization=long)).status_code == 404


async def test_only_who_may_sets_it(acme: Works, provider: LyingProvider) -> None:
    tried = await on_the_way(acme, provider)
    assert (await tried.back()).status_code == 303
    below = f"/organizations/{acme.slug}/sign-in"
    for method, body in (
        ("GET", None),
        ("PUT", {"issuer": provider.issuer, "client_id": "x"}),
        ("DELETE", None),
    ):
        answer = await tried.visit.call(method, below, body)
        assert (answer.status_code, answer.json().get("permission")) == (403, "sso_manage")
