"""What an operation costs, before it is performed: the records it names, and the bytes that are written.

Each question is answered for every kind by name, so that none weighs nothing because nobody thought of it.
"""

from typing import assert_never

from sertantai.core.access_state import GRANT_BYTES, MEMBER_BYTES
from sertantai.core.bitmaps import unpack
from sertantai.core.notes import Notes, notes_bytes, settings_bytes, text_bytes
from sertantai.core.operations import (
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
    reason_of,
)
from sertantai.core.state import LIST_OVERHEAD_BYTES, NOTE_OVERHEAD_BYTES, GroupState, OwnerState
from sertantai.core.suggestion import SUGGESTION_BYTES


def records_named(operation: Operation, state: OwnerState) -> int:
    """How many records a bulk operation names, or holds where it names a whole list; 0 for others."""
    match operation:
        case BulkSelect() | BulkDeselect() | Annotate() | RestoreGroup() | Decide() | TakeOver():
            return len(unpack(operation.records))
        case CreateGroup():
            return len(unpack(operation.records)) if operation.records else 0
        case Suggest():
            return len(unpack(operation.add)) + len(unpack(operation.remove))
        case Amend():
            return len(unpack(operation.add)) + len(unpack(operation.remove)) + len(operation.annotate)
        case ClearAll() | DeleteGroup() | HandOver():
            group = state.groups.get(operation.group)
            return 0 if group is None else group.count
        case Select() | Deselect() | UpdateGroup() | PurgeGroup() | Withdraw():
            return 0
        case Admit() | ChangeMember() | Expel() | OfferOwnership() | TakeOwnership():
            return 0
        case SetTeam() | JoinTeam() | SetGrant() | Describe() | EndOrganization():
            return 0
        case LookIn() | ExportList() | TakeBack():
            return 0
        case _:
            assert_never(operation)


def notes_named(operation: Operation) -> int:
    """How many records' notes it carries."""
    match operation:
        case Amend():
            return len(operation.annotations) + len(operation.annotate)
        case CreateGroup() | RestoreGroup() | TakeOver():
            return len(operation.annotations)
        case Select() | Deselect() | BulkSelect() | BulkDeselect() | ClearAll() | Annotate():
            return 0
        case UpdateGroup() | DeleteGroup() | PurgeGroup() | HandOver():
            return 0
        case Suggest() | Decide() | Withdraw():
            return 0
        case Admit() | ChangeMember() | Expel() | OfferOwnership() | TakeOwnership():
            return 0
        case SetTeam() | JoinTeam() | SetGrant() | Describe() | EndOrganization():
            return 0
        case LookIn() | ExportList() | TakeBack():
            return 0
        case _:
            assert_never(operation)


def notes_gone_through(operation: Operation, state: OwnerState) -> int:
    """How many records' notes its fold looks at, one after another, at most."""
    group = state.groups.get(operation.group)
    held = 0 if group is None else len(group.annotations)
    match operation:
        case Annotate():
            return len(unpack(operation.records))
        case Amend():
            sources = (state.groups.get(id) for id in operation.notes_of)
            along = sum(len(source.annotations) for source in sources if source is not None)
            return held + along + notes_named(operation)
        case BulkDeselect() | ClearAll():
            return held
        case TakeOver() | CreateGroup() if isinstance(operation.annotations, Notes):
            return 0  # their bytes are known
        case RestoreGroup() | TakeOver() | CreateGroup():
            return notes_named(operation)
        case Select() | Deselect() | BulkSelect() | UpdateGroup() | DeleteGroup() | PurgeGroup() | HandOver():
            return 0
        case Suggest() | Withdraw():
            return 0
        case Decide():
            return held
        case Admit() | ChangeMember() | Expel() | OfferOwnership() | TakeOwnership():
            return 0
        case SetTeam() | JoinTeam() | SetGrant() | Describe() | EndOrganization():
            return 0
        case LookIn() | ExportList() | TakeBack():
            return 0
        case _:
            assert_never(operation)


