"""Cells: records that agree in every facet are counted as one.

A register of a million laws has some ten thousand of them, as most laws of one year are of one type and one
family. A set of records is taken to its cells once; every facet is then counted from cells, whatever the
filters, in a time that hardly grows with the register.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from sertantai.records.ranks import Ranks, numbers_of

Indexes = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.float64]
"""How many records, exactly: numpy adds weights up as floats."""
Choice = npt.NDArray[np.bool_]
"""Whether each value of a facet, by its rank, is chosen."""
Value = TypeVar("Value", bound=np.generic)
KEY_MAX = 2**62


class Cells:
    def __init__(self, facets: Mapping[str, Ranks], everything: BitMap) -> None:
        self._everything = everything
        numbers = numbers_of(everything)
        _, first, cells, sizes = np.unique(
            _keys(facets, numbers), return_index=True, return_inverse=True, return_counts=True
        )
        self._sizes = sizes.astype(np.float64)
        self._cell = np.zeros(int(numbers[-1]) + 1 if len(numbers) else 0, dtype=np.int32)
        self._cell[numbers] = cells
        # As wide as numpy wants them, lest each count widens them again.
        self._rank = {name: ranks.rank[numbers[first]].astype(np.intp) for name, ranks in facets.items()}

    def of(self, records: BitMap, choices: Mapping[str, Choice]) -> "CellsOfRecords":
        """The cells of ``records``, which all are in the register; ``choices`` are the facets' filters."""
        if len(records) < len(self._sizes):
            cells = _at(numbers_of(records), self._cell)
            return CellsOfRecords(self._rank, cells, np.ones(len(cells)), choices)
        if 2 * len(records) > len(self._everything):
            missing = self._everything - records
            counts = self._sizes - self._count(missing) if missing else self._sizes
        else:
            counts = self._count(records)
        return CellsOfRecords(self._rank, None, counts, choices)

    def _count(self, records: BitMap) -> Counts:
        return np.bincount(_at(numbers_of(records), self._cell), minlength=len(self._sizes)).astype(
            np.float64
        )


class CellsOfRecords:
    """How many of a set's records stand in which cells, of which one may be named more than once; in each of
    all cells, where they are not named."""

    def __init__(
        self,
        rank: Mapping[str, Indexes],
        cells: Indexes | None,
        counts: Counts,
        choices: Mapping[str, Choice],
    ) -> None:
        self._rank = rank
        self._cells = cells
        self._counts = counts
        self._chosen = {facet: _at(self._ranks(facet, cells), choice) for facet, choice in choices.items()}
        self._all_chosen = self._part([*self._chosen.values()])

    def by_value(self, facet: str, values: int) -> list[int]:
        """How many there are of each of the facet's ``values``, its own filter left out."""
        if facet in self._chosen:
            cells, counts = self._part([one for other, one in self._chosen.items() if other != facet])
        else:
            cells, counts = self._all_chosen
        counted = np.bincount(self._ranks(facet, cells), counts, minlength=values)
        whole: list[int] = counted.astype(np.int64).tolist()
        return whole

    def _part(self, chosen: Sequence[Choice]) -> tuple[Indexes | None, Counts]:
        """What every one of ``chosen`` has."""
        if not chosen:
            return self._cells, self._counts
        kept = np.flatnonzero(reduce(np.logical_and, chosen))
        return kept if self._cells is None else self._cells[kept], self._counts[kept]

    def _ranks(self, facet: str, cells: Indexes | None) -> Indexes:
        return self._rank[facet] if cells is None else _at(cells, self._rank[facet])


def _at(indexes: Indexes, values: npt.NDArray[Value]) -> npt.NDArray[Value]:
    """``values[indexes]`` in half the time: all of them are known to be inside."""
    return values.take(indexes, mode="clip")


def _keys(facets: Mapping[str, Ranks], numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Equal for records with the same value in each facet."""
    keys, distinct = np.zeros(len(numbers), dtype=np.int64), 1
    for ranks in facets.values():
        values = ranks.distinct + 1
        if distinct * values > KEY_MAX:
            known, keys = _dense(keys)
            distinct = known
        keys, distinct = keys * values + ranks.rank[numbers], distinct * values
    return keys


def _dense(keys: npt.NDArray[np.int64]) -> tuple[int, npt.NDArray[np.int64]]:
    known, dense = np.unique(keys, return_inverse=True)
    return len(known), dense
