"""The keyed chain over a journal's batches: whoever has the file and not the key writes no operation into it.

A batch that is written with the key begins with `MARK`, which no MessagePack does, then the proof of the
batch before it and its own: HMAC-SHA256 over the one before, its place and its entries. So each can be
checked alone, also behind a bad place, and another one in its place is noticed by the next.

The key is one journal's, in a file of the data directory's ``keys``, and in no backup. The file says too from
where on every batch was written with it: what is older is not checked.
"""

import hashlib
import hmac
import secrets
import struct
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.ids import JournalId
from sertantai.process.logs import logger
from sertantai.process.private_files import make_private_folder, sync_directory, write_whole

KEYS_FOLDER: Final = "keys"
SECRET_BYTES: Final = 32
PROOF_BYTES: Final = 32
NO_PROOF: Final = bytes(PROOF_BYTES)
"""What stands for the proof of a batch that has none, and before the first."""
MARK: Final = b"\xc1"
HEAD_BYTES: Final = len(MARK) + 2 * PROOF_BYTES
_PLACE: Final = struct.Struct(">qq")
_KEY_FILE: Final = struct.Struct(">32sq32s")
_HMAC_BLOCK: Final = 64
_AT_ONCE: Final = 2_047
"""`hashlib` lets go of the interpreter for more, and asks for it once more while the event loop holds it."""
_KEPT_HOLD: Final = 32 * _AT_ONCE

log = logger(__name__)

_entries = msgspec.msgpack.Decoder(list[bytes])


class JournalKey:
    """``since``: every batch from this position on was written with it."""

    def __init__(self, secret: bytes, since: int) -> None:
        self.since = since
        padded = secret.ljust(_HMAC_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def sealed(self, previous: bytes, first: int, last: int, packed: bytes) -> tuple[bytes, bytes]:
        """The body of a batch with the entries ``packed``, and its proof. ``previous``: of the one before."""
        proof = self._proof(previous, first, last, packed)
        return b"".join((MARK, previous, proof, packed)), proof

    def proves(self, first: int, last: int, body: bytes) -> bool:
        """Whether this very batch was written with it; ``first`` and ``last`` are its place."""
        if len(body) <= HEAD_BYTES or not body.startswith(MARK):
            return False
        proof = self._proof(previous_in(body), first, last, memoryview(body)[HEAD_BYTES:])
        return hmac.compare_digest(proof, proof_in(body))

    def allows(self, first: int, last: int, body: bytes) -> bool:
        """Whether it may be read: it is proved, or older than the key."""
        return first < self.since or self.proves(first, last, body)

    def _proof(self, previous: bytes, first: int, last: int, packed: "bytes | memoryview") -> bytes:
        """HMAC-SHA256 (RFC 2104), its first blocks hashed once and for all."""
        inner = self._inner.copy()
        inner.update(previous + _PLACE.pack(first, last))
        if len(packed) <= _KEPT_HOLD:
            for start in range(0, len(packed), _AT_ONCE):
                inner.update(packed[start : start + _AT_ONCE])
        else:
            inner.update(packed)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()


def previous_in(body: bytes) -> bytes:
    """The proof of the batch before one that begins with `MARK`."""
    return body[len(MARK) : len(MARK) + PROOF_BYTES]


def proof_in(body: bytes | None) -> bytes:
    """The proof of a batch, of which the first `HEAD_BYTES` are enough; `NO_PROOF` where it has none."""
    if body is None or len(body) < HEAD_BYTES or not body.startswith(MARK):
        return NO_PROOF
    return body[len(MARK) + PROOF_BYTES : HEAD_BYTES]


def packed_in(body: bytes) -> "bytes | memoryview":
    """The entries as MessagePack."""
    return memoryview(body)[HEAD_BYTES:] if body.startswith(MARK) else body


def entries_in(body: bytes) -> list[bytes]:
    """Raises `msgspec.DecodeError`."""
    return _entries.decode(packed_in(body))


def key_path(folder: Path, journal: JournalId) -> Path:
    return folder / KEYS_FOLDER / f"journal-{journal}"


def read_key(folder: Path, journal: JournalId | None) -> JournalKey | None:
    """The key of a journal that is kept in ``folder``; None where there is none, or what is there is none."""
    if journal is None:
        return None
    path = key_path(folder, journal)
    try:
        secret, since, check = _KEY_FILE.unpack(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, struct.error):
        check, secret, since = b"", b"", 0
    if check == _check(secret, since):
        return JournalKey(secret, since)
    log.warning("the key of the journal is damaged; another one takes its place", path=str(path))
    return None


def make_key(folder: Path, journal: JournalId, since: int) -> JournalKey:
    """A new one, from ``since`` on, in place of what may be there; on the disk when this returns."""
    path, secret = key_path(folder, journal), secrets.token_bytes(SECRET_BYTES)
    make_private_folder(path.parent)
    write_whole(path, _KEY_FILE.pack(secret, since, _check(secret, since)))
    sync_directory(folder)
    return JournalKey(secret, since)


def _check(secret: bytes, since: int) -> bytes:
    return hashlib.sha256(secret + since.to_bytes(8)).digest()
