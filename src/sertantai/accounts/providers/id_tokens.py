"""What an ID token says, once it is shown to be its issuer's, for us, for this sign-in, and in time.

(OpenID Connect Core 1.0, 3.1.3.7.) The header is believed in nothing but which of the issuer's keys it was:
an algorithm that needs no key, or one that takes a public key for a secret, is none of ours.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import jwt
import msgspec
from jwt.types import Options

from sertantai.accounts.providers.errors import ProviderRefused
from sertantai.accounts.providers.public_keys import FAMILY_OF, FITTING_MAX, PublicKey
from sertantai.core.email_addresses import parse_email
from sertantai.core.errors import InvalidInput

_SIGNATURE_ALONE: Final[Options] = {
    "require": ["iss", "sub", "aud", "exp", "iat"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
}
"""What it says is looked at here, more strictly and by our clock."""
SKEW: Final = timedelta(seconds=60)
"""By so much their clock and ours may differ."""
AGE_MAX: Final = timedelta(minutes=10)
TIME_S_MAX: Final = 1e11
"""Some thousand years from now; so infinity, and a number that no float holds, are no times."""
TOKEN_CHARACTERS_MAX: Final = 32_000
SUBJECT_BYTES_MAX: Final = 255


class Expected(msgspec.Struct, frozen=True):
    issuer: str
    client_id: str
    nonce: str
    now: datetime


class Identity(msgspec.Struct, frozen=True):
    """``email``: only what the issuer says that it has verified."""

    issuer: str
    subject: str
    email: str | None


def key_id_of(token: object) -> str | None:
    """Which key it says that it was signed with. Raises `ProviderRefused` for what is no token of ours."""
    return _header(token).get("kid")


def verify(token: object, keys: Iterable[PublicKey], expected: Expected) -> dict[str, Any]:
    """Its claims; raises `ProviderRefused`. A computation of some milliseconds: not for the event loop."""
    header = _header(token)
    algorithm, key_id = header["alg"], header.get("kid")
    fitting = (key for key in keys if key.may_have_signed(algorithm, key_id))
    tried = (_claims(str(token), key, algorithm) for key in islice(fitting, FITTING_MAX))
    claims = next((one for one in tried if one is not None), None)
    if claims is None:
        raise ProviderRefused("signed by no key of the issuer")
    _require_for_us(claims, expected)
    _require_in_time(claims, expected.now)
    return claims


def identity_of(claims: Mapping[str, Any], issuer: str) -> Identity:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject.encode("utf-8", "replace")) <= SUBJECT_BYTES_MAX:
        raise ProviderRefused("no subject")
    if not subject.isprintable():
        raise ProviderRefused("no subject")
    return Identity(issuer, subject, _verified_email(claims))


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    """A claim that is missing, or says "true" in letters, is no."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    try:
        return parse_email(email)
    except InvalidInput:
        return None


def _header(token: object) -> dict[str, Any]:
    if not isinstance(token, str) or len(token) > TOKEN_CHARACTERS_MAX:
        raise ProviderRefused("no ID token")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
        raise ProviderRefused("no ID token") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in FAMILY_OF:
        raise ProviderRefused("an algorithm that is not believed")
    if not isinstance(header.get("kid"), str | None):
        raise ProviderRefused("no ID token")
    return header


def _claims(token: str, key: PublicKey, algorithm: str) -> dict[str, Any] | None:
    try:
        public = jwt.PyJWK({**key.numbers}, algorithm)
        found: dict[str, Any] = jwt.decode(
            token,
            public.key,
            algorithms=[algorithm],
            options=_SIGNATURE_ALONE,
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return found


def _require_for_us(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims["iss"] != expected.issuer:
        raise ProviderRefused("another issuer")
    audience = claims["aud"]
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        raise ProviderRefused("another audience")
    if claims.get("azp", expected.client_id) != expected.client_id or (
        len(audiences) > 1 and "azp" not in claims
    ):
        raise ProviderRefused("made for another party")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not secrets.compare_digest(
        nonce.encode("utf-8", "replace"), expected.nonce.encode()
    ):
        raise ProviderRefused("another nonce")


def _require_in_time(claims: Mapping[str, Any], now: datetime) -> None:
    at = now.timestamp()
    expires, issued, begins = (claims.get(name, 0) for name in ("exp", "iat", "nbf"))
    if not all(type(one) in (int, float) and abs(one) <= TIME_S_MAX for one in (expires, issued, begins)):
        raise ProviderRefused("a time that is none")
    if at >= expires + SKEW.total_seconds():
        raise ProviderRefused("too old")
    if max(issued, begins) > at + SKEW.total_seconds():
        raise ProviderRefused("not yet good")
    if at > issued + (SKEW + AGE_MAX).total_seconds():
        raise ProviderRefused("too old")
