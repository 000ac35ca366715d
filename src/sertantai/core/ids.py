"""Identifiers. An operation's id also orders it in time (UUID version 7, RFC 9562)."""

import os
import time
from typing import NewType
from uuid import UUID, SafeUUID

from msgspec import ValidationError, convert

from sertantai.core.errors import InvalidInput

UserId = NewType("UserId", UUID)
"""A person: who asks and acts."""
OwnerId = NewType("OwnerId", UUID)
"""Whose lists they are. A person's id becomes one in `lists.access` only."""
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
RANDOM_IDS = 256
"""Ids for which randomness is fetched at once: each call of the system lets go of Python's lock, and a busy
thread then waits milliseconds to get it back."""

_lower_halves: list[int] = []
_NOT_STATED = SafeUUID.unknown
_set_number, _set_safety = (vars(UUID)[slot].__set__ for slot in ("int", "is_safe"))
os.register_at_fork(after_in_child=_lower_halves.clear)


def new_id() -> UUID:
    """A UUID version 7: 48 bits of Unix milliseconds, then 74 random bits."""
    # Past UUID's own initialiser, which looks at six ways to state one: each tick makes an id.
    made = UUID.__new__(UUID)
    _set_number(made, time.time_ns() // 1_000_000 << 80 | _lower_half())
    _set_safety(made, _NOT_STATED)
    return made


def _lower_half() -> int:
    while True:
        try:
            return _lower_halves.pop()
        except IndexError:
            fresh = os.urandom(10 * RANDOM_IDS)
            _lower_halves.extend(
                int.from_bytes(fresh[start : start + 10], "big") & RANDOM_BITS | VERSION_AND_VARIANT
                for start in range(0, len(fresh), 10)
            )


def parse_uuid(text: str, field: str) -> UUID:
    """The UUID that ``text`` states, or `InvalidInput` naming ``field``."""
    try:
        return _spelt_out(text) or UUID(text)
    except (ValueError, AttributeError, TypeError):
        shown = str(text)[:60]
        raise InvalidInput(f"{field}: {shown!r} is not a UUID.", field=field) from None


def _spelt_out(text: str) -> UUID | None:
    """As programs write it, read by msgspec in a third of the time: each tick names its law."""
    try:
        return convert(text, UUID)
    except ValidationError:
        return None
