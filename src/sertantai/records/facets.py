"""Facets: how many matching records, and how many selected ones, each value has."""

from bisect import bisect_left, bisect_right
from itertools import islice

import msgspec
import numpy as np
from pyroaring import BitMap

from sertantai.records.filters import NOT_STATED
from sertantai.records.ranks import Ranks, numbers_of

CONTAINER_BITS = 16
"""A bitmap keeps so many bits of its numbers in one container, and meets another container by container."""
RECORDS_OF_A_MEETING = 64
"""As many are counted one by one in the time that two containers take to meet, by measurement."""


class FacetValue(msgspec.Struct, frozen=True):
    value: str | int
    count: int
    selected: int


class Facet:
    """One column with the set of records of each of its values; "no value" is the last."""

    def __init__(self, ranks: Ranks, *, of_numbers: bool = False) -> None:
        assert ranks.values is not None
        self._ranks = ranks
        self.values: list[str | int] = [*ranks.values, NOT_STATED]
        self.sets = ranks.sets()
        # "No year" cannot be asked for, so it is not offered: a year is a number wherever it is written.
        self._offered = len(ranks.values) if of_numbers else len(self.values)
        self._sizes = [len(records) for records in self.sets]
        containers = 1 + (len(ranks.rank) >> CONTAINER_BITS)
        self.one_by_one_max = RECORDS_OF_A_MEETING * len(self.sets) * containers
        """Sets of so many records are counted one by one, larger ones by meeting each value's set: with many
        values, as of years, that takes longer."""
        self._position = {value: at for at, value in enumerate(self.values)}

    def records(self, values: tuple[str | int, ...]) -> BitMap:
        """Records that have any of the values; an unknown value has none."""
        known = (self._position[value] for value in values if value in self._position)
        return BitMap.union(BitMap(), *(self.sets[at] for at in known))

    def between(self, low: int | None, high: int | None) -> BitMap:
        """Records whose (integer) value is not under ``low`` nor over ``high``."""
        values = self._ranks.values or []
        first = 0 if low is None else bisect_left(values, low)
        end = len(values) if high is None else bisect_right(values, high)
        return BitMap.union(BitMap(), *self.sets[first:end])

    def count(
        self, base: BitMap, selected: BitMap, chosen: tuple[str | int, ...], everything: bool
    ) -> list[FacetValue]:
        """Values with their counts in ``base`` and in ``selected`` of it; values without any are left out,
        unless they are chosen."""
        counts = self._sizes if everything else self._counts(base)
        ticked = self._counts(selected)
        wanted = frozenset(chosen)
        return [
            FacetValue(value, count, selected_of_it)
            for value, count, selected_of_it in islice(
                zip(self.values, counts, ticked, strict=True), self._offered
            )
            if count or value in wanted
        ]

    def _counts(self, records: BitMap) -> list[int]:
        if not records:
            return [0] * len(self.sets)
        if len(records) <= self.one_by_one_max:
            ranks = self._ranks.rank[numbers_of(records)]
            counted: list[int] = np.bincount(ranks, minlength=len(self.sets)).tolist()
            return counted
        return [records.intersection_cardinality(one) for one in self.sets]
