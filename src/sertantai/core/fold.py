"""The fold: one operation applied to one owner's state. Pure, total and deterministic.

Every reader of the journal (hot tier, synchroniser, recovery) applies operations with this function, in
journal order, so they cannot disagree. A wish that cannot be met when its turn comes (the list was deleted,
or the right to it ended, by an operation before it) changes nothing and says why in ``Change.outcome``. Here
stand the steps of what is done to the records of a list; those of lists themselves are in `list_steps` and
`hand_over_steps`, of organizations in `access_steps`.
"""

from collections.abc import Mapping

from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY, unpack
from sertantai.core.changes import APPLIED, NO_NOTES, Change, Outcome, Step, evolve, live, replace
from sertantai.core.ids import Position
from sertantai.core.list_steps import LIST_STEPS
from sertantai.core.notes import (
    RESPONSIBLE,
    SIGNED,
    Notes,
    merged,
    noted,
    notes_bytes,
    taken_along,
    unexpected,
    with_notes,
    without_notes,
)
from sertantai.core.operations import (
    ACCESS_KINDS,
    Amend,
    Annotate,
    Annotation,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    Deselect,
    Operation,
    Select,
)
from sertantai.core.responsible import may_answer, user_id
from sertantai.core.sharing.access_steps import ACCESS_STEPS
from sertantai.core.sharing.hand_over_steps import HAND_OVER_STEPS
from sertantai.core.sharing.permission import may_be_done
from sertantai.core.sharing.removal_reasons import lacks_reason
from sertantai.core.sharing.suggestion_steps import SUGGESTION_STEPS
from sertantai.core.state import GroupState, OwnerState

__all__ = ["APPLIED", "Change", "Outcome", "fold"]


def fold(state: OwnerState, position: Position, operation: Operation) -> tuple[OwnerState, Change]:
    """Apply ``operation``, which stands at ``position`` in the journal.

    Applying an operation again at the same position, also to a state that already holds a part of its
    effect, leads to the same state: a half-written bulk operation is completed by folding it again.
    """
    # A person's ticks, which are the most by far, are not asked for: to them all is allowed.
    if state.access is not None or type(operation) in ACCESS_KINDS:
        if not may_be_done(state, operation):
            return state, Change(position, operation, Outcome.FORBIDDEN, state.groups.get(operation.group))
        if lacks_reason(state, operation):
            return state, Change(position, operation, Outcome.REASON_NEEDED, state.groups[operation.group])
    return _STEPS[type(operation)](state, position, operation)


def _select(state: OwnerState, position: Position, operation: Select) -> tuple[OwnerState, Change]:
    group = live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if operation.record in group.records:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    added = BitMap((operation.record,))
    after = replace(group, version=position, updated_at=operation.at, records=group.records | added)
    change = Change(position, operation, APPLIED, after, added, EMPTY, EMPTY, NO_NOTES, NO_NOTES)
    return state.with_group(after), change


