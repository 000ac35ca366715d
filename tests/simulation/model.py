"""What must be true, said plainly: dicts and sets, and the durable operations applied one by one.

The model shares no code with the fold. It learns of an operation when the disk holds it for good, so it knows
before anyone is told what every answer, every read and every row must be.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from pyroaring import BitMap

from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.operations import (
    Amend,
    Annotate,
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
    decode,
)
from sertantai.core.state import OwnerState
from sertantai.lists.undo import Undoable

Records = dict[int, dict[str, Any]]


class Violation(Exception):
    """A promise was broken."""


class ModelList(msgspec.Struct):
    name: str
    description: str | None = None
    deleted_name: str | None = None
    records: Records = {}
    is_default: bool = False


class Effect(msgspec.Struct, frozen=True):
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()
    annotated: frozenset[int] = frozenset()
    list_changed: bool = False
    dropped: Records = {}
    """What was written beside the removed records, which an undo must bring back."""
    before: Records = {}
    """What stood under the keys that were changed beside the annotated records."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.annotated or self.list_changed)


NOTHING = Effect()
Undone = tuple[frozenset[int], frozenset[int], Records, Records]
"""Added, removed, what was written beside the removed, and what stood where something was written."""


def _to_undo(effect: Effect) -> Undone:
    return effect.added, effect.removed, effect.dropped, effect.before


def _to_undo_in_all(done: Sequence[Effect]) -> Undone:
    """Of one operation that was done several times."""
    dropped: Records = {}
    before: Records = {}
    for effect in reversed(done):
        dropped |= effect.dropped
        before |= effect.before
    added = frozenset[int]().union(*(effect.added for effect in done))
    removed = frozenset[int]().union(*(effect.removed for effect in done))
    return added, removed, dropped, before


