"""A list that goes from one owner to another, as one transaction writes it: of both, at once.

Of the two operations in the journal the first, of whoever receives it, writes all there is to write; the
second finds nothing left to do. So at every moment the database has the list at one owner, and both trails
say so.
"""

from collections.abc import Mapping

import msgspec

from sertantai.core.audit_words import HAND_OVER, TAKE_OVER
from sertantai.core.bitmaps import numbers, unpack
from sertantai.core.changes import APPLIED, Change
from sertantai.core.ids import JournalId, Position, RecordNo
from sertantai.core.notes import SIGNATURES
from sertantai.core.operations import Annotation, HandOver, Operation, TakeOver
from sertantai.core.sharing.hand_over_steps import hand_over_ids
from sertantai.core.state import GroupState
from sertantai.sync.audit_metadata import HANDED_TO
from sertantai.sync.batching import audited
from sertantai.sync.store import Batch, Hopeless, MovedList
from sertantai.sync.synced_states import SyncedStates


def require_other_half(operation: Operation, states: SyncedStates) -> None:
    """Raises `Hopeless` where one half of a move cannot be written, or the other was not: then the list stays
    where it is, and both are set aside."""
    if isinstance(operation, HandOver):
        state = states.get(operation.owner)
        if state is not None and operation.group in state.groups:
            raise Hopeless("The list was not taken over, so it stays where it is.")
    if isinstance(operation, TakeOver):
        giver = states.get(operation.giver)
        group = None if giver is None else giver.groups.get(operation.group)
        if group is None or not _is_what_was_given(group, operation):
            raise Hopeless("The list in the database is not the one that was handed over.")


def _is_what_was_given(group: GroupState, operation: TakeOver) -> bool:
    """Where PostgreSQL refused something that was done before, it is not."""
    if group.records != unpack(operation.records):
        return False
    return _plain(group.annotations) == _plain(operation.annotations)


def _plain(annotations: Mapping[int, Annotation]) -> dict[int, Annotation]:
    """Who wrote something is another matter: it is added, or taken away, on the way."""
    return {
        number: plain
        for number, annotation in annotations.items()
        if (plain := {key: value for key, value in annotation.items() if key not in SIGNATURES})
    }


def moving(
    journal: JournalId, after: Position, parts: int, change: Change, states: SyncedStates
) -> list[Batch]:
    """The batch of a `TakeOver`, where ``states`` are as PostgreSQL has them; see `require_other_half`. From
    then on the giver's has the list no more."""
    operation = change.operation
    assert isinstance(operation, TakeOver)
    giver = states.get(operation.giver)
    if change.outcome is not APPLIED or change.group is None or giver is None:
        return [Batch(journal, after, parts, change.position, [], [])]
    there = giver.groups[operation.group]
    states.put(giver.owner, giver.without_group(operation.group))
    taken = audited(change, [], list_action=TAKE_OVER)
    given = msgspec.structs.replace(
        taken,
        id=hand_over_ids(operation.group, giver.owner, operation.owner, operation.version)[1],
        owner=giver.owner,
        group_name=there.name,
        position=Position(change.position + 1),
        group_action=HAND_OVER,
        metadata={HANDED_TO: str(operation.owner), **_said(operation)},
    )
    move = MovedList(
        giver.owner,
        there.name,
        operation.owner,
        change.group,
        [RecordNo(number) for number in numbers(there.records)],
        {
            RecordNo(number): annotation
            for number, annotation in operation.annotations.items()
            if there.annotations.get(number) != annotation
        },
        operation.version,
        operation.with_history,
        given,
        taken,
    )
    return [Batch(journal, after, parts, change.position, [given, taken], [], move_list=move)]


def _said(operation: TakeOver) -> dict[str, bool]:
    return {"with_history": True} if operation.with_history else {}
