"""What an operation did to one owner's state, and what every step of the fold is made of."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec
from pyroaring import BitMap

from sertantai.core.access_state import AccessState
from sertantai.core.bitmaps import EMPTY
from sertantai.core.ids import Position
from sertantai.core.operations import Amend, Annotate, Annotation, Operation
from sertantai.core.state import GroupState, OwnerState

SMALL_SET_RECORDS = 100
NO_NOTES: Mapping[int, Annotation] = {}
"""One for all changes: a default would be made anew for each of the thousands of ticks that are kept."""
replace = msgspec.structs.replace


class Outcome(StrEnum):
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    GROUP_GONE = "group_gone"
    NAME_TAKEN = "name_taken"
    CHANGED_MEANWHILE = "changed_meanwhile"
    FORBIDDEN = "forbidden"
    """Whoever asked had not, or no longer, the right to it when its turn came."""
    MEMBER_GONE = "member_gone"
    """It is about somebody, or a team, that is none of the organization."""
    SUGGESTION_GONE = "suggestion_gone"
    """It was decided or withdrawn."""
    MEMBER_BACK = "member_back"
    """Whoever is to be taken back is a member already."""
    TOO_LATE = "too_late"
    """It can no longer be undone."""
    CANNOT_ANSWER = "cannot_answer"
    """Who is to answer for laws of the list may not, or no longer, read it."""
    REASON_NEEDED = "reason_needed"
    """It would remove laws, and the organization requires that somebody says why."""
    LAST_OWNER = "last_owner"
    """Nobody would be left who can do everything."""

    __hash__ = str.__hash__  # the one of enumerations is written in Python, and every tick is counted


APPLIED = Outcome.APPLIED


class Change(msgspec.Struct, frozen=True):
    """What an operation did: what the audit records and the live channel sends.

    ``added``, ``removed`` and ``annotated`` hold only records it really changed. ``dropped`` keeps the
    annotations of removed records, and ``before`` what the annotated ones had under the keys that changed
    (None: nothing), so that an undo can bring them back. ``group`` is the list afterwards, None when there is
    none. ``access``: who may do what afterwards, where that was changed. ``was``: what the list itself said
    before under what it says otherwise now (None there: nothing); None where that was not to be changed.
    """

    position: Position
    operation: Operation
    outcome: Outcome
    group: GroupState | None
    added: BitMap = EMPTY
    removed: BitMap = EMPTY
    annotated: BitMap = EMPTY
    dropped: Mapping[int, Annotation] = {}
    before: Mapping[int, Annotation] = {}
    access: AccessState | None = None
    was: Mapping[str, Any] | None = None

    @property
    def changed(self) -> int:
        """How many records it changed."""
        return len(self.added) + len(self.removed) + len(self.annotated)

    def wished(self, number: int) -> Annotation:
        """What the operation wanted of the annotation of a record that is in ``annotated``."""
        match self.operation:
            case Annotate(changes=changes):
                return changes
            case Amend(annotate=annotate):
                return annotate[number]
        return {}  # nothing else annotates

    def without_records(self) -> "Change":
        """The same without the list's records, which would keep a whole old set of them in memory; a small
        set stays. Without all members, too."""
        if self.access is not None:
            return replace(self, access=None).without_records()
        if self.group is None or len(self.group.records) < SMALL_SET_RECORDS:
            return self
        light = replace(self.group, records=EMPTY, annotations={})
        return replace(self, group=light)


Step = Callable[[OwnerState, Position, Any], tuple[OwnerState, Change]]
"""What one kind of operation does to a state."""


def live(state: OwnerState, operation: Operation) -> GroupState | None:
    group = state.groups.get(operation.group)
    return None if group is None or group.deleted else group


def evolve(group: GroupState, position: Position, operation: Operation, **fields: Any) -> GroupState:
    return replace(group, version=position, updated_at=operation.at, **fields)