class Model:
    def __init__(self) -> None:
        self.history: dict[Position, Operation] = {}
        self.effects: dict[Position, Effect] = {}
        self.lists: dict[OwnerId, dict[GroupId, ModelList]] = {}
        self.views: dict[GroupId, dict[Position, frozenset[int]]] = defaultdict(dict)
        """The laws of a list as of each version it had."""
        self.defaults: dict[OwnerId, GroupId] = {}
        self.deleted_users: set[OwnerId] = set()
        self.rejected: dict[Position, Effect] = {}
        """Rejected operations, with the part of them that reached the database before."""
        self.once_rejected: set[OwnerId] = set()
        """Owners of such, and of those whose rejection was lost with a primary and comes again."""
        self.times_durable: dict[OperationId, int] = defaultdict(int)
        self.last = Position(0)

    def add_user(self, owner: OwnerId, default: GroupId) -> None:
        self.defaults[owner] = default
        self.lists[owner] = {default: ModelList("default", is_default=True)}
        self.views[default][Position(0)] = frozenset()

    def durable(self, position: Position, body: bytes) -> None:
        if position <= self.last:
            raise Violation(f"position {position} was given out twice")
        operation = decode(body)
        self.last = position
        self.history[position] = operation
        self.times_durable[operation.id] += 1
        self._apply(position, operation)

    def reject(self, position: Position, part: Effect) -> None:
        """Everything the owner did is worked out again, without this operation."""
        self.rejected[position] = part
        owner = self.history[position].owner
        self.lists[owner] = {self.defaults[owner]: ModelList("default", is_default=True)}
        for at, operation in self.history.items():
            if operation.owner == owner:
                self._apply(at, operation)

    def _apply(self, position: Position, operation: Operation) -> None:
        lists = self.lists[operation.owner]
        before = {key: (item.name, dict(item.records)) for key, item in lists.items()}
        if position in self.rejected:
            effect = self.rejected[position]
            item = lists.get(operation.group)
            if item is not None:
                for record in effect.removed:
                    item.records.pop(record, None)
                item.records.update({record: {} for record in effect.added if record not in item.records})
        else:
            effect = _perform(lists, operation, before.get(operation.group))
        self.effects[position] = effect
        if effect and operation.group in lists:
            self.views[operation.group][position] = frozenset(lists[operation.group].records)

    # What is checked

    def check_change(self, change: Change) -> None:
        """An acknowledged change must be durable, where it says it is, and be what the model says."""
        position, operation = change.position, change.operation
        held = self.history.get(position)
        if held is None or held.id != operation.id:
            raise Violation(f"acknowledged but not durable: {operation.id} at {position}")
        if self._was_rejected(operation.owner):
            return
        effect = self.effects[position]
        told = (frozenset(change.added), frozenset(change.removed), frozenset(change.annotated))
        if told != (effect.added, effect.removed, effect.annotated):
            raise Violation(f"position {position}: told {told}, must be {effect}")

    def check_undoable(self, position: Position, found: Undoable) -> None:
        """What an undo is told of an operation, from memory or from the audit, is what it did.

        One that is sent again after its answer was lost may be done twice: memory knows what it did last, the
        trail what it did in all.
        """
        operation = self.history[position]
        if self._was_rejected(operation.owner):
            return
        notes = {number: edit.before for number, edit in found.annotated.items()}
        told = (frozenset(found.added), frozenset(found.removed), found.dropped, notes)
        done = [self.effects[at] for at, one in self.history.items() if one.id == operation.id]
        if told not in (_to_undo(self.effects[position]), _to_undo_in_all(done)):
            raise Violation(f"position {position}: to undo is {told}, must be {self.effects[position]}")

    def check_own(self, found: Undoable, actor: UserId, group: GroupId) -> None:
        made = [one for one in self.history.values() if one.id == found.operation]
        if not all(one.origin.actor == actor and one.group == group for one in made):
            raise Violation(f"{actor} would undo what is not theirs: {made}")

    def check_nothing_to_undo(self, position: Position) -> None:
        effect, owner = self.effects[position], self.history[position].owner
        if (effect.added or effect.removed or effect.annotated) and not self._was_rejected(owner):
            raise Violation(f"position {position}: nothing to undo was found of {effect}")

    def check_read(self, state: OwnerState) -> None:
        """What was read must have been true at the version it carries, and be durable."""
        if state.owner in self.deleted_users or self._was_rejected(state.owner):
            return
        for group in state.groups.values():
            expected = self.views[group.id].get(group.version)
            if expected is None:
                raise Violation(f"list {group.id} was shown at version {group.version}, which is not durable")
            if expected != frozenset(group.records):
                raise Violation(f"list at version {group.version}: {set(group.records)}, not {set(expected)}")

    def check_state(self, owner: OwnerId, state: OwnerState, where: str) -> None:
        """Everything of an owner, to the letter."""
        expected = self.lists[owner]
        if state.groups.keys() != expected.keys():
            raise Violation(f"{where}: lists {set(state.groups)}, not {set(expected)}")
        for key, group in state.groups.items():
            item = expected[key]
            records = {r: dict(group.annotations.get(r, {})) for r in group.records}
            if records != item.records:
                raise Violation(f"{where}, list {key}: {records}, not {item.records}")
            if (group.deleted, group.description) != (item.deleted_name is not None, item.description):
                raise Violation(f"{where}, list {key}: {group}, not {item}")
            if not group.deleted and group.name != item.name:
                raise Violation(f"{where}, list {key}: named {group.name}, not {item.name}")

    def _was_rejected(self, owner: OwnerId) -> bool:
        """Memory may show what PostgreSQL refused until it is read anew; at rest it must be right again."""
        return owner in self.once_rejected


def _perform(
    lists: dict[GroupId, ModelList], operation: Operation, before: tuple[str, Records] | None
) -> Effect:
    if isinstance(operation, CreateGroup | UpdateGroup | DeleteGroup | RestoreGroup | PurgeGroup):
        list_changed = _change_list(lists, operation)
    else:
        list_changed = False
        item = lists.get(operation.group)
        if item is not None and item.deleted_name is None:
            _change_records(item.records, _written_out(lists, operation))
    had = before[1] if before else {}
    has = lists[operation.group].records if operation.group in lists else {}
    dropped = {record: note for record in had.keys() - has.keys() if (note := had[record])}
    noted = {record: _undone(had[record], has[record]) for record in had.keys() & has.keys()}
    noted = {record: was for record, was in noted.items() if was}
    added, removed = frozenset(has.keys() - had.keys()), frozenset(had.keys() - has.keys())
    return Effect(added, removed, frozenset(noted), list_changed, dropped, noted)


