"""The fold: one operation applied to one owner's state. Pure, total and deterministic.

Every reader of the journal (hot tier, synchroniser, recovery) applies operations with this function, in
journal order, so they cannot disagree. A wish that cannot be met when its turn comes (the list was deleted
by an operation before it) changes nothing and says why in ``Change.outcome``.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import count
from typing import Any, assert_never

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY, unpack
from sertantai.core.ids import Position
from sertantai.core.notes import (
    Notes,
    Settings,
    merged,
    noted,
    notes_bytes,
    taken_along,
    unexpected,
    with_notes,
    without_notes,
)
from sertantai.core.operations import (
    Amend,
    Annotate,
    Annotation,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CreateGroup,
    DeleteGroup,
    Deselect,
    Operation,
    PurgeGroup,
    RestoreGroup,
    Select,
    UpdateGroup,
)
from sertantai.core.spelling import compared
from sertantai.core.state import GroupState, OwnerState

SMALL_SET_RECORDS = 100
NO_NOTES: Mapping[int, Annotation] = {}
"""One for all changes: a default would be made anew for each of the thousands of ticks that are kept."""
_replace = msgspec.structs.replace


class Outcome(StrEnum):
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    GROUP_GONE = "group_gone"
    NAME_TAKEN = "name_taken"
    CHANGED_MEANWHILE = "changed_meanwhile"

    __hash__ = str.__hash__  # the one of enumerations is written in Python, and every tick is counted


APPLIED = Outcome.APPLIED


class Change(msgspec.Struct, frozen=True):
    """What an operation did: what the audit records and the live channel sends.

    ``added``, ``removed`` and ``annotated`` hold only records it really changed. ``dropped`` keeps the
    annotations of removed records, and ``before`` what the annotated ones had under the keys that changed
    (None: nothing), so that an undo can bring them back. ``group`` is the list afterwards, None when there is
    none.
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
            case Select() | Deselect() | BulkSelect() | BulkDeselect() | ClearAll():
                return {}
            case CreateGroup() | UpdateGroup() | DeleteGroup() | RestoreGroup() | PurgeGroup():
                return {}
            case _:
                assert_never(self.operation)

    def without_records(self) -> "Change":
        """The same without the list's records, which would keep a whole old set of them in memory; a small
        set stays."""
        if self.group is None or len(self.group.records) < SMALL_SET_RECORDS:
            return self
        light = _replace(self.group, records=EMPTY, annotations={})
        return _replace(self, group=light)


def fold(state: OwnerState, position: Position, operation: Operation) -> tuple[OwnerState, Change]:
    """Apply ``operation``, which stands at ``position`` in the journal.

    Applying an operation again at the same position, also to a state that already holds a part of its
    effect, leads to the same state: a half-written bulk operation is completed by folding it again.
    """
    step: Callable[[OwnerState, Position, Any], tuple[OwnerState, Change]] = _STEPS[type(operation)]
    return step(state, position, operation)


def _select(state: OwnerState, position: Position, operation: Select) -> tuple[OwnerState, Change]:
    group = _live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if operation.record in group.records:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    added = BitMap((operation.record,))
    after = _replace(group, version=position, updated_at=operation.at, records=group.records | added)
    change = Change(position, operation, APPLIED, after, added, EMPTY, EMPTY, NO_NOTES, NO_NOTES)
    return state.with_group(after), change


def _deselect(state: OwnerState, position: Position, operation: Deselect) -> tuple[OwnerState, Change]:
    group = _live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if operation.record not in group.records:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    removed = BitMap((operation.record,))
    kept, dropped = _split(group.annotations, removed)
    after = _replace(
        group,
        version=position,
        updated_at=operation.at,
        records=group.records - removed,
        annotations=kept,
    )
    change = Change(position, operation, APPLIED, after, EMPTY, removed, EMPTY, dropped, NO_NOTES)
    return state.with_group(after), change


def _bulk_select(state: OwnerState, position: Position, operation: BulkSelect) -> tuple[OwnerState, Change]:
    return _amend(state, position, operation, unpack(operation.records), EMPTY)


def _bulk_deselect(
    state: OwnerState, position: Position, operation: BulkDeselect
) -> tuple[OwnerState, Change]:
    return _amend(state, position, operation, EMPTY, unpack(operation.records))


