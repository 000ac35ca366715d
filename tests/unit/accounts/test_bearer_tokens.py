"""Only tokens that we signed, in our way, for now, are believed."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys.bearer_tokens import BearerClaims, issue, verify
from sertantai.accounts.keys.signed_tokens import ALGORITHM
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.core.clock import ManualClock
from sertantai.core.ids import SessionId, UserId
from sertantai.process.new_ids import new_id

CLOCK = ManualClock()
NOW = CLOCK.now()
CLAIMS = BearerClaims(UserId(new_id()), SessionId(new_id()), NOW + timedelta(hours=1))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    keys = SigningKeys(tmp_path_factory.mktemp("keys"), CLOCK)
    keys.open()
    return keys


def signed(keys: SigningKeys, algorithm: str = "HS256", key_id: str | None = None, **claims: Any) -> str:
    whole = {
        "iss": "sertantai",
        "sub": str(CLAIMS.user_id),
        "jti": str(CLAIMS.session_id),
        "exp": int(CLAIMS.expires_at.timestamp()),
        **claims,
    }
    present = {name: value for name, value in whole.items() if value is not None}
    secret = "" if algorithm == "none" else keys.current.secret
    return jwt.encode(present, secret, algorithm, headers={"kid": key_id or keys.current.key_id})


def refused(keys: SigningKeys, token: str) -> None:
    with pytest.raises(TokenRefused):
        verify(keys, token, NOW)


def test_what_was_issued_is_verified(keys: SigningKeys) -> None:
    assert verify(keys, issue(keys, CLAIMS, NOW), NOW) == CLAIMS
    assert verify(keys, signed(keys), NOW) == CLAIMS


def test_it_ends_when_it_says(keys: SigningKeys) -> None:
    token = issue(keys, CLAIMS, NOW)
    verify(keys, token, CLAIMS.expires_at - timedelta(seconds=1))
    with pytest.raises(TokenRefused):
        verify(keys, token, CLAIMS.expires_at)


def test_no_algorithm_is_no_signature(keys: SigningKeys) -> None:
    refused(keys, signed(keys, "none"))


def test_another_algorithm_with_our_key_is_refused(keys: SigningKeys) -> None:
    refused(
        keys, jwt.encode({"sub": "x"}, keys.current.secret * 2, "HS512", headers={"kid": keys.current.key_id})
    )


def test_a_changed_payload_is_refused(keys: SigningKeys) -> None:
    head, payload, signature = issue(keys, CLAIMS, NOW).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = str(new_id())
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    refused(keys, f"{head}.{forged}.{signature}")


def test_another_key_is_refused(keys: SigningKeys, tmp_path: Path) -> None:
    others = SigningKeys(tmp_path, CLOCK)
    others.open()
    refused(keys, issue(others, CLAIMS, NOW))
    refused(keys, signed(others, key_id=keys.current.key_id))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"sub": None},
        {"jti": None},
        {"iss": "somebody-else"},
        {"iss": None},
        {"sub": "not a uuid"},
        {"jti": "not a uuid"},
        {"exp": "soon"},
        {"exp": 10**30},
        {"exp": -1},
        {"sub": "user?id=" + str(CLAIMS.user_id)},
    ],
)
def test_a_token_that_lacks_something_is_refused(keys: SigningKeys, claims: dict[str, Any]) -> None:
    refused(keys, signed(keys, **claims))


def test_an_endless_token_is_refused_unread(keys: SigningKeys) -> None:
    refused(keys, "a" * 1_000_000)


@given(
    st.text(max_size=300)
    | st.lists(st.binary(max_size=40), min_size=3, max_size=3).map(
        lambda parts: ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    )
)
def test_no_text_breaks_it(keys: SigningKeys, token: str) -> None:
    refused(keys, token)


@given(
    st.dictionaries(
        st.sampled_from(["kid", "alg", "typ", "b64", "crit"]),
        st.none() | st.integers() | st.text() | st.lists(st.text()),
    )
)
def test_no_header_breaks_it(keys: SigningKeys, header: dict[str, Any]) -> None:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    _, payload, signature = issue(keys, CLAIMS, NOW).split(".")
    refused(keys, f"{head}.{payload}.{signature}")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(claims=st.dictionaries(st.sampled_from(["sub", "jti", "exp", "iat", "nbf", "aud", "iss"]), ANYTHING))
def test_no_claims_break_it_even_with_our_signature(keys: SigningKeys, claims: dict[str, Any]) -> None:
    """Whoever has an old key, or a mistake of ours, may sign nonsense."""
    key = keys.current
    good = {"iss": "sertantai", "sub": str(CLAIMS.user_id), "jti": str(CLAIMS.session_id), "exp": 2**33}
    payload = json.dumps({**good, **claims}).encode()
    token = jwt.api_jws.encode(payload, key.secret, ALGORITHM, headers={"kid": key.key_id})
    try:
        found = verify(keys, token, NOW)
    except TokenRefused:
        return
    assert found.expires_at > NOW
    assert found.user_id == UUID(str({**good, **claims}["sub"]))


@given(at=st.integers(0, 10_000), letter=st.characters(codec="ascii", categories=["L", "N", "P"]))
def test_a_changed_letter_is_never_another_claim(keys: SigningKeys, at: int, letter: str) -> None:
    token = issue(keys, CLAIMS, NOW)
    at %= len(token)
    try:
        assert verify(keys, token[:at] + letter + token[at + 1 :], NOW) == CLAIMS, (
            "the same bits, written otherwise"
        )
    except TokenRefused:
        assert letter != token[at]
