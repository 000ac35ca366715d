"""What a provider says of itself is asked seldom, kept within bounds, and breaks nothing whatever it is."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sertantai.accounts.providers import id_tokens, metadata
from sertantai.accounts.providers.errors import ProviderRefused, ProviderUnavailable
from sertantai.accounts.providers.fetching import Fetching
from sertantai.accounts.providers.metadata import (
    ENDPOINT_CHARACTERS_MAX,
    FAILED_FOR_S,
    GOOD_FOR_S,
    KEPT_MAX,
    KEYS_AGAIN_AFTER_S,
    KEYS_MAX,
    ProviderFacts,
)
from sertantai.accounts.providers.public_keys import (
    EXPONENT_BITS_MAX,
    FITTING_MAX,
    KEY_ID_CHARACTERS_MAX,
    MODULUS_BITS_MAX,
    MODULUS_BITS_MIN,
    NUMBER_CHARACTERS_MAX,
    public_key_of,
)
from sertantai.core.clock import ManualClock

ISSUER = "https://login.example.org"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ON_A_CURVE = jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True)
ODD: tuple[Any, ...] = (
    *(5, -1, 1.5, 10**400, float("inf"), True, None, "", "x", "\x00", "\ud800", "x" * 100_000),
    *([], [[]], {}, [{}], {"x": {}}, [5], ["x"] * 1_000),
)
"""What stands where something else is meant."""


def named(key_id: str, **more: Any) -> dict[str, Any]:
    return {**ON_A_CURVE, "kid": key_id, **more}


def large(bits: int) -> str:
    return base64.urlsafe_b64encode(((1 << bits) - 1).to_bytes(bits // 8)).rstrip(b"=").decode()


class Answers(Fetching):
    """Says what it is told to say, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.more: dict[str, Any] = {}
        self.keys: list[Any] = [named("one")]
        self.is_away = False

    async def get(self, issuer: str, url: str, headers: object = None) -> dict[str, Any]:
        self.asked.append(url)
        await asyncio.sleep(0)
        if self.is_away:
            raise ProviderUnavailable("away")
        if url.endswith("/keys"):
            return {"keys": self.keys}
        issuer = url.removesuffix(metadata.WELL_KNOWN)
        ends = {"authorization_endpoint": "a", "token_endpoint": "t", "jwks_uri": "keys"}
        return {"issuer": issuer, **{name: f"{issuer}/{end}" for name, end in ends.items()}, **self.more}


async def test_it_is_asked_once_an_hour() -> None:
    answers, clock = Answers(), ManualClock()
    facts = ProviderFacts(answers, clock)
    for _ in range(3):
        assert (await facts.metadata(ISSUER)).token_endpoint == f"{ISSUER}/t"
    assert len(answers.asked) == 2
    clock.advance(GOOD_FOR_S + 1)
    await facts.metadata(ISSUER)
    assert len(answers.asked) == 4


async def test_where_there_is_no_answer_it_is_left_alone_for_a_moment() -> None:
    answers, clock = Answers(), ManualClock()
    facts, answers.is_away = ProviderFacts(answers, clock), True
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            await facts.metadata(ISSUER)
    assert len(answers.asked) == 1
    answers.is_away = False
    clock.advance(FAILED_FOR_S + 1)
    await facts.metadata(ISSUER)


async def test_a_key_that_is_not_known_is_asked_for_and_made_up_ones_not_each_time() -> None:
    answers, clock = Answers(), ManualClock()
    facts = ProviderFacts(answers, clock)
    assert [key.key_id for key in await facts.keys(ISSUER, "one")] == ["one"]
    answers.keys = [named("two")]
    clock.advance(KEYS_AGAIN_AFTER_S + 1)
    assert [key.key_id for key in await facts.keys(ISSUER, "two")] == ["two"]
    asked = len(answers.asked)
    for number in range(5):
        await facts.keys(ISSUER, f"made up {number}")
    assert len(answers.asked) == asked


async def test_only_so_many_keys_and_providers_are_kept() -> None:
    answers = Answers()
    facts = ProviderFacts(answers, ManualClock())
    answers.keys = [named(str(number)) for number in range(KEYS_MAX + 1)]
    assert len(await facts.keys(ISSUER, None)) == KEYS_MAX
    for number in range(KEPT_MAX):
        await facts.metadata(f"https://p{number}.example.org")
    asked = len(answers.asked)
    await facts.metadata("https://p1.example.org")
    assert len(answers.asked) == asked
    await facts.metadata(ISSUER)
    assert len(answers.asked) == asked + 2, "it was the longest unused one"


async def test_an_endpoint_is_an_address_of_some_length() -> None:
    answers = Answers()
    good = f"{ISSUER}/".ljust(ENDPOINT_CHARACTERS_MAX, "x")
    answers.more = {"token_endpoint": good}
    assert (await ProviderFacts(answers, ManualClock()).metadata(ISSUER)).token_endpoint == good
    answers.more = {"token_endpoint": f"{good}x"}
    with pytest.raises(ProviderUnavailable):
        await ProviderFacts(answers, ManualClock()).metadata(ISSUER)


