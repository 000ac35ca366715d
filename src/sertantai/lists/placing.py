"""Places given by hand: where records stand in the order of their list.

A place is a ``rank`` in the record's annotation. Records with one come first, by it, then all others by title
(`list_order`). So a record put among those without a place gives one to everything before it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise, takewhile

from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId, RecordNo
from sertantai.core.operations import Annotation
from sertantai.core.state import GroupState
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.lists.access import Allowed
from sertantai.lists.actions import Actions, Bulk
from sertantai.lists.order import in_own_order, rank_of, ranked_numbers
from sertantai.records.catalogue import Catalogue
from sertantai.records.sorting import BY_TITLE

PLACES_MAX = 5_000

Ranks = dict[int, float]


async def place(
    actions: Actions,
    catalogue: Catalogue,
    found: Allowed,
    records: Sequence[RecordNo],
    *,
    before: RecordNo | None = None,
    after: RecordNo | None = None,
    id: OperationId | None = None,
) -> Bulk:
    """Put ``records``, in this order, before or after another of the list; at its start without either.

    Raises `InvalidInput` when the other is not in the list, or stands beyond its first `PLACES_MAX`.
    """
    group = found.group
    work = partial(_placed, catalogue, group, records, before, after)
    is_small = len(records) + len(group.annotations) <= ITEMS_AT_HAND_MAX
    annotate = work() if is_small else await aside(work)
    return await actions.amend(found, BitMap(), BitMap(), annotate=annotate, id=id)


def _placed(
    catalogue: Catalogue,
    group: GroupState,
    records: Sequence[RecordNo],
    before: RecordNo | None,
    after: RecordNo | None,
) -> dict[int, Annotation]:
    """The ranks to give, as annotations."""
    known = group.records & catalogue.everything
    reach = max(PLACES_MAX, len(ranked_numbers(known, group.annotations)))
    order = in_own_order(catalogue, known, group.annotations, BY_TITLE, 0, reach)
    moved = [number for number in dict.fromkeys(records) if number in group.records]
    moving = set(moved)
    rest = [number for number in order if number not in moving]
    at = _position(rest, moving, before, after)
    ranks: Ranks = {
        number: rank for number in rest if (rank := rank_of(group.annotations.get(number))) is not None
    }
    given = ranks_at(rest, ranks, moved, at)
    return {number: {"rank": rank} for number, rank in given.items()}


def _position(
    rest: list[RecordNo], moving: set[RecordNo], before: RecordNo | None, after: RecordNo | None
) -> int:
    if before is None and after is None:
        return 0
    field, other = ("before", before) if before is not None else ("after", after)
    if other in moving:
        raise InvalidInput(f"{field}: this law is one of those to be moved.", field=field)
    try:
        at = rest.index(RecordNo(other or 0))
    except ValueError:
        raise InvalidInput(
            f"{field}: this law is not among the first {PLACES_MAX:,} of the list.", field=field
        ) from None
    return at if before is not None else at + 1


def ranks_at(rest: Sequence[int], ranks: Mapping[int, float], moved: Sequence[int], at: int) -> Ranks:
    """The ranks to give so that ``moved`` stand in ``rest`` at the index ``at``; as few as will do.

    ``rest`` is in the list's order, those with a rank first.
    """
    ranked = sum(1 for _ in takewhile(ranks.__contains__, rest))
    if at <= ranked:
        low = ranks[rest[at - 1]] if at else None
        high = ranks[rest[at]] if at < ranked else None
        between = _spread(low, high, len(moved))
        if between is not None:
            return dict(zip(moved, between, strict=True))
    last = max(at, ranked)
    numbered = [*rest[:at], *moved, *rest[at:last]]
    wanted = {number: float(rank) for rank, number in enumerate(numbered, 1)}
    return {number: rank for number, rank in wanted.items() if ranks.get(number) != rank}


def _spread(low: float | None, high: float | None, count: int) -> list[float] | None:
    """``count`` rising numbers between two; None when floating point has none left there."""
    if low is None:
        low = 0.0 if high is None else high - count - 1
    if high is None:
        high = low + count + 1
    step = (high - low) / (count + 1)
    numbers = [low + step * (index + 1) for index in range(count)]
    rising = [low, *numbers, high]
    return numbers if all(a < b for a, b in pairwise(rising)) else None
