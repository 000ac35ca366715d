"""The titles of a register, as words: those that hold some, and which of several is likelier."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.records.finding.laws import Laws
from sertantai.records.finding.text import CHANGES, Title, title_of
from sertantai.records.finding.vocabulary import Vocabulary

COMPARED_MAX: Final = 400
"""Titles that are read for one reading; where more hold all its words, the first by number."""
UNDATED_MAX: Final = 64
"""The same where a text names no year: words alone, of which more titles hold all, are no title."""
FEW: Final = 16
"""So few titles are read sooner than their number is brought down by further words."""
TITLES_KEPT_MAX: Final = 8_192
"""As words; people write about the same laws, and worst of all in the same words again and again."""


class Titles:
    """``of`` gives one by its law's number."""

    def __init__(self, laws: Laws, words: Vocabulary) -> None:
        self._laws = laws
        self._words = words
        self.of = lru_cache(maxsize=TITLES_KEPT_MAX)(self._read)

    def holding(
        self, words: Sequence[str], *, dated: bool, alike: bool = False
    ) -> Iterator[tuple[RecordNo, Title]]:
        """Laws whose titles hold every word, or one with the same stem, as far as they are looked at."""
        wanted: list[tuple[int, Sequence[str]]] = []
        for word in dict.fromkeys(words):
            spellings: Sequence[str] = self._words.alike(word) if alike and word.isalpha() else [word]
            wanted.append((self._words.postings_in(spellings), spellings))
        found: BitMap | None = None
        for held, each in sorted(wanted, key=lambda one: one[0]):
            if held == 0 or (found is not None and not found):
                return
            if found is not None and len(found) <= FEW:
                break
            some = BitMap.union(*(self._laws.holding((one,)) for one in each))
            found = some if found is None else found & some
        if found is None or (not dated and len(found) > UNDATED_MAX):
            return
        for number in islice(found & self._laws.everything, COMPARED_MAX):
            yield RecordNo(number), self.of(number)

    def _read(self, number: int) -> Title:
        return title_of(self._laws.title(number) or "")

    def year(self, number: int) -> int | None:
        year: int | None = self._laws.value("year", number)
        return year

    def ordered(self, numbers: BitMap) -> list[RecordNo]:
        some = islice(numbers & self._laws.everything, COMPARED_MAX)
        return sorted(map(RecordNo, some), key=self.rank)

    def rank(self, number: int) -> tuple[bool, bool, int, int]:
        """In force before revoked, principal before what changes others, newest first."""
        live: str = self._laws.value("live", number) or ""
        changes = not CHANGES.isdisjoint(self.of(number).words)
        return live.startswith("❌"), changes, -(self.year(number) or 0), number
