"""Laws by the initials of their titles, beside the year that they are of."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from sertantai.core.search_terms import search_terms
from sertantai.records.finding.abbreviations import initials_of, may_be_initials
from sertantai.records.finding.laws import Laws

OF_A_YEAR_MAX: Final = 10_000
"""Laws of a year whose titles are looked at for their initials: the United Kingdom makes some 4,000."""
INITIALS_KEPT_MAX: Final = 128
"""Years, by the letter that titles begin with."""


class Initials:
    """Of one register, read as they are asked for. They are never sure: see `initials_of`."""

    def __init__(self, laws: Laws) -> None:
        self._laws = laws
        self.read = lru_cache(maxsize=INITIALS_KEPT_MAX)(self._read)

    def laws_of(self, word: str, year: int) -> Sequence[int]:
        """``word`` is folded."""
        return self.read(year, word[0]).get(word, ()) if may_be_initials(word) else ()

    def _read(self, year: int, letter: str) -> Mapping[str, Sequence[int]]:
        """Of the laws of a year whose titles begin with a letter: those of each initials."""
        found: dict[str, list[int]] = {}
        for number in islice(self._laws.of_year(year), OF_A_YEAR_MAX):
            title = (self._laws.title(number) or "").removeprefix("The ")
            if title[:1].lower() == letter and "://" not in title:  # some have a link in place of a title
                for initials in initials_of(search_terms(title)):
                    found.setdefault(initials, []).append(number)
        return found
