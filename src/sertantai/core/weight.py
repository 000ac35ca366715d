"""What an operation costs, before it is performed: the records it names, and the bytes that are written."""

from sertantai.core.bitmaps import unpack
from sertantai.core.notes import notes_bytes, settings_bytes, text_bytes
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CreateGroup,
    DeleteGroup,
    Operation,
    RestoreGroup,
    UpdateGroup,
)
from sertantai.core.state import OwnerState


def records_named(operation: Operation, state: OwnerState) -> int:
    """How many records a bulk operation names, or holds where it names a whole list; 0 for others."""
    match operation:
        case BulkSelect() | BulkDeselect() | Annotate() | RestoreGroup():
            return len(unpack(operation.records))
        case Amend():
            return len(unpack(operation.add)) + len(unpack(operation.remove)) + len(operation.annotate)
        case ClearAll() | DeleteGroup():
            group = state.groups.get(operation.group)
            return 0 if group is None else group.count
        case _:
            return 0


def text_in(operation: Operation) -> int:
    """The bytes of what people wrote that an operation carries, as it stands in memory."""
    match operation:
        case Amend():
            return notes_bytes(operation.annotations) + notes_bytes(operation.annotate)
        case RestoreGroup():
            return notes_bytes(operation.annotations)
        case Annotate():
            return text_bytes(operation.changes)
        case CreateGroup() | UpdateGroup():
            return text_bytes(operation.description) + settings_bytes(operation.metadata)
        case _:
            return 0
