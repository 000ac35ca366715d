"""The fold of what is done to a list itself: made, renamed, set aside, brought back, ended."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from msgspec import to_builtins
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY, unpack
from sertantai.core.changes import APPLIED, Change, Outcome, Step, evolve, live, replace
from sertantai.core.ids import Position
from sertantai.core.links import is_opening, without_links
from sertantai.core.notes import Notes, Settings, merged, with_notes
from sertantai.core.operations import CreateGroup, DeleteGroup, PurgeGroup, RestoreGroup, UpdateGroup
from sertantai.core.spelling import compared
from sertantai.core.state import COPIED_FROM, GroupState, OwnerState, differing, said_of_itself


def _create_group(state: OwnerState, position: Position, operation: CreateGroup) -> tuple[OwnerState, Change]:
    existing = state.groups.get(operation.group)
    records = unpack(operation.records) if operation.records else EMPTY
    if existing is not None:
        return _rest_of_copy(state, position, operation, existing, records)
    if name_taken(state, operation.name):
        return state, Change(position, operation, Outcome.NAME_TAKEN, None)
    copied = {} if operation.copied_from is None else {COPIED_FROM: to_builtins(operation.copied_from)}
    group = GroupState(
        operation.group,
        operation.name,
        operation.at,
        operation.at,
        operation.description,
        version=position,
        metadata=Settings({**merged({}, operation.metadata), **copied}),
        records=records,
        annotations=Notes.of(operation.annotations) if operation.annotations else {},
        restricted=operation.restricted,
        made_by=None if state.access is None else operation.origin.actor,
        four_eyes=operation.four_eyes,
    )
    return state.with_group(group), Change(position, operation, APPLIED, group, records)


def _rest_of_copy(
    state: OwnerState, position: Position, operation: CreateGroup, existing: GroupState, records: BitMap
) -> tuple[OwnerState, Change]:
    """Of a copy that is half written what is still to come; of any other list nothing."""
    left = records - existing.records if existing.version == position else EMPTY
    if not left:
        return state, Change(position, operation, Outcome.UNCHANGED, existing)
    notes = {number: note for number, note in operation.annotations.items() if number in left}
    after = evolve(
        existing,
        position,
        operation,
        records=existing.records | left,
        annotations=with_notes(existing.annotations, notes),
    )
    return state.with_group(after), Change(position, operation, APPLIED, after, left)


def _update_group(state: OwnerState, position: Position, operation: UpdateGroup) -> tuple[OwnerState, Change]:
    group = live(state, operation)
    if group is None:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    if is_opening(operation.metadata) and not operation.metadata.keys() <= group.metadata.keys():
        return state, Change(position, operation, Outcome.UNCHANGED, group)  # it has ended meanwhile
    name = group.name if operation.name is None else operation.name
    if name != group.name and name_taken(state, name):
        return state, Change(position, operation, Outcome.NAME_TAKEN, group)
    description = group.description if operation.description is None else operation.description or None
    metadata = Settings(merged(group.metadata, operation.metadata)) if operation.metadata else group.metadata
    restricted = group.restricted if operation.restricted is None else operation.restricted
    if restricted and not group.restricted:
        metadata = _without_links(metadata)
    four_eyes = group.four_eyes if operation.four_eyes is None else operation.four_eyes
    now = (group.name, group.description, group.metadata, group.restricted, group.four_eyes)
    if (name, description, metadata, restricted, four_eyes) == now:
        return state, Change(position, operation, Outcome.UNCHANGED, group)
    if is_opening(operation.metadata):  # what is in the list, and how it is shown, stays as it was seen
        opened = replace(group, metadata=metadata)
        return state.with_group(opened), Change(position, operation, APPLIED, opened)
    after = evolve(
        group,
        position,
        operation,
        name=name,
        description=description,
        metadata=metadata,
        restricted=restricted,
        four_eyes=four_eyes,
    )
    was = differing(said_of_itself(group), said_of_itself(after))
    return state.with_group(after), Change(position, operation, APPLIED, after, was=was)


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
    after = evolve(
        group,
        position,
        operation,
        name=group.name if group.deleted else f"{group.name} (deleted {operation.id.hex})",
        metadata=group.metadata if group.deleted else Settings({**without_links(group.metadata), **aside}),
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
    after = evolve(
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


def _without_links(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    left = without_links(metadata)
    return metadata if len(left) == len(metadata) else Settings(left)


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


LIST_STEPS: dict[type, Step] = {
    CreateGroup: _create_group,
    UpdateGroup: _update_group,
    DeleteGroup: _delete_group,
    RestoreGroup: _restore_group,
    PurgeGroup: _purge_group,
}
