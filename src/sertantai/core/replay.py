"""Many operations at once, as a recovery meets them: the fold's own result, for a fraction of its time.

Only the state afterwards is wanted here, so the ticks of a person that follow one another change one set in
place instead of making a state and a change each. Everything else goes through the fold, also the ticks in an
organization: each is asked whether it may be.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pyroaring import BitMap

from sertantai.core.fold import fold
from sertantai.core.ids import Position
from sertantai.core.notes import without_notes
from sertantai.core.operations import Deselect, Operation, Select
from sertantai.core.state import GroupState, OwnerState


def replay(
    state: OwnerState, entries: Iterable[tuple[Position, Operation]]
) -> tuple[OwnerState, list[Position]]:
    """One owner's state after ``entries``, and the positions of those that cannot be read.

    An unreadable one changes nothing: the synchroniser sets it aside, and must not be stopped by it, nor a
    start.
    """
    ticked: dict[int, _Ticked] = {}
    unreadable: list[Position] = []
    for position, operation in entries:
        if state.access is None and isinstance(operation, Select | Deselect):
            _tick(state, ticked, position, operation)
            continue
        state = _settled(state, ticked)
        try:
            state, _ = fold(state, position, operation)
        except ValueError:
            unreadable.append(position)
    return _settled(state, ticked), unreadable


class _Ticked:
    """One list while its ticks are taken in."""

    __slots__ = ("at", "dropped", "group", "records", "version")

    def __init__(self, group: GroupState) -> None:
        self.group = group
        self.records = BitMap(group.records)
        self.dropped = BitMap()
        self.version = group.version
        self.at: datetime = group.updated_at


def _tick(
    state: OwnerState, ticked: dict[int, _Ticked], position: Position, operation: Select | Deselect
) -> None:
    list_ = ticked.get(operation.group.int)
    if list_ is None:
        group = state.groups.get(operation.group)
        if group is None or group.deleted:
            return
        list_ = ticked[operation.group.int] = _Ticked(group)
    record = operation.record
    if (record in list_.records) is (type(operation) is Select):
        return
    if type(operation) is Select:
        list_.records.add(record)
    else:
        list_.records.remove(record)
        if record in list_.group.annotations:
            list_.dropped.add(record)
    list_.version = position
    list_.at = operation.at


def _settled(state: OwnerState, ticked: dict[int, _Ticked]) -> OwnerState:
    for list_ in ticked.values():
        state = state.with_group(
            msgspec.structs.replace(
                list_.group,
                version=list_.version,
                updated_at=list_.at,
                records=list_.records,
                annotations=without_notes(list_.group.annotations, list_.dropped),
            )
        )
    ticked.clear()
    return state
