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


RANDOM_BITS = 0x0FFF_3FFF_FFFF_FFFF_FFFF
VERSION_AND_VARIANT = 0x7000_8000_0000_0000_0000


def new_id() -> UUID:
    """A UUID version 7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=milliseconds << 80 | random & RANDOM_BITS | VERSION_AND_VARIANT)


def parse_uuid(text: str, field: str) -> UUID:
    """The UUID that ``text`` states, or `InvalidInput` naming ``field``."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        shown = str(text)[:60]
        raise InvalidInput(f"{field}: {shown!r} is not a UUID.", field=field) from None
