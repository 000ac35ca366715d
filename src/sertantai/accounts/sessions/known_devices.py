"""Browsers in which an account was entered before (OWASP's device cookies).

The cookie says so, signed. A known browser has its own count of failures, so that strangers who guess at
an account cannot make its owner wait; and a sign-in without it is one from a new device.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from sertantai.accounts.keys.purpose_tokens import Purpose, PurposeToken, sign, verify
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.process.new_ids import new_id

DEVICE_COOKIE: Final = "sertantai_device"
LIFETIME: Final = timedelta(days=180)
_ACCOUNTS: Final = UUID("6f1c1d0e-7c55-4b0f-9a52-6a6f2f5d0c11")
"""The name space in which an account is named by its address; the cookie does not hold the address itself."""


def remember_device(keys: SigningKeys, account: str, cookie: str, now: datetime) -> str:
    """The cookie for a browser in which ``account`` (an `email_key`) has just been entered."""
    known = recognise_device(keys, cookie, account, now)
    token_id = UUID(known) if known else new_id()
    return sign(keys, PurposeToken(Purpose.DEVICE, uuid5(_ACCOUNTS, account), token_id, now + LIFETIME))


def known_device(keys: SigningKeys, cookie: str, now: datetime) -> str | None:
    """The browser's id if any account was entered in it before."""
    token = verify(keys, Purpose.DEVICE, cookie, now) if cookie else None
    return None if token is None else str(token.token_id)


def recognise_device(keys: SigningKeys, cookie: str, account: str, now: datetime) -> str | None:
    """The browser's id if ``account`` was entered in it before."""
    token = verify(keys, Purpose.DEVICE, cookie, now) if cookie else None
    if token is None or token.subject != uuid5(_ACCOUNTS, account):
        return None
    return str(token.token_id)
