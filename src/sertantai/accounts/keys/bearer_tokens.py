"""Bearer tokens: they name a session and are worth nothing without it."""

from datetime import datetime

from msgspec import Struct

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys import signed_tokens
from sertantai.accounts.keys.signed_tokens import Signed
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.core.ids import SessionId, UserId


class BearerClaims(Struct, frozen=True):
    user_id: UserId
    session_id: SessionId
    expires_at: datetime


def issue(keys: SigningKeys, claims: BearerClaims, now: datetime) -> str:
    signed = Signed(claims.user_id, claims.session_id, claims.expires_at)
    return signed_tokens.sign(keys, signed, {"iat": now})


def verify(keys: SigningKeys, token: str, now: datetime) -> BearerClaims:
    """What the token claims, its signature and life checked; `TokenRefused` for everything else."""
    found = signed_tokens.verify(keys, None, token, now)
    if found is None:
        raise TokenRefused
    return BearerClaims(UserId(found.subject), SessionId(found.token_id), found.expires_at)
