"""Password hashes: our own form of bcrypt, and plain bcrypt as the owners of a foreign table make it.

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
from enum import Enum, StrEnum
from typing import Final

import bcrypt

OWN_PREFIX: Final = "$sertantai1"
"""What our hashes begin with; a plain bcrypt hash follows."""
BCRYPT_BYTES_READ: Final = 72
PASSWORD_BYTES_MAX: Final = 1024
COST_MAX: Final = 16
"""A hash that costs more is taken for broken: checking one of 31 takes a day."""

_HMAC_KEY: Final = b"sertantai password, first form"
_BCRYPT: Final = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
_NOBODYS_HASH: Final = "$2b${cost:02d}$" + "C" * 21 + "." * 32


class HashForm(StrEnum):
    OWN = "own"
    PLAIN = "plain"

    @property
    def password_bytes_max(self) -> int:
        """A longer password would only be read in part, or hold up whoever reads it."""
        return PASSWORD_BYTES_MAX if self is HashForm.OWN else BCRYPT_BYTES_READ


class Verdict(Enum):
    WRONG = "wrong"
    RIGHT = "right"
    RIGHT_BUT_OLD = "right, but the hash has another form or is too cheap, and should be replaced"


def hash_password(password: str, cost: int, form: HashForm = HashForm.OWN) -> str:
    """A new hash. ``cost`` is bcrypt's: the logarithm of its rounds, 4 to 31."""
    if form is HashForm.PLAIN:
        return bcrypt.hashpw(_cut(password), bcrypt.gensalt(cost)).decode("ascii")
    return OWN_PREFIX + bcrypt.hashpw(_condensed(password), bcrypt.gensalt(cost)).decode("ascii")


def check_password(
    password: str, stored: str | None, cost: int, form: HashForm = HashForm.OWN, *, failing_cost: int = 0
) -> Verdict:
    """Compare. ``cost`` and ``form`` are those of new hashes; what differs from them is due for replacement.

    What is wrong costs as much whatever ``stored`` is, be it None, broken or cheaper: what one bcrypt of
    ``failing_cost`` costs, or of ``cost`` where that is more. So the time this takes tells nothing about
    whether the account exists.
    """
    failing_cost = max(cost, failing_cost)
    is_own = stored is not None and stored.startswith(OWN_PREFIX)
    bcrypt_hash = stored.removeprefix(OWN_PREFIX) if stored is not None else ""
    is_checkable = (
        _BCRYPT.fullmatch(bcrypt_hash) is not None
        and _cost_of(bcrypt_hash) <= COST_MAX
        and len(password.encode("utf-8", "surrogatepass")) <= PASSWORD_BYTES_MAX
        and (is_own or "\x00" not in password)
    )
    if not is_checkable:
        _spend(failing_cost)
        return Verdict.WRONG
    stored_cost = _cost_of(bcrypt_hash)
    if not bcrypt.checkpw(_condensed(password) if is_own else _cut(password), bcrypt_hash.encode("ascii")):
        for missing in range(stored_cost, failing_cost):  # 2ⁿ + 2ⁿ + 2ⁿ⁺¹ + … up to the whole
            _spend(missing)
        return Verdict.WRONG
    is_new = is_own == (form is HashForm.OWN) and stored_cost >= cost
    return Verdict.RIGHT if is_new else Verdict.RIGHT_BUT_OLD


def cost_of(stored: str | None) -> int:
    """The cost of a hash in either form; 0 for what is none."""
    bcrypt_hash = (stored or "").removeprefix(OWN_PREFIX)
    return _cost_of(bcrypt_hash) if _BCRYPT.fullmatch(bcrypt_hash) else 0


def _spend(cost: int) -> None:
    bcrypt.checkpw(b"nobody's", _NOBODYS_HASH.format(cost=cost).encode("ascii"))


def _condensed(password: str) -> bytes:
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(_HMAC_KEY, text, hashlib.sha384))


def _cut(password: str) -> bytes:
    """What the libraries that made a plain hash have read of the password."""
    return password.encode("utf-8", "surrogatepass")[:BCRYPT_BYTES_READ]


def _cost_of(bcrypt_hash: str) -> int:
    return int(bcrypt_hash[4:6])
