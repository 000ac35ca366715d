"""What the lists of one owner must be, said plainly: dicts and sets, one operation after the other."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.ids import GroupId, OperationId, UserId
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CreateGroup,
    Decide,
    DeleteGroup,
    Deselect,
    HandOver,
    ListOperation,
    Operation,
    PurgeGroup,
    RestoreGroup,
    Select,
    Suggest,
    SuggestionOperation,
    TakeOver,
    UpdateGroup,
    Withdraw,
)

Records = dict[int, dict[str, Any]]
OF_ITS_LIST = ("rank", "ranked_by", "reviewed_at", "reviewed_by")


class ModelSuggestion(msgspec.Struct):
    by: UserId
    add: set[int]
    remove: set[int]
    reason: str = ""


class ModelList(msgspec.Struct):
    """``made_by`` is said in an organization only."""

    name: str
    description: str | None = None
    deleted_name: str | None = None
    records: Records = {}
    is_default: bool = False
    version: int = 0
    made_by: UserId | None = None
    restricted: bool = False
    four_eyes: bool = False
    suggestions: dict[OperationId, ModelSuggestion] = {}
    came_from: UUID | None = None


Lists = dict[GroupId, ModelList]


def written_out(lists: Lists, operation: Operation) -> Operation:
    """The operation with the notes that it takes from other lists."""
    if not isinstance(operation, Amend) or not operation.notes_of:
        return operation
    notes = dict(operation.annotations)
    for source in operation.notes_of:
        held = lists[source].records if source in lists and source != operation.group else {}
        for record, note in held.items():
            along = {key: value for key, value in note.items() if key not in OF_ITS_LIST}
            if along:
                notes.setdefault(record, along)
    return msgspec.structs.replace(operation, annotations=notes)


def undone(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {key: was.get(key) for key in was.keys() | now.keys() if was.get(key) != now.get(key)}


def is_past(item: ModelList, operation: Operation) -> bool:
    """Whether it is about the list as it was, and nothing is to be taken away from a later one."""
    seen = operation.seen if isinstance(operation, BulkDeselect | ClearAll) else None
    return seen is not None and seen < item.version


def change_records(records: Records, operation: Operation, *, signed: bool) -> None:
    """``signed``: a note is kept with who wrote it, and when, a place with who gave it."""
    match operation:
        case Select(record=record):
            records.setdefault(record, {})
        case Deselect(record=record):
            records.pop(record, None)
        case BulkSelect(records=packed):
            for number in unpacked(packed):
                records.setdefault(number, {})
        case BulkDeselect(records=packed):
            for number in unpacked(packed):
                records.pop(number, None)
        case ClearAll():
            records.clear()
        case Amend():
            _amend(records, operation, signed=signed)
        case Annotate(records=packed, changes=changes):
            if expected_stands(records, operation):
                for number in unpacked(packed):
                    _annotate(records, number, changes, _signature(operation) if signed else {})


def expected_stands(records: Records, operation: Annotate) -> bool:
    """Whether it may be written beside each of its laws."""
    numbers = unpacked(operation.records)
    return all(_stands(records, number, operation.changes, operation.expected) for number in numbers)


def _stands(records: Records, number: int, changes: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether a note may be written over what is there, or is there already."""
    had = records.get(number, {})
    if all(had.get(key) == value for key, value in expected.items()):
        return True
    return number in records and all(had.get(key) == value for key, value in changes.items())


def _signature(operation: Annotate) -> dict[str, Any]:
    by, at, signature = str(operation.origin.actor), operation.at.isoformat(), {}
    if "note" in operation.changes:
        there = operation.changes["note"] is not None
        signature = {"note_by": by if there else None, "note_at": at if there else None}
    if "rank" in operation.changes:
        signature["ranked_by"] = by if operation.changes["rank"] is not None else None
    return signature


def _amend(records: Records, operation: Amend, *, signed: bool) -> None:
    add = unpacked(operation.add)
    for number in set(unpacked(operation.remove)) - set(add):
        records.pop(number, None)
    for number, changes in operation.annotate.items():
        if number in add or number not in records:
            continue
        had = records[number].get("rank")
        if signed and "rank" in changes and "ranked_by" not in changes and changes["rank"] != had:
            by = None if changes["rank"] is None else str(operation.origin.actor)
            changes = {**changes, "ranked_by": by}
        _annotate(records, number, changes)
    for number in add:
        records.setdefault(number, dict(operation.annotations.get(number, {})))


