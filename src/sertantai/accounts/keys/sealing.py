"""Secrets that must be read again are kept sealed: whoever has the database alone can do nothing with them.

AES-256-GCM, under a key that HKDF derives from a secret of this installation, bound to whom it belongs to: a
row copied to another user opens nothing. The newest key seals; older ones open until nothing is sealed with
them any more.
"""

import base64
import binascii
import secrets
from functools import lru_cache
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sertantai.accounts.keys.signing_keys import SigningKey, SigningKeys

PREFIX: Final = "sealed1"
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
_PURPOSE: Final = b"sertantai second factors, first form"


class CannotBeOpened(Exception):
    """The key is not here, or somebody has changed what was sealed."""


class Sealer:
    """Seals short texts and opens them. ``keys`` are only for this: what signs is rotated by time."""

    def __init__(self, keys: SigningKeys) -> None:
        self.keys = keys

    def seal(self, text: str, whose: UUID) -> str:
        key, nonce = self.keys.current, secrets.token_bytes(NONCE_BYTES)
        sealed = _cipher(key).encrypt(nonce, text.encode(), _bound_to(key.key_id, whose))
        return f"{PREFIX}:{key.key_id}:{base64.urlsafe_b64encode(nonce + sealed).decode('ascii')}"

    def open(self, sealed: str, whose: UUID) -> str:
        """The text. What was never sealed (by an older version) is returned as it is.

        Raises `CannotBeOpened`.
        """
        prefix, _, rest = sealed.partition(":")
        if prefix != PREFIX:
            return sealed
        key_id, _, body = rest.partition(":")
        key = self.keys.find_now(key_id)  # a command may have sealed it anew a moment ago
        if key is None:
            raise CannotBeOpened(f"the key {key_id} is not in the folder of keys")
        try:
            raw = base64.urlsafe_b64decode(body)
            text = _cipher(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(key_id, whose))
        except (binascii.Error, ValueError, InvalidTag):
            raise CannotBeOpened("it is not what was sealed") from None
        return text.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether it is sealed, with the newest key."""
        return sealed.startswith(f"{PREFIX}:{self.keys.current.key_id}:")


def sealed_with(sealed: str) -> str | None:
    """The id of the key; None for what was never sealed."""
    prefix, _, rest = sealed.partition(":")
    return rest.partition(":")[0] if prefix == PREFIX else None


def _bound_to(key_id: str, whose: UUID) -> bytes:
    return key_id.encode() + b"\0" + whose.bytes


@lru_cache(maxsize=64)
def _cipher(key: SigningKey) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_PURPOSE).derive(key.secret)
    return AESGCM(derived)
