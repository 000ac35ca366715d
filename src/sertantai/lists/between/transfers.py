"""Records from one list to another, with their notes and tags."""

import msgspec
from pyroaring import BitMap

from sertantai.core.ids import OperationId
from sertantai.lists.access import Allowed
from sertantai.lists.actions import Actions, Bulk, operation_id
from sertantai.lists.together.reasons import reason_for
from sertantai.lists.together.seen import check_seen
from sertantai.lists.undo import other_half


class Transfer(msgspec.Struct, frozen=True):
    """``removed`` is None for a copy. Undo both to take a move back, as an undo that names none does."""

    copied: Bulk
    removed: Bulk | None


async def transfer(
    actions: Actions,
    source: Allowed,
    target: Allowed,
    records: BitMap,
    *,
    move: bool,
    reason: str | None = None,
    id: OperationId | None = None,
) -> Transfer:
    """First into the one list, then out of the other: whatever happens between, nothing is lost.

    Asked for again with the same ``id`` it does what is left of it.
    """
    if move:
        check_seen(source, source.group, records)  # before anything is done
        reason = reason_for(source, reason, records & source.group.records)
    id = operation_id(id)
    copied = await actions.amend(target, records, BitMap(), notes_of=(source.group.id,), id=id)
    if not move:
        return Transfer(copied, None)
    # The copy may have been made long ago: what it did not reach stays where it is.
    there = records & await actions.records_now(target)
    removed = await actions.bulk(source, "bulk_deselect", there, reason=reason, id=other_half(id))
    return Transfer(copied, removed)
