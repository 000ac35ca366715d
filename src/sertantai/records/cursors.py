"""Keyset cursors: where a page ended, as the values of its last row.

A cursor holds no offset: rows that come, go or move between two pages neither repeat a row nor hide one that
stays behind the cursor.
"""

import base64
import binascii
from typing import Any

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordNo
from sertantai.records.sorting import Sort

CURSOR_CHARS_MAX = 16_384
VALUE_CHARS_MAX = 2_000
"""Longer values are cut in the cursor; the record number then finds the row, as it does nearly always."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """After the row ``record_no``, which had ``values`` in the columns of ``sort``."""

    sort: str
    values: tuple[str | int | None, ...]
    record_no: int

    def encode(self) -> str:
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).rstrip(b"=").decode()


def cursor_after(sort: Sort, values: tuple[Any, ...], number: RecordNo) -> Cursor:
    kept = tuple(v if v is None or isinstance(v, int) else str(v)[:VALUE_CHARS_MAX] for v in values)
    return Cursor(str(sort), kept, number)


def decode_cursor(text: str | None, sort: Sort) -> Cursor | None:
    """The cursor a page gave, for the same sort. Raises `InvalidInput` for anything else."""
    if not text:
        return None
    cursor = _decoded(text)
    if cursor is None or cursor.record_no < 0 or len(cursor.values) != len(sort.terms):
        raise InvalidInput(
            "cursor: it does not belong to this list; start at the first page.", field="cursor"
        )
    if cursor.sort != str(sort):
        raise InvalidInput(
            f"cursor: it belongs to sort={cursor.sort[:80]!r}; start at the first page.", field="cursor"
        )
    return cursor


def _decoded(text: str) -> Cursor | None:
    if len(text) > CURSOR_CHARS_MAX:
        return None
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=Cursor)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
