"""The inverted index: which records hold a word that begins with what was typed."""

from bisect import bisect_left

import msgspec
import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from sertantai.records.ranks import Numbers, bitmap_of

MASK_POSTINGS_MIN = 4_096
"""From here on a mask over the register sorts and unites postings faster than Roaring does."""

_AFTER_ALL = "\U0010ffff"


class Terms(msgspec.Struct, frozen=True):
    """``lexemes`` are sorted, so that all words with one prefix lie side by side, and so do their postings:
    those of lexeme i are ``postings[offsets[i]:offsets[i + 1]]``."""

    lexemes: list[str]
    offsets: npt.NDArray[np.int64]
    postings: Numbers
    size: int

    def beginning_with(self, prefix: str) -> BitMap:
        low = bisect_left(self.lexemes, prefix)
        return self._between(low, bisect_left(self.lexemes, prefix + _AFTER_ALL, low))

    def holding(self, term: str) -> BitMap:
        low = bisect_left(self.lexemes, term)
        found = low < len(self.lexemes) and self.lexemes[low] == term
        return self._between(low, low + 1) if found else BitMap()

    def _between(self, low: int, high: int) -> BitMap:
        found = self.postings[self.offsets[low] : self.offsets[high]]
        if len(found) < MASK_POSTINGS_MIN:
            return bitmap_of(found)
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[found] = True
        return bitmap_of(np.flatnonzero(mask).astype(np.uint32))
