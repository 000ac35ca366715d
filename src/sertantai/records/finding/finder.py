"""Which law a text means: by its number, its title or its abbreviation, or nearly so; each with the reason.

What is *sure* is taken; all else is only offered. A text that cites a law means that law or none, and nothing
is sure where another law of the register could be meant as well.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import Final

from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.records.finding.abbreviations import NONE, Abbreviations, Meaning, apart_from_year, initials_of
from sertantai.records.finding.candidates import (
    ABBREVIATION_OF_ANOTHER_YEAR,
    ANOTHER_LETTER,
    ANOTHER_YEAR,
    BY_ABBREVIATION,
    BY_BEGINNING,
    BY_INITIALS,
    BY_NUMBER,
    BY_OWN_ABBREVIATION,
    BY_TITLE,
    NOTHING,
    OFFERED_MAX,
    OTHER_ENDINGS,
    WITHOUT_YEAR,
    Candidate,
    Found,
    distinct,
    with_reason,
)
from sertantai.records.finding.in_part import InPart
from sertantai.records.finding.initials import Initials
from sertantai.records.finding.laws import Laws
from sertantai.records.finding.several import Several, laws_named
from sertantai.records.finding.text import (
    CHANGES,
    KINDS,
    PLACES,
    SMALL_WORDS,
    Asked,
    Title,
    beginning,
    understand,
)
from sertantai.records.finding.titles import Titles
from sertantai.records.finding.vocabulary import Vocabulary, stem
from sertantai.records.finding.years import is_year

READINGS_MAX: Final = 8
UNKNOWN_MAX: Final = 3
"""Words that no title holds; with more of them it is no title with slips."""
CORRECTED_MAX: Final = 12
WITHOUT_YEAR_OF_ROW_MAX: Final = 2
"""Laws of one line that are looked for without their year, which takes ten times as long as all else."""
_TELL_NOTHING: Final = SMALL_WORDS | KINDS | {"si", "ssi", "wsi", "sr", "nisr", "uksi", "ukpga", "ch", "no"}


class Finder:
    """Finds in one register. It has no state but what it knows of the words of that register."""

    def __init__(self, laws: Laws, abbreviations: Abbreviations) -> None:
        self._laws = laws
        self._abbreviations = abbreviations
        self._words = Vocabulary(laws.terms)
        self._titles = Titles(laws, self._words)
        self._in_part = InPart(laws, self._titles, self._words)
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
        if (whole := self._by_title(Asked(asked.titles[:1], (), (), short=asked.short))).candidates:
            return whole
        if (several := self._each_of(laws_named(text))).candidates:
            return several
        steps = (
            self._by_title,
            self._by_abbreviation,
            self._nearly,
            self._without_year,
            self._by_initials,
            self._with_guessed_year,
        )
        found = self._first_of(steps, asked)
        return found if found.candidates else None

    def _first_of(self, steps: Sequence[Callable[[Asked], Found]], asked: Asked) -> Found:
        return next((found for step in steps if (found := step(asked)).candidates), NOTHING)

    def _each_of(self, several: Several) -> Found:
        """Sure where each text is; else what each may mean is offered, the likeliest of each first."""
        texts, each, left = several.texts, [], WITHOUT_YEAR_OF_ROW_MAX
        for text in texts:
            asked = understand(text)
            found = self._first_of((self._by_title, self._by_abbreviation, self._nearly), asked)
            if not found.candidates and left:
                left, found = left - 1, self._without_year(asked)
            each.append(found)
        first = [found.candidates[0] for found in each if found.candidates]
        if several.are_all and len(first) == len(texts) and all(found.sure == 1 for found in each):
            return Found(distinct(first), len({one.number for one in first}))
        return Found(distinct((*first, *(one for found in each for one in found.candidates))))

    def likely(self, text: str) -> Found | None:
        """An abbreviation beside a year that none of its laws is of; else what holds most of what is said.
        Nothing of it is sure."""
        asked = understand(text)
        of_other_years = self._of_other_years(asked)
        if of_other_years:
            return Found(of_other_years)
        begins = beginning(text)
        begun = self._by_title(Asked((begins,), (), ())).candidates if begins else ()
        first = with_reason((one.number for one in begun), 0.75, BY_BEGINNING)
        found = distinct((*first, *self._in_part.likely(asked).candidates))
        return Found(found) if found else None

    def meant(self, text: str) -> Sequence[Candidate]:
        """The laws that a text names, whether or not it says which of them."""
        return (self.named(text) or NOTHING).candidates

    # ---------------------------------------------------------------------------------------- numbers

    def _cited(self, asked: Asked) -> list[list[RecordNo]] | None:
        """Of each law that is cited, what it may be; None: nothing is cited."""
        named = [self._laws.number_named(name) for name in asked.names]
        each = [[] if number is None else [number] for number in named]
        each += [self._titles.ordered(self._laws.of_citation(citation)) for citation in asked.citations]
        return each or None

    def _checked(self, asked: Asked, cited: list[list[RecordNo]]) -> Found:
        """What is cited, unless the title beside it is another law's."""
        beside = [title for title in asked.titles[1:] if self._telling(title)]
        titled = self._by_title(asked) if beside else NOTHING
        for otherwise in (self._by_abbreviation, self._nearly):
            if beside and not titled.candidates:
                titled = otherwise(asked)
        laws = list(dict.fromkeys(number for each in cited for number in each))
        named = {one.number for one in titled.candidates}
        if 1 in (len(cited), len(laws)) and (both := [one for one in laws if one in named]):
            # The title says which of those that have this number.
            return Found(with_reason(both, 1.0, BY_NUMBER), 1 if len(both) == 1 else 0)
        one_each = all(len(each) == 1 for each in cited)
        # Of several numbers nobody can say which of them a title beside them is of.
        agreed = not beside or (len(laws) == 1 and not named and self._agree(beside[0], laws[0]))
        if one_each and all(one.states_its_series for one in asked.citations) and agreed:
            return Found(with_reason(laws, 1.0, BY_NUMBER), len(laws))
        if not one_each or not all(one.states_its_series for one in asked.citations):
            laws = [one for one in laws if not beside or self._shares(beside[0], one)]
        others = titled.candidates or (self._in_part.likely(asked).candidates if beside and not laws else ())
        # An abbreviation may have been of many laws: what is cited stands behind the first of them.
        first = max(1, titled.sure)
        return Found(distinct((*others[:first], *with_reason(laws, 0.9, BY_NUMBER), *others[first:])))

    def _telling(self, title: Title) -> set[str]:
        """The stems of those of its words that tell one law from another; an abbreviation is one, too."""
        words = [word for word in title.words if word.isalpha() and word not in _TELL_NOTHING]
        known = {stem(word) for word in words if self._words.alike(word)}
        return known or ({stem(word) for word in words} if self._abbreviations.laws_of(words) else set())

    def _shares(self, title: Title, law: RecordNo) -> bool:
        """A bare number may be of anything: "Data Protection Regulation 2016/679" is no law of ours."""
        stems = {stem(word) for word in self._titles.of(law).words}
        return not stems.isdisjoint(self._telling(title))

    def _agree(self, title: Title, law: RecordNo) -> bool:
        """Whether what stands beside a number may be the title of its law, in short or with a remark: most of
        its words, its year and its places, and whether it changes others."""
        held = self._titles.of(law)
        stems, said = {stem(word) for word in held.words}, self._telling(title)
        places, of_law = (PLACES.intersection(one.words) for one in (title, held))
        changes, changes_others = (CHANGES.isdisjoint(one.words) for one in (title, held))
        return (
            4 * len(said & stems) >= 3 * len(said)
            and title.year in (None, held.year, self._titles.year(law))
            and (not places or places == of_law)
            and changes == changes_others
        )

    # ----------------------------------------------------------------------------------------- titles

    def _by_title(self, asked: Asked) -> Found:
        for title in asked.titles[:READINGS_MAX]:
            wanted = title.significant
            held = self._titles.holding(wanted, dated=title.year is not None)
            same = [number for number, one in held if one.significant == wanted]
            if same:
                exact = [number for number in same if self._titles.of(number).words == title.words]
                return self._fitting(asked, self._one(exact or same, title, 1.0, BY_TITLE))
        return NOTHING

    def _nearly(self, asked: Asked) -> Found:
        """All words, but for their endings, or for a letter of one that no title holds."""
        dated = [title for title in asked.titles[:READINGS_MAX] if title.year is not None]
        for title in dated:
            if same := self._alike(title, _stems):
                return self._fitting(asked, self._one(same, title, 0.95, OTHER_ENDINGS))
        for title in dated:
            for corrected in self._corrected(title):
                if same := self._alike(corrected, _stems):
                    return self._fitting(asked, self._one(same, corrected, 0.9, ANOTHER_LETTER))
        return NOTHING

    def _fitting(self, asked: Asked, found: Found) -> Found:
        """Not sure where a short name in brackets is of another law: it may have been part of the title."""
        if not asked.short or not found.sure:
            return found
        words = self._titles.of(found.candidates[0].number).words
        meaning = self._abbreviations.laws_of([asked.short])
        fits = (
            asked.short in words
            or asked.short in initials_of(words)
            or (meaning is not None and found.candidates[0].number in self._held(meaning))
        )
        return found if fits else Found(found.candidates)

    def _without_year(self, asked: Asked) -> Found:
        """Offered: of the same title there may be another, in a register that holds more."""
        for title in asked.titles[:READINGS_MAX]:
            same = self._alike(title, _yearless)
            if title.year is not None:
                same = [number for number in same if abs((self._titles.year(number) or 0) - title.year) <= 1]
            if same:
                reason = WITHOUT_YEAR if title.year is None else ANOTHER_YEAR
                return Found(with_reason(self._titles.ordered(BitMap(same))[:OFFERED_MAX], 0.8, reason))
        return NOTHING

    def _alike(self, title: Title, said: Callable[[Title], Counter[str]]) -> list[RecordNo]:
        """Laws whose titles say the same in words with the same stems."""
        wanted = said(title)
        if not wanted:
            return []
        words = [word for word in title.significant if stem(word) in wanted]
        held = self._titles.holding(words, alike=True, dated=title.year is not None)
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
            of_year = [number for number in laws if self._titles.year(number) == year] if year else laws
            if of_year:
                certain = meaning.sure_with_year if year else meaning.sure
                sure = len(of_year) if certain and (meaning.all_meant or len(of_year) == 1) else 0
                return Found(with_reason(of_year, 0.97, BY_ABBREVIATION), sure)
        return NOTHING

    def _with_guessed_year(self, asked: Asked) -> Found:
        """Offered: "Building Regs 10" may be of 2010, or the tenth of them."""
        for step in (self._by_title, self._by_abbreviation, self._nearly):
            if (found := step(Asked(asked.guessed, (), ()))).candidates:
                return Found(found.candidates)
        return NOTHING

    def _by_initials(self, asked: Asked) -> Found:
        """Offered: letters and a year may be many things."""
        for title in asked.titles[:READINGS_MAX]:
            words, year = _apart(title)
            if year is not None and len(words) == 1 and not self._words.knows(words[0]):
                laws = self._initials.laws_of(words[0], year)
                if laws:
                    those = with_reason(self._titles.ordered(BitMap(laws))[:OFFERED_MAX], 0.75, BY_INITIALS)
                    return Found(distinct((*those, *self._of_other_years(asked))))
        return NOTHING

    def _of_other_years(self, asked: Asked) -> tuple[Candidate, ...]:
        """Offered: who writes "PUWER 1999" may mean the law of 1998. A year more or less is the likeliest,
        then what is meant today."""
        for title in asked.titles[:READINGS_MAX]:
            words, year = _apart(title)
            meaning = self._abbreviations.laws_of(words) if year is not None else None
            if year is not None and meaning is not None and (laws := self._held(meaning)):
                laws.sort(key=lambda number: abs((self._titles.year(number) or 0) - year) > 1)
                return with_reason(laws[:OFFERED_MAX], 0.7, ABBREVIATION_OF_ANOTHER_YEAR)
        return ()

    def _by_own(self, asked: Asked, own: Abbreviations) -> Found:
        """With whatever years stand in it: it is somebody's own."""
        for title in asked.titles[:READINGS_MAX]:
            meaning = own.laws_of(title.words)
            if meaning is not None and (laws := self._held(meaning)):
                return Found(with_reason(laws, 1.0, BY_OWN_ABBREVIATION), len(laws))
        return NOTHING

    def _held(self, meaning: Meaning) -> list[RecordNo]:
        named = [self._laws.number_named(name) for name in meaning.laws]
        return [number for number in named if number is not None]

    def _one(self, numbers: Sequence[RecordNo], title: Title, score: float, reason: str) -> Found:
        """Sure only in the same order: "North Sea Herring" and "Herring (North Sea)" are two laws."""
        ordered = self._titles.ordered(BitMap(numbers))
        sure = len(ordered) == 1 and _in_order(self._titles.of(ordered[0])) == _in_order(title)
        return Found(with_reason(ordered[:OFFERED_MAX], score, reason), int(sure))


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
