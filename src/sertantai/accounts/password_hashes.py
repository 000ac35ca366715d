"""Password hashes: our own form of bcrypt, and the plain bcrypt hashes of a foreign table.

bcrypt reads 72 bytes and no further. Our own hashes therefore take an HMAC-SHA-384 of the password
(64 characters of base64), so that every byte of a long password counts. The HMAC's fixed key makes the
inner value useless elsewhere: hashes leaked from another service cannot be tried against ours unbroken.
Everything here computes for as long as bcrypt takes; `password_hasher` keeps it off the event loop.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from enum import Enum
from typing import Final

import bcrypt

OWN_PREFIX: Final = "$sertantai1"
"""What our hashes begin with; a plain bcrypt hash follows."""
BCRYPT_BYTES_READ: Final = 72
PASSWORD_BYTES_MAX: Final = 1024

_HMAC_KEY: Final = b"sertantai password, first form"
_BCRYPT: Final = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
_NOBODYS_HASH: Final = "$2b${cost:02d}$" + "C" * 21 + "." * 32


class Verdict(Enum):
    WRONG = "wrong"
    RIGHT = "right"
    RIGHT_BUT_OLD = "right, but the hash is foreign or too cheap and should be replaced"


def hash_password(password: str, cost: int) -> str:
    """A new hash in our own form. ``cost`` is bcrypt's: the logarithm of its rounds, 4 to 31."""
    return OWN_PREFIX + bcrypt.hashpw(_condensed(password), bcrypt.gensalt(cost)).decode("ascii")


def check_password(password: str, stored: str | None, cost: int) -> Verdict:
    """Compare; runs bcrypt exactly once, also for ``stored`` None, a broken hash or an endless password.

    So the time this takes tells nothing about whether the account exists.
    """
    is_own = stored is not None and stored.startswith(OWN_PREFIX)
    bcrypt_hash = stored.removeprefix(OWN_PREFIX) if stored is not None else ""
    is_checkable = (
        _BCRYPT.fullmatch(bcrypt_hash) is not None
        and len(password.encode("utf-8", "surrogatepass")) <= PASSWORD_BYTES_MAX
        and (is_own or "\x00" not in password)
    )
    if not is_checkable:
        bcrypt.checkpw(b"nobody's", _NOBODYS_HASH.format(cost=cost).encode("ascii"))
        return Verdict.WRONG
    if not bcrypt.checkpw(_condensed(password) if is_own else _cut(password), bcrypt_hash.encode("ascii")):
        return Verdict.WRONG
    return Verdict.RIGHT if is_own and _cost_of(bcrypt_hash) >= cost else Verdict.RIGHT_BUT_OLD


def _condensed(password: str) -> bytes:
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(_HMAC_KEY, text, hashlib.sha384))


def _cut(password: str) -> bytes:
    """What the libraries that made a plain hash have read of the password."""
    return password.encode("utf-8", "surrogatepass")[:BCRYPT_BYTES_READ]


def _cost_of(bcrypt_hash: str) -> int:
    return int(bcrypt_hash[4:6])
