"""The keys of the sealed log, below the data directory and never in a backup: the one that signs its heads,
and the secret that tells our own rows in the database from what others put there."""

import hmac
import struct
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.notes import (
    COSIGNATURE,
    ED25519,
    Head,
    Key,
    Signature,
    cosigned_text,
    signature_line,
    signed,
)
from sertantai.process.secret_file import secret_in

SIGNING_FILE: Final = "trail"
MAC_FILE: Final = "trail-mac"
KEYS_FOLDER: Final = "keys"


class HeadSigner:
    """Signs heads of one origin with Ed25519."""

    def __init__(self, origin: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed[:32])
        self.key = Key(origin, ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, head: Head) -> str:
        """The head as a signed note."""
        signature = Signature(self.key.name, self.key.hash, self._private.sign(head.text.encode()))
        return signed(head.text, [signature])


class Cosigner:
    """Signs what a witness has seen, with the time (`cosignature/v1`)."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed[:32])
        self.key = Key(name, COSIGNATURE, self._private.public_key().public_bytes_raw())

    def line(self, text: str, at: int) -> str:
        """The signature under a head's text as a line of a note. ``at``: in seconds since 1970."""
        own = struct.pack(">Q", at) + self._private.sign(cosigned_text(at, text))
        return signature_line(Signature(self.key.name, self.key.hash, own))


class RowMacs:
    """Tells what we wrote into the database from what somebody else did, until it is sealed."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, *parts: bytes | str | int | None) -> bytes:
        said = [part.hex() if isinstance(part, bytes) else part for part in parts]
        return hmac.digest(self._secret, canonical(said), "sha256")

    def is_ours(self, mac: bytes, *parts: bytes | str | int | None) -> bool:
        return hmac.compare_digest(mac, self.of(*parts))


def signer_in(data_path: Path, origin: str) -> HeadSigner:
    """Makes the key where there is none yet."""
    return HeadSigner(origin, secret_in(data_path / KEYS_FOLDER / SIGNING_FILE))


def macs_in(data_path: Path) -> RowMacs:
    return RowMacs(secret_in(data_path / KEYS_FOLDER / MAC_FILE))


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is true."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
