"""Records from one list to another, with their notes and tags."""

import msgspec
from pyroaring import BitMap

from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.core.state import GroupState
from sertantai.selections.actions import Actions, Bulk


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
    copied = await actions.amend(by, owner, target.id, records, BitMap(), notes_of=(source.id,))
    removed = await actions.bulk(by, owner, source.id, "bulk_deselect", records) if move else None
    return Transfer(copied, removed)
