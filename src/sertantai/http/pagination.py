"""Lists in pages: opaque cursors that state where the last page ended, and the size of a page."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

import msgspec

from sertantai.core.errors import InvalidInput

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 500
CURSOR_MAX_CHARS: Final = 16_384
_KIND_BYTES: Final = 6

Item = TypeVar("Item")
Key = str | int | float | bool | None
"""One value of a keyset position: what the last row shown was sorted by."""


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """The shape of every list: ``next_cursor`` is null on the last page."""

    items: Sequence[Item]
    next_cursor: str | None


def encode_cursor(kind: str, position: Sequence[Key]) -> str:
    """An opaque cursor. ``kind`` names the question (list, filter, sort); it only fits the same one."""
    packed = msgspec.msgpack.encode((_mark(kind), tuple(position)))
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def decode_cursor(text: str, kind: str, *, field: str = "cursor") -> tuple[Key, ...]:
    """The position that `encode_cursor` was given; raises `InvalidInput` for anything else."""
    if len(text) > CURSOR_MAX_CHARS:
        raise InvalidInput(f"{field}: it is longer than any that this server issues.", field=field)
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        mark, position = msgspec.msgpack.decode(packed, type=tuple[bytes, tuple[Key, ...]])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise InvalidInput(f"{field}: it is not one that this server issued.", field=field) from None
    if mark != _mark(kind):
        raise InvalidInput(
            f"{field}: it belongs to a list with another filter or order. Start again without it.",
            field=field,
        )
    return position


def _mark(kind: str) -> bytes:
    return hashlib.blake2b(kind.encode(), digest_size=_KIND_BYTES).digest()


def parse_limit(text: str | int | None, *, field: str = "limit") -> int:
    """How many items a page holds: 1 to 500, 50 where nothing is said."""
    if text is None or text == "":
        return LIMIT_DEFAULT
    try:
        limit = int(text)
    except ValueError:
        limit = 0
    if not 1 <= limit <= LIMIT_MAX:
        raise InvalidInput(
            f"{field}: {str(text)[:20]!r} is not a whole number from 1 to {LIMIT_MAX}.", field=field
        )
    return limit
