"""What people write in place of a title: COSHH, HASAWA, the Six Pack, and initials that a title would give.

`abbreviations.csv` holds those that are in real use. ``laws`` names laws as the register does, the one meant
today first; ``historic`` those of them that are no longer in force. Of kind ``one`` only one of the laws is
meant, and a year beside it says which; of kind ``all`` every one. ``sure`` is ``yes`` for what means nothing
else (COSHH); ``with year`` where the letters have other uses, which a year rules out (CAR, DPA); ``no`` where
people often mean a law that is not in this register, such as an EU regulation (REACH, GDPR): then those of
the United Kingdom that belong to it are offered, never taken. What is not in the file is offered where the
initials of a title give it, and a year stands beside it: see `initials_of`.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from io import StringIO
from typing import Final

import msgspec

from sertantai.core.search_terms import search_terms
from sertantai.records.finding.years import year_of

FILE: Final = "abbreviations.csv"
ABBREVIATION_WORDS_MAX: Final = 12
"""More words are a title or prose; the longest of the file has six, and "C.O.S.H.H." has five."""
ACRONYMS_MAX: Final = 50_000
"""Laws with an acronym of their own in the register's column; of more, those of the newest."""
LAWS_OF_ACRONYM_MAX: Final = 40
INITIALS_MIN: Final = 3
INITIALS_CHARS_MAX: Final = 8
"""Nobody writes longer initials than those of a long title; those in use are shorter."""

_BETWEEN: Final = re.compile(r"[;,/\n]")
_ACTS = frozenset(("ukpga", "asp", "nia", "apni", "anaw", "asc", "mwa", "apgb", "aep"))
_MADE = frozenset(("uksi", "ssi", "wsi", "nisr", "uksro", "nisro"))
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "act": _ACTS,
    "order": _MADE | {"nisi"},
    "regulations": _MADE,
    "rules": _MADE,
}
"""What laws call themselves, and the type codes of those that do."""
_SPELT: Final[Mapping[str, str]] = {
    "acts": "act",
    "ord": "order",
    "reg": "regulations",
    "regs": "regulations",
    "regulation": "regulations",
}
_PLACES = frozenset(("ni", "scotland", "wales", "england"))
_UNSAID = frozenset(("and", "etc"))
"""Nobody writes them always: "Health & Safety Act"."""
_WITH_YEAR = re.compile(r"([a-z]{3,})((?:19|20)\d\d|\d\d)")

_NEVER = frozenset(("etc", "c"))
_SILENT = frozenset(("and", "of", "the"))
_SMALL = _SILENT | frozenset(("a", "an", "at", "by", "for", "from", "in", "on", "or", "to", "under", "with"))
_EXTENTS = (("england", "and", "wales"), ("northern", "ireland"), ("scotland",), ("wales",), ("england",))
_EXTENT_WORDS = frozenset(("england", "wales", "scotland", "ireland"))
_WORDS_LEFT_OUT = 3
"""At most so many of a title's words that count: its kind, and "Northern Ireland"."""
_NOTHING: Final[frozenset[str]] = frozenset()
_ENDS = frozenset(("revoked", "repealed"))


class Meaning(msgspec.Struct, frozen=True, gc=False):
    """What an abbreviation stands for; ``abbreviation`` is as people write it.

    ``laws`` are names of the register ("UK_uksi_2002_2677"), at least one, the one meant today first; a
    register need not hold them all. ``historic`` are those of them no longer in force. ``all_meant``: all of
    them are, not one of them. ``sure``: nothing else is meant by it; ``sure_with_year``: nor is it, then, by
    it and the year of one of them.
    """

    abbreviation: str
    laws: tuple[str, ...]
    historic: frozenset[str]
    all_meant: bool
    sure: bool
    sure_with_year: bool


class Abbreviations:
    """Meanings by folded words; of two for the same words the first counts."""

    def __init__(self, meanings: Iterable[Meaning]) -> None:
        self._meanings: dict[str, Meaning] = {}
        for meaning in meanings:
            self._meanings.setdefault(_key(_plain(search_terms(meaning.abbreviation))), meaning)

    def and_those_of(self, acronyms: Iterable[tuple[str, str]]) -> "Abbreviations":
        """These, and what a register's own column calls its laws: that beside a year is sure, alone offered.

        ``acronyms`` are what a cell holds, one or several, and the law's name; of one acronym the law that is
        meant today first.
        """
        laws: dict[str, tuple[str, list[str]]] = {}
        for cell, name in acronyms:
            for acronym in _BETWEEN.split(cell):
                if words := search_terms(acronym):
                    laws.setdefault(_key(_plain(words)), (acronym.strip(), []))[1].append(name)
        own = (
            Meaning(acronym, tuple(names[:LAWS_OF_ACRONYM_MAX]), _NOTHING, False, False, True)
            for acronym, names in laws.values()
        )
        return Abbreviations((*self._meanings.values(), *own)) if laws else self

    def before(self, others: Iterable["Abbreviations"]) -> "Abbreviations":
        """These, and those of others that mean something else by nothing that stands here."""
        joined = Abbreviations(())
        for one in (self, *others):
            joined._meanings = one._meanings | joined._meanings
        return joined

    def __len__(self) -> int:
        return len(self._meanings)

    def laws_of(self, words: Sequence[str]) -> Meaning | None:
        """What all of these words together stand for; they are as `search_terms` folds them, without a year.

        "F-gas" and "FGas", "C.O.S.H.H." and "COSHH", "PUWER Regs" and "PUWER", "CDM (Northern Ireland)" and
        "CDM NI" are the same. "COSHH Act" is nothing: COSHH is no Act.
        """
        if not words or len(words) > ABBREVIATION_WORDS_MAX:
            return None
        plain = _plain(words)
        found = self._meanings.get(_key(plain))
        if found is not None:
            return found
        shorter, kind = _without_kind(plain)
        found = self._meanings.get(_key(shorter)) if kind else None
        return found if found is not None and _is_kind(found.laws[0], kind) else None


