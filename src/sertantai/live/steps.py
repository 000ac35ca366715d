"""What happened to one list, in steps, and what is different since one of its versions. Pure.

A step says which version it found and which it left, so that whoever was told of all steps but one knows it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY
from sertantai.core.changes import Change
from sertantai.core.ids import GroupId, OperationId, Position, UserId
from sertantai.core.notes import noted
from sertantai.core.operations import (
    SUGGESTION_KINDS,
    Amend,
    CreateGroup,
    RestoreGroup,
    TakeOver,
    UpdateGroup,
)
from sertantai.lists.exceptions import only_excepts

STEP_BYTES: Final = 400


class Step(msgspec.Struct, frozen=True):
    """``before`` is the version that it found. ``annotated``: beside what there may be other notes, what came
    with notes included. ``says_list``: the list itself was changed, its name perhaps;
    ``excepts``: what its filter passes over, and nothing else; ``suggests``: suggestions for it were.
    ``operations`` are its parts, in order, all by ``actor``."""

    before: Position
    version: Position
    count: int
    actor: UserId
    source: str
    at: datetime
    operations: tuple[OperationId, ...]
    added: BitMap = EMPTY
    removed: BitMap = EMPTY
    annotated: BitMap = EMPTY
    says_list: bool = False
    suggests: bool = False
    excepts: bool = False

    @property
    def kept(self) -> "KeptStep":
        return KeptStep(
            self.before,
            self.version,
            self.added,
            self.removed,
            self.annotated,
            self.says_list,
            self.suggests,
        )


class KeptStep(msgspec.Struct, frozen=True):
    """What is remembered of a step, hundreds for each list: nothing in which Python looks for garbage."""

    before: Position
    version: Position
    added: BitMap
    removed: BitMap
    annotated: BitMap
    says_list: bool
    suggests: bool

    @property
    def size_bytes(self) -> int:
        size = STEP_BYTES
        for one in (self.added, self.removed, self.annotated):
            count = len(one)
            size += min(4 * count, 8_192 + count // 4)
        return size


class Missed(msgspec.Struct, frozen=True):
    """The net difference of two versions; a law that came and went is in none of it, one that went and came
    again among those with other notes."""

    added: BitMap
    removed: BitMap
    annotated: BitMap
    says_list: bool
    suggests: bool

    @property
    def count(self) -> int:
        return len(self.added) + len(self.removed) + len(self.annotated)


def step_of(change: Change, before: Position, count: int) -> Step | None:
    """None where no list of now has another version by it: it went, or was never one."""
    group, operation = change.group, change.operation
    if group is None or group.deleted or group.version != change.position:
        return None
    by, excepts = operation.origin, only_excepts(operation)
    return Step(
        before,
        group.version,
        count,
        by.actor,
        by.source,
        operation.at,
        (operation.id,),
        change.added,
        change.removed,
        _annotated(change),
        isinstance(operation, UpdateGroup | RestoreGroup | TakeOver) and not excepts,
        type(operation) in SUGGESTION_KINDS,
        excepts,
    )


def _annotated(change: Change) -> BitMap:
    came = came_with_notes(change) if change.added else EMPTY
    return change.annotated | came if came else change.annotated


def came_with_notes(change: Change) -> BitMap:
    """Of what was added, what may have brought something along: the list itself does not say so, for a large
    one is not kept with its change."""
    match change.operation:
        case Amend(notes_of=lists) if lists:
            return change.added
        case Amend() | CreateGroup() | RestoreGroup() | TakeOver() as operation:
            return BitMap(noted(operation.annotations, change.added))
    return EMPTY  # nothing else brings any


def steps_of(changes: Iterable[Change], list_: GroupId, before: Position) -> list[Step]:
    """Of one list behind the version ``before``, oldest first. One that was deleted begins anew: what it had
    until then came back in one piece, and whoever had it is not to be told that it was added."""
    steps: list[Step] = []
    for change in changes:
        group = change.group
        if group is None or group.id != list_ or change.position <= before:
            continue
        step = step_of(change, before, 0)
        if step is not None:
            steps.append(step)
            before = step.version
        elif group.deleted:
            steps.clear()
            before = group.version
    return steps


def joined(first: Step, then: Step) -> Step | None:
    """Two steps in a row as one; None where they are not of one kind, or not by the same."""
    if first.version != then.before or first.actor != then.actor or first.source != then.source:
        return None
    if (first.says_list, first.suggests, first.excepts) != (then.says_list, then.suggests, then.excepts):
        return None
    missed = missed_in((first, then))
    return msgspec.structs.replace(
        then,
        before=first.before,
        operations=first.operations + then.operations,
        added=missed.added,
        removed=missed.removed,
        annotated=missed.annotated,
    )


def missed_in(steps: Iterable[Step | KeptStep]) -> Missed:
    added, removed, annotated = BitMap(), BitMap(), BitMap()
    says_list = suggests = False
    for step in steps:
        # What went and came again is there as before, but what was noted beside it may be another.
        again = removed & step.added
        added, removed = (
            (added - step.removed) | (step.added - removed),
            (removed - step.added) | (step.removed - added),
        )
        annotated = (annotated - step.removed) | step.annotated | again
        says_list |= step.says_list
        suggests |= step.suggests
    return Missed(added, removed, annotated, says_list, suggests)


def since(steps: Iterable[Step | KeptStep], known: int) -> Missed | None:
    """What is different since the version ``known``; None: it is none that these steps begin or lead to."""
    behind: list[Step | KeptStep] | None = None
    last: Step | KeptStep | None = None
    for step in steps:
        if behind is None and step.before == known:
            behind = []
        if behind is not None:
            behind.append(step)
        last = step
    if behind is None:
        return missed_in(()) if last is not None and last.version == known else None
    return missed_in(behind)
