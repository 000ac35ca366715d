"""From changes to what a transaction writes. Pure: the synchroniser's arithmetic without its I/O.

In one batch rows are deleted before rows are inserted, so a record that is removed and added again in the
same batch ends as a new row, and one that is added and removed leaves no row; both leave their audit.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import assert_never

import msgspec
from pyroaring import BitMap

from sertantai.core.audit_words import (
    ANNOTATE,
    BULK_DESELECT,
    BULK_SELECT,
    CLEAR_ALL,
    CREATE_GROUP,
    DELETE_GROUP,
    DESELECT,
    HAND_OVER,
    SELECT,
    TAKE_OVER,
    UPDATE_GROUP,
)
from sertantai.core.bitmaps import numbers
from sertantai.core.fold import Change, Outcome
from sertantai.core.ids import GroupId, JournalId, OwnerId, Position, RecordNo
from sertantai.core.notes import notes_bytes, text_bytes
from sertantai.core.operations import (
    SINGLE,
    AccessOperation,
    Admit,
    Amend,
    Annotate,
    Annotation,
    BulkDeselect,
    BulkSelect,
    ChangeMember,
    ClearAll,
    CreateGroup,
    Decide,
    DeleteGroup,
    Describe,
    Deselect,
    EndOrganization,
    Expel,
    ExportList,
    HandOver,
    JoinTeam,
    ListOperation,
    LookIn,
    OfferOwnership,
    Operation,
    PurgeGroup,
    RestoreGroup,
    Select,
    SetGrant,
    SetTeam,
    Suggest,
    SuggestionOperation,
    TakeBack,
    TakeOver,
    TakeOwnership,
    UpdateGroup,
    Withdraw,
    action_of,
    reason_of,
)
from sertantai.core.state import GroupState
from sertantai.sync.audit_metadata import (
    brought_along,
    edit_of,
    left_of,
    metadata_of_line,
    metadata_of_rows,
    of_removed,
)
from sertantai.sync.store import (
    AccessChange,
    AuditedOperation,
    Batch,
    GroupRows,
    Insertion,
    RowChange,
    SuggestionChange,
)

ROW_BYTES = 64
"""What a row that tells what people wrote takes beside that, as JSON."""


class BatchBuilder:
    """Gathers changes that follow one another in the journal into one `Batch`."""

    def __init__(self, journal: JournalId, after: Position, parts: int) -> None:
        self._journal = journal
        self._after = after
        self._parts = parts
        self._upto = after
        self._operations: list[AuditedOperation] = []
        self._rows: dict[tuple[OwnerId, GroupId], _Rows] = {}
        self.records = 0
        self.text_bytes = 0
        self.entries = 0

    def add(self, change: Change, text: int) -> None:
        """``text``: as `text_written` has it."""
        self.entries += 1
        self._upto = change.position
        if change.outcome is not Outcome.APPLIED:
            return
        assert change.group is not None, "What ends a list is a batch of its own."
        assert change.changed, "What is applied here is rows, or is lost."
        self.records += change.changed
        self.text_bytes += text
        rows_changed = _row_changes(change, begun=self._parts > 0 and self.entries == 1)
        self._operations.append(audited(change, list(rows_changed)))
        key = (change.operation.owner, change.group.id)
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = _Rows()
        rows.add(change)

    def build(self) -> Batch:
        rows = [r.finished(owner, group) for (owner, group), r in self._rows.items()]
        return Batch(self._journal, self._after, self._parts, self._upto, self._operations, rows)


def alone(
    journal: JournalId,
    after: Position,
    parts: int,
    change: Change,
    records_max: int,
    bytes_max: int = 4_000_000,
) -> Iterator[Batch]:
    """The batches of one change that is too large for a transaction, or that changes a list itself.

    Each is made when it is asked for: a change may hold hundreds of thousands of records. All but the last
    leave the watermark's position where it is and count its parts: after a crash between them the operation
    is folded again and does the rest. ``parts`` are there from before. A list is saved before its rows come,
    and after they went. Where a part ends follows from the operation alone: it is a sealed leaf.
    """
    operation = change.operation
    if change.outcome is not Outcome.APPLIED:
        yield Batch(journal, after, parts, change.position, [], [])
        return
    if isinstance(operation, AccessOperation):
        assert change.access is not None, "What is applied here says who may do what from now on."
        line = audited(change, [], list_action=action_of(operation))
        saved = AccessChange(operation, change.position, change.access)
        yield Batch(journal, after, parts, change.position, [line], [], save_access=saved)
        return
    assert not isinstance(operation, TakeOver | HandOver), "A list that moves is `moving`'s to write."
    if change.group is None:
        assert isinstance(operation, ListOperation), "Only a change of a list itself ends a list."
        line = audited(change, [], list_action=_list_action(operation))
        gone = (operation.owner, operation.group)
        yield Batch(journal, after, parts, change.position, [line], [], remove_group=gone)
        return
    list_action = _list_action(operation) if isinstance(operation, ListOperation) else None
    if isinstance(operation, SuggestionOperation):
        list_action = action_of(operation)
    assert list_action or change.changed, "An applied change writes rows, or says what became of its list."
    for index, (part, last) in enumerate(_slices(change, records_max, bytes_max, parts > 0)):
        after_its_rows = isinstance(operation, DeleteGroup | Decide)
        saves = list_action is not None and (last if after_its_rows else index == 0)
        line = audited(change, part, list_action=list_action if last else None, is_last=last)
        if last and isinstance(operation, SuggestionOperation):
            said = {**(line.metadata or {}), **left_of(operation, change.group)}
            line = msgspec.structs.replace(line, metadata=said)
        lines = [line] if part or line.group_action else []
        if isinstance(operation, CreateGroup | Decide) and part:  # what it says of itself stands once
            lines = [msgspec.structs.replace(line, metadata=metadata_of_rows(operation), group_action=None)]
            lines += [msgspec.structs.replace(line, rows=())] if last else []
        rows = _Rows()
        rows.add_slice(change, part)
        yield Batch(
            journal,
            after,
            parts + index,
            change.position if last else after,
            lines,
            [rows.finished(operation.owner, operation.group)] if part else [],
            save_group=(operation.owner, change.group) if saves else None,
            save_suggestion=_suggestion(operation, change.group) if last else None,
        )


def _suggestion(operation: Operation, group: GroupState) -> SuggestionChange | None:
    """What becomes of the suggestion that an operation is about, if it is about one."""
    match operation:
        case Suggest(id=id) | Decide(suggestion=id) | Withdraw(suggestion=id):
            return SuggestionChange(operation.owner, group.id, id, group.suggestions.get(id))
        case _:
            return None


def _slices(change: Change, most: int, bytes_max: int, begun: bool) -> Iterator[tuple[list[RowChange], bool]]:
    """The changed rows, as many at a time as one transaction takes, and whether they are the last.

    A change of no rows is one slice too.
    """
    assert change.group is not None
    notes, shared = change.group.annotations, _text_shared(change)
    part: list[RowChange] = []
    size = 0
    for row in _row_changes(change, begun=begun):
        own = shared
        if row.metadata:
            own += text_bytes(row.metadata)
        if row.record in notes:
            own += text_bytes(notes[row.record])
        if part and (len(part) == most or size + own > bytes_max):
            yield part, False
            part, size = [], 0
        part.append(row)
        size += own
    yield part, True


def is_one_part(change: Change, text: int, records_max: int, bytes_max: int, *, begun: bool) -> bool:
    """Whether `alone` would leave a change of rows whole, as each part is sealed: where it is written with
    others it must be no other. ``text``: as `text_written` has it, by which parts are not measured; so a
    change is looked at row by row where four times as much, and a word with each, would not fit."""
    sure = change.changed <= records_max and 4 * text + ROW_BYTES * change.changed <= bytes_max
    if sure or not change.changed:
        return True
    return next(_slices(change, records_max, bytes_max, begun))[1]


def text_written(change: Change) -> int:
    """What people wrote that comes into rows and audit with this change, in bytes, at most."""
    operation = change.operation
    size = notes_bytes(change.dropped)
    size += len(change.removed) * text_bytes(reason) if (reason := reason_of(operation)) else 0
    if type(operation) in SINGLE:
        return size
    size += change.changed * _text_shared(change) + 2 * notes_bytes(change.before)
    if change.group is not None and (change.added or change.annotated):
        # Twice: what an edit makes of a note stands in the audit too.
        size += 2 * notes_bytes(change.group.annotations)
    return size


def _text_shared(change: Change) -> int:
    """What each audit row of the operation says again, beside the reason of those that tell of a removal."""
    operation = change.operation
    return text_bytes(operation.changes) if isinstance(operation, Annotate) else 0


class _Rows:
    """What becomes of the rows of one list within a batch."""

    def __init__(self) -> None:
        self._delete = BitMap()
        self._insert: dict[int, Insertion] = {}
        self._annotate: dict[RecordNo, Annotation] = {}
        self._version = Position(0)
        self._at: datetime | None = None

    def add(self, change: Change) -> None:
        self._take(change, *_changed_numbers(change))

    def add_slice(self, change: Change, part: Sequence[RowChange]) -> None:
        records = BitMap([row.record for row in part])
        self._take(
            change,
            numbers(change.removed & records),
            numbers(change.added & records),
            numbers(change.annotated & records),
        )

    def _take(
        self, change: Change, removed: Sequence[int], added: Sequence[int], annotated: Sequence[int]
    ) -> None:
        assert change.group is not None
        operation, annotations = change.operation, change.group.annotations
        self._version, self._at = change.position, operation.at
        for number in removed:
            self._annotate.pop(RecordNo(number), None)
            if self._insert.pop(number, None) is None:
                self._delete.add(number)
        origin = operation.origin
        for number in added:
            self._insert[number] = Insertion(
                RecordNo(number), annotations.get(number), origin.actor, origin.source, operation.at
            )
        for number in annotated:
            self._note(number, annotations.get(number, {}))

    def _note(self, number: int, annotation: Annotation) -> None:
        waiting = self._insert.get(number)
        if waiting is None:
            self._annotate[RecordNo(number)] = annotation
        else:
            self._insert[number] = Insertion(
                waiting.record, annotation, waiting.actor, waiting.source, waiting.at
            )

    def finished(self, owner: OwnerId, group: GroupId) -> GroupRows:
        assert self._at is not None
        delete = [RecordNo(number) for number in numbers(self._delete)]
        return GroupRows(
            owner, group, delete, list(self._insert.values()), self._annotate, self._version, self._at
        )


def audited(
    change: Change, rows: Sequence[RowChange], list_action: str | None = None, *, is_last: bool = True
) -> AuditedOperation:
    """An operation as the trail tells it, with the rows of the records that it changed, or some of them."""
    operation = change.operation
    origin = operation.origin
    name = change.group.name if change.group else ""
    if change.group and change.group.deleted:
        name = str(change.group.metadata.get("deleted_name", name))
    return AuditedOperation(
        operation.id,
        operation.owner,
        origin.actor,
        operation.group,
        name,
        change.position,
        operation.at,
        origin.session,
        origin.ip,
        origin.user_agent,
        rows,
        list_action,
        metadata_of_line(change),
        len(change.group.records) if change.group is not None and is_last else None,
    )


def _row_changes(change: Change, *, begun: bool = False) -> Iterator[RowChange]:
    add, remove = _actions(change.operation, change.changed + begun)
    removed, added, annotated = _changed_numbers(change)
    reason = reason_of(change.operation)
    for number in removed:
        yield RowChange(RecordNo(number), remove, of_removed(change.dropped.get(number), reason))
    for number, said in brought_along(change, added):
        yield RowChange(RecordNo(number), add, said)
    for number in annotated:
        yield RowChange(RecordNo(number), ANNOTATE, edit_of(change, number))


def _changed_numbers(change: Change) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """The records removed, added and annotated; of single ticks, which are the most, without unpacking."""
    operation = change.operation
    if isinstance(operation, Select):
        return (), (operation.record,), ()
    if isinstance(operation, Deselect):
        return (operation.record,), (), ()
    return numbers(change.removed), numbers(change.added), numbers(change.annotated)


def _actions(operation: Operation, changed: int) -> tuple[str, str]:
    """The audit's names for a record added and removed by this operation."""
    match operation:
        case Select() | Deselect():
            return SELECT, DESELECT
        case BulkSelect() | BulkDeselect() | CreateGroup() | TakeOver() | HandOver():
            return BULK_SELECT, BULK_DESELECT
        case Amend() | RestoreGroup():
            return (SELECT, DESELECT) if changed == 1 else (BULK_SELECT, BULK_DESELECT)
        case ClearAll() | DeleteGroup():
            return BULK_SELECT, CLEAR_ALL
        case Annotate() | UpdateGroup() | PurgeGroup():
            return BULK_SELECT, BULK_DESELECT  # they neither add nor remove
        case Admit() | ChangeMember() | Expel() | OfferOwnership() | TakeOwnership():
            return BULK_SELECT, BULK_DESELECT
        case SetTeam() | JoinTeam() | SetGrant() | Describe() | EndOrganization():
            return BULK_SELECT, BULK_DESELECT
        case LookIn() | ExportList() | TakeBack() | Suggest() | Withdraw():
            return BULK_SELECT, BULK_DESELECT
        case Decide():
            return (SELECT, DESELECT) if changed == 1 else (BULK_SELECT, BULK_DESELECT)
        case _:
            assert_never(operation)


def _list_action(operation: ListOperation) -> str:
    """The audit's name for what was done to the list itself."""
    match operation:
        case CreateGroup():
            return CREATE_GROUP
        case UpdateGroup() | RestoreGroup():
            return UPDATE_GROUP
        case DeleteGroup() | PurgeGroup():
            return DELETE_GROUP
        case TakeOver():
            return TAKE_OVER
        case HandOver():
            return HAND_OVER
        case _:
            assert_never(operation)
