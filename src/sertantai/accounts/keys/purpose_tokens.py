"""Signed, expiring tokens for one purpose each: links in mails, steps of a sign-in, known devices."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from sertantai.accounts.keys import signed_tokens
from sertantai.accounts.keys.signed_tokens import Signed
from sertantai.accounts.keys.signing_keys import SigningKeys


class Purpose(StrEnum):
    RESET_PASSWORD = "reset-password"  # noqa: S105  # the name of a purpose
    CONFIRM_EMAIL = "confirm-email"
    SECOND_FACTOR = "second-factor"
    COME_BACK = "come-back"
    DEVICE = "device"


class PurposeToken(Struct, frozen=True):
    purpose: Purpose
    subject: UUID
    token_id: UUID
    expires_at: datetime


def sign(keys: SigningKeys, token: PurposeToken) -> str:
    signed = Signed(token.subject, token.token_id, token.expires_at)
    return signed_tokens.sign(keys, signed, {"aud": token.purpose.value})


def verify(keys: SigningKeys, purpose: Purpose, text: str, now: datetime) -> PurposeToken | None:
    """The token if it is ours, for this purpose and in time; else None."""
    found = signed_tokens.verify(keys, purpose.value, text, now)
    return None if found is None else PurposeToken(purpose, found.subject, found.token_id, found.expires_at)
