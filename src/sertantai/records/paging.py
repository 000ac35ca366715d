"""Pages and ranges of a sorted set of records, without sorting the set."""

import numpy as np
from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.records.ranks import Numbers, Ranks, bitmap_of, numbers_of
from sertantai.records.sort_places import Keys, SortPlace, SortPlaces

WALK_ROWS_MAX = 4_096
"""So many rows of the sorted register are looked at one by one before the whole set is looked at at once."""


def first_after(matching: BitMap, places: SortPlaces, start: SortPlace | None, limit: int) -> list[RecordNo]:
    """The first ``limit`` of ``matching`` behind ``start``, in order."""
    lead = [number for number in places.lead if number in matching]
    if not lead:
        return _first_by_columns(matching, places, start, limit)
    first = [number for number in lead if start is None or places.of(number) > start][:limit]
    if len(first) == limit:
        return first
    behind = None if start is None or start.key < 0 else start
    return first + _first_by_columns(matching - BitMap(lead), places, behind, limit - len(first))


def _first_by_columns(
    matching: BitMap, places: SortPlaces, start: SortPlace | None, limit: int
) -> list[RecordNo]:
    """Of those that are not in the lead."""
    if places.only is not None and _is_dense(matching, places.only, limit):
        found = _walk(matching, places, places.only, start, limit)
        if found is not None:
            return found
    return _select(matching, places, start, limit)


def between(matching: BitMap, places: SortPlaces, one: int, other: int) -> BitMap:
    """Those of ``matching`` from one record to the other, in either direction, both included."""
    first, last = sorted((places.of(one), places.of(other)))
    numbers = numbers_of(matching)
    keys, ties = places.keys(numbers), places.ties(numbers)
    inside = (keys > first.key) | ((keys == first.key) & (ties >= first.tie))
    inside &= (keys < last.key) | ((keys == last.key) & (ties <= last.tie))
    return bitmap_of(numbers[inside])


def _is_dense(matching: BitMap, ranks: Ranks, limit: int) -> bool:
    return len(matching) * WALK_ROWS_MAX > limit * len(ranks.order)


def _walk(
    matching: BitMap, places: SortPlaces, ranks: Ranks, start: SortPlace | None, limit: int
) -> list[RecordNo] | None:
    """The page, or ``None`` when it is not full within the bound and the register goes on."""
    at = _index_after(places, ranks, start) if start is not None else 0
    window = _window(ranks, places.descending, at, at + WALK_ROWS_MAX)
    found: list[RecordNo] = []
    for number in window:
        if number in matching:
            found.append(RecordNo(number))
            if len(found) == limit:
                return found
    return found if at + WALK_ROWS_MAX >= len(ranks.order) else None


def _index_after(places: SortPlaces, ranks: Ranks, start: SortPlace) -> int:
    low, high = 0, len(ranks.order)
    while low < high:
        middle = (low + high) // 2
        if places.by_columns(_at(ranks, places.descending, middle)) <= start:
            low = middle + 1
        else:
            high = middle
    return low


def _at(ranks: Ranks, descending: bool, index: int) -> int:
    """The record at ``index`` of the order; descending, "no value" stays last."""
    if not descending:
        return int(ranks.order[index])
    end = ranks.stated if index < ranks.stated else len(ranks.order) + ranks.stated
    return int(ranks.order[end - 1 - index])


def _window(ranks: Ranks, descending: bool, start: int, end: int) -> list[int]:
    """The records at these places of the order, as `_at` tells them one by one."""
    order, stated = ranks.order, ranks.stated
    if descending:
        order = np.concatenate(
            (_reversed(order[:stated], start, end), _reversed(order[stated:], start - stated, end - stated))
        )
    else:
        order = order[start:end]
    found: list[int] = order.tolist()
    return found


def _reversed(part: Numbers, start: int, end: int) -> Numbers:
    """What stands from ``start`` to ``end`` when it is read backwards; either may be outside of it."""
    first, last = (max(0, len(part) - max(0, at)) for at in (end, start))
    return part[first:last][::-1]


def _select(matching: BitMap, places: SortPlaces, start: SortPlace | None, limit: int) -> list[RecordNo]:
    numbers = numbers_of(matching)
    if places.only is None:
        numbers = _narrowed(numbers, places, start, limit)
    keys = places.keys(numbers)
    if start is not None:
        numbers, keys = _behind(numbers, keys, places, start)
    if len(numbers) > limit:
        chosen = _smallest(keys, limit, places.descending)
        numbers, keys = numbers[chosen], keys[chosen]
    order = np.lexsort((places.ties(numbers), keys))
    return [RecordNo(number) for number in numbers[order].tolist()]


def _narrowed(numbers: Numbers, places: SortPlaces, start: SortPlace | None, limit: int) -> Numbers:
    """Those among which the page is for sure, by the first of several columns: it takes half the time."""
    keys = places.leading_keys(numbers)
    if start is not None:
        lowest = places.leading(start.key)
        near = keys >= lowest
        numbers, keys, surely_behind = numbers[near], keys[near], keys[keys > lowest]
    else:
        surely_behind = keys
    if len(surely_behind) <= limit:
        return numbers
    highest = np.partition(surely_behind, limit - 1)[limit - 1]
    return numbers[np.flatnonzero(keys <= highest)]


def _behind(numbers: Numbers, keys: Keys, places: SortPlaces, start: SortPlace) -> tuple[Numbers, Keys]:
    behind = keys > start.key
    level = np.flatnonzero(keys == start.key)
    behind[level[places.ties(numbers[level]) > start.tie]] = True
    return numbers[behind], keys[behind]


def _smallest(keys: Keys, limit: int, ties_descending: bool) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Indexes of the ``limit`` smallest keys; of equal ones the first, or the last when ties count down."""
    highest = np.partition(keys, limit - 1)[limit - 1]
    lower = np.flatnonzero(keys < highest)
    level = np.flatnonzero(keys == highest)
    missing = limit - len(lower)
    return np.concatenate((lower, level[-missing:] if ties_descending else level[:missing]))
