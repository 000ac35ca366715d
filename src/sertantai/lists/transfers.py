"""Records from one list to another, with their notes and tags."""

import msgspec
from pyroaring import BitMap

from sertantai.core.ids import OperationId, OwnerId
from sertantai.core.operations import Origin
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.lists.actions import Actions, Bulk, operation_id
from sertantai.lists.undo import other_half


class Transfer(msgspec.Struct, frozen=True):
    """``removed`` is None for a copy. Undo both to take a move back, as an undo that names none does."""

    copied: Bulk
    removed: Bulk | None


async def transfer(
    engine: Engine,
    actions: Actions,
    by: Origin,
    owner: OwnerId,
    source: GroupState,
    target: GroupState,
    records: BitMap,
    *,
    move: bool,
    id: OperationId | None = None,
) -> Transfer:
    """First into the one list, then out of the other: whatever happens between, nothing is lost.

    Asked for again with the same ``id`` it does what is left of it.
    """
    id = operation_id(id)
    copied = await actions.amend(by, owner, target.id, records, BitMap(), notes_of=(source.id,), id=id)
    if not move:
        return Transfer(copied, None)
    # The copy may have been made long ago: what it did not reach stays where it is.
    there = records & (await engine.state(owner)).groups[target.id].records
    removed = await actions.bulk(by, owner, source.id, "bulk_deselect", there, id=other_half(id))
    return Transfer(copied, removed)
