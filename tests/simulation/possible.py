"""What of an operation cannot be done where its turn comes, whatever was acknowledged."""

from typing import Any

from sertantai.core.operations import (
    AccessOperation,
    Amend,
    Annotate,
    CreateGroup,
    DeleteGroup,
    ExportList,
    HandOver,
    Operation,
    PurgeGroup,
    RestoreGroup,
    SetGrant,
    TakeOver,
    UpdateGroup,
)
from tests.simulation.list_model import Lists, ModelList, unpacked


def could_be_done(lists: Lists, operation: Operation, *, was: ModelList | None) -> bool:
    """Where ``lists`` are as they were left by it, and its list was ``was`` before. To wish for what is so
    already is possible, too."""
    if isinstance(operation, AccessOperation) and not isinstance(operation, SetGrant | ExportList):
        return True
    match operation:
        case PurgeGroup():
            return True
        case CreateGroup() | TakeOver():
            return operation.group in lists
        case HandOver():
            return was is not None
        case UpdateGroup(name=str(name)) if was is not None and was.deleted_name is None:
            return lists[operation.group].name == name
        case DeleteGroup() | RestoreGroup():
            return was is not None
        case _:
            return was is not None and was.deleted_name is None


def notes_lacking_laws(lists: Lists, operation: Operation) -> frozenset[int]:
    """The laws beside which it would write, and which are not in the list."""
    there: dict[int, Any] = lists[operation.group].records if operation.group in lists else {}
    match operation:
        case Annotate(records=packed):
            return frozenset(unpacked(packed)) - there.keys()
        case Amend(annotate=annotate):
            return frozenset(annotate) - there.keys()
    return frozenset()
