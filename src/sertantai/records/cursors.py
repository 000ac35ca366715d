"""Cursors of the register's lists: where a page ended, as the values of its last row and its number."""

from typing import Any

import msgspec

from sertantai.core import cursors
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordNo
from sertantai.records.sorting import Sort

VALUE_CHARS_MAX = 2_000
"""Longer values are cut in the cursor; the record number then finds the row, as it does nearly always."""


class Cursor(msgspec.Struct, frozen=True):
    """After the row ``record_no``, which had ``values`` in the columns of ``sort``."""

    sort: str
    values: tuple[str | int | None, ...]
    record_no: int

    def encode(self, question: str = "") -> str:
        """``question``: what the list was asked for, beside its order; only there the cursor is good."""
        return cursors.encode_cursor(_kind(self.sort, question), (*self.values, self.record_no))


def cursor_after(sort: Sort, values: tuple[Any, ...], number: RecordNo) -> Cursor:
    kept = tuple(v if v is None or isinstance(v, int) else str(v)[:VALUE_CHARS_MAX] for v in values)
    return Cursor(str(sort), kept, number)


def decode_cursor(text: str | None, sort: Sort, question: str = "") -> Cursor | None:
    """The cursor a page gave, for the same question and sort. Raises `InvalidInput` for anything else."""
    if not text:
        return None
    position = cursors.decode_cursor(text, _kind(str(sort), question))
    try:
        *values, number = msgspec.convert(position, tuple[str | int | None, ...])
    except (msgspec.ValidationError, ValueError):
        raise _strange() from None
    if not isinstance(number, int) or number < 0 or len(values) != len(sort.terms):
        raise _strange()
    return Cursor(str(sort), tuple(values), number)


def _kind(sort: str, question: str) -> str:
    return f"records|{sort}|{question}"


def _strange() -> InvalidInput:
    return InvalidInput("cursor: it does not belong to this list; start at the first page.", field="cursor")
