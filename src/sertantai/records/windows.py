"""Rows by their position in a sorted set: what numbered pages need, where a cursor knows no number."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.records.ranks import Numbers, Ranks, numbers_of
from sertantai.records.sort_places import SortPlaces
from sertantai.records.sorting import Sort

KEY_MAX = 2**62
"""Keys of two columns and a record number are put into one integer as long as they fit."""
WALKED_MAX = 10_000
"""The first pages of a large set are found by going through the register in order, this far at most."""
SORTED_AT_HAND_MAX = 20_000
"""More are sorted beside the event loop: numpy lets others run meanwhile."""
SPREAD = 4
"""How much further than if they were spread evenly."""


def window(
    columns: Mapping[str, Ranks], matching: BitMap, sort: Sort, offset: int, limit: int
) -> list[RecordNo]:
    """The rows ``offset`` to ``offset + limit`` of ``matching`` in order; fewer at the end."""
    lead = [number for number in sort.lead if number in matching]
    if lead:
        first, rest = lead[offset : offset + limit], msgspec.structs.replace(sort, lead=())
        others = matching - BitMap(lead)
        return first + window(columns, others, rest, max(0, offset - len(lead)), limit - len(first))
    end = min(offset + limit, len(matching))
    if offset >= end:
        return []
    if len(sort.terms) == 1:
        order = _in_order(columns[sort.terms[0].column], descending=sort.terms[0].descending)
        if len(matching) == len(order):
            return [RecordNo(number) for number in order[offset:end].tolist()]
        if (found := _walked(order, matching, end)) is not None:
            return found[offset:]
    numbers = numbers_of(matching)
    chosen = _chosen(numbers, SortPlaces(columns, sort, _no_value), columns, sort, offset, end)
    return [RecordNo(number) for number in numbers[chosen].tolist()]


async def window_beside(
    columns: Mapping[str, Ranks], matching: BitMap, sort: Sort, offset: int, limit: int
) -> list[RecordNo]:
    """The same, without keeping others waiting while a large set is sorted."""
    if len(matching) <= SORTED_AT_HAND_MAX or _is_in_order(columns, matching, sort, offset + limit):
        return window(columns, matching, sort, offset, limit)
    return await asyncio.to_thread(window, columns, matching, sort, offset, limit)


def _is_in_order(columns: Mapping[str, Ranks], matching: BitMap, sort: Sort, end: int) -> bool:
    """Whether a large set's page is most likely found without sorting."""
    total = len(columns[sort.terms[0].column].order)
    return len(sort.terms) == 1 and (len(matching) == total or end * total // len(matching) <= WALKED_MAX)


def _in_order(ranks: Ranks, *, descending: bool) -> Numbers:
    """All records by one column. What has no value comes last either way."""
    if not descending:
        return ranks.order
    return np.concatenate((ranks.order[: ranks.stated][::-1], ranks.order[ranks.stated :][::-1]))


def _walked(order: Numbers, matching: BitMap, end: int) -> list[RecordNo] | None:
    """The first ``end`` of ``matching``; None where they stand too far behind in ``order``."""
    expected = end * len(order) // len(matching)
    if expected > WALKED_MAX:
        return None
    found = []
    for number in order[: min(WALKED_MAX, SPREAD * expected)].tolist():
        if number in matching:
            found.append(RecordNo(number))
            if len(found) == end:
                return found
    return None


def _chosen(
    numbers: Numbers, places: SortPlaces, columns: Mapping[str, Ranks], sort: Sort, offset: int, end: int
) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Which of ``numbers`` stand from ``offset`` to ``end``; only those are sorted."""
    keys, ties = places.keys(numbers).astype(np.int64), places.ties(numbers)
    size = int(numbers.max()) + 1
    largest = size
    for term in sort.terms:
        largest *= columns[term.column].distinct + 1
    if largest > KEY_MAX:
        return np.lexsort((ties, keys))[offset:end]
    whole = keys * size + (ties + size - 1 if places.descending else ties)
    if end - offset == len(whole):
        return np.argsort(whole)
    part = np.argpartition(whole, sorted({offset, end - 1}))[offset:end]
    return part[np.argsort(whole[part])]


def _no_value(_column: str, _number: int) -> object:
    raise AssertionError("positions ask for no values")