def _clear_all(state: OwnerState, position: Position, operation: ClearAll) -> tuple[OwnerState, Change]:
    group = state.groups.get(operation.group)
    return _amend(state, position, operation, EMPTY, group.records if group else EMPTY)


def _amend_both(state: OwnerState, position: Position, operation: Amend) -> tuple[OwnerState, Change]:
    add, remove = unpack(operation.add), unpack(operation.remove)
    annotations: Mapping[int, Annotation] = operation.annotations
    if operation.notes_of:
        along = _notes_brought_along(state, operation, add)
        annotations = {**along, **annotations} if annotations else along
    return _amend(state, position, operation, add, remove, annotations, operation.annotate)


def _notes_brought_along(state: OwnerState, operation: Amend, add: BitMap) -> Mapping[int, Annotation]:
    """What the lists in ``notes_of`` say of the records in ``add``."""
    found: Mapping[int, Annotation] = {}
    for id in operation.notes_of:
        source = state.groups.get(id)
        if source is not None and id != operation.group:
            along = taken_along(source.annotations, add)
            found = {**along, **found} if found else along
    return found


def _amend(
    state: OwnerState,
    position: Position,
    operation: Operation,
    add: BitMap,
    remove: BitMap,
    annotations: Mapping[int, Annotation] = {},
    annotate: Mapping[int, Annotation] = {},
) -> tuple[OwnerState, Change]:
    group = _live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    added = add - group.records
    # What an operation both adds and removes stays: taken out, it would come back when folded again.
    removed = (remove & group.records) - add
    kept, dropped = _split(group.annotations, removed)
    staying = group.records - removed
    # Never what it adds, also when it is there by now: it may be there because this was half done before.
    kept, before = _annotated(kept, {n: annotate[n] for n in annotate if n in staying and n not in add})
    if not added and not removed and not before:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    restored = annotations
    if not all(number in added for number in annotations):
        restored = {number: annotations[number] for number in annotations if number in added}
    after = _evolve(
        group, position, operation, records=staying | added, annotations=with_notes(kept, restored)
    )
    annotated = BitMap(before) if before else EMPTY
    change = Change(position, operation, APPLIED, after, added, removed, annotated, dropped, before)
    return state.with_group(after), change


def _annotate(state: OwnerState, position: Position, operation: Annotate) -> tuple[OwnerState, Change]:
    group = _live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if operation.expected and unexpected(group.records, group.annotations, operation) is not None:
        return state, Change(position, operation, Outcome.CHANGED_MEANWHILE, group)
    wanted = unpack(operation.records) & group.records
    annotations, before = _annotated(group.annotations, dict.fromkeys(wanted, operation.changes))
    if not before:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    after = _evolve(group, position, operation, annotations=annotations)
    change = Change(position, operation, APPLIED, after, annotated=BitMap(before), before=before)
    return state.with_group(after), change


def _annotated(
    annotations: Mapping[int, Annotation], changes: Mapping[int, Annotation]
) -> tuple[Mapping[int, Annotation], Mapping[int, Annotation]]:
    """The annotations with ``changes`` merged in, and of each that is another now what changed in it."""
    after: dict[int, Annotation] = {}
    before: dict[int, Annotation] = {}
    for number, wanted in changes.items():
        had = annotations.get(number, {})
        if (now := merged(had, wanted)) != had:
            after[number] = now
            before[number] = {key: had.get(key) for key in wanted if had.get(key) != now.get(key)}
    if not before:
        return annotations, before
    return with_notes(annotations, after), Notes(before)


def _create_group(state: OwnerState, position: Position, operation: CreateGroup) -> tuple[OwnerState, Change]:
    existing = state.groups.get(operation.group)
    if existing is not None:
        return state, Change(position, operation, Outcome.UNCHANGED, existing)
    if name_taken(state, operation.name):
        return state, Change(position, operation, Outcome.NAME_TAKEN, None)
    group = GroupState(
        operation.group,
        operation.name,
        operation.at,
        operation.at,
        operation.description,
        version=position,
        metadata=Settings(merged({}, operation.metadata)),
    )
    return state.with_group(group), Change(position, operation, APPLIED, group)


def _update_group(state: OwnerState, position: Position, operation: UpdateGroup) -> tuple[OwnerState, Change]:
    group = _live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    name = group.name if operation.name is None else operation.name
    if name != group.name and name_taken(state, name):
        return state, Change(position, operation, Outcome.NAME_TAKEN, group)
    description = group.description if operation.description is None else operation.description or None
    metadata = Settings(merged(group.metadata, operation.metadata)) if operation.metadata else group.metadata
    if (name, description, metadata) == (group.name, group.description, group.metadata):
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    after = _evolve(group, position, operation, name=name, description=description, metadata=metadata)
    return state.with_group(after), Change(position, operation, APPLIED, after)


