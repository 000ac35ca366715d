"""A list that goes from one owner to another, as one transaction writes it: of both, at once.

Of the two operations in the journal the first, of whoever receives it, is written with the second, which
stands behind it. So at every moment the database has the list at one owner, and both trails say so.
"""

from collections.abc import Mapping

import msgspec

from sertantai.core.audit_words import HAND_OVER, TAKE_OVER
from sertantai.core.bitmaps import numbers, unpack
from sertantai.core.changes import APPLIED, Change
from sertantai.core.fold import fold
from sertantai.core.ids import JournalId, Position, RecordNo
from sertantai.core.notes import OF_COLLEAGUES
from sertantai.core.operations import Annotation, HandOver, TakeOver
from sertantai.core.sharing.hand_over_steps import other_half
from sertantai.core.state import GroupState, OwnerState
from sertantai.sync.batching import audited
from sertantai.sync.store import Batch, Hopeless, MovedList


def require_taken_over(operation: HandOver, giver: OwnerState) -> None:
    """Raises `Hopeless` where the first half was set aside: then the list stays where it is."""
    if operation.group in giver.groups:
        raise Hopeless("The list was not taken over, so it stays where it is.")


def require_given(operation: TakeOver, giver: OwnerState | None) -> None:
    """Raises `Hopeless` where PostgreSQL has not what was handed over, as it refused something before."""
    group = None if giver is None else giver.groups.get(operation.group)
    if group is None or not _is_what_was_given(group, operation):
        raise Hopeless("The list in the database is not the one that was handed over.")


def _is_what_was_given(group: GroupState, operation: TakeOver) -> bool:
    if group.records != unpack(operation.records):
        return False
    return _plain(group.annotations) == _plain(operation.annotations)


def _plain(annotations: Mapping[int, Annotation]) -> dict[int, Annotation]:
    """Who wrote something, or answers for it, is another matter: it is added, or taken away, on the way."""
    return {
        number: plain
        for number, annotation in annotations.items()
        if (plain := {key: value for key, value in annotation.items() if key not in OF_COLLEAGUES})
    }


def moving(journal: JournalId, after: Position, parts: int, change: Change, giver: OwnerState) -> Batch:
    """The batch of a `TakeOver` that is applied, with its `HandOver`; see `require_given`."""
    operation, group = change.operation, change.group
    assert isinstance(operation, TakeOver)
    assert change.outcome is APPLIED
    assert group is not None
    there, behind = giver.groups[operation.group], Position(change.position + 1)
    _, leaving = fold(giver, behind, other_half(operation))
    given = audited(leaving, [], list_action=HAND_OVER)
    move = MovedList(
        giver.owner,
        there.name,
        operation.owner,
        group,
        [RecordNo(number) for number in numbers(there.records)],
        {
            RecordNo(number): annotation
            for number, annotation in operation.annotations.items()
            if there.annotations.get(number) != annotation
        },
        operation.version,
        operation.with_history,
        msgspec.structs.replace(given, group_name=there.name),
        audited(change, [], list_action=TAKE_OVER),
    )
    return Batch(journal, after, parts, behind, [], [], move_list=move)
