"""The order its owner gave a list: by ``rank``, then everything else in the order asked for."""

from collections.abc import Mapping

from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.core.operations import Annotation
from sertantai.records.catalogue import Catalogue
from sertantai.records.sorting import Sort
from sertantai.records.windows import window


def in_own_order(
    catalogue: Catalogue,
    matching: BitMap,
    annotations: Mapping[int, Annotation],
    sort: Sort,
    offset: int,
    limit: int,
) -> list[RecordNo]:
    """Rows ``offset`` to ``offset + limit``: those with a rank by it, the rest by ``sort``."""
    ranked = ranked_numbers(matching, annotations)
    first = ranked[offset : offset + limit]
    rest = matching - BitMap(ranked) if ranked else matching
    following = window(catalogue.columns, rest, sort, max(0, offset - len(ranked)), limit - len(first))
    return [*first, *following]


def ranked_numbers(matching: BitMap, annotations: Mapping[int, Annotation]) -> list[RecordNo]:
    ranks = {
        number: rank
        for number, annotation in annotations.items()
        if number in matching and (rank := rank_of(annotation)) is not None
    }
    return [RecordNo(number) for number in sorted(ranks, key=lambda number: (ranks[number], number))]


def rank_of(annotation: Annotation | None) -> float | None:
    """The place that a record was given by hand, if it was given one."""
    rank = (annotation or {}).get("rank")
    return rank if isinstance(rank, int | float) else None
