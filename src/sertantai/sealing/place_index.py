"""Which leaf of the log is of which operation, in memory: 16 bytes a leaf, where a dictionary takes 200."""

from array import array
from bisect import bisect_right
from typing import Final

import numpy as np

from sertantai.sealing.files import NOTICE, TrailFiles

PART_BITS: Final = 24
PART_MAX: Final = 2**PART_BITS - 1
POSITION_MAX: Final = 2 ** (64 - PART_BITS) - 1
"""Of no operation are so many parts written, and so many operations by nobody."""


class PlaceIndex:
    """Of the first ``size`` leaves of a log; notices have no place of theirs."""

    def __init__(self, files: TrailFiles | None = None, size: int = 0) -> None:
        self._keys, self._leaves = array("Q"), array("Q")
        if files is None or not size:
            return
        begin = 0
        for places in files.place_columns(size):
            kept = np.flatnonzero(places["part"] != NOTICE)
            found = places[kept]
            keys = found["position"].astype(np.uint64) << PART_BITS | found["part"].astype(np.uint64)
            self._keys.frombytes(keys.tobytes())
            self._leaves.frombytes((kept + begin).astype(np.uint64).tobytes())
            begin += len(places)
        keys = np.frombuffer(self._keys, dtype=np.uint64)
        if np.any(keys[1:] < keys[:-1]):  # parts between which others stand; what was written again
            order = np.argsort(keys, kind="stable")  # of two leaves of one place the newest comes last
            leaves = np.frombuffer(self._leaves, dtype=np.uint64)
            self._keys, self._leaves = array("Q", keys[order].tobytes()), array("Q", leaves[order].tobytes())

    def get(self, position: int | None, part: int | None) -> int | None:
        """None: no leaf is of that part, as of whatever somebody else wrote into a row."""
        if position is None or part is None or not (0 <= position <= POSITION_MAX and 0 <= part <= PART_MAX):
            return None
        wanted = position << PART_BITS | part
        at = bisect_right(self._keys, wanted) - 1
        return self._leaves[at] if at >= 0 and self._keys[at] == wanted else None

    @property
    def size_bytes(self) -> int:
        return len(self._keys) * (self._keys.itemsize + self._leaves.itemsize)