def text_in(operation: Operation) -> int:
    """The bytes of what people wrote that an operation carries, as it stands in memory."""
    match operation:
        case Amend():
            notes = notes_bytes(operation.annotations) + notes_bytes(operation.annotate)
            return notes + reason_bytes(operation)
        case Annotate():
            return text_bytes(operation.changes) + text_bytes(operation.expected)
        case Select() | BulkSelect():
            return 0
        case Deselect() | BulkDeselect() | ClearAll():
            return reason_bytes(operation)
        case Admit() | ChangeMember() | SetTeam():
            return text_bytes(operation.name)
        case Describe():
            return text_bytes(operation.name) + text_bytes(operation.slug) + _settings_in(operation)
        case Suggest():
            return text_bytes(operation.reason)
        case Decide():
            return text_bytes(operation.word) + reason_bytes(operation)
        case LookIn():
            return text_bytes(operation.name) + text_bytes(operation.reason)
        case Expel():
            return HAND_BYTES * len(operation.hands) + laws_handed_bytes(operation)
        case (
            TakeBack()
            | OfferOwnership()
            | TakeOwnership()
            | JoinTeam()
            | SetGrant()
            | EndOrganization()
            | ExportList()
            | Withdraw()
        ):
            return 0
        case _:
            return _text_of_list(operation)


def reason_bytes(operation: Operation) -> int:
    """Of why laws go; each row of the audit that tells of one says it again."""
    reason = reason_of(operation)
    return 0 if reason is None else text_bytes(reason)


HAND_BYTES = 80
"""A list and a person, as the trail writes them."""


def _settings_in(operation: Describe) -> int:
    return text_bytes(operation.settings) + text_bytes(operation.before) + text_bytes(operation.told)


def _text_of_list(operation: ListOperation) -> int:
    match operation:
        case RestoreGroup():
            return notes_bytes(operation.annotations)
        case UpdateGroup():
            return text_bytes(operation.description) + settings_bytes(operation.metadata)
        case CreateGroup() | TakeOver():
            said = text_bytes(operation.description) + settings_bytes(operation.metadata)
            return said + notes_bytes(operation.annotations)
        case DeleteGroup():
            return reason_bytes(operation)
        case PurgeGroup() | HandOver():
            return 0
        case _:
            assert_never(operation)


def packed_in(operation: Operation) -> int:
    """The bytes of the sets of records that it carries, whatever its fields are called."""
    fields = (getattr(operation, name) for name in operation.__struct_fields__)
    return sum(len(field) for field in fields if isinstance(field, bytes))


CAME_BYTES = 200
"""What is noted of a list that came from another owner, or is a copy."""


