"""The inverted index: which records hold a word that begins with what was typed."""

from bisect import bisect_left

import msgspec
import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from sertantai.records.ranks import Numbers, bitmap_of

MASK_POSTINGS_MIN = 4_096
"""From here on a mask over the register sorts and unites postings faster than Roaring does."""

LARGE_KEPT_MAX = 256
"""Of at most 25 KB each, for a register of 200,000."""
Span = tuple[int, int]
"""Lexemes from one to before another."""
_AFTER_ALL = "\U0010ffff"


class Terms(msgspec.Struct, frozen=True):
    """``lexemes`` are sorted, so that all words with one prefix lie side by side, and so do their postings:
    those of lexeme i are ``postings[offsets[i]:offsets[i + 1]]``."""

    lexemes: list[str]
    offsets: npt.NDArray[np.int64]
    postings: Numbers
    size: int
    large: dict[Span, BitMap] = msgspec.field(default_factory=dict)
    """The large sets that were asked for: few words begin many others, and everybody types those."""

    def beginning_with(self, prefix: str) -> BitMap:
        return self.records(self.span_beginning_with(prefix))

    def holding(self, term: str) -> BitMap:
        return self.records(self.span_of(term))

    def span_beginning_with(self, prefix: str) -> Span:
        """Which of the lexemes begin with it."""
        low = bisect_left(self.lexemes, prefix)
        return low, bisect_left(self.lexemes, prefix + _AFTER_ALL, low)

    def span_of(self, term: str) -> Span:
        """Which lexeme it is, if any."""
        low = bisect_left(self.lexemes, term)
        found = low < len(self.lexemes) and self.lexemes[low] == term
        return low, low + 1 if found else low

    def postings_in(self, span: Span) -> int:
        """How much work it is to find the records of these lexemes; no fewer than there are records."""
        return int(self.offsets[span[1]] - self.offsets[span[0]])

    def records(self, span: Span) -> BitMap:
        """Shared: never change it in place."""
        if self.postings_in(span) < MASK_POSTINGS_MIN:
            return bitmap_of(self._postings(span))
        kept = self.large.get(span)
        if kept is None:
            mask = np.zeros(self.size, dtype=np.bool_)
            mask[self._postings(span)] = True
            while len(self.large) >= LARGE_KEPT_MAX:
                del self.large[next(iter(self.large))]
            kept = self.large[span] = bitmap_of(np.flatnonzero(mask).astype(np.uint32))
        return kept

    def postings_of(self, term: str) -> Numbers:
        """The records that hold a word, ascending; none, if it is no lexeme."""
        return self._postings(self.span_of(term))

    def _postings(self, span: Span) -> Numbers:
        return self.postings[self.offsets[span[0]] : self.offsets[span[1]]]
