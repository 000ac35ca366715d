"""Undo by compensation: an operation is never taken back, a new one is made that reverses its effect.

Later changes stay, of other records as of the same note. What an operation changed is known from memory for
the last changes of an owner, else from the audit.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.audit.effects import Effects
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.effects import Edit, Effect
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, UserId
from sertantai.core.notes import SIGNATURES, Notes, notes_bytes
from sertantai.core.operations import MOVING_KINDS, Amend, Annotation, Origin, undone_by
from sertantai.core.state import GroupState
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.large_operations import beside
from sertantai.engine.repeats import Done, Repeats
from sertantai.lists.access import Lists
from sertantai.lists.done_before import effect_before
from sertantai.lists.errors import NothingToUndo

FIRST_LOOK_OPERATIONS = 200
"""The last operations of a list, of which one is mostly it."""
LOOK_OPERATIONS_MAX = 5_000
"""Walked in one question, where others were busy, or much was undone."""
PASSED_OVER_MAX = 50
"""Changes that are passed over because nothing of what they did is left to be undone."""
LOOKED_AT_OPERATIONS_MAX = 100_000
"""How far back in a list an actor's own newest change is looked for in all."""
NOT_FOUND = "This change had no effect, or is not one of yours."
"""Said of another list's too: nobody learns what there is elsewhere."""
MOVING = "merge"
"""The source of operations between lists."""


class Undoable(msgspec.Struct, frozen=True):
    """What an operation did to a list: records it added, removed with their annotations, and annotated.
    ``actor`` did it; None: the trail does not say."""

    operation: OperationId
    group: GroupId
    added: BitMap
    removed: BitMap
    dropped: Mapping[int, Annotation]
    annotated: Mapping[int, Edit]
    actor: UserId | None = None


def newest_effective(
    operations: Iterable[tuple[OperationId, OperationId | None]], undone: set[OperationId]
) -> OperationId | None:
    """The first of ``operations`` (newest first, each with what it undoes) that is still in effect.

    Undos themselves do not count; what an undo undid does not count unless that undo was undone (a redo).
    ``undone`` has what newer ones have undone, and goes on with older ones.
    """
    for operation, undoes in operations:
        if operation in undone:
            continue
        if undoes is None:
            return operation
        undone.add(undoes)
    return None


def other_half(operation: OperationId) -> OperationId:
    """The id of the operation that a move is made of together with ``operation``, where it is half of one:
    laws are put into one list, and taken out of another. The halves' ids differ in their last bit."""
    return OperationId(UUID(int=operation.int ^ 1))


async def find_other_half(
    effects: Effects, hot: HotOwner, operation: OperationId, group: GroupId
) -> Undoable | None:
    """What the other half of a move did of which ``operation``, in ``group``, is one; None where it is no
    move, or its other half did nothing."""
    known = hot.find(operation, group)
    if known is not None and known.operation.origin.source != MOVING:
        return None
    try:
        found = await _what_was_done(effects, hot, other_half(operation))
    except NothingToUndo:
        return None
    return found if found.group != group else None


class Begun(NamedTuple):
    """What was done of an undo that was sent before: of the list that it names, and of the other half of a
    move, where the process may have ended between both."""

    asked: Done | None
    other: Done | None

    @property
    def undoes(self) -> OperationId | None:
        """What it takes back in the list that it names; None when nothing was done yet."""
        if self.asked is not None:
            return self.asked.undoes
        found = self.other.undoes if self.other is not None else None
        return other_half(found) if found is not None else None


async def begun(repeats: Repeats, lists: Lists, id: OperationId | None, *, whole_move: bool) -> Begun:
    """Raises `NothingToUndo` when ``id`` is no undo's."""
    if id is None:
        return Begun(None, None)
    asked = await repeats.done(lists.owner, lists.actor, id)
    if asked is not None and asked.undoes is None:
        raise NothingToUndo("This undo was already requested, and changed nothing.")
    other = await repeats.done(lists.owner, lists.actor, other_half(id)) if whole_move else None
    return Begun(asked, other)


async def find_undoable(
    effects: Effects,
    hot: HotOwner,
    group: GroupState,
    operation: OperationId | None,
    actor: UserId,
    passed: Collection[OperationId] = (),
) -> Undoable:
    """What to undo in ``group``: ``operation``, or the newest of ``actor``'s that is still in effect, but for
    those ``passed`` over.

    Raises `NothingToUndo` when there is none, when it changed nothing, or what it changed is another list.
    """
    wanted = operation or await newest_of(effects, hot, group, actor, passed)
    try:
        found = await _what_was_done(effects, hot, wanted)
    except NothingToUndo:
        if group.came_from is None:
            raise
        found = await _done_before(effects, hot, group, wanted)
    if found.group != group.id:
        raise NothingToUndo(NOT_FOUND)
    return found


async def _what_was_done(effects: Effects, hot: HotOwner, operation: OperationId) -> Undoable:
    """In whichever list: who asks must be allowed to look at that one."""
    change = hot.recent_change(operation)
    if change is not None:
        return await beside(len(change.before), undoable, change)
    effect = (await effects.of(hot.state.owner, operation, hot.last)).answer
    if effect is None:
        raise NothingToUndo(NOT_FOUND)
    if not effect.changed:
        raise NothingToUndo("What this change did was not recorded, so it cannot be undone.")
    return await beside(effect.changed, _undoable_effect, operation, effect)