def laws_handed_bytes(operation: Expel) -> int:
    """As JSON has them, which says of three bytes what takes four."""
    laws = operation.laws.values()
    return HAND_BYTES * len(laws) + sum(4 * len(one.records) // 3 + 4 for one in laws)


ANNOTATION_BYTES_MAX = 300_000
"""What stands with one record at most: a note and tags, each of the widest characters."""


def growth_bytes(operation: Operation, state: OwnerState, *, pending: bool = False) -> int:
    """How much heavier it makes an owner at most; 0 for what only takes away.

    ``pending``: others may come before it, and select what it annotates.
    """
    match operation:
        case Select() | Deselect():  # the most by far, so they are asked for first
            return 0
        case BulkSelect():
            return len(operation.records)
        case Amend():
            notes, size = _brought(operation, state)
            annotations = NOTE_OVERHEAD_BYTES * (len(operation.annotate) + notes)
            return len(operation.add) + annotations + size + notes_bytes(operation.annotate)
        case RestoreGroup():
            notes = NOTE_OVERHEAD_BYTES * len(operation.annotations)
            return len(operation.records) + notes + notes_bytes(operation.annotations)
        case Annotate():
            count = len(unpack(operation.records)) if pending else _annotated(operation, state)
            return count * (NOTE_OVERHEAD_BYTES + _kept_bytes(operation.changes))
        case CreateGroup() if operation.copied_from is None:
            return LIST_OVERHEAD_BYTES + text_in(operation)
        case CreateGroup() | TakeOver():
            notes = NOTE_OVERHEAD_BYTES * len(operation.annotations)
            return LIST_OVERHEAD_BYTES + CAME_BYTES + len(operation.records) + notes + text_in(operation)
        case UpdateGroup():
            return text_in(operation)
        case BulkDeselect() | ClearAll() | DeleteGroup() | PurgeGroup() | HandOver():
            return 0
        case Suggest() | Decide() | Withdraw():
            return _growth_of_suggestion(operation)
        case _:
            return _growth_of_access(operation)


def _growth_of_suggestion(operation: SuggestionOperation) -> int:
    match operation:
        case Suggest():
            return SUGGESTION_BYTES + len(operation.add) + len(operation.remove) + text_in(operation)
        case Decide():
            return len(operation.records) if operation.accepted else 0
        case Withdraw():
            return 0
        case _:
            assert_never(operation)


def _growth_of_access(operation: AccessOperation) -> int:
    match operation:
        case Admit():
            return MEMBER_BYTES + text_in(operation)
        case SetTeam() | SetGrant():
            return GRANT_BYTES + text_in(operation)
        case ChangeMember() | Describe():
            return text_in(operation)
        case Expel():  # the member goes from one place to another; of each list there is one grant more
            kept = 3 * len(operation.hands) + len(operation.laws)
            return GRANT_BYTES * kept + laws_handed_bytes(operation)
        case TakeBack():
            return 0
        case OfferOwnership() | TakeOwnership() | JoinTeam() | EndOrganization():
            return 0
        case LookIn() | ExportList():
            return 0
        case _:
            assert_never(operation)


def written_bytes(operation: Operation, state: OwnerState) -> int:
    """How much of what people wrote PostgreSQL gets at most: in rows, and in the audit, which also keeps what
    stood there before."""
    group = state.groups.get(operation.group)
    match operation:
        case Amend():
            edits = 3 * notes_bytes(operation.annotate)
            removed = _written_of_removed(operation, group, len(unpack(operation.remove)))
            return _brought(operation, state)[1] + edits + removed
        case Annotate():
            count = _annotated(operation, state)
            return 2 * count * text_bytes(operation.changes) + _standing_with(group, count)
        case BulkDeselect():
            return _written_of_removed(operation, group, len(unpack(operation.records)))
        case ClearAll() | DeleteGroup():
            if group is None:
                return 0
            return notes_bytes(group.annotations) + (group.count + 1) * reason_bytes(operation)
        case UpdateGroup():
            return 2 * text_in(operation) + _said_before(operation, group)
        case CreateGroup() | TakeOver():  # notes are signed on their way to another owner, or lose that
            return text_in(operation) + text_bytes(operation.description) + settings_bytes(operation.metadata)
        case Select() | BulkSelect() | PurgeGroup() | HandOver():
            return 0
        case Decide():
            return text_in(operation) + _written_of_removed(operation, group, len(unpack(operation.records)))
        case _:  # what it carries, which is asked of each kind by name
            return text_in(operation)


def _written_of_removed(operation: Operation, group: GroupState | None, records: int) -> int:
    """The notes of so many records, and with each of them why it went."""
    return _standing_with(group, records) + records * reason_bytes(operation)


def _said_before(operation: UpdateGroup, group: GroupState | None) -> int:
    """What the list says of itself now where it is to say something else."""
    if group is None:
        return 0
    had = {name: group.metadata[name] for name in operation.metadata if name in group.metadata}
    description = group.description if operation.description is not None else None
    return text_bytes(description) + text_bytes(had)


def _brought(operation: Amend, state: OwnerState) -> tuple[int, int]:
    """How many notes come with added records, and their bytes."""
    count, size = len(operation.annotations), notes_bytes(operation.annotations)
    added = len(unpack(operation.add)) if operation.notes_of else 0
    for id in operation.notes_of:
        source = state.groups.get(id)
        if source is not None:
            count += min(added, len(source.annotations))
            size += _standing_with(source, added)
    return count, size


def _annotated(operation: Annotate, state: OwnerState) -> int:
    group = state.groups.get(operation.group)
    return 0 if group is None else unpack(operation.records).intersection_cardinality(group.records)


def _kept_bytes(changes: Annotation) -> int:
    kept = {name: value for name, value in changes.items() if value is not None}
    return text_bytes(kept) if kept else -NOTE_OVERHEAD_BYTES


def _standing_with(group: GroupState | None, records: int) -> int:
    """What stands with so many records at most."""
    if group is None or not group.annotations:
        return 0
    return min(notes_bytes(group.annotations), records * ANNOTATION_BYTES_MAX)
