"""Time-based one-time passwords (RFC 6238): six digits, thirty seconds, SHA-1, as authenticators expect."""

import hmac
from datetime import datetime
from typing import Final

import pyotp
import segno

STEP_S: Final = 30
STEPS_AROUND: Final = 1
"""Clocks differ: the code before and the code after are good too."""
ISSUER: Final = "Sertantai"


def new_secret() -> str:
    """160 random bits in base 32."""
    return pyotp.random_base32(32)


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step that ``code`` belongs to, if it is near ``now`` and after ``last_step``; else None."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.HOTP(secret)
    current = int(now.timestamp()) // STEP_S
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        if step > last_step and hmac.compare_digest(totp.at(step), digits):
            return step
    return None


def provisioning_uri(secret: str, email: str) -> str:
    """What an authenticator reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def qr_code(uri: str) -> str:
    """The URI as an SVG image in a ``data:`` URI: no inline style, as the Content-Security-Policy asks."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=3, dark="#101820", light="#ffffff")