async def _done_before(
    effects: Effects, hot: HotOwner, group: GroupState, operation: OperationId
) -> Undoable:
    """In the list while it was another owner's."""
    effect = await effect_before(effects, hot, group, operation)
    if effect is None:
        raise NothingToUndo(NOT_FOUND)
    return await beside(effect.changed, _undoable_effect, operation, effect)


def _undoable_effect(operation: OperationId, effect: Effect) -> Undoable:
    dropped = Notes({int(number): note for number, note in effect.removed.items() if note})
    added, removed = bitmap(effect.added), bitmap(effect.removed)
    edits: dict[int, Edit] = {int(number): edit for number, edit in effect.annotated.items()}
    return Undoable(operation, effect.group, added, removed, dropped, edits, effect.actor)


async def newest_of(
    effects: Effects, hot: HotOwner, group: GroupState, actor: UserId, passed: Collection[OperationId] = ()
) -> OperationId:
    """The newest operation of ``actor`` that is still in effect: a colleague's are passed over, but what a
    colleague undid is undone; what was done before a hand-over counts where that history was given. Raises
    `NothingToUndo`."""
    recent = [change for change in hot.newest_changes(group.came_at) if _counts(change, group.id, actor)]
    found = newest_effective(((c.operation.id, undone_by(c.operation)) for c in recent), set(passed))
    return found or await _newest_in_audit(effects, hot, group, actor, set(passed))


async def _newest_in_audit(
    effects: Effects, hot: HotOwner, group: GroupState, actor: UserId, undone: set[OperationId]
) -> OperationId:
    owner, position = hot.state.owner, hot.last
    before, looked_at, look = None, 0, FIRST_LOOK_OPERATIONS
    while looked_at < LOOKED_AT_OPERATIONS_MAX:
        told = await effects.newest(owner, group.id, actor, position, before=before, walked=look)
        found = newest_effective(told.answer.operations, undone)
        if found is not None:
            return found
        before = told.answer.goes_on_before
        if before is None:
            raise NothingToUndo("There is nothing to undo in this list.")
        looked_at, look = looked_at + look, LOOK_OPERATIONS_MAX
    raise NothingToUndo(
        f"None of the last {LOOKED_AT_OPERATIONS_MAX:,} changes of this list is one of yours that was not "
        "undone. An older one can be undone from the history."
    )


def _counts(change: Change, group: GroupId, actor: UserId) -> bool:
    same = change.group is not None and change.group.id == group
    return (
        same
        and change.changed > 0
        and type(change.operation) not in MOVING_KINDS
        and (change.operation.origin.actor == actor or bool(undone_by(change.operation)))
    )


def undoable(change: Change) -> Undoable:
    """What is known of a change from memory. Raises `NothingToUndo` when it changed nothing."""
    if change.group is None or not change.changed:
        raise NothingToUndo("This operation changed no laws.")
    if type(change.operation) in MOVING_KINDS:
        raise NothingToUndo("A list that was handed over can be handed back as a whole only.")
    edits = {number: Edit(before, change.wished(number)) for number, before in change.before.items()}
    id, group = change.operation.id, change.group.id
    actor = change.operation.origin.actor
    return Undoable(id, group, change.added, change.removed, change.dropped, edits, actor)


def compensation(
    done: Undoable,
    group: GroupState,
    owner: OwnerId,
    *,
    id: OperationId,
    at: datetime,
    origin: Origin,
    reason: str | None = None,
) -> Amend:
    """What makes ``group`` as if the operation had not been, but for what was done to it since."""
    return Amend(
        id=id,
        owner=owner,
        group=group.id,
        at=at,
        origin=origin,
        add=pack(done.removed - group.records),
        remove=pack(done.added & group.records),
        undoes=done.operation,
        undoes_of=done.actor,
        reason=reason,
        annotations=Notes(done.dropped, notes_bytes(done.dropped)),
        annotate=Notes(
            {
                number: back
                for number, edit in done.annotated.items()
                if (back := _taken_back(edit, group.annotations.get(number, {})))
            }
        ),
    )


def was_done_by(hot: HotOwner, done: Undoable, source: str) -> bool:
    """Whether memory knows that it was one change of many laws, done by this means (`Origin`)."""
    change = hot.find(done.operation, done.group)
    operation = change.operation if change is not None else None
    return isinstance(operation, Amend) and operation.origin.source == source


def would_change(done: Undoable, group: GroupState) -> bool:
    """Whether undoing it now would change anything: what was changed since stays."""
    if not group.records.isdisjoint(done.added) or not done.removed.issubset(group.records):
        return True
    notes = group.annotations
    return any(
        number in group.records and _taken_back(edit, notes.get(number, {}))
        for number, edit in done.annotated.items()
    )


def _taken_back(edit: Edit, now: Annotation) -> Annotation:
    """What an annotation had before under the keys that are still what ``edit`` made of them. Who wrote it is
    no wish of an edit: it comes back with what was written, also where one person wrote both."""
    back = {
        key: value
        for key, value in edit.before.items()
        if key not in SIGNATURES and now.get(key) == edit.after.get(key)
    }
    signed = {
        key: edit.before.get(key, now.get(key))
        for key, of in SIGNATURES.items()
        if of in back and (key in edit.before or key in now)
    }
    return {**back, **signed} if signed else back
