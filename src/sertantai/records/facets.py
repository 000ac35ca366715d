"""Facets: how many matching records, and how many selected ones, each value has."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import compress, islice

import msgspec
import numpy as np
from pyroaring import BitMap

from sertantai.records.cells import Choice
from sertantai.records.filters import NOT_STATED
from sertantai.records.ranks import Ranks


class FacetValue(msgspec.Struct, frozen=True):
    value: str | int
    count: int
    selected: int


class Facet:
    """One column with the set of records of each of its values; "no value" is the last."""

    def __init__(self, ranks: Ranks, *, of_numbers: bool = False) -> None:
        assert ranks.values is not None
        self._stated = ranks.values
        self.values: list[str | int] = [*ranks.values, NOT_STATED]
        self.sets = ranks.sets()
        # "No year" cannot be asked for, so it is not offered: a year is a number wherever it is written.
        self._offered = len(ranks.values) if of_numbers else len(self.values)
        self._position = {value: at for at, value in enumerate(self.values)}

    def any_of(self, values: Sequence[str | int]) -> Choice:
        """An unknown value chooses nothing."""
        choice = np.zeros(len(self.values), dtype=np.bool_)
        choice[[self._position[value] for value in values if value in self._position]] = True
        return choice

    def between(self, low: int | None, high: int | None) -> Choice:
        """The (integer) values that are not under ``low`` nor over ``high``."""
        choice = np.zeros(len(self.values), dtype=np.bool_)
        first = 0 if low is None else bisect_left(self._stated, low)
        choice[first : len(self._stated) if high is None else bisect_right(self._stated, high)] = True
        return choice

    def chosen(self, choice: Choice) -> BitMap:
        """Records that have any of the chosen values."""
        return BitMap.union(BitMap(), *compress(self.sets, choice))

    def records(self, values: Sequence[str | int]) -> BitMap:
        """Records that have any of the values; an unknown value has none."""
        return self.chosen(self.any_of(values))

    def counted(
        self, counts: Sequence[int], ticked: Sequence[int], wanted: Sequence[str | int]
    ) -> list[FacetValue]:
        """Values with their counts; those without any are left out, unless they are ``wanted``."""
        kept = frozenset(wanted)
        return [
            FacetValue(value, count, selected_of_it)
            for value, count, selected_of_it in islice(
                zip(self.values, counts, ticked, strict=True), self._offered
            )
            if count or value in kept
        ]
