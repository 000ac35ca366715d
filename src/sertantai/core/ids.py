"""Identifiers. An operation's id also orders it in time (UUID version 7, RFC 9562)."""

import os
import time
from typing import NewType
from uuid import UUID

from sertantai.core.errors import InvalidInput

UserId = NewType("UserId", UUID)
RecordId = NewType("RecordId", UUID)
GroupId = NewType("GroupId", UUID)
OperationId = NewType("OperationId", UUID)
SessionId = NewType("SessionId", UUID)
JournalId = NewType("JournalId", UUID)

RecordNo = NewType("RecordNo", int)
"""The small integer beside a record's UUID; what bitmaps hold."""

Position = NewType("Position", int)
"""Where an operation stands in the journal; grows by one, starts at 1, 0 is before all."""


def new_id() -> UUID:
    """A UUID version 7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (random >> 68) << 64
    value |= 0b10 << 62 | (random & 0x3FFF_FFFF_FFFF_FFFF)
    return UUID(int=value)


def parse_uuid(text: str, field: str) -> UUID:
    """The UUID that ``text`` states, or `InvalidInput` naming ``field``."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        shown = str(text)[:60]
        raise InvalidInput(f"{field}: {shown!r} is not a UUID.", field=field) from None
