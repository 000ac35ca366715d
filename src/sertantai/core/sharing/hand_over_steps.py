"""A list that goes from one owner to another: made as two operations, one of each owner, and folded apart.

Both are made at their own place in the journal (`Engine.together`), of what both owners have there. So each
fold knows that the other is done too, though it sees nothing of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import uuid5

from sertantai.core.bitmaps import pack, unpack
from sertantai.core.changes import APPLIED, Change, Outcome, Step
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.links import without_links
from sertantai.core.list_steps import name_taken
from sertantai.core.notes import OF_COLLEAGUES, SIGNATURES, SIGNED, Notes, Settings
from sertantai.core.operations import Annotation, HandOver, Origin, TakeOver
from sertantai.core.state import CAME, CAME_AT, CAME_FROM, CAME_POSITION, GroupState, OwnerState


def hand_over_ids(
    group: GroupId, giver: OwnerId, receiver: OwnerId, version: Position
) -> tuple[OperationId, OperationId]:
    """Of the `TakeOver` and the `HandOver` of a list at a version."""
    said = f"{giver} {receiver} {version}"
    taken, given = uuid5(group, f"take over {said}"), uuid5(group, f"hand over {said}")
    return OperationId(taken), OperationId(given)


def moved(
    giver: OwnerState,
    receiver: OwnerState,
    group: GroupState,
    *,
    name: str,
    at: datetime,
    origin: Origin,
    with_history: bool,
) -> tuple[TakeOver, HandOver]:
    """What moves a list from the one to the other, of which both are as they are when it is done."""
    annotations = group.annotations
    if receiver.access is not None and giver.access is None:
        annotations = signed_by(UserId(giver.owner), at, annotations)
    elif receiver.access is None:
        annotations = unsigned(annotations)
    take_over = TakeOver(
        id=hand_over_ids(group.id, giver.owner, receiver.owner, group.version)[0],
        owner=receiver.owner,
        group=group.id,
        at=at,
        origin=origin,
        giver=giver.owner,
        version=group.version,
        name=name,
        created_at=group.created_at,
        description=group.description,
        metadata={key: value for key, value in without_links(group.metadata).items() if key not in CAME},
        records=pack(group.records),
        annotations=Notes.of(annotations),
        with_history=with_history,
    )
    return take_over, other_half(take_over)


def other_half(operation: TakeOver) -> HandOver:
    """The `HandOver` that stands behind it."""
    return HandOver(
        id=hand_over_ids(operation.group, operation.giver, operation.owner, operation.version)[1],
        owner=operation.giver,
        group=operation.group,
        at=operation.at,
        origin=operation.origin,
        receiver=operation.owner,
        with_history=operation.with_history,
    )


def signed_by(
    person: UserId, at: datetime, annotations: Mapping[int, Annotation]
) -> Mapping[int, Annotation]:
    """As an organization has them: with who wrote each. When it was written a list of one's own does not say;
    it was there when it was handed over."""
    return {number: _signed(person, at, annotation) for number, annotation in annotations.items()}


def _signed(person: UserId, at: datetime, annotation: Annotation) -> Annotation:
    made: Annotation = {key: value for key, value in annotation.items() if key not in SIGNATURES}
    for key in SIGNED.keys() & annotation.keys():
        made[SIGNED[key]] = str(person)
        if key == "note":
            made["note_at"] = at.isoformat()
    return made


def unsigned(annotations: Mapping[int, Annotation]) -> Mapping[int, Annotation]:
    """As a person has them, who alone writes there."""
    return {
        number: {key: value for key, value in annotation.items() if key not in OF_COLLEAGUES}
        for number, annotation in annotations.items()
    }


def _take_over(state: OwnerState, position: Position, operation: TakeOver) -> tuple[OwnerState, Change]:
    actor, had = operation.origin.actor, state.groups.get(operation.group)
    if state.access is None and actor != state.owner:
        return state, Change(position, operation, Outcome.FORBIDDEN, had)
    if had is not None and had.version > position:
        return state, Change(position, operation, Outcome.UNCHANGED, had)
    if name_taken(state.without_group(operation.group), operation.name):
        return state, Change(position, operation, Outcome.NAME_TAKEN, None)
    came = {
        CAME_FROM: str(operation.giver),
        CAME_AT: operation.at.isoformat(),
        CAME_POSITION: position,
    }
    group = GroupState(
        operation.group,
        operation.name,
        operation.created_at,
        operation.at,
        operation.description,
        version=position,
        metadata=Settings({**operation.metadata, **came}),
        records=unpack(operation.records),
        annotations=Notes.of(operation.annotations),
        restricted=operation.restricted,
        made_by=None if state.access is None else actor,
    )
    return state.with_group(group), Change(position, operation, APPLIED, group, group.records)


def _hand_over(state: OwnerState, position: Position, operation: HandOver) -> tuple[OwnerState, Change]:
    group = state.groups.get(operation.group)
    if group is None or group.deleted or group.is_default:
        return state, Change(position, operation, Outcome.GROUP_GONE, None)
    return state.without_group(group.id), Change(position, operation, APPLIED, None, removed=group.records)


HAND_OVER_STEPS: Final[dict[type, Step]] = {TakeOver: _take_over, HandOver: _hand_over}
