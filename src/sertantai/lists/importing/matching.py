"""Which records pasted lines mean: matched, ambiguous (somebody must choose), or missing.

In this order: an id, a name, a link or citation, a title. Nothing is guessed: what states a series, a year
and a number means that law or none; a title that is not the whole title of exactly one record is ambiguous,
with what it may mean.
"""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Final, Literal
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.citations import parse_citation, states_a_law
from sertantai.core.errors import NotFound, TooLarge, Unavailable
from sertantai.core.ids import RecordNo
from sertantai.core.search_terms import search_terms
from sertantai.lists.importing.lines import ImportItem, Stated
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter
from sertantai.records.sorting import BY_TITLE
from sertantai.records.windows import window

CANDIDATES_MAX: Final = 12
SAME_TITLE_LOOKED_AT_MAX: Final = 500
SAME_CITATION_LOOKED_AT_MAX: Final = 500
TURN_S_MAX: Final = 0.003
"""After so much of work others are served."""
WORK_S_MAX: Final = 15.0
"""Lines that mean anything ("a") cost most; no text is worth more than this."""
OFFERED_MAX: Final = 60_000
"""Records offered for a whole text; beyond it ambiguous lines only say how many they may mean."""
AT_ONCE_MAX: Final = 2
WAITING_MAX: Final = 20

Found = Literal["matched", "ambiguous", "missing"]


class Match(msgspec.Struct, frozen=True, gc=False):
    """``candidates``: the one record when matched; when ambiguous the first of those it may be, by title, of
    ``possible`` in all; none when missing."""

    item: ImportItem
    found: Found
    candidates: Sequence[RecordNo] = ()
    possible: int = 0


class Matching:
    """Matches whole texts, a few at once: one is a long computation, and there is one processor for all."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE_MAX)
        self._inside = 0

    async def match_all(self, catalogue: Catalogue, items: Sequence[ImportItem]) -> list[Match]:
        """In the order of ``items``; other requests are served in between.

        Raises `TooLarge` for a text that takes too long, `Unavailable` when too many wait.
        """
        if self._inside >= AT_ONCE_MAX + WAITING_MAX:
            raise Unavailable("Too many imports are running. Try again in a minute.", retry_after_s=30)
        self._inside += 1
        try:
            async with self._turns:
                return await _match_all(catalogue, items)
        finally:
            self._inside -= 1


async def _match_all(catalogue: Catalogue, items: Sequence[ImportItem]) -> list[Match]:
    found: dict[tuple[tuple[str, ...], Stated], Match] = {}
    work_s, turn_began, offered = 0.0, perf_counter(), 0
    matches = []
    for item in items:
        key = (item.texts, item.stated)
        known = found.get(key)
        if known is None:
            known = found[key] = match(catalogue, item)
        offered += len(known.candidates)
        if offered > OFFERED_MAX and known.found == "ambiguous":
            known = msgspec.structs.replace(known, candidates=())
        matches.append(msgspec.structs.replace(known, item=item))
        turn_s = perf_counter() - turn_began
        if turn_s >= TURN_S_MAX:
            work_s += turn_s
            if work_s >= WORK_S_MAX:
                raise TooLarge(
                    f"text: this takes too long; only {len(matches):,} of {len(items):,} lines were "
                    "searched for. Try fewer lines at once, with more words in each.",
                    field="text",
                )
            await asyncio.sleep(0)
            turn_began = perf_counter()
    return matches


def match(catalogue: Catalogue, item: ImportItem) -> Match:
    """The surest of an item's texts decides; one that finds nothing leaves it to the next.

    But once a text states a law that the register does not hold, it is that law which is missing: what the
    others find is offered, and taken for nothing. So is a title beside the year, the number, the series, the
    link or the citation of another law.
    """
    another = False
    for text in item.texts:
        found, certain = _meant(catalogue, text)
        certain = certain and not (another or _is_contradicted(catalogue, found, text, item.stated))
        if len(found) == 1 and certain:
            return Match(item, "matched", found, 1)
        if found:
            return Match(item, "ambiguous", found[:CANDIDATES_MAX], len(found))
        another = another or states_a_law(text)
    likely = BitMap() if states_a_law(item.texts[-1]) else _likely(catalogue, item.texts[-1])
    if not likely:
        return Match(item, "missing")
    return Match(item, "ambiguous", _by_title(catalogue, likely), len(likely))


def _is_contradicted(catalogue: Catalogue, found: Sequence[RecordNo], text: str, stated: Stated) -> bool:
    """Whether what was found by its title is another law than the row's other columns say."""
    if len(found) != 1 or states_a_law(text) or _named(catalogue, text) is not None:
        return False
    [row] = catalogue.rows(found)
    number = row.number or ""
    pairs = (
        (stated.year, row.year),
        (stated.number, int(number) if number.isascii() and number.isdigit() else None),
        (stated.type_code, row.type_code),
    )
    if any(said is not None and is_so is not None and said != is_so for said, is_so in pairs):
        return True
    # Whoever writes a citation means that law, also where it is written in a way that is not understood.
    return stated.citation is not None and found[0] not in _meant(catalogue, stated.citation)[0]


def records_meant(catalogue: Catalogue, text: str) -> list[RecordNo]:
    """The records that a text names; several when it does not say which of them."""
    return _meant(catalogue, text)[0]


def _meant(catalogue: Catalogue, text: str) -> tuple[list[RecordNo], bool]:
    """The records that a text names, several when it does not say which; whether one alone is certain."""
    text = text.strip()
    number = _named(catalogue, text)
    if number is not None:
        return [number], True
    if states_a_law(text):
        citation = parse_citation(text)
        certain = citation is None or citation.states_its_series
        return _by_title(catalogue, catalogue.cited(text), SAME_CITATION_LOOKED_AT_MAX), certain
    return _titled(catalogue, text), True


def _named(catalogue: Catalogue, text: str) -> RecordNo | None:
    number = _by_id(catalogue, text)
    return catalogue.number_named(text) if number is None else number


def _by_id(catalogue: Catalogue, text: str) -> RecordNo | None:
    if len(text) not in (32, 36):
        return None
    try:
        return catalogue.record_no(UUID(text))
    except (ValueError, NotFound):
        return None


def _titled(catalogue: Catalogue, text: str) -> list[RecordNo]:
    """The records whose whole title it is, without regard to case, accents and punctuation."""
    words = _bare(search_terms(text))
    found = _by_title(catalogue, catalogue.holding(words), SAME_TITLE_LOOKED_AT_MAX)
    return [number for number in found if _bare(search_terms(catalogue.title(number) or "")) == words]


def _bare(words: list[str]) -> list[str]:
    """Titles of the register may begin with "The", and say "(revoked)" at their end."""
    words = words[1:] if words[:1] == ["the"] else words
    return words[:-1] if words[-1:] in (["revoked"], ["repealed"]) else words


def _likely(catalogue: Catalogue, text: str) -> BitMap:
    """The records that hold all the words."""
    if not search_terms(text):
        return BitMap()
    return catalogue.matching(RecordFilter(q=text)) & catalogue.everything


def _by_title(catalogue: Catalogue, found: BitMap, most: int = CANDIDATES_MAX) -> list[RecordNo]:
    return window(catalogue.parts.columns, found & catalogue.everything, BY_TITLE, 0, most)
