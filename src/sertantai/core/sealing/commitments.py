"""What may have to be forgotten enters the trail as a commitment: a hash with a salt (RFC 9901, section 4.2).

Whoever is shown the salt and the value can check that it is what was sealed; nobody finds it out from the
hash. The salt follows from a key that is one of a person's and a month's: with the key the possibility goes,
and everything else that was sealed stays true.
"""

import hmac
from hashlib import sha256
from typing import Final

from sertantai.core.sealing.canonical import canonical

SALT_BYTES: Final = 16
BLIND_KEY_BYTES: Final = 32


def salt_of(blind_key: bytes, field: str, subject: str) -> str:
    """The salt, in hex, of one field of one operation (or person, or list: ``subject``)."""
    return hmac.digest(blind_key, canonical([field, subject]), "sha256")[:SALT_BYTES].hex()


def commitment(salt: str, field: str, value: str) -> str:
    """In hex. ``value`` is text: what is not, is `free_text` of it."""
    return sha256(canonical([salt, field, value])).hexdigest()


def committed(blind_key: bytes, field: str, subject: str, value: str) -> str:
    return commitment(salt_of(blind_key, field, subject), field, value)
