"""Records from one list to another, with their notes and tags."""

import msgspec
from pyroaring import BitMap

from sertantai.core.ids import UserId
from sertantai.core.operations import Annotation, Origin
from sertantai.core.state import GroupState
from sertantai.selections.actions import Actions, Bulk

OF_ITS_LIST = frozenset({"rank", "reviewed_at"})
"""What an annotation says about the record's place in its own list; it does not go along."""


class Transfer(msgspec.Struct, frozen=True):
    """``removed`` is None for a copy. Undo both operations to take a move back."""

    copied: Bulk
    removed: Bulk | None


async def transfer(
    actions: Actions,
    by: Origin,
    owner: UserId,
    source: GroupState,
    target: GroupState,
    records: BitMap,
    *,
    move: bool,
) -> Transfer:
    """First into the one list, then out of the other: whatever happens between, nothing is lost."""
    copied = await actions.amend(
        by, owner, target.id, records, BitMap(), annotations=annotations_of(source, records)
    )
    removed = await actions.bulk(by, owner, source.id, "bulk_deselect", records) if move else None
    return Transfer(copied, removed)


def annotations_of(group: GroupState, records: BitMap) -> dict[int, Annotation]:
    """The notes and tags that records take along into another list."""
    found: dict[int, Annotation] = {}
    for number, annotation in group.annotations.items():
        if number not in records:
            continue
        kept = {name: value for name, value in annotation.items() if name not in OF_ITS_LIST}
        if kept:
            found[number] = kept
    return found
