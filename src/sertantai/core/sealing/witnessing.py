"""C2SP's `tlog-witness`: what a log sends to a witness, and what the witness makes of it. Pure.

A witness signs that a head is the continuation of the one that it saw before. It never signs two histories of
one log, so whoever has its signature need not trust the log alone.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

import msgspec

from sertantai.core.sealing.notes import (
    COSIGNATURE,
    ED25519,
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    SIZE_END,
    Head,
    Key,
    NotANote,
    Note,
    Signature,
    Verify,
    is_signed,
    parse_head,
    parse_key,
    parse_note,
    signed,
    strict_base64,
)
from sertantai.core.sealing.tree import EMPTY_ROOT, HASH_BYTES, is_consistent

PROOF_LINES_MAX: Final = 63
REQUEST_BYTES_MAX: Final = NOTE_BYTES_MAX + 64 * 64
"""The note, and before it a size and as many lines of a proof as there may be."""
WITNESSES_MAX: Final = 16
URL_CHARACTERS_MAX: Final = 2_000
ADD_CHECKPOINT: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")
_URL: Final = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


class Witness(msgspec.Struct, frozen=True):
    """Who is asked for its signature, and where."""

    key: Key
    url: str


class Asked(msgspec.Struct, frozen=True):
    """``old``: the size of the head that the witness saw last; ``proof``: that ``note`` continues it."""

    old: int
    proof: tuple[bytes, ...]
    note: str


class Status(IntEnum):
    """As the protocol has them."""

    UNREADABLE = 400
    UNTRUE = 403
    UNKNOWN = 404
    CONFLICT = 409
    INCONSISTENT = 422


class Refused(Exception):
    """``size``: of the head that the witness knows, with `Status.CONFLICT`. ``is_another``: what was sent is
    signed by the log, and is not the history that the witness knows."""

    def __init__(
        self, status: Status, reason: str, size: int | None = None, *, is_another: bool = False
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.size = size
        self.is_another = is_another


def parse_witness(text: str) -> Witness:
    """``KEY URL``, as a setting has it. Raises `NotANote`."""
    encoded, _, url = text.strip().partition(" ")
    key = parse_key(encoded)
    if key.kind != COSIGNATURE:
        raise NotANote("the key is not one of a witness")
    url = url.strip().rstrip("/")
    if len(url) > URL_CHARACTERS_MAX or not url.isascii() or not _URL.fullmatch(url):
        raise NotANote("a witness is written KEY URL, and its URL begins with https:// or http://")
    return Witness(key, url)


def parse_witnesses(texts: Sequence[str]) -> tuple[Witness, ...]:
    """Raises `NotANote`, also for too many and for one that is named twice."""
    found = tuple(parse_witness(text) for text in texts)
    if len(found) > WITNESSES_MAX:
        raise NotANote(f"there are {len(found)} witnesses, and {WITNESSES_MAX} are the most")
    if len({one.key for one in found}) < len(found):
        raise NotANote("a witness is named twice")
    return found


def request_text(asked: Asked) -> str:
    proof = "".join(f"{base64.b64encode(one).decode()}\n" for one in asked.proof)
    return f"old {asked.old}\n{proof}\n{asked.note}"


def parse_request(data: bytes) -> Asked:
    """Raises `NotANote`."""
    if len(data) > REQUEST_BYTES_MAX:
        raise NotANote("the request is too long")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise NotANote("the request is not UTF-8") from None
    before, empty, note = text.partition("\n\n")
    if not empty:
        raise NotANote("the request has no empty line before the checkpoint")
    first, *proof = before.split("\n")
    if not first.startswith("old "):
        raise NotANote("the request does not begin with the old size")
    if len(proof) > PROOF_LINES_MAX:
        raise NotANote(f"a proof has {PROOF_LINES_MAX} lines at most")
    hashes = tuple(strict_base64(line) for line in proof)
    if any(len(one) != HASH_BYTES for one in hashes):
        raise NotANote("a line of the proof is no hash")
    return Asked(_size(first.removeprefix("old ")), hashes, note)


def continued(
    asked: Asked, keys_of: Mapping[str, Sequence[Key]], seen: Mapping[str, Head], verify: Verify
) -> Head:
    """The head that a witness may sign and has to remember. ``keys_of``: whom it believes, by origin;
    ``seen``: the last head of each. Raises `Refused`, `NotANote`."""
    note = parse_note(asked.note)
    head = parse_head(note.text)
    keys = keys_of.get(head.origin)
    if keys is None:
        raise Refused(Status.UNKNOWN, "This witness does not know the log.")
    if not any(is_signed(note, key, verify) for key in keys):
        raise Refused(Status.UNTRUE, "The checkpoint is not signed with a key of the log.")
    if asked.old > head.size:
        raise Refused(Status.UNREADABLE, "The old size is larger than the checkpoint's.")
    before = seen.get(head.origin) or Head(head.origin, 0, EMPTY_ROOT)
    if asked.old != before.size:
        raise Refused(Status.CONFLICT, "The old size is not that of the last checkpoint.", before.size)
    if head.size == before.size and head.root != before.root:
        said = "There is another checkpoint of this size."
        raise Refused(Status.CONFLICT, said, before.size, is_another=True)
    if not is_consistent(before.size, head.size, before.root, head.root, asked.proof):
        said = "The proof does not show that the log was continued."
        raise Refused(Status.INCONSISTENT, said, is_another=True)
    return head


def cosignatures_in(answer: str, text: str, key: Key, verify: Verify) -> list[Signature]:
    """Of the lines that a witness answered with, those of its key under a head's text. Lines of other keys
    are passed over; a false one of this key is none. Raises `NotANote`."""
    note = parse_note(f"{text}\n{answer}")
    its = [one for one in note.signatures if one.name == key.name and one.key_hash == key.hash]
    return [one for one in its if is_signed(Note(text, (one,)), key, verify)]


def with_cosignatures(note: str, fresh: Sequence[Signature]) -> str:
    """The head with these in the place of earlier ones by the same. At most as many as a note may have."""
    parsed = parse_note(note)
    new = {(one.name, one.key_hash) for one in fresh}
    kept = [one for one in parsed.signatures if (one.name, one.key_hash) not in new]
    return signed(parsed.text, [*kept, *fresh][:SIGNATURES_MAX])


def conflicting_size(answer: str) -> int:
    """The size that a witness knows, as it answers with `Status.CONFLICT`. Raises `NotANote`."""
    return _size(answer.removesuffix("\n"))


def parse_origin_key(text: str) -> Key:
    """The key of a log for a witness to believe. Raises `NotANote`."""
    key = parse_key(text)
    if key.kind != ED25519:
        raise NotANote("the key is not one that signs heads")
    return key


def _size(text: str) -> int:
    if not _SIZE.fullmatch(text) or int(text) >= SIZE_END:
        raise NotANote("the size is no number")
    return int(text)
