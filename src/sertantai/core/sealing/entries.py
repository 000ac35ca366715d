"""Entries of the sealed log: what is hashed as one leaf. Version 1.

A leaf is an operation, or the part of one that a transaction wrote: not a row, of which one decision may have
40,000, and not a batch, whose borders change when it is tried again. What an entry says is in the trail
already, so entries of changes are kept nowhere: they are worked out when they are sealed, from memory, and
when they are checked, from PostgreSQL's rows.

Times are microseconds since 1970 in UTC, hashes are lower-case hex, and keys stand in the order of their
letters.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.tree import ZERO, leaf_hash, root_of

VERSION: Final = 1
ROWS_SHOWN_MAX: Final = 16
"""What has more of them says their number and the root of a tree over them: one can then be shown alone."""
CHANGE: Final = "change"
OF_THE_LIST: Final = 0
"""The number in place of a law's, where the list itself (or the organization) changed."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode


class Link(msgspec.Struct, frozen=True, array_like=True):
    """Which entry of its history this is, from 1, and the hash of the one before (zeros before the first)."""

    number: int
    previous: str


BEFORE_ALL: Final = Link(0, ZERO.hex())


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One effective change of one law in a list. ``content``: the commitment to what people wrote with it."""

    action: str
    record: int
    name: str
    content: str | None


class RowsRoot(msgspec.Struct, frozen=True):
    """Many rows: how many, and the root of the tree over them in the order of their laws' numbers."""

    n: int
    root: str


class ChangeEntry(msgspec.Struct, frozen=True):
    """``chain``: in the history of the list, and in the owner's whole history. ``count``: laws in the list
    afterwards; None where it is about no list, or ends it. ``named`` and ``origin`` are commitments."""

    at: int
    by: UUID
    chain: tuple[Link | None, Link]
    count: int | None
    journal: UUID
    kind: str
    list: UUID | None
    named: str | None
    op: UUID
    origin: str | None
    owner: UUID
    part: int
    pos: int
    rows: Sequence[Row] | RowsRoot
    source: str
    undoes: str | None
    v: int


class NoticeEntry(msgspec.Struct, frozen=True):
    """Whatever else the log tells, see `notices`. ``number`` and ``previous`` chain notices to each other."""

    at: int
    body: dict[str, Any]
    by: UUID | None
    id: UUID
    kind: str
    number: int
    previous: str
    subject: UUID | None
    v: int


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def time_of(at: int) -> datetime:
    return _EPOCH + at * _MICROSECOND


def in_order(rows: Sequence[Row]) -> list[Row]:
    """As they are sealed, in whatever order they come."""
    if len(rows) == 1:
        return [rows[0]]
    return sorted(rows, key=lambda row: (row.record, row.action, row.name, row.content or ""))


def rows_of(rows: Sequence[Row]) -> Sequence[Row] | RowsRoot:
    """As they stand in an entry: few themselves, of many the root."""
    ordered = in_order(rows)
    if len(ordered) <= ROWS_SHOWN_MAX:
        return ordered
    return RowsRoot(len(ordered), root_of([leaf_hash(_encode(row)) for row in ordered]).hex())


def row_bytes(row: Row) -> bytes:
    """The leaf of a row in the tree of `RowsRoot`."""
    return _encode(row)


def change_bytes(entry: ChangeEntry) -> bytes:
    """Canonical: its fields are declared in the order of their names and hold what `canonical` takes."""
    return _encode(entry)


def notice_bytes(entry: NoticeEntry) -> bytes:
    """Canonical. Raises `ValueError` where the body says what has no canonical form."""
    return canonical(msgspec.to_builtins(msgspec.structs.replace(entry, body={})) | {"body": entry.body})
