"""What we sign, and believe again: JWTs (RFC 7519, HS256 only) about somebody, with an id and an end.

Sessions' bearer tokens and the tokens of links and steps differ in what they mean and for whom
(``audience``), not in how they are signed and looked at: that is here, once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import jwt
from msgspec import Struct

from sertantai.accounts.keys.signing_keys import SigningKeys

ALGORITHM: Final = "HS256"
ISSUER: Final = "sertantai"
TOKEN_CHARACTERS_MAX: Final = 4096


class Signed(Struct, frozen=True):
    subject: UUID
    token_id: UUID
    expires_at: datetime


def sign(keys: SigningKeys, signed: Signed, also: Mapping[str, object]) -> str:
    """With the current key; ``also`` are further claims."""
    key = keys.current
    claims = {
        "iss": ISSUER,
        "sub": str(signed.subject),
        "jti": str(signed.token_id),
        "exp": signed.expires_at,
        **also,
    }
    return jwt.encode(claims, key.secret, ALGORITHM, headers={"kid": key.key_id})


def verify(keys: SigningKeys, audience: str | None, text: str, now: datetime) -> Signed | None:
    """What the token says, if it is ours, for this audience (None: for none) and in time.

    The header is believed in nothing but the key's id: the algorithm is ours, so ``none`` is refused.
    """
    if len(text) > TOKEN_CHARACTERS_MAX:
        return None
    try:
        key = keys.find(jwt.get_unverified_header(text).get("kid"))
        if key is None:
            return None
        found = jwt.decode(
            text,
            key.secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=audience,  # who names one gets only tokens that have it
            options={"require": ["exp", "sub", "jti"], "verify_exp": False, "verify_iat": False},
        )
        expires_at = datetime.fromtimestamp(int(found["exp"]), tz=now.tzinfo)
        signed = Signed(UUID(found["sub"]), UUID(found["jti"]), expires_at)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError, AttributeError):
        return None
    return signed if now < signed.expires_at else None
