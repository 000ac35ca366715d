"""What every step of what is done to an organization ends with."""

from typing import Any

from sertantai.core.access_state import AccessState
from sertantai.core.changes import APPLIED, Change, Outcome, replace
from sertantai.core.ids import Position
from sertantai.core.operations import AccessOperation
from sertantai.core.state import OwnerState

Stepped = tuple[OwnerState, Change]


def access_of(state: OwnerState) -> AccessState:
    assert state.access is not None, "`may_be_done` refuses what is done to a person as to an organization"
    return state.access


def now_with(state: OwnerState, position: Position, operation: AccessOperation, **fields: Any) -> Stepped:
    return now(state, position, operation, replace(access_of(state), **fields))


def now(state: OwnerState, position: Position, operation: AccessOperation, access: AccessState) -> Stepped:
    group = state.groups.get(operation.group)
    return state.with_access(access), Change(position, operation, APPLIED, group, access=access)


def refused(state: OwnerState, position: Position, operation: AccessOperation, outcome: Outcome) -> Stepped:
    return state, Change(position, operation, outcome, state.groups.get(operation.group))
