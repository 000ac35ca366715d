"""Bearer tokens: JWTs that name a session and are worth nothing without it (RFC 7519, HS256 only)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import jwt
from msgspec import Struct

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.core.ids import SessionId, UserId

ALGORITHM: Final = "HS256"
ISSUER: Final = "sertantai"
TOKEN_CHARACTERS_MAX: Final = 4096


class BearerClaims(Struct, frozen=True):
    user_id: UserId
    session_id: SessionId
    expires_at: datetime


def issue(keys: SigningKeys, claims: BearerClaims, now: datetime) -> str:
    key = keys.current
    return jwt.encode(
        {
            "iss": ISSUER,
            "sub": str(claims.user_id),
            "jti": str(claims.session_id),
            "iat": now,
            "exp": claims.expires_at,
        },
        key.secret,
        algorithm=ALGORITHM,
        headers={"kid": key.key_id},
    )


def verify(keys: SigningKeys, token: str, now: datetime) -> BearerClaims:
    """What the token claims, its signature and life checked; `TokenRefused` for everything else.

    The header is believed in nothing but the key's id: the algorithm is ours, so ``none`` is refused.
    """
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise TokenRefused
    try:
        key = keys.find(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise TokenRefused
        found = jwt.decode(
            token,
            key.secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "sub", "jti"], "verify_exp": False, "verify_iat": False},
        )
        expires_at = datetime.fromtimestamp(int(found["exp"]), tz=now.tzinfo)
        claims = BearerClaims(UserId(UUID(found["sub"])), SessionId(UUID(found["jti"])), expires_at)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError, AttributeError):
        raise TokenRefused from None
    if claims.expires_at <= now:
        raise TokenRefused
    return claims
