"""The words of the register: which are spelt alike, and which were meant by a word that no title holds."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from sertantai.records.terms import Terms

CORRECTED_MIN: Final = 5
"""Letters of the shortest word in which one may be wrong; of nine letters two may be."""
TWO_WRONG_MIN: Final = 9
CORRECTIONS_MAX: Final = 5
KEPT_MAX: Final = 4_096
_ENDINGS: Final = ("ings", "ing", "ies", "ied", "ed", "es", "s", "y")


def stem(word: str) -> str:
    """Words that differ in their ending only have one: "working" and "work", "wastes" and "waste".

    It knows no grammar: one word stands for another only where all the rest of a title agrees.
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


class Vocabulary:
    """Of one register. Answers are kept: people write the same words."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        words = [word for word in terms.lexemes if word.isalpha()]
        self._by_stem: dict[str, list[str]] = {}
        for word in words:
            self._by_stem.setdefault(stem(word), []).append(word)
        self._by_length: dict[int, list[str]] = {}
        for word in words:
            self._by_length.setdefault(len(word), []).append(word)
        self.corrections = lru_cache(maxsize=KEPT_MAX)(self._corrections)

    def knows(self, word: str) -> bool:
        low, high = self._terms.span_of(word)
        return low < high

    def alike(self, word: str) -> list[str]:
        """The register's words with the same stem, itself among them if it is one."""
        return self._by_stem.get(stem(word), [])

    def postings_in(self, words: Iterable[str]) -> int:
        return sum(self._terms.postings_in(self._terms.span_of(word)) for word in words)

    def _corrections(self, word: str) -> Sequence[str]:
        """What may have been meant by a word that no title holds: one letter wrong, missing, too many, or two
        in each other's place; two of these in long words. The nearest first, and the commoner."""
        if len(word) < CORRECTED_MIN or not word.isalpha():
            return ()
        most = 2 if len(word) >= TWO_WRONG_MIN else 1
        near: list[tuple[int, int, str]] = []
        for length in range(len(word) - most, len(word) + most + 1):
            found = process.extract(
                word,
                self._by_length.get(length, ()),
                scorer=OSA.distance,
                score_cutoff=most,
                limit=CORRECTIONS_MAX,
            )
            near += [(int(distance), -self.postings_in((one,)), one) for one, distance, _ in found]
        return tuple(one for _, _, one in sorted(near)[:CORRECTIONS_MAX])
