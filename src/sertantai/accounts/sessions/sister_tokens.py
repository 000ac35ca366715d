"""JWTs of a sister application that shares a secret with us.

Their ``sub`` is ``user?id=UUID``, as AshAuthentication writes it. Accepted
only where the setting ``sister_jwt_secret`` is made, and never for administration.
"""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qs
from uuid import UUID

import jwt
from jwt.types import Options
from msgspec import Struct

from sertantai.accounts.caller import TokenScope
from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys.signed_tokens import ALGORITHM, TOKEN_CHARACTERS_MAX
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import UserId

SECRET_CHARACTERS_MIN: Final = 32
SCOPES: Final[frozenset[str]] = frozenset({TokenScope.READ, TokenScope.SELECT})
_SUBJECT: Final = "user?"
_USER_PURPOSE: Final = "user"
_OPTIONS: Final[Options] = {
    "require": ["exp", "sub"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
}
"""Times are checked here, by our clock."""


class SisterClaims(Struct, frozen=True):
    user_id: UserId
    expires_at: datetime


def require_long_secret(secret: str | None) -> None:
    """Raise `InvalidInput` for a secret that could be guessed."""
    if secret is not None and len(secret) < SECRET_CHARACTERS_MIN:
        raise InvalidInput(
            f"sister_jwt_secret: at least {SECRET_CHARACTERS_MIN} characters are needed.",
            field="sister_jwt_secret",
        )


def is_sisters(token: str) -> bool:
    """Whether the token does not say that it was signed with a key of ours."""
    try:
        return "kid" not in jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        return False


def verify(secret: str, token: str, now: datetime) -> SisterClaims:
    """What the token claims, checked; raises `TokenRefused`."""
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise TokenRefused
    try:
        found = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            options=_OPTIONS,
        )
        expires_at = datetime.fromtimestamp(int(found["exp"]), tz=now.tzinfo)
        claims = SisterClaims(_user_id(found["sub"]), expires_at)
        is_early = int(found.get("nbf", 0)) > now.timestamp()
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError, AttributeError, KeyError):
        raise TokenRefused from None
    # AshAuthentication signs other things with the same secret: links to reset or confirm.
    if is_early or claims.expires_at <= now or found.get("purpose", _USER_PURPOSE) != _USER_PURPOSE:
        raise TokenRefused
    return claims


def _user_id(subject: str) -> UserId:
    if not subject.startswith(_SUBJECT):
        raise ValueError("no user")
    (text,) = parse_qs(subject.removeprefix(_SUBJECT), strict_parsing=True)["id"]
    return UserId(UUID(text))
