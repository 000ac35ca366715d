"""Where a page of a list ended, as an opaque text: the values that its last row was sorted by.

A cursor holds no offset: rows that come, go or move between two pages neither repeat a row nor hide one that
stays behind the cursor. It names the question that it belongs to (which list, filter and sort), and fits no
other.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from sertantai.core.errors import InvalidInput

LIMIT_MAX: Final = 500
"""What a page holds at most."""
CURSOR_CHARS_MAX: Final = 16_384
_KIND_BYTES: Final = 6

Key = str | int | float | bool | None
"""One value of a keyset position: what the last row shown was sorted by."""


def encode_cursor(kind: str, position: Sequence[Key]) -> str:
    """An opaque cursor. ``kind`` names the question (list, filter, sort); it only fits the same one."""
    packed = msgspec.msgpack.encode((_mark(kind), tuple(position)))
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def decode_cursor(text: str, kind: str, *, field: str = "cursor") -> tuple[Key, ...]:
    """The position that `encode_cursor` was given; raises `InvalidInput` for anything else."""
    if len(text) > CURSOR_CHARS_MAX:
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