NONE: Final = Abbreviations(())


def key_of(abbreviation: str) -> str:
    """What two spellings of one abbreviation have in common; "" for what holds no word."""
    words = search_terms(abbreviation)
    return _key(_plain(words)) if words else ""


def of_ones_own(abbreviation: str, laws: Sequence[str]) -> Meaning:
    """What somebody says that it means: these laws, all of them and nothing else."""
    return Meaning(abbreviation, tuple(laws), frozenset(), True, True, True)


@cache
def abbreviations() -> Abbreviations:
    """Those that ship with the program, about 900; read once."""
    text = resources.files("sertantai.records.finding").joinpath(FILE).read_text("utf-8")
    return Abbreviations(_meaning(row) for row in csv.DictReader(StringIO(text)))


def apart_from_year(word: str) -> tuple[str, int] | None:
    """A folded word and the year written onto it, "irr17" is ("irr", 2017); ``None``: there is none."""
    found = _WITH_YEAR.fullmatch(word)
    return None if found is None else (found[1], year_of(found[2]))


def initials_of(title_words: Sequence[str]) -> set[str]:
    """What people would make of a title: its initials, in the ways in which they leave out words.

    ``title_words`` are those of a whole title, folded. Small words are left out (LOLER), or all but "and",
    "of" and "the" are kept (EAWR), or all of them (HASAWA, COMAH); each with and without what the law calls
    itself (PUWER, CDM), and with and without where it applies. From `INITIALS_MIN` to `INITIALS_CHARS_MAX`
    letters.

    They are to be offered, not taken. In a register of 199,000 laws, four letters that are those of one
    principal law alone are meant for another in one case of ten, and a word of four letters is one law's
    initials in one case of sixteen. Only beside a year are five letters certain enough, when exactly one law,
    amending ones counted, has both.
    """
    whole = _title_itself(title_words)
    if sum(word not in _SMALL for word in whole) > INITIALS_CHARS_MAX + _WORDS_LEFT_OUT:
        return set()
    bare = _without_extent(whole)
    found = set()
    for words in (whole,) if bare is whole else (whole, bare):
        for left_out in (_SMALL, _SILENT, _NOTHING):
            letters = "".join([word[0] for word in words if word not in left_out])
            found.add(letters)
            if words[-1:] and words[-1] in _KINDS:
                found.add(letters[:-1])
    return {each for each in found if INITIALS_MIN <= len(each) <= INITIALS_CHARS_MAX and each.isalpha()}


def may_be_initials(word: str) -> bool:
    """Three letters are anything."""
    return word.isalpha() and INITIALS_MIN < len(word) <= INITIALS_CHARS_MAX


def _meaning(row: Mapping[str, str]) -> Meaning:
    return Meaning(
        abbreviation=row["abbreviation"],
        laws=tuple(row["laws"].split()),
        historic=frozenset(row["historic"].split()),
        all_meant=row["kind"] == "all",
        sure=row["sure"] == "yes",
        sure_with_year=row["sure"] != "no",
    )


def _plain(words: Sequence[str]) -> list[str]:
    """Without "the" before it, "and" and "etc." in it; what is spelt in several ways in one of them."""
    words = words[1:] if words[0] == "the" else words
    plain = [_SPELT.get(word, word) for word in words if word not in _UNSAID]
    if plain[-2:] == ["northern", "ireland"]:
        plain[-2:] = ["ni"]
    return plain


def _key(plain: Sequence[str]) -> str:
    return "".join(plain)


def _without_kind(plain: list[str]) -> tuple[list[str], str]:
    """What is left without "Regulations", which may stand before "(NI)"; and that word, "" where none is."""
    at = len(plain) - (2 if plain[-1:] and plain[-1] in _PLACES else 1)
    if at < 1 or plain[at] not in _KINDS:
        return plain, ""
    return plain[:at] + plain[at + 1 :], plain[at]


def _is_kind(law: str, kind: str) -> bool:
    return law.split("_")[1] in _KINDS[kind]


def _title_itself(words: Sequence[str]) -> list[str]:
    """Without "The" before it, and without the year and "revoked" behind it."""
    kept = [word for word in words if word not in _NEVER]
    if kept[:1] == ["the"]:
        del kept[0]
    while kept and (kept[-1] in _ENDS or kept[-1].isdigit()):
        del kept[-1]
    return kept


def _without_extent(words: list[str]) -> list[str]:
    """Without "(England and Wales)" and the like, which stands before or behind what the law calls itself."""
    if _EXTENT_WORDS.isdisjoint(words):
        return words
    for extent in _EXTENTS:
        for behind in (0, 1):
            start = len(words) - len(extent) - behind
            if start > 0 and tuple(words[start : start + len(extent)]) == extent:
                return words[:start] + words[start + len(extent) :]
    return words
