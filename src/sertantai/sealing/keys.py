"""The keys of the sealed log, below the data directory and never in a backup: the one that signs its heads,
and the secret that tells our own rows in the database from what others put there."""

import base64
import hmac
import struct
import time
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
from sertantai.core.sealing.recovery import recovery_name, vouched_text
from sertantai.process.private_files import sync_directory
from sertantai.process.secret_file import secret_in
from sertantai.process.summed_files import FileDamaged, read_summed, write_summed

SIGNING_FILE: Final = "trail"
MAC_FILE: Final = "trail-mac"
NEXT_FILE: Final = "trail-next"
BEFORE_FILE: Final = "trail-before"
REACHED_FILE: Final = "trail-reached"
"""The newest head that was signed, see `reached`."""
RULES_FILE: Final = "database-rules"
"""Hashes of what guards the trail in the database, see `audit.guarding.database_rules`."""
KEYS_FOLDER: Final = "keys"
SEED_BYTES: Final = 32
UNTIL: Final = struct.Struct(">Q")
WITHOUT_BEFORE: Final = "Remove it: the key before then signs no more, which is needed for some days only."
BOTH_SIGN_DAYS: Final = 30
"""After a key was followed by another: whoever has the old one has so long to hear of the new one."""


class _OneKey:
    def __init__(self, origin: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed[:SEED_BYTES])
        self.key = Key(origin, ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, head: Head) -> Signature:
        return Signature(self.key.name, self.key.hash, self.sign_bytes(head.text.encode()))

    def sign_bytes(self, message: bytes) -> bytes:
        return self._private.sign(message)


class HeadSigner:
    """Signs heads of one origin with Ed25519. ``before``: the key that this one follows, and until when it
    signs too, in seconds since 1970."""

    def __init__(self, origin: str, seed: bytes, before: tuple[bytes, int] | None = None) -> None:
        self._now = _OneKey(origin, seed)
        self._before = None if before is None else (_OneKey(origin, before[0]), before[1])
        self.key = self._now.key

    def sign_bytes(self, message: bytes) -> bytes:
        """The signature of something that is no head, and cannot be taken for one: it says at its beginning
        what it is."""
        return self._now.sign_bytes(message)

    def sign(self, head: Head) -> str:
        """The head as a signed note."""
        signers = [self._now]
        if self._before is not None and time.time() < self._before[1]:
            signers.append(self._before[0])
        return signed(head.text, [one.sign(head) for one in signers])


class RecoveryKey:
    """Signs that a key is the next one of a log. Its seed is on paper, and nowhere else."""

    def __init__(self, origin: str, seed: bytes) -> None:
        self._one = _OneKey(recovery_name(origin), seed)
        self.key = self._one.key

    def vouch(self, key: Key) -> str:
        """The signature, as a notice tells it."""
        return base64.b64encode(self._one.sign_bytes(vouched_text(str(key)))).decode()


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

    def plain(self, message: bytes) -> bytes:
        """Of what can be read in one way only."""
        return hmac.digest(self._secret, message, "sha256")

    def is_ours(self, mac: bytes, *parts: bytes | str | int | None) -> bool:
        return hmac.compare_digest(mac, self.of(*parts))


def signer_in(data_path: Path, origin: str) -> HeadSigner:
    """Makes the key where there is none yet. Raises `FileDamaged`."""
    keys = data_path / KEYS_FOLDER
    return HeadSigner(origin, secret_in(keys / SIGNING_FILE), key_before(data_path))


def key_before(data_path: Path) -> tuple[bytes, int] | None:
    """The seed of the key before, and until when it signs, too; None: there is none. Raises `FileDamaged`."""
    path = data_path / KEYS_FOLDER / BEFORE_FILE
    if not path.exists():
        return None
    kept = read_summed(path, WITHOUT_BEFORE)
    if len(kept) != SEED_BYTES + UNTIL.size:
        raise FileDamaged(path, "is not a key", WITHOUT_BEFORE)
    return kept[:SEED_BYTES], UNTIL.unpack(kept[SEED_BYTES:])[0]


def next_key(data_path: Path, origin: str) -> Key | None:
    """That of the next signer, which the log has to tell of before it signs. None: there is none."""
    path = data_path / KEYS_FOLDER / NEXT_FILE
    return HeadSigner(origin, secret_in(path)).key if path.exists() else None


def make_next_key(data_path: Path, origin: str) -> Key:
    """The same one when it was made already and does not sign yet."""
    return HeadSigner(origin, secret_in(data_path / KEYS_FOLDER / NEXT_FILE)).key


def forget_key_before(data_path: Path) -> None:
    """In a log that begins, nobody knows the one before."""
    (data_path / KEYS_FOLDER / BEFORE_FILE).unlink(missing_ok=True)


def follow(data_path: Path, origin: str, *, both_sign: bool = True) -> HeadSigner:
    """From now on the next key signs, and the one before for so many days too; not where ``both_sign`` is
    false, as somebody else may have it."""
    keys = data_path / KEYS_FOLDER
    seed = secret_in(keys / SIGNING_FILE)[:SEED_BYTES]
    if both_sign:
        write_summed(keys / BEFORE_FILE, seed + UNTIL.pack(int(time.time()) + BOTH_SIGN_DAYS * 86_400))
    else:
        forget_key_before(data_path)
    (keys / NEXT_FILE).replace(keys / SIGNING_FILE)
    sync_directory(keys)
    return signer_in(data_path, origin)


def macs_in(data_path: Path) -> RowMacs:
    return RowMacs(secret_in(data_path / KEYS_FOLDER / MAC_FILE))


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is true."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