@pytest.mark.parametrize(
    ("modulus_bits", "exponent", "is_taken"),
    [
        (MODULUS_BITS_MAX, "AQAB", True),
        (MODULUS_BITS_MIN, large(EXPONENT_BITS_MAX), True),
        (MODULUS_BITS_MAX + 8, "AQAB", False),
        (MODULUS_BITS_MIN - 8, "AQAB", False),
        (3072, large(3072), False),
        (3072, large(EXPONENT_BITS_MAX + 8), False),
        (3072, "AQ", False),
        (3072, "", False),
    ],
)
def test_a_key_that_would_be_dear_to_try_or_is_none_is_not_kept(
    modulus_bits: int, exponent: str, is_taken: bool
) -> None:
    key = {"kty": "RSA", "kid": "one", "use": "sig", "n": large(modulus_bits), "e": exponent}
    assert (public_key_of(key) is not None) is is_taken


def test_of_a_key_only_what_it_is_made_of_is_kept() -> None:
    kept = public_key_of(named("k" * KEY_ID_CHARACTERS_MAX, alg="ES256", x5c=["x" * 60_000], more={"a": {}}))
    assert kept is not None
    assert kept.numbers.keys() == {"kty", "crv", "x", "y"}
    for other in (
        named("k" * (KEY_ID_CHARACTERS_MAX + 1)),
        named("one", x="x" * (NUMBER_CHARACTERS_MAX + 1)),
        named("one", use="enc"),
        named("one", alg="HS256"),
        named("one", crv="secp256k1"),
        {"kty": "oct", "k": "secret"},
    ):
        assert public_key_of(other) is None


async def test_for_one_token_so_many_keys_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [key for _ in range(FITTING_MAX * 3) if (key := public_key_of(ON_A_CURVE)) is not None]
    tried: list[object] = []
    monkeypatch.setattr(id_tokens, "_claims", lambda *given: tried.append(given))
    token = jwt.encode({"sub": "x"}, EC_KEY, "ES256")
    with pytest.raises(ProviderRefused):
        id_tokens.verify(token, keys, EXPECTED)
    assert len(tried) == FITTING_MAX


async def test_who_changes_a_provider_again_and_again_has_it_asked_one_after_the_other() -> None:
    answers = Answers()
    facts = ProviderFacts(answers, ManualClock())

    async def changed() -> None:
        facts.forget(ISSUER)
        await facts.metadata(ISSUER)

    await asyncio.gather(*(changed() for _ in range(50)))
    assert len(answers.asked) <= 4, "who comes while one asks waits for that answer"
    await changed()
    assert len(answers.asked) <= 6
    assert answers.asked[-2].startswith(ISSUER)


NOW = datetime(2026, 11, 28, tzinfo=UTC)
EXPECTED = id_tokens.Expected(ISSUER, "sertantai", "nonce", NOW)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "somebody",
    "aud": "sertantai",
    "azp": "sertantai",
    "iat": int(NOW.timestamp()),
    "nbf": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 300,
    "nonce": "nonce",
    "email": "ben@works.example",
    "email_verified": True,
}


def identified(token: str) -> id_tokens.Identity:
    key = public_key_of(ON_A_CURVE)
    assert key is not None
    return id_tokens.identity_of(id_tokens.verify(token, [key], EXPECTED), ISSUER)


def test_whatever_a_token_says_it_is_taken_or_refused() -> None:
    assert identified(jwt.encode(CLAIMS, EC_KEY, "ES256")).email == "ben@works.example"
    for name in (*CLAIMS, "more"):
        for odd in ODD:
            payload = json.dumps({**CLAIMS, name: odd}).encode()
            token = jwt.api_jws.encode(payload, EC_KEY, "ES256")
            try:
                identified(token)
            except ProviderRefused:
                continue
    deep = b'{"a":' + b"[" * 9_000 + b"]" * 9_000 + b"}"
    for whole in (b"5", b"[]", b"", deep, b'{"exp": ' + b"9" * 5_000 + b"}"):
        with pytest.raises(ProviderRefused):
            identified(jwt.api_jws.encode(whole, EC_KEY, "ES256"))


def test_whatever_the_head_of_a_token_says_it_is_refused() -> None:
    tail = jwt.encode(CLAIMS, EC_KEY, "ES256").partition(".")[2]
    heads = [
        *({"alg": "ES256", name: odd} for name in ("alg", "kid", "typ", "crit", "b64") for odd in ODD),
        *ODD,
    ]
    for head in (*(json.dumps(one).encode() for one in heads), b"[" * 9_000, b"{" * 20_000):
        text = f"{base64.urlsafe_b64encode(head).rstrip(b'=').decode()}.{tail}"
        with pytest.raises(ProviderRefused):
            identified(text)


async def test_whatever_a_provider_says_of_itself_it_is_taken_or_refused() -> None:
    answers = Answers()
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    more = (
        "token_endpoint_auth_methods_supported",
        "authorization_response_iss_parameter_supported",
        metadata.END_SESSION,
    )
    for name in (*names, *more):
        for odd in ODD:
            answers.more = {name: odd}
            try:
                await ProviderFacts(answers, ManualClock()).metadata(ISSUER)
            except ProviderUnavailable:
                continue
    answers.more = {}
    for odd in ODD:
        answers.keys = odd
        try:
            await ProviderFacts(answers, ManualClock()).keys(ISSUER, "one")
        except ProviderUnavailable:
            continue
    for name in ("kty", "crv", "kid", "use", "alg", "x", "y", "n", "e"):
        for odd in ODD:
            for key in (named("one"), {"kty": "RSA", "kid": "one", "n": large(2048), "e": "AQAB"}):
                kept = public_key_of({**key, name: odd})
                if kept is not None:
                    with pytest.raises(ProviderRefused):
                        id_tokens.verify(
                            jwt.encode(CLAIMS, EC_KEY, "ES256")[:-8] + "AAAAAAAA", [kept], EXPECTED
                        )
