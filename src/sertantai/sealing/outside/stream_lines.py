"""The lines of the stream: an entry each, with its place, its hash and the hash of the one before, signed."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from sertantai.core.sealing.tree import HASH_BYTES, ZERO, leaf_hash
from sertantai.sealing.files import NOTICE
from sertantai.sealing.keys import HeadSigner

VERSION: Final = 1
FIRST_LINE: Final = b"sertantai-stream/v1\n"
"""Of what is signed, before the line: no head begins with it, as that has the log's name there."""
LINES_AT_ONCE: Final = 500
BYTES_AT_ONCE_MAX: Final = 1_000_000
"""Beyond one line, which a notice may fill."""

Place = tuple[int, int]


class Line(msgspec.Struct, frozen=True):
    """In the order of the alphabet. ``entry``: as it was sealed, None where it is not kept any more (its hash
    is); ``head``: the newest, in words; ``key``: name and hash of the one that signs; ``previous``: the leaf
    before. ``number`` counts from 0."""

    entry: msgspec.Raw | None
    head: str
    key: str
    leaf: str
    number: int
    previous: str
    v: int = VERSION


class Signed(msgspec.Struct, frozen=True):
    """The same with the signature."""

    entry: msgspec.Raw | None
    head: str
    key: str
    leaf: str
    number: int
    previous: str
    signature: str
    v: int = VERSION


class Piece(NamedTuple):
    """Some of the log from ``begin`` on: hashes with the one before them, places, and notices in their
    order."""

    begin: int
    hashes: bytes
    places: Sequence[Place]
    notices: Sequence[bytes]


class Lines(NamedTuple):
    """``entries`` of them, among which are so many ``notices``."""

    body: bytes
    entries: int
    notices: int


_encode: Final = msgspec.json.Encoder().encode


def lines_of(piece: Piece, entries: Mapping[Place, bytes], head: str, signer: HeadSigner) -> Lines:
    """As many as fit. What is not what its leaf is of is left out, as what is not kept any more."""
    key = "+".join(str(signer.key).split("+")[:2])
    body, told = bytearray(), iter(piece.notices)
    previous, hashes = piece.hashes[:HASH_BYTES] or ZERO, piece.hashes[HASH_BYTES:]
    count = notices = 0
    for at, place in enumerate(piece.places):
        leaf = hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]
        found = next(told, None) if place[1] == NOTICE else entries.get(place)
        entry = msgspec.Raw(found) if found is not None and leaf_hash(found) == leaf else None
        line = Line(entry, head, key, leaf.hex(), piece.begin + at, previous.hex())
        made = _signed(line, signer)
        if body and len(body) + len(made) > BYTES_AT_ONCE_MAX:
            break
        body += made
        count, notices, previous = count + 1, notices + (place[1] == NOTICE), leaf
    return Lines(bytes(body), count, notices)


def _signed(line: Line, signer: HeadSigner) -> bytes:
    signature = base64.b64encode(signer.sign_bytes(FIRST_LINE + _encode(line))).decode()
    return (
        _encode(Signed(line.entry, line.head, line.key, line.leaf, line.number, line.previous, signature))
        + b"\n"
    )
