"""Laws whose titles hold most of what is said, rare words before common ones: nothing of it is sure."""

from collections.abc import Sequence
from itertools import islice
from math import log
from typing import Final

import numpy as np

from sertantai.core.ids import RecordNo
from sertantai.records.finding.candidates import IN_PART, NOTHING, OFFERED_MAX, Candidate, Found
from sertantai.records.finding.laws import Laws
from sertantai.records.finding.text import SMALL_WORDS, Asked, Title
from sertantai.records.finding.titles import COMPARED_MAX, Titles
from sertantai.records.finding.vocabulary import Vocabulary

UNKNOWN_SHARE: Final = 100
"""A word that no title holds says as much as one that every hundredth holds."""
READ_MAX: Final = 96
"""Titles that are read where only some of the words are held."""
WORDS_MAX: Final = 60
"""Different words of a text that are looked for when nothing is found by all of it."""
COMMON: Final = 1 / 16
"""A word that so many of all laws hold finds none of them."""
LIKELY_MIN: Final = 0.65
"""How much of what a text says a title must hold to be offered, its rare words counting more."""

Weights = dict[str, tuple[float, Sequence[str]]]
"""By word, how much it says, and as what it stands in titles."""


class InPart:
    """In one register."""

    def __init__(self, laws: Laws, titles: Titles, words: Vocabulary) -> None:
        self._laws = laws
        self._titles = titles
        self._words = words

    def likely(self, asked: Asked) -> Found:
        weights = self.weights(asked.titles[-1]) if asked.titles else {}
        if not weights:
            return NOTHING
        terms, year = self._laws.terms, asked.titles[-1].year
        scores = np.zeros(terms.size, np.float32)
        for weight, spellings in weights.values():
            if self._words.postings_in(spellings) <= max(COMPARED_MAX, COMMON * self._laws.count):
                for spelling in spellings:
                    scores[terms.postings_of(spelling)] += weight
        best = np.flatnonzero(scores)
        if len(best) > READ_MAX:
            best = best[np.argpartition(scores[best], -READ_MAX)[-READ_MAX:]]
        shares = {number: self._share(number, weights, year) for number in best.tolist()}
        likely = [number for number, share in shares.items() if share >= LIKELY_MIN]
        likely.sort(key=lambda number: (-shares[number], *self._titles.rank(number)))
        scored = [(number, round(0.7 * shares[number], 3)) for number in likely[:OFFERED_MAX]]
        return Found(tuple(Candidate(RecordNo(number), score, IN_PART) for number, score in scored))

    def weights(self, title: Title) -> Weights:
        weights: Weights = {}
        for word in islice(dict.fromkeys(title.significant), WORDS_MAX):
            if word.isdigit():
                continue
            known = [word] if self._words.knows(word) else self._words.corrections(word)[:2]
            spellings = self._words.alike(word) or known
            held = self._words.postings_in(spellings) or self._laws.count // UNKNOWN_SHARE
            weights[word] = (log(1 + self._laws.count / (1 + held)), spellings)
        return weights

    def _share(self, number: int, weights: Weights, year: int | None) -> float:
        """How much of what is said a title holds, at most 1: less by what else it says, as a long title holds
        anything."""
        held = self._titles.of(number)
        words = set(held.words)
        total = sum(weight for weight, _ in weights.values())
        said = sum(weight for weight, spellings in weights.values() if not words.isdisjoint(spellings))
        more = sum(word.isalpha() and word not in SMALL_WORDS for word in words) - len(weights)
        of_year = 0.0 if year in (None, held.year) else -0.1
        return said / total + of_year - 0.02 * max(0, more)
