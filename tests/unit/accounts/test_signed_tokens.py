"""Signed tokens are good for one purpose; a sister's are believed only as far as they go."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys import bearer_tokens, purpose_tokens
from sertantai.accounts.keys.bearer_tokens import BearerClaims
from sertantai.accounts.keys.purpose_tokens import Purpose, PurposeToken
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.accounts.sessions import sister_tokens
from sertantai.accounts.sessions.known_devices import recognise_device, remember_device
from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import SessionId, UserId
from sertantai.process.new_ids import new_id

CLOCK = ManualClock()
NOW = CLOCK.now()
USER = UserId(new_id())
IN_AN_HOUR = NOW + timedelta(hours=1)
SISTER_SECRET = "shared with the sister, long enough"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    keys = SigningKeys(tmp_path_factory.mktemp("keys"), CLOCK)
    keys.open()
    return keys


def token(purpose: Purpose) -> PurposeToken:
    return PurposeToken(purpose, USER, new_id(), IN_AN_HOUR)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_is_good_for_its_purpose_and_no_other(keys: SigningKeys, purpose: Purpose) -> None:
    made = token(purpose)
    text = purpose_tokens.sign(keys, made)
    assert purpose_tokens.verify(keys, purpose, text, NOW) == made
    for other in set(Purpose) - {purpose}:
        assert purpose_tokens.verify(keys, other, text, NOW) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_link_is_no_bearer_token_and_the_other_way_round(keys: SigningKeys, purpose: Purpose) -> None:
    with pytest.raises(TokenRefused):
        bearer_tokens.verify(keys, purpose_tokens.sign(keys, token(purpose)), NOW)
    bearer = bearer_tokens.issue(keys, BearerClaims(USER, SessionId(new_id()), IN_AN_HOUR), NOW)
    assert purpose_tokens.verify(keys, purpose, bearer, NOW) is None


def test_it_ends_in_time(keys: SigningKeys) -> None:
    text = purpose_tokens.sign(keys, token(Purpose.RESET_PASSWORD))
    assert purpose_tokens.verify(keys, Purpose.RESET_PASSWORD, text, IN_AN_HOUR) is None


@given(st.text(max_size=200))
def test_no_text_is_a_token(keys: SigningKeys, text: str) -> None:
    for purpose in Purpose:
        assert purpose_tokens.verify(keys, purpose, text, NOW) is None


def test_a_browser_is_known_for_the_account_that_was_entered_in_it(keys: SigningKeys) -> None:
    cookie = remember_device(keys, "ann@example.org", "", NOW)
    assert recognise_device(keys, cookie, "ann@example.org", NOW) is not None
    assert recognise_device(keys, cookie, "bob@example.org", NOW) is None
    assert recognise_device(keys, "", "ann@example.org", NOW) is None
    assert recognise_device(keys, "forged", "ann@example.org", NOW) is None
    assert "ann" not in cookie


def test_a_known_browser_stays_the_same_one(keys: SigningKeys) -> None:
    first = remember_device(keys, "ann@example.org", "", NOW)
    later = remember_device(keys, "ann@example.org", first, NOW + timedelta(days=100))
    after = NOW + timedelta(days=200)
    assert recognise_device(keys, first, "ann@example.org", after) is None
    known = recognise_device(keys, later, "ann@example.org", after)
    assert known == recognise_device(keys, first, "ann@example.org", NOW)


def sisters(algorithm: str = "HS256", secret: str = SISTER_SECRET, **claims: Any) -> str:
    whole = {"sub": f"user?id={USER}", "exp": int(IN_AN_HOUR.timestamp()), "purpose": "user", **claims}
    present = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(present, "" if algorithm == "none" else secret, algorithm)


def test_a_sisters_token_names_its_user() -> None:
    claims = sister_tokens.verify(SISTER_SECRET, sisters(), NOW)
    assert (claims.user_id, claims.expires_at) == (USER, IN_AN_HOUR)
    as_ash_writes: dict[str, Any] = {
        "aud": "~> 4.9",
        "iss": "AshAuthentication v4.9.0",
        "jti": "x",
        "nbf": int(NOW.timestamp()),
        "iat": 0,
    }
    assert sister_tokens.verify(SISTER_SECRET, sisters(**as_ash_writes), NOW).user_id == USER


@pytest.mark.parametrize(
    "text",
    [
        sisters("none"),
        sisters(secret="another secret, just as long as it is"),
        sisters("HS512", secret=SISTER_SECRET * 2),
        sisters(exp=None),
        sisters(exp=int(NOW.timestamp())),
        sisters(exp="soon"),
        sisters(nbf=int(NOW.timestamp()) + 60),
        sisters(sub=None),
        sisters(sub=str(USER)),
        sisters(sub=f"admin?id={USER}"),
        sisters(sub="user?id=1"),
        sisters(sub=f"user?name={USER}"),
        sisters(sub=f"user?id={USER}&id={USER}"),
        sisters(sub=7),
        sisters(purpose="reset_password"),
        sisters(purpose="confirm"),
        "",
        "a.b.c",
        "x" * 100_000,
    ],
)
def test_any_other_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        sister_tokens.verify(SISTER_SECRET, text, NOW)


def test_a_token_of_ours_is_not_taken_for_a_sisters(keys: SigningKeys) -> None:
    ours = bearer_tokens.issue(keys, BearerClaims(USER, SessionId(new_id()), IN_AN_HOUR), NOW)
    assert not sister_tokens.is_sisters(ours)
    assert sister_tokens.is_sisters(sisters())
    assert not sister_tokens.is_sisters("nonsense")


def test_a_short_secret_is_refused() -> None:
    sister_tokens.require_long_secret(None)
    sister_tokens.require_long_secret(SISTER_SECRET)
    with pytest.raises(InvalidInput):
        sister_tokens.require_long_secret("short")
