"""What an operation costs, before it is performed: the records it names."""

from sertantai.core.bitmaps import unpack
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    DeleteGroup,
    Operation,
    RestoreGroup,
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