def _deselect(state: OwnerState, position: Position, operation: Deselect) -> tuple[OwnerState, Change]:
    group = live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if operation.record not in group.records:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    removed = BitMap((operation.record,))
    kept, dropped = _split(group.annotations, removed)
    after = replace(
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
    if _is_past(state, position, operation):
        return state, Change(position, operation, Outcome.CHANGED_MEANWHILE, state.groups[operation.group])
    return _amend(state, position, operation, EMPTY, unpack(operation.records))


def _clear_all(state: OwnerState, position: Position, operation: ClearAll) -> tuple[OwnerState, Change]:
    group = state.groups.get(operation.group)
    if group is not None and _is_past(state, position, operation):
        return state, Change(position, operation, Outcome.CHANGED_MEANWHILE, group)
    return _amend(state, position, operation, EMPTY, group.records if group else EMPTY)


def _is_past(state: OwnerState, position: Position, operation: BulkDeselect | ClearAll) -> bool:
    """Whether the list is a later one than was to be changed; done in part at this very position, it is
    not."""
    group = state.groups.get(operation.group)
    return operation.seen is not None and group is not None and operation.seen < group.version < position


def _amend_both(state: OwnerState, position: Position, operation: Amend) -> tuple[OwnerState, Change]:
    add, remove = unpack(operation.add), unpack(operation.remove)
    annotations: Mapping[int, Annotation] = operation.annotations
    if operation.assigns and (group := live(state, operation)) is not None:
        named = {note[RESPONSIBLE] for note in annotations.values() if RESPONSIBLE in note}
        if any(not _may_answer(state, group, one) for one in named):
            return state, Change(position, operation, Outcome.CANNOT_ANSWER, group)
    if operation.notes_of:
        along = _notes_brought_along(state, operation, add)
        annotations = {**along, **annotations} if annotations else along
    annotate: Mapping[int, Annotation] = operation.annotate
    if annotate and state.access is not None:
        annotate = _places_signed(state, operation)
    return _amend(state, position, operation, add, remove, annotations, annotate)


def _places_signed(state: OwnerState, operation: Amend) -> Mapping[int, Annotation]:
    """With who gave each law its place, unless an undo says who had: it is no new wish of theirs."""
    group = state.groups.get(operation.group)
    notes: Mapping[int, Annotation] = {} if group is None else group.annotations
    by = str(operation.origin.actor)
    return {
        number: {**changes, "ranked_by": None if changes["rank"] is None else by}
        if "rank" in changes
        and "ranked_by" not in changes
        and notes.get(number, {}).get("rank") != changes["rank"]
        else changes
        for number, changes in operation.annotate.items()
    }


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
    group = live(state, operation)
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
    after = evolve(
        group, position, operation, records=staying | added, annotations=with_notes(kept, restored)
    )
    annotated = BitMap(before) if before else EMPTY
    change = Change(position, operation, APPLIED, after, added, removed, annotated, dropped, before)
    return state.with_group(after), change


def _annotate(state: OwnerState, position: Position, operation: Annotate) -> tuple[OwnerState, Change]:
    group = live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if operation.expected and unexpected(group.records, group.annotations, operation) is not None:
        return state, Change(position, operation, Outcome.CHANGED_MEANWHILE, group)
    if (named := operation.changes.get(RESPONSIBLE)) is not None and not _may_answer(state, group, named):
        return state, Change(position, operation, Outcome.CANNOT_ANSWER, group)
    wanted = unpack(operation.records) & group.records
    changes = operation.changes
    if state.access is not None and not SIGNED.keys().isdisjoint(changes):
        # Whoever writes what stands there already has not written it.
        notes, changes = group.annotations, _signed(operation)
        wanted = BitMap(n for n in wanted if merged(had := notes.get(n, {}), operation.changes) != had)
    annotations, before = _annotated(group.annotations, dict.fromkeys(wanted, changes))
    if not before:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    after = evolve(group, position, operation, annotations=annotations)
    change = Change(position, operation, APPLIED, after, annotated=BitMap(before), before=before)
    return state.with_group(after), change


def _may_answer(state: OwnerState, group: GroupState, named: object) -> bool:
    person = user_id(named)
    return person is not None and may_answer(state.access, group.access, person)


def _signed(operation: Annotate) -> Annotation:
    """With who wrote it, and when: in an organization, and never as somebody says it of themselves."""
    signed = dict(operation.changes)
    for key in SIGNED.keys() & operation.changes.keys():
        is_there = operation.changes[key] is not None
        signed[SIGNED[key]] = str(operation.origin.actor) if is_there else None
        if key == "note":
            signed["note_at"] = operation.at.isoformat() if is_there else None
    return signed


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


_STEPS: dict[type, Step] = {
    Select: _select,
    Deselect: _deselect,
    BulkSelect: _bulk_select,
    BulkDeselect: _bulk_deselect,
    ClearAll: _clear_all,
    Amend: _amend_both,
    Annotate: _annotate,
    **LIST_STEPS,
    **HAND_OVER_STEPS,
    **SUGGESTION_STEPS,
    **ACCESS_STEPS,
}
