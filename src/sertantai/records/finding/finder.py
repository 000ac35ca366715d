"""Which law a text means: by its number, its title or its abbreviation, or nearly so; each with the reason.

What is *sure* is taken; all else is only offered. A text that cites a law means that law or none, and nothing
is sure where another law of the register could be meant as well.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, product
from math import log
from typing import Final

import msgspec
import numpy as np
from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.records.finding.abbreviations import (
    NONE,
    Abbreviations,
    Meaning,
    apart_from_year,
)
from sertantai.records.finding.initials import Initials
from sertantai.records.finding.laws import Laws
from sertantai.records.finding.text import (
    CHANGES,
    KINDS,
    PLACES,
    SMALL_WORDS,
    Asked,
    Title,
    is_year,
    title_of,
    understand,
)
from sertantai.records.finding.vocabulary import Vocabulary, stem

OFFERED_MAX: Final = 12
COMPARED_MAX: Final = 400
"""Titles that are read for one reading; where more hold all its words, the first by number."""
UNKNOWN_SHARE: Final = 100
"""A word that no title holds says as much as one that every hundredth holds."""
READ_MAX: Final = 96
"""Titles that are read where only some of the words are held."""
UNDATED_MAX: Final = 64
"""The same where a text names no year: words alone, of which more titles hold all, are no title."""
FEW: Final = 16
"""So few titles are read sooner than their number is brought down by further words."""
READINGS_MAX: Final = 8
WORDS_MAX: Final = 60
"""Different words of a text that are looked for when nothing is found by all of it."""
UNKNOWN_MAX: Final = 3
"""Words that no title holds; with more of them it is no title with slips."""
CORRECTED_MAX: Final = 12
TITLES_KEPT_MAX: Final = 8_192
"""As words; people write about the same laws, and worst of all in the same words again and again."""
COMMON: Final = 1 / 16
"""A word that so many of all laws hold finds none of them."""
LIKELY_MIN: Final = 0.65
"""How much of what a text says a title must hold to be offered, its rare words counting more."""
_TELL_NOTHING: Final = SMALL_WORDS | KINDS | {"si", "ssi", "wsi", "sr", "nisr", "uksi", "ukpga", "ch", "no"}
BY_NUMBER: Final = "by number"
BY_TITLE: Final = "by title"
BY_ABBREVIATION: Final = "by abbreviation"
BY_INITIALS: Final = "by the initials of its title"
BY_OWN_ABBREVIATION: Final = "by your abbreviation"
WITHOUT_YEAR: Final = "by title, without its year"
OTHER_ENDINGS: Final = "nearly: other endings of words"
ANOTHER_LETTER: Final = "nearly: a letter differs"
ANOTHER_YEAR: Final = "nearly: another year"
IN_PART: Final = "by words of its title"

Weights = dict[str, tuple[float, Sequence[str]]]
"""By word, how much it says, and as what it stands in titles."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """``score``: from 0 to 1."""

    number: RecordNo
    score: float
    reason: str


class Found(msgspec.Struct, frozen=True, gc=False):
    """``candidates``: the likeliest first. ``sure``: so many of them, from the first on, are meant."""

    candidates: tuple[Candidate, ...] = ()
    sure: int = 0


NOTHING: Final = Found()


class Finder:
    """Finds in one register. It has no state but what it knows of the words of that register."""

    def __init__(self, laws: Laws, abbreviations: Abbreviations) -> None:
        self._laws = laws
        self._abbreviations = abbreviations
        self._words = Vocabulary(laws.terms)
        self._title = lru_cache(maxsize=TITLES_KEPT_MAX)(self._read_title)
        self._initials = Initials(laws)

    def find(self, text: str, own: Abbreviations = NONE) -> Found:
        """What a text means, or may mean; ``own``: abbreviations of whoever wrote it."""
        return self.named(text, own) or self.likely(text) or NOTHING

    def named(self, text: str, own: Abbreviations = NONE) -> Found | None:
        """What a text means by a number, a whole title, or what stands for one; None: it names no law.

        With no candidates it names one that this register does not hold. ``own`` comes before titles.
        """
        asked = understand(text)
        if (cited := self._cited(asked)) is not None:
            return self._checked(asked, cited)
        if len(own) and (found := self._by_own(asked, own)).candidates:
            return found
        steps = (
            self._by_title,
            self._by_abbreviation,
            self._nearly,
            self._without_year,
            self._by_initials,
        )
        return next((found for step in steps if (found := step(asked)).candidates), None)

    def likely(self, text: str) -> Found | None:
        """What holds most of what is said, its rare words before its common ones: nothing of it is sure."""
        found = self._likely(understand(text))
        return found if found.candidates else None

    def meant(self, text: str) -> Sequence[Candidate]:
        """The laws that a text names, whether or not it says which of them."""
        return (self.named(text) or NOTHING).candidates

    # ---------------------------------------------------------------------------------------- numbers

    def _cited(self, asked: Asked) -> list[list[RecordNo]] | None:
        """Of each law that is cited, what it may be; None: nothing is cited."""
        named = [self._laws.number_named(name) for name in asked.names]
        each = [[] if number is None else [number] for number in named]
        each += [self._ordered(self._laws.of_citation(citation)) for citation in asked.citations]
        return each or None

    def _checked(self, asked: Asked, cited: list[list[RecordNo]]) -> Found:
        """What is cited, unless the title beside it is another law's."""
        beside = [title for title in asked.titles[1:] if self._telling(title)]
        titled = self._by_title(asked) if beside else NOTHING
        if beside and not titled.candidates:
            titled = self._by_abbreviation(asked)
        laws = list(dict.fromkeys(number for each in cited for number in each))
        named = {one.number for one in titled.candidates}
        if 1 in (len(cited), len(laws)) and (both := [one for one in laws if one in named]):
            # The title says which of those that have this number.
            return Found(_all(both, 1.0, BY_NUMBER), 1 if len(both) == 1 else 0)
        one_each = all(len(each) == 1 for each in cited)
        # Of several numbers nobody can say which of them a title beside them is of.
        agreed = not beside or (len(laws) == 1 and not named and self._agree(beside[0], laws[0]))
        if one_each and all(one.states_its_series for one in asked.citations) and agreed:
            return Found(_all(laws, 1.0, BY_NUMBER), len(laws))
        others = titled.candidates or (self._likely(asked).candidates if beside and not laws else ())
        return Found(_distinct((*others, *_all(laws, 0.9, BY_NUMBER))))

    def _telling(self, title: Title) -> set[str]:
        """The stems of those of its words that tell one law from another; an abbreviation is one, too."""
        words = [word for word in title.words if word.isalpha() and word not in _TELL_NOTHING]
        known = {stem(word) for word in words if self._words.alike(word)}
        return known or ({stem(word) for word in words} if self._abbreviations.laws_of(words) else set())

    def _agree(self, title: Title, law: RecordNo) -> bool:
        """Whether what stands beside a number may be the title of its law, in short or with a remark: most of
        its words, its year and its places, and whether it changes others."""
        held = self._title(law)
        stems, said = {stem(word) for word in held.words}, self._telling(title)
        places, of_law = (PLACES.intersection(one.words) for one in (title, held))
        changes, changes_others = (CHANGES.isdisjoint(one.words) for one in (title, held))
        return (
            4 * len(said & stems) >= 3 * len(said)
            and title.year in (None, held.year, self._year(law))
            and (not places or places == of_law)
            and changes == changes_others
        )

    # ----------------------------------------------------------------------------------------- titles

    def _by_title(self, asked: Asked) -> Found:
        for title in asked.titles[:READINGS_MAX]:
            wanted = title.significant
            held = self._holding(wanted, dated=title.year is not None)
            same = [number for number, one in held if one.significant == wanted]
            if same:
                exact = [number for number in same if self._title(number).words == title.words]
                return self._one(exact or same, title, 1.0, BY_TITLE)
        return NOTHING

    def _nearly(self, asked: Asked) -> Found:
        """All words, but for their endings, or for a letter of one that no title holds."""
        dated = [title for title in asked.titles[:READINGS_MAX] if title.year is not None]
        for title in dated:
            if same := self._alike(title, _stems):
                return self._one(same, title, 0.95, OTHER_ENDINGS)
        for title in dated:
            for corrected in self._corrected(title):
                if same := self._alike(corrected, _stems):
                    return self._one(same, corrected, 0.9, ANOTHER_LETTER)
        return NOTHING

    def _without_year(self, asked: Asked) -> Found:
        """Offered: of the same title there may be another, in a register that holds more."""
        for title in asked.titles[:READINGS_MAX]:
            same = self._alike(title, _yearless)
            if title.year is not None:
                same = [number for number in same if abs((self._year(number) or 0) - title.year) <= 1]
            if same:
                reason = WITHOUT_YEAR if title.year is None else ANOTHER_YEAR
                return Found(_all(self._ordered(BitMap(same))[:OFFERED_MAX], 0.8, reason))
        return NOTHING

    def _alike(self, title: Title, said: Callable[[Title], Counter[str]]) -> list[RecordNo]:
        """Laws whose titles say the same in words with the same stems."""
        wanted = said(title)
        if not wanted:
            return []
        words = [word for word in title.significant if stem(word) in wanted]
        held = self._holding(words, alike=True, dated=title.year is not None)
        return [number for number, one in held if said(one) == wanted]

    def _corrected(self, title: Title) -> Iterator[Title]:
        alike = self._words.alike
        unknown = [word for word in dict.fromkeys(title.words) if word.isalpha() and not alike(word)]
        if not 1 <= len(unknown) <= UNKNOWN_MAX:
            return
        each = [self._words.corrections(word) for word in unknown]
        for chosen in islice(product(*each), CORRECTED_MAX):
            instead = dict(zip(unknown, chosen, strict=True))
            yield Title(tuple(instead.get(word, word) for word in title.words), title.year)

    # ---------------------------------------------------------------------------------- abbreviations

    def _by_abbreviation(self, asked: Asked) -> Found:
        for title in asked.titles[:READINGS_MAX]:
            words, year = _apart(title)
            meaning = self._abbreviations.laws_of(words)
            if meaning is None:
                continue
            laws = self._held(meaning)
            of_year = [number for number in laws if self._year(number) == year] if year else laws
            if of_year:
                certain = meaning.sure_with_year if year else meaning.sure
                sure = len(of_year) if certain and (meaning.all_meant or len(of_year) == 1) else 0
                return Found(_all(of_year, 0.97, BY_ABBREVIATION), sure)
        return NOTHING

    def _by_initials(self, asked: Asked) -> Found:
        """Offered: letters and a year may be many things."""
        for title in asked.titles[:READINGS_MAX]:
            words, year = _apart(title)
            if year is not None and len(words) == 1 and not self._words.knows(words[0]):
                laws = self._initials.laws_of(words[0], year)
                if laws:
                    return Found(_all(self._ordered(BitMap(laws))[:OFFERED_MAX], 0.75, BY_INITIALS))
        return NOTHING

    def _by_own(self, asked: Asked, own: Abbreviations) -> Found:
        """With whatever years stand in it: it is somebody's own."""
        for title in asked.titles[:READINGS_MAX]:
            meaning = own.laws_of(title.words)
            if meaning is not None and (laws := self._held(meaning)):
                return Found(_all(laws, 1.0, BY_OWN_ABBREVIATION), len(laws))
        return NOTHING

    def _held(self, meaning: Meaning) -> list[RecordNo]:
        named = [self._laws.number_named(name) for name in meaning.laws]
        return [number for number in named if number is not None]

    # ---------------------------------------------------------------------------------------- in part

    def _likely(self, asked: Asked) -> Found:
        weights = self._weights(asked.titles[-1]) if asked.titles else {}
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
        likely.sort(key=lambda number: (-shares[number], *self._rank(number)))
        scored = [(number, round(0.7 * shares[number], 3)) for number in likely[:OFFERED_MAX]]
        return Found(tuple(Candidate(RecordNo(number), score, IN_PART) for number, score in scored))

    def _weights(self, title: Title) -> Weights:
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
        held = self._title(number)
        words = set(held.words)
        total = sum(weight for weight, _ in weights.values())
        said = sum(weight for weight, spellings in weights.values() if not words.isdisjoint(spellings))
        more = sum(word.isalpha() and word not in SMALL_WORDS for word in words) - len(weights)
        of_year = 0.0 if year in (None, held.year) else -0.1
        return said / total + of_year - 0.02 * max(0, more)

    # --------------------------------------------------------------------------------------- the laws

    def _holding(
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
            yield RecordNo(number), self._title(number)

    def _read_title(self, number: int) -> Title:
        return title_of(self._laws.title(number) or "")

    def _year(self, number: int) -> int | None:
        year: int | None = self._laws.value("year", number)
        return year

    def _one(self, numbers: Sequence[RecordNo], title: Title, score: float, reason: str) -> Found:
        """Sure only in the same order: "North Sea Herring" and "Herring (North Sea)" are two laws."""
        ordered = self._ordered(BitMap(numbers))
        sure = len(ordered) == 1 and _in_order(self._title(ordered[0])) == _in_order(title)
        return Found(_all(ordered[:OFFERED_MAX], score, reason), int(sure))

    def _ordered(self, numbers: BitMap) -> list[RecordNo]:
        some = islice(numbers & self._laws.everything, COMPARED_MAX)
        return sorted(map(RecordNo, some), key=self._rank)

    def _rank(self, number: int) -> tuple[bool, bool, int, int]:
        """In force before revoked, principal before what changes others, newest first."""
        live: str = self._laws.value("live", number) or ""
        changes = not CHANGES.isdisjoint(self._title(number).words)
        return live.startswith("❌"), changes, -(self._year(number) or 0), number


def _apart(title: Title) -> tuple[list[str], int | None]:
    """The words without their year, which may be written onto the last of them: "IRR17"."""
    words = [word for word in title.words if not is_year(word)]
    joined = apart_from_year(words[-1]) if words and title.year is None else None
    if joined is None:
        return words, title.year
    return [*words[:-1], joined[0]], joined[1]


def _in_order(title: Title) -> list[str]:
    return [stem(word) for word in title.words if word not in SMALL_WORDS]


def _stems(title: Title) -> Counter[str]:
    return Counter(stem(word) for word in title.words if word not in SMALL_WORDS)


def _yearless(title: Title) -> Counter[str]:
    return Counter(stem(word) for word in title.words if word not in SMALL_WORDS and not is_year(word))


def _all(numbers: Iterable[int], score: float, reason: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(RecordNo(number), score, reason) for number in numbers)


def _distinct(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    known: dict[int, Candidate] = {}
    for one in candidates:
        known.setdefault(one.number, one)
    return tuple(islice(known.values(), OFFERED_MAX))