def _delete_group(state: OwnerState, position: Position, operation: DeleteGroup) -> tuple[OwnerState, Change]:
    group = state.groups.get(operation.group)
    if group is None or group.is_default:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if group.deleted and not group.records:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    aside = {
        "deleted_at": operation.at.isoformat(),
        "deleted_name": group.name,
        "deleted_by": str(operation.id),
    }
    after = _evolve(
        group,
        position,
        operation,
        name=group.name if group.deleted else f"{group.name} (deleted {operation.id.hex})",
        metadata=group.metadata if group.deleted else Settings({**group.metadata, **aside}),
        records=EMPTY,
        annotations={},
    )
    change = Change(position, operation, APPLIED, after, removed=group.records, dropped=group.annotations)
    return state.with_group(after), change


def _restore_group(
    state: OwnerState, position: Position, operation: RestoreGroup
) -> tuple[OwnerState, Change]:
    group = state.groups.get(operation.group)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    added = unpack(operation.records) - group.records
    if not group.deleted and not added:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    name = group.name
    if group.deleted:
        name = _restored_name(state, operation, str(group.metadata["deleted_name"]))
    after = _evolve(
        group,
        position,
        operation,
        name=name,
        metadata=Settings({k: v for k, v in group.metadata.items() if not k.startswith("deleted_")}),
        records=group.records | added,
        annotations=with_notes(
            group.annotations,
            {number: note for number, note in operation.annotations.items() if number in added},
        ),
    )
    return state.with_group(after), Change(position, operation, APPLIED, after, added)


def _restored_name(state: OwnerState, operation: RestoreGroup, before: str) -> str:
    if operation.name is not None:
        return free_name(state, operation.name)
    # As it was folded when the operation did not say its name: a replay gives what was acknowledged.
    return f"{before} (restored {operation.id.hex})" if name_taken(state, before) else before


def _purge_group(state: OwnerState, position: Position, operation: PurgeGroup) -> tuple[OwnerState, Change]:
    group = state.groups.get(operation.group)
    if group is None or not group.deleted:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    return state.without_group(group.id), Change(position, operation, APPLIED, None)


def name_taken(state: OwnerState, name: str) -> bool:
    """Names are unique within an owner, to the letter, as the database's constraint has it."""
    return any(group.name == name for group in state.groups.values())


def free_name(state: OwnerState, name: str) -> str:
    """``name``, or with the first number behind it that no other list has: "Alpha (2)"."""
    taken = {compared(group.name) for group in state.groups.values()}
    numbered = (f"{name} ({number})" for number in count(2))
    return (
        name if compared(name) not in taken else next(one for one in numbered if compared(one) not in taken)
    )


def _live(state: OwnerState, operation: Operation) -> GroupState | None:
    group = state.groups.get(operation.group)
    return None if group is None or group.deleted else group


def _evolve(group: GroupState, position: Position, operation: Operation, **fields: Any) -> GroupState:
    return _replace(group, version=position, updated_at=operation.at, **fields)


def _split(
    annotations: Mapping[int, Annotation], removed: BitMap
) -> tuple[Mapping[int, Annotation], Mapping[int, Annotation]]:
    """The annotations that stay, and those that leave with the removed records."""
    if not annotations or not removed:
        return annotations, NO_NOTES
    kept = without_notes(annotations, removed)
    if kept is annotations:
        return annotations, NO_NOTES
    dropped = {number: annotations[number] for number in noted(annotations, removed)}
    return kept, Notes(dropped, notes_bytes(annotations) - notes_bytes(kept))


_STEPS: dict[type, Callable[[OwnerState, Position, Any], tuple[OwnerState, Change]]] = {
    Select: _select,
    Deselect: _deselect,
    BulkSelect: _bulk_select,
    BulkDeselect: _bulk_deselect,
    ClearAll: _clear_all,
    Amend: _amend_both,
    Annotate: _annotate,
    CreateGroup: _create_group,
    UpdateGroup: _update_group,
    DeleteGroup: _delete_group,
    RestoreGroup: _restore_group,
    PurgeGroup: _purge_group,
}
