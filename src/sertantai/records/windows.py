"""Rows by their position in a sorted set: what numbered pages need, where a cursor knows no number."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.records.places import Places
from sertantai.records.ranks import Numbers, Ranks, numbers_of
from sertantai.records.sorting import Sort

KEY_MAX = 2**62
"""Keys of two columns and a record number are put into one integer as long as they fit."""


def window(
    columns: Mapping[str, Ranks], matching: BitMap, sort: Sort, offset: int, limit: int
) -> list[RecordNo]:
    """The rows ``offset`` to ``offset + limit`` of ``matching`` in order; fewer at the end."""
    end = min(offset + limit, len(matching))
    if offset >= end:
        return []
    ranks = columns[sort.terms[0].column]
    if len(sort.terms) == 1 and not sort.terms[0].descending and len(matching) == len(ranks.order):
        return [RecordNo(number) for number in ranks.order[offset:end].tolist()]
    numbers = numbers_of(matching)
    chosen = _chosen(numbers, Places(columns, sort, _no_value), columns, sort, offset, end)
    return [RecordNo(number) for number in numbers[chosen].tolist()]


def _chosen(
    numbers: Numbers, places: Places, columns: Mapping[str, Ranks], sort: Sort, offset: int, end: int
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
