"""Whether an organization wants to be told why laws are removed, and whether it is.

Asked by the fold, so that it holds for whatever waited somewhere until it came here.
"""

from typing import Final

from pyroaring import BitMap

from sertantai.core.access_state import AccessState
from sertantai.core.bitmaps import EMPTY, unpack
from sertantai.core.operations import (
    Amend,
    BulkDeselect,
    ClearAll,
    Decide,
    DeleteGroup,
    Deselect,
    Operation,
    reason_of,
)
from sertantai.core.state import GroupState, OwnerState

REMOVAL_REASONS: Final = "removal_reasons"
"""The setting of an organization."""
NEVER: Final = "never"
ASK: Final = "ask"
REQUIRE: Final = "require"
BY_THE_FILTER: Final = "filter"
"""The source of what a list's filter did: the filter is the reason."""


def removal_reasons(access: AccessState | None) -> str:
    """What is to be done where somebody removes a law; of one's own lists nothing is asked."""
    return NEVER if access is None else str(access.settings.get(REMOVAL_REASONS) or NEVER)


def lacks_reason(state: OwnerState, operation: Operation) -> bool:
    """Whether it would remove laws without a reason where the organization requires one. An undo says what it
    takes back, and a filter what a list is to hold; what the organization does by itself asks nobody."""
    if removal_reasons(state.access) != REQUIRE or reason_of(operation):
        return False
    group = state.groups.get(operation.group)
    if group is None or operation.origin.actor == state.owner:
        return False
    return not _removed_by(operation, group).isdisjoint(group.records)


def _removed_by(operation: Operation, group: GroupState) -> BitMap:
    match operation:
        case Deselect(record=record):
            return BitMap((record,))
        case BulkDeselect(records=records):
            return unpack(records)
        case ClearAll() | DeleteGroup():
            return group.records
        case Amend(undoes=None, remove=remove, add=add) if operation.origin.source != BY_THE_FILTER:
            return unpack(remove) - unpack(add)
        case Decide(accepted=True, suggestion=id, records=records) if id in group.suggestions:
            return unpack(group.suggestions[id].remove) & unpack(records)
        case _:
            return EMPTY
