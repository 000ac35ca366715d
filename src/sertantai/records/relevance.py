"""What a search is most likely looking for: principal laws before those that change others, what is in force
before what is not, titles that say little else before long ones, the newest first.

It depends on the register alone, so that an order stays as it is while somebody ticks in it. What a search
names outright stands before all of it (`Sort.lead`).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from sertantai.records.finding.text import CHANGES, SMALL_WORDS
from sertantai.records.ranks import Integers, Ranks, ranks_of
from sertantai.records.sorting import title_key
from sertantai.records.terms import Terms

WORDS_COUNTED_MAX: Final = 63
"""Of a title. What has more words is as long as that."""
_YEARS: Final = 10_000
_AFTER_ALL_TITLES: Final = "\U0010ffff"
NOT_IN_FORCE: Final = "❌"


class Standing:
    """Where each law stands by relevance."""

    def __init__(self, columns: Mapping[str, Ranks], terms: Terms) -> None:
        titles = columns["title_en"]
        size = len(titles.rank)
        self._classes = _classes(size, columns, terms)
        numbers = np.flatnonzero(titles.rank >= 0).astype(np.uint32)
        keys = self._classes[numbers].astype(np.int64) * (titles.distinct + 1) + titles.rank[numbers]
        _, dense = np.unique(keys, return_inverse=True)
        self.ranks = ranks_of(size, numbers, (dense + 1).astype(np.int32), len(numbers), None)

    def value(self, number: int, title: str | None) -> str:
        """What a cursor says of the place of a law: in the order of these texts they stand."""
        return f"{self._classes[number]:07}{title_key(title) if title else _AFTER_ALL_TITLES}"


def _classes(size: int, columns: Mapping[str, Ranks], terms: Terms) -> Integers:
    """A number for each law, the smallest for the likeliest."""
    live, years = columns["live"], columns["year"]
    changes = np.zeros(size, dtype=np.int64)
    for word in CHANGES:
        changes[terms.postings_of(word)] = 1
    assert live.values is not None
    assert years.values is not None
    ended = np.array([str(value).startswith(NOT_IN_FORCE) for value in live.values] + [False, False])
    ages = np.array([_YEARS - 1 - int(year) for year in years.values] + [_YEARS - 1, _YEARS - 1])
    lengths = np.minimum(_lengths(size, columns["type_code"].values or (), terms), WORDS_COUNTED_MAX)
    state = changes * 2 + ended[live.rank]
    found: npt.NDArray[np.int64] = (state * (WORDS_COUNTED_MAX + 1) + lengths) * _YEARS + ages[years.rank]
    return found.astype(np.int32)


def _lengths(size: int, codes: Sequence[object], terms: Terms) -> npt.NDArray[np.int64]:
    """How many different words each title has, but for small ones; those of a name are none."""
    none = SMALL_WORDS | {"uk", *map(str, codes)}
    counted = np.array([word.isalpha() and word not in none for word in terms.lexemes], dtype=np.bool_)
    said = terms.postings[np.repeat(counted, np.diff(terms.offsets))]
    return np.bincount(said, minlength=size)[:size]
