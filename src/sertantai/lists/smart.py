"""Smart lists: a list that keeps a filter, and how far the list and the filter have drifted apart.

The list itself stays what it is everywhere: a set of records with a history. Its filter says what it should
hold. A *live* list is brought in line at once, and again whenever the register changes (`live_lists`); a
*frozen* one tells what changed and waits to be told to accept it. Either way it is one change in the history,
with the source "filter".
"""

from typing import Any

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId
from sertantai.core.state import GroupState
from sertantai.lists.access import Allowed
from sertantai.lists.actions import FILTER, Actions, Bulk
from sertantai.lists.errors import CountChanged
from sertantai.lists.exceptions import stored_filter, taking_back, with_exceptions
from sertantai.lists.groups import Groups
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter, filter_body


class Drift(msgspec.Struct, frozen=True):
    """``new`` match the filter and are not in the list; ``gone`` are in it and match no longer."""

    new: BitMap
    gone: BitMap

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


def drift(catalogue: Catalogue, group: GroupState) -> Drift | None:
    """None for a list that keeps no filter."""
    wanted = stored_filter(group)
    if wanted is None:
        return None
    matching = with_exceptions(catalogue.matching(wanted), catalogue, group)
    return Drift(matching - group.records, group.records - matching)


async def keep_filter(
    groups: Groups,
    found: Allowed,
    wanted: RecordFilter | None,
    *,
    frozen: bool,
) -> GroupState:
    """Make a list smart, change its filter, or with None make it an ordinary list again.

    It holds what it held; `follow` brings it in line.
    """
    settings = smart_metadata(wanted, frozen=frozen)
    if wanted is None:
        settings |= taking_back(found.group)
    return await groups.update(found, metadata=settings)


def smart_metadata(wanted: RecordFilter | None, *, frozen: bool) -> dict[str, Any]:
    """What of a list's metadata says that it is smart; None takes it away. Raises `InvalidInput`."""
    if wanted is not None and wanted.is_empty:
        raise InvalidInput(
            "filter: choose at least one filter; an empty one would match every law.", field="filter"
        )
    return {
        "filter": None if wanted is None else filter_body(wanted),
        "frozen": True if wanted is not None and frozen else None,
    }


async def follow(actions: Actions, catalogue: Catalogue, found: Allowed) -> Bulk | None:
    """Bring a smart list in line with its filter; None: it was."""
    drifted = drift(catalogue, found.group)
    return await accept(actions, found, drifted) if drifted else None


async def accept(
    actions: Actions,
    found: Allowed,
    drifted: Drift,
    *,
    expected: tuple[int | None, int | None] = (None, None),
    id: OperationId | None = None,
) -> Bulk:
    """Bring the list in line with its filter. Raises `CountChanged` when it is not what was shown."""
    for count, wanted in zip((len(drifted.new), len(drifted.gone)), expected, strict=True):
        if wanted is not None and wanted != count:
            raise CountChanged(
                f"{len(drifted.new):,} new match now and {len(drifted.gone):,} no longer; "
                "nothing was changed.",
                field="expected_new",
            )
    return await actions.amend(found.through(FILTER), drifted.new, drifted.gone, id=id)
