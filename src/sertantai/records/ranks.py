"""One column of the register as ranks: what sorting, facets and cursors are made of."""

from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

Integers: TypeAlias = npt.NDArray[np.int32]
Numbers: TypeAlias = npt.NDArray[np.uint32]


class Ranks(msgspec.Struct, frozen=True):
    """Equal values share a rank; ranks are dense and start at 0; "no value" has the last.

    ``rank`` is indexed by record number. ``order`` lists the record numbers by rank, then number. The first
    ``stated`` of them have a value. ``values`` are the distinct values by rank, where they are few enough to
    keep; else ``None``.
    """

    rank: Integers
    order: Numbers
    stated: int
    distinct: int
    values: list[Any] | None

    def starts(self) -> npt.NDArray[np.int64]:
        """Where in ``order`` each rank begins; "no value" is the last."""
        ranks = self.rank[self.order]
        return np.searchsorted(ranks, np.arange(self.distinct + 2))

    def items(self) -> Sequence[int]:
        """``rank`` for whoever asks for one at a time: Python reads a memoryview faster than numpy."""
        return self.rank.view(np.uint8).data.cast("i") if self.rank.size else ()

    def sets(self) -> list[BitMap]:
        """The records of each rank, "no value" last (perhaps empty)."""
        starts = self.starts().tolist()
        return [bitmap_of(self.order[start:end]) for start, end in pairwise(starts)]


def ranks_of(size: int, numbers: Numbers, ranks: Integers, stated: int, values: list[Any] | None) -> Ranks:
    """``ranks`` are dense, start at 1, belong to ``numbers``, and the largest is "no value" if there is one.

    ``size`` is the largest record number plus one.
    """
    rank = np.full(size, -1, dtype=np.int32)
    rank[numbers] = ranks - 1
    order = numbers[np.lexsort((numbers, ranks))]
    highest = int(ranks.max()) if len(ranks) else 0
    distinct = highest - 1 if stated < len(numbers) else highest
    return Ranks(rank, np.ascontiguousarray(order), stated, distinct, values)


def bitmap_of(numbers: Numbers) -> BitMap:
    """pyroaring reads an array.array much faster than it reads an ndarray."""
    filled = array("I")
    filled.frombytes(np.ascontiguousarray(numbers, dtype=np.uint32).tobytes())
    return BitMap(filled)


def numbers_of(records: BitMap) -> Numbers:
    return np.frombuffer(records.to_array(), dtype=np.uint32)
