"""Signed, expiring tokens for one purpose each: links in mails, steps of a sign-in, known devices."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import jwt
from msgspec import Struct

from sertantai.accounts.keys.bearer_tokens import ALGORITHM, ISSUER, TOKEN_CHARACTERS_MAX
from sertantai.accounts.keys.signing_keys import SigningKeys

_REQUIRED: Final = ["exp", "sub", "jti", "aud"]


class Purpose(StrEnum):
    RESET_PASSWORD = "reset-password"  # noqa: S105  # the name of a purpose
    CONFIRM_EMAIL = "confirm-email"
    SECOND_FACTOR = "second-factor"
    DEVICE = "device"


class PurposeToken(Struct, frozen=True):
    purpose: Purpose
    subject: UUID
    token_id: UUID
    expires_at: datetime


def sign(keys: SigningKeys, token: PurposeToken) -> str:
    key = keys.current
    claims = {
        "iss": ISSUER,
        "aud": token.purpose.value,
        "sub": str(token.subject),
        "jti": str(token.token_id),
        "exp": token.expires_at,
    }
    return jwt.encode(claims, key.secret, ALGORITHM, headers={"kid": key.key_id})


def verify(keys: SigningKeys, purpose: Purpose, text: str, now: datetime) -> PurposeToken | None:
    """The token if it is ours, for this purpose and in time; else None."""
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
            audience=purpose.value,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
        )
        expires_at = datetime.fromtimestamp(int(found["exp"]), tz=now.tzinfo)
        token = PurposeToken(purpose, UUID(found["sub"]), UUID(found["jti"]), expires_at)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError, AttributeError):
        return None
    return token if now < token.expires_at else None