def _annotate(
    records: Records, number: int, changes: dict[str, Any], signature: dict[str, Any] | None = None
) -> None:
    if number not in records:
        return
    now = _merged(records[number], changes)
    if now != records[number]:
        records[number] = _merged(now, signature or {})


def _merged(note: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**note, **changes}.items() if value is not None}


def change_suggestions(item: ModelList, operation: SuggestionOperation) -> bool:
    """Whether it changed something of a list that is there."""
    match operation:
        case Suggest():
            add = set(unpacked(operation.add)) - item.records.keys()
            remove = set(unpacked(operation.remove)) & item.records.keys()
            if operation.id in item.suggestions or not (add or remove):
                return False
            made = ModelSuggestion(operation.origin.actor, add, remove, operation.reason)
            item.suggestions[operation.id] = made
            return True
        case Withdraw(suggestion=id):
            return item.suggestions.pop(id, None) is not None
        case Decide(suggestion=id):
            made_by_then = item.suggestions.get(id)
            return made_by_then is not None and _decide(item, made_by_then, operation)


def _decide(item: ModelList, suggestion: ModelSuggestion, operation: Decide) -> bool:
    decided = set(unpacked(operation.records))
    add, remove = suggestion.add & decided, suggestion.remove & decided
    if not add and not remove:
        return False
    suggestion.add -= decided
    suggestion.remove -= decided
    if not suggestion.add and not suggestion.remove:
        del item.suggestions[operation.suggestion]
    if operation.accepted:
        for number in remove:
            item.records.pop(number, None)
        for number in add:
            item.records.setdefault(number, {})
    return True


def change_list(lists: Lists, operation: ListOperation, *, of_several: bool) -> bool:
    """Whether it changed something. ``of_several``: of an organization, which remembers who made a list."""
    item = lists.get(operation.group)
    names = {other.name for other in lists.values()}
    match operation:
        case TakeOver(name=name):
            if name in names:
                return False
            actor = operation.origin.actor
            lists[operation.group] = ModelList(
                name,
                operation.description,
                records={n: dict(operation.annotations.get(n, {})) for n in unpacked(operation.records)},
                made_by=actor if of_several else None,
                restricted=operation.restricted,
                came_from=operation.giver,
            )
            return True
        case HandOver():
            return lists.pop(operation.group, None) is not None
        case CreateGroup(name=name):
            if item is not None or name in names:
                return False
            made_by = operation.origin.actor if of_several else None
            copied = unpacked(operation.records) if operation.records else []
            lists[operation.group] = ModelList(
                name,
                operation.description,
                records={n: dict(operation.annotations.get(n, {})) for n in copied},
                made_by=made_by,
                restricted=operation.restricted,
                four_eyes=operation.four_eyes,
            )
        case UpdateGroup() if item is not None and item.deleted_name is None:
            return _update(item, operation, names)
        case DeleteGroup() if item is not None and not item.is_default and item.deleted_name is None:
            item.deleted_name, item.name = item.name, f"gone {operation.id.hex}"
            item.records.clear()
        case RestoreGroup() if item is not None:
            new = [record for record in unpacked(operation.records) if record not in item.records]
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


def _update(item: ModelList, operation: UpdateGroup, names: Iterable[str]) -> bool:
    name = item.name if operation.name is None else operation.name
    if name != item.name and name in names:
        return False
    description = item.description if operation.description is None else operation.description or None
    restricted = item.restricted if operation.restricted is None else operation.restricted
    four_eyes = item.four_eyes if operation.four_eyes is None else operation.four_eyes
    now = (name, description, restricted, four_eyes)
    if now == (item.name, item.description, item.restricted, item.four_eyes):
        return False
    item.name, item.description, item.restricted, item.four_eyes = now
    return True


def records_named(operation: Operation) -> list[int]:
    """The records that an operation would select."""
    match operation:
        case Select(record=record):
            return [record]
        case BulkSelect(records=packed) | RestoreGroup(records=packed) | Amend(add=packed):
            return unpacked(packed)
    return []


def unpacked(packed: bytes) -> list[int]:
    return list(BitMap.deserialize(packed))
