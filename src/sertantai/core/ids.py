"""Identifiers. Where new ones come from is not known here: `process.new_ids`."""

from typing import NewType
from uuid import UUID

from msgspec import ValidationError, convert

from sertantai.core.errors import InvalidInput

UserId = NewType("UserId", UUID)
"""A person: who asks and acts."""
OwnerId = NewType("OwnerId", UUID)
"""Whose lists they are. A person's id becomes one in `lists.access` only."""
RecordId = NewType("RecordId", UUID)
GroupId = NewType("GroupId", UUID)
OperationId = NewType("OperationId", UUID)
TeamId = NewType("TeamId", UUID)
SessionId = NewType("SessionId", UUID)
JournalId = NewType("JournalId", UUID)

RecordNo = NewType("RecordNo", int)
"""The small integer beside a record's UUID; what bitmaps hold."""

Position = NewType("Position", int)
"""Where an operation stands in the journal; grows by one, starts at 1, 0 is before all."""


def parse_uuid(text: str, field: str) -> UUID:
    """The UUID that ``text`` states, or `InvalidInput` naming ``field``."""
    try:
        return uuid_of(text) or UUID(text)
    except (ValueError, AttributeError, TypeError):
        shown = str(text)[:60]
        raise InvalidInput(f"{field}: {shown!r} is not a UUID.", field=field) from None


def uuid_of(text: str) -> UUID | None:
    """None for what is none, or is not written as programs do. Read by msgspec in a third of the time: each
    tick names its law."""
    try:
        return convert(text, UUID)
    except ValidationError:
        return None