def _written_out(lists: dict[GroupId, ModelList], operation: Operation) -> Operation:
    """The operation with the notes that it takes from other lists."""
    if not isinstance(operation, Amend) or not operation.notes_of:
        return operation
    notes = dict(operation.annotations)
    for source in operation.notes_of:
        held = lists[source].records if source in lists and source != operation.group else {}
        for record, note in held.items():
            along = {key: value for key, value in note.items() if key not in ("rank", "reviewed_at")}
            if along:
                notes.setdefault(record, along)
    return msgspec.structs.replace(operation, annotations=notes)


def _undone(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {key: was.get(key) for key in was.keys() | now.keys() if was.get(key) != now.get(key)}


def _change_records(records: Records, operation: Operation) -> None:
    match operation:
        case Select(record=record):
            records.setdefault(record, {})
        case Deselect(record=record):
            records.pop(record, None)
        case BulkSelect(records=packed):
            for number in _set(packed):
                records.setdefault(number, {})
        case BulkDeselect(records=packed):
            for number in _set(packed):
                records.pop(number, None)
        case ClearAll():
            records.clear()
        case Amend():
            _amend(records, operation)
        case Annotate(records=packed, changes=changes, expected=expected):
            numbers = _set(packed)
            if all(_stands(records, number, changes, expected) for number in numbers):
                for number in numbers:
                    _annotate(records, number, changes)


def _stands(records: Records, number: int, changes: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether a note may be written over what is there, or is there already."""
    had = records.get(number, {})
    if all(had.get(key) == value for key, value in expected.items()):
        return True
    return number in records and all(had.get(key) == value for key, value in changes.items())


def _amend(records: Records, operation: Amend) -> None:
    add = _set(operation.add)
    for number in set(_set(operation.remove)) - set(add):
        records.pop(number, None)
    for number, changes in operation.annotate.items():
        if number not in add:
            _annotate(records, number, changes)
    for number in add:
        records.setdefault(number, dict(operation.annotations.get(number, {})))


def _annotate(records: Records, number: int, changes: dict[str, Any]) -> None:
    if number in records:
        merged = {**records[number], **changes}
        records[number] = {key: value for key, value in merged.items() if value is not None}


def _change_list(lists: dict[GroupId, ModelList], operation: Operation) -> bool:
    item = lists.get(operation.group)
    names = {other.name for other in lists.values()}
    match operation:
        case CreateGroup(name=name):
            if item is not None or name in names:
                return False
            lists[operation.group] = ModelList(name, operation.description)
        case UpdateGroup() if item is not None and item.deleted_name is None:
            return _rename(item, operation, names)
        case DeleteGroup() if item is not None and not item.is_default and item.deleted_name is None:
            item.deleted_name, item.name = item.name, f"gone {operation.id.hex}"
            item.records.clear()
        case RestoreGroup() if item is not None:
            new = [record for record in _set(operation.records) if record not in item.records]
            if item.deleted_name is None and not new:
                return False
            if item.deleted_name is not None:
                taken = item.deleted_name in names
                item.name = item.deleted_name + (f" (restored {operation.id.hex})" if taken else "")
                item.deleted_name = None
            item.records.update({record: dict(operation.annotations.get(record, {})) for record in new})
        case PurgeGroup() if item is not None and item.deleted_name is not None:
            del lists[operation.group]
        case _:
            return False
    return True


def _rename(item: ModelList, operation: UpdateGroup, names: set[str]) -> bool:
    name = item.name if operation.name is None else operation.name
    if name != item.name and name in names:
        return False
    description = item.description if operation.description is None else operation.description or None
    if (name, description) == (item.name, item.description):
        return False
    item.name, item.description = name, description
    return True


def records_named(operation: Operation) -> list[int]:
    """The records that an operation would select."""
    match operation:
        case Select(record=record):
            return [record]
        case BulkSelect(records=packed) | RestoreGroup(records=packed) | Amend(add=packed):
            return _set(packed)
    return []


def _set(packed: bytes) -> list[int]:
    return list(BitMap.deserialize(packed))
