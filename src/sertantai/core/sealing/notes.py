"""Heads of the log as C2SP writes them: `tlog-checkpoint` in a `signed-note`, with Ed25519 (type 01) and
cosignatures of witnesses (`tlog-cosignature`, type 04).

A note is text, an empty line, and signatures, each with the first four bytes of its key's hash. A key is told
as ``NAME+HASH+BASE64``, as golang.org/x/mod/sumdb/note has it.
"""

import base64
import binascii
import re
import struct
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from sertantai.core.sealing.tree import HASH_BYTES

ED25519: Final = 1
COSIGNATURE: Final = 4
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
SIZE_END: Final = 1 << 63
TIME_END: Final = 1 << 63
NOTE_BYTES_MAX: Final = 1 << 17
"""Sixteen signatures that no quantum computer forges, which each reader has to take, are 107,000."""
SIGNATURES_MAX: Final = 64
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")
_SIGNED_BY: Final = "\N{EM DASH} "

Verify = Callable[[bytes, bytes, bytes], bool]
"""``(public_key, signature, message)``."""


class NotANote(ValueError):
    """What was read is no signed note, or no head in one; the message says why."""


class Key(msgspec.Struct, frozen=True):
    """A public key and whose it is."""

    name: str
    kind: int
    public: bytes

    @property
    def hash(self) -> bytes:
        return key_hash(self.name, self.kind, self.public)

    def __str__(self) -> str:
        shown = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.hash.hex()}+{shown}"


class Signature(msgspec.Struct, frozen=True):
    """``signature`` without the key's hash."""

    name: str
    key_hash: bytes
    signature: bytes


class Head(msgspec.Struct, frozen=True):
    """How large the log was, and the root of its tree then."""

    origin: str
    size: int
    root: bytes
    extra: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), root, *self.extra))


HEAD_SAID: Final = "Newest head of the sealed log: "
"""What stands before it where it is the last line of something."""


def head_in_words(head: Head | None) -> str:
    """Such as ``example.org/trail/1 20852163 CsUYapGGPo4d…=``: whose log, how large, its root. Empty: nothing
    is sealed."""
    return "" if head is None else f"{head.origin} {head.size} {base64.b64encode(head.root).decode()}"


class Note(msgspec.Struct, frozen=True):
    text: str
    signatures: tuple[Signature, ...]


def key_hash(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def parse_key(text: str) -> Key:
    """Raises `NotANote` where ``text`` is no verifier key, or its hash is another key's."""
    name, _, rest = text.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    if not is_name(name) or len(stated) != 8:
        raise NotANote("a key is written NAME+HASH+BASE64")
    data = strict_base64(encoded)
    if len(data) != 1 + KEY_BYTES or data[0] not in (ED25519, COSIGNATURE):
        raise NotANote("the key is of an unknown kind")
    key = Key(name, data[0], data[1:])
    if key.hash.hex() != stated:
        raise NotANote("the key is damaged: its hash is another one's")
    return key


def signed(text: str, signatures: Sequence[Signature]) -> str:
    """The note as it is kept."""
    return f"{text}\n{''.join(map(signature_line, signatures))}"


def signature_line(one: Signature) -> str:
    return f"{_SIGNED_BY}{one.name} {base64.b64encode(one.key_hash + one.signature).decode()}\n"


def parse_note(data: str) -> Note:
    if len(data.encode()) > NOTE_BYTES_MAX:
        raise NotANote("the note is too long")
    if any(character < " " and character != "\n" for character in data):
        raise NotANote("the note has control characters")
    at = data.rfind("\n\n")
    if at < 0 or not data.endswith("\n"):
        raise NotANote("the note has no signatures")
    lines = data[at + 2 :].split("\n")[:-1]
    if not 0 < len(lines) <= SIGNATURES_MAX:
        raise NotANote("the note has no signatures, or too many")
    return Note(data[: at + 1], tuple(_signature(line) for line in lines))


def parse_head(text: str) -> Head:
    """The text of a note as a head. Raises `NotANote`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NotANote("a head has an origin, a size and a root")
    origin, size, root, *extra = lines[:-1]
    if not _SIZE.fullmatch(size) or int(size) >= SIZE_END:
        raise NotANote("the head's size is no number")
    decoded = strict_base64(root)
    if len(decoded) != HASH_BYTES:
        raise NotANote("the head's root is no hash")
    return Head(origin, int(size), decoded, tuple(extra))


def is_signed(note: Note, key: Key, verify: Verify) -> bool:
    """Whether it has a signature of this key, and each that claims to be of it is true."""
    its = [one for one in note.signatures if one.name == key.name and one.key_hash == key.hash]
    return bool(its) and all(_is_true(one, key, note.text, verify) for one in its)


def _is_true(one: Signature, key: Key, text: str, verify: Verify) -> bool:
    if key.kind == COSIGNATURE:
        time = cosigned_at(one)
        return time is not None and verify(key.public, one.signature[8:], cosigned_text(time, text))
    return len(one.signature) == SIGNATURE_BYTES and verify(key.public, one.signature, text.encode())


def cosigned_text(time: int, text: str) -> bytes:
    """What a witness signs: when it saw the head, and the head."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosigned_at(one: Signature) -> int | None:
    """When a witness saw the head, in seconds since 1970; None: it is no cosignature."""
    if len(one.signature) != 8 + SIGNATURE_BYTES:
        return None
    time: int = struct.unpack(">Q", one.signature[:8])[0]
    return time if time < TIME_END else None


def strict_base64(text: str) -> bytes:
    """The one text of these bytes: spare bits set in the last letter are refused, they are another text."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotANote("it is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise NotANote("it is not base64 as it is written")
    return data


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_SIGNED_BY).partition(" ")
    if not line.startswith(_SIGNED_BY) or not is_name(name):
        raise NotANote("a line of the signatures is none")
    data = strict_base64(encoded)
    if len(data) < 5:
        raise NotANote("a signature is too short")
    return Signature(name, data[:4], data[4:])


def is_name(name: str) -> bool:
    """Of a log, or of whoever signs."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)
