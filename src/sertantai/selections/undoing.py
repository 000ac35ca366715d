"""Undo by compensation: an operation is never taken back, a new one is made that reverses its effect.

Later changes of other records stay. What an operation changed is known from memory for the last changes of
an owner, else from the audit.
"""

from collections.abc import Iterable

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, UserId
from sertantai.core.operations import Amend, Annotation
from sertantai.core.state import GroupState
from sertantai.selections.engine import Engine
from sertantai.selections.errors import NothingToUndo
from sertantai.selections.hot_tier import HotOwner
from sertantai.selections.sync_patience import sync_patience_s

RECENT_OPERATIONS_MAX = 200


class Undoable(msgspec.Struct, frozen=True):
    """What an operation did to a list: records it added, and removed with their annotations."""

    operation: OperationId
    group: GroupId
    added: BitMap
    removed: BitMap
    dropped: dict[int, Annotation]


def newest_effective(
    operations: Iterable[tuple[OperationId, OperationId | None]],
) -> OperationId | None:
    """The first of ``operations`` (newest first, each with what it undoes) that is still in effect.

    Undos themselves do not count; what an undo undid does not count unless that undo was undone (a redo).
    """
    undone: set[OperationId] = set()
    for operation, undoes in operations:
        if operation in undone:
            continue
        if undoes is None:
            return operation
        undone.add(undoes)
    return None


async def find_undoable(
    engine: Engine, hot: HotOwner, group: GroupState, operation: OperationId | None
) -> Undoable:
    """What to undo in ``group``: ``operation``, or the newest that is still in effect.

    Raises `NothingToUndo` when there is none, or when it changed nothing.
    """
    if operation is None:
        operation = await _newest(engine, hot, group)
    change = hot.find(operation)
    if change is not None:
        return _of_change(change)
    await engine.reached(hot.last, sync_patience_s(engine))
    effect = await engine.store.effect_of(hot.state.owner, operation)
    if effect is None:
        raise NothingToUndo("This operation changed nothing, or it is not one of yours.")
    dropped: dict[int, Annotation] = {int(number): note for number, note in effect.removed.items() if note}
    return Undoable(operation, effect.group, bitmap(effect.added), bitmap(effect.removed), dropped)


async def _newest(engine: Engine, hot: HotOwner, group: GroupState) -> OperationId:
    recent = [change for change in reversed(hot.recent.values()) if _counts(change, group.id)]
    found = newest_effective((c.operation.id, _undoes(c)) for c in recent)
    if found is None:
        await engine.reached(hot.last, sync_patience_s(engine))
        owner: UserId = hot.state.owner
        found = newest_effective(await engine.store.recent_operations(owner, group.id, RECENT_OPERATIONS_MAX))
    if found is None:
        raise NothingToUndo("There is nothing to undo in this list.")
    return found


def _counts(change: Change, group: GroupId) -> bool:
    same = change.group is not None and change.group.id == group
    return same and bool(change.added or change.removed)


def _undoes(change: Change) -> OperationId | None:
    return change.operation.undoes if isinstance(change.operation, Amend) else None


def _of_change(change: Change) -> Undoable:
    if change.group is None or not (change.added or change.removed):
        raise NothingToUndo("This operation changed no records.")
    return Undoable(change.operation.id, change.group.id, change.added, change.removed, dict(change.dropped))


def compensation(undoable: Undoable, group: GroupState) -> tuple[bytes, bytes]:
    """The packed sets to add and to remove so that ``group`` is as if the operation had not been."""
    add = undoable.removed - group.records
    remove = undoable.added & group.records
    return pack(add), pack(remove)
