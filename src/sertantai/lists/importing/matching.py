"""Which records pasted lines mean: matched, ambiguous (somebody must choose), or missing.

An id and a name are looked up; everything else is for `sertantai.records.finding`. Nothing is guessed: what
states a series, a year and a number means that law or none; what may be another law is ambiguous.
"""

import asyncio
import re
from collections.abc import Sequence
from time import perf_counter, thread_time
from typing import Final, Literal
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.core.citations import states_a_law
from sertantai.core.errors import NotFound, TooLarge, Unavailable
from sertantai.core.ids import RecordNo, UserId
from sertantai.core.search_terms import search_terms
from sertantai.lists.importing.lines import ImportItem, Stated
from sertantai.lists.importing.turns import Turns
from sertantai.process.under_way import Piece, UnderWay, WorkKind
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter
from sertantai.records.finding.abbreviations import NONE, Abbreviations
from sertantai.records.finding.candidates import BY_NUMBER, Candidate
from sertantai.records.finding.candidates import Found as Finding

CANDIDATES_MAX: Final = 12
TURN_S_MAX: Final = 0.003
"""After so much of work others are served."""
WORK_S_MAX: Final = 15.0
"""Lines that mean anything ("a") cost most; no text is worth more than this."""
PARTS_MAX: Final = 20
"""Laws that one line may name, with semicolons or line ends between them."""
_BETWEEN: Final = re.compile(r"[;\n]")
OFFERED_MAX: Final = 60_000
"""Records offered for a whole text; beyond it ambiguous lines only say how many they may mean."""
AT_ONCE_MAX: Final = 2
WAITING_MAX: Final = 20

NOBODY: Final = UUID(int=0)

Found = Literal["matched", "ambiguous", "missing"]


class Match(msgspec.Struct, frozen=True, gc=False):
    """``candidates``: the one record when matched; when ambiguous the likeliest of those it may be, of
    ``possible`` in all; none when missing. ``reasons``: why each of them."""

    item: ImportItem
    found: Found
    candidates: Sequence[RecordNo] = ()
    possible: int = 0
    reasons: Sequence[str] = ()


class Matching:
    """Matches whole texts, a few at once: one is a long computation, and there is one processor for all."""

    def __init__(self, under_way: UnderWay) -> None:
        self._under_way = under_way
        self._turns = Turns(AT_ONCE_MAX)
        self._inside = 0

    async def match_all(
        self,
        catalogue: Catalogue,
        items: Sequence[ImportItem],
        own: Abbreviations = NONE,
        *,
        who: UserId | None = None,
    ) -> list[Match]:
        """In the order of ``items``, of some several; other requests are served in between.
        ``own``: what whoever wrote them has said that they mean by something. ``who``: imports them, and is
        told how it goes.

        Raises `TooLarge` for a text that takes too long, `Unavailable` when too many wait.
        """
        if self._inside >= AT_ONCE_MAX + WAITING_MAX:
            raise Unavailable("Too many imports are running. Try again in a minute.", retry_after_s=30)
        self._inside += 1
        try:
            under_way = UnderWay() if who is None else self._under_way
            piece = under_way.piece(who or NOBODY, WorkKind.IMPORT)
            async with self._turns.turn(piece):
                return await _match_all(catalogue, items, own, piece)
        finally:
            self._inside -= 1


async def _match_all(
    catalogue: Catalogue, items: Sequence[ImportItem], own: Abbreviations, piece: Piece
) -> list[Match]:
    """What is found at once is not told to be under way."""
    found: dict[tuple[tuple[str, ...], Stated], list[Match]] = {}
    # Of the processor: on a busy machine nobody is refused for what others take.
    worked_from, worked, turn_began, offered = thread_time(), 0.0, perf_counter(), 0
    matches = []
    for at, item in enumerate(items):
        key = (item.texts, item.stated)
        known = found.get(key)
        if known is None:
            known = found[key] = matches_of(catalogue, item, own)
        offered += sum(len(one.candidates) for one in known)
        if offered > OFFERED_MAX and known[0].found == "ambiguous":
            known = [msgspec.structs.replace(known[0], candidates=(), reasons=())]
        matches += [msgspec.structs.replace(one, item=item) for one in known]
        if perf_counter() - turn_began >= TURN_S_MAX:
            worked += thread_time() - worked_from
            if worked >= WORK_S_MAX:
                raise TooLarge(
                    f"text: this takes too long; only {len(matches):,} of {len(items):,} lines were "
                    "searched for. Try fewer lines at once, with more words in each.",
                    field="text",
                )
            piece.runs(at + 1, len(items))
            await asyncio.sleep(0)
            worked_from, turn_began = thread_time(), perf_counter()
    return matches


def matches_of(catalogue: Catalogue, item: ImportItem, own: Abbreviations = NONE) -> list[Match]:
    """One; but where an item says no more than the names of several laws, each sure, one of each law."""
    alone = len(item.texts) == 1 and item.stated == Stated()
    several = _parts(catalogue, item.texts[0], own) if alone else []
    if not several:
        found = match(catalogue, item, own)
        if found.found != "ambiguous" or not alone:
            return [found]
        several = _all_sure(catalogue, item.texts[0], own)
        if not several:
            return [found]
    return [Match(item, "matched", (one.number,), 1, (one.reason,)) for one in several]


def match(catalogue: Catalogue, item: ImportItem, own: Abbreviations = NONE) -> Match:
    """The surest of an item's texts decides; one that finds nothing leaves it to the next.

    But once a text states a law that the register does not hold, it is that law which is missing: what the
    others find is offered, and taken for nothing. So is a title beside the year, the number, the series, the
    link or the citation of another law.
    """
    another = False
    for text in item.texts:
        found = _named(catalogue, text, own)
        if found is not None and found.candidates:
            numbers = [one.number for one in found.candidates[: found.sure]]
            if len(numbers) == 1 and not (another or _is_contradicted(catalogue, numbers, text, item.stated)):
                return Match(item, "matched", numbers, 1, (found.candidates[0].reason,))
            found = _with_titled(catalogue, found, item.stated)
            return _offered(item, found, len(found.candidates))
        another = another or states_a_law(text)
    last = item.texts[-1]
    likely = None if states_a_law(last) else catalogue.finder.likely(last)
    if likely is None:
        return Match(item, "missing")
    return _offered(item, likely, len(_holding(catalogue, last)))


def _parts(catalogue: Catalogue, text: str, own: Abbreviations) -> list[Candidate]:
    """Laws with semicolons or line ends between them; none, unless all of them are sure."""
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    if not 1 < len(parts) <= PARTS_MAX:
        return []
    each = [_all_sure(catalogue, part, own) for part in parts]
    return _distinct(each) if all(each) else []


def _all_sure(catalogue: Catalogue, text: str, own: Abbreviations) -> list[Candidate]:
    found = _named(catalogue, text, own)
    return [] if found is None else list(found.candidates[: found.sure])


def _distinct(each: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    known: dict[RecordNo, Candidate] = {}
    for part in each:
        for one in part:
            known.setdefault(one.number, one)
    return list(known.values())


def _offered(item: ImportItem, found: Finding, possible: int) -> Match:
    some = found.candidates[:CANDIDATES_MAX]
    numbers, reasons = [one.number for one in some], tuple(one.reason for one in some)
    return Match(item, "ambiguous", numbers, max(possible, len(found.candidates)), reasons)


def _with_titled(catalogue: Catalogue, found: Finding, stated: Stated) -> Finding:
    """Where a title and a number are of different laws, both are offered."""
    titled = _named(catalogue, stated.title) if stated.title is not None else None
    if titled is None:
        return found
    known = {one.number for one in found.candidates}
    return Finding((*found.candidates, *(one for one in titled.candidates if one.number not in known)))


def _is_contradicted(catalogue: Catalogue, found: Sequence[RecordNo], text: str, stated: Stated) -> bool:
    """Whether what was found is another law than the row's title or its other columns say."""
    titled = records_meant(catalogue, stated.title) if stated.title is not None else []
    if titled and found[0] not in titled:
        return True
    if states_a_law(text) or _by_id(catalogue, text) is not None:
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
    return stated.citation is not None and found[0] not in records_meant(catalogue, stated.citation)


def records_meant(catalogue: Catalogue, text: str, own: Abbreviations = NONE) -> list[RecordNo]:
    """The records that a text names; several when it does not say which of them, or names several."""
    found = _named(catalogue, text, own)
    return [one.number for one in found.candidates] if found is not None else []


def _named(catalogue: Catalogue, text: str, own: Abbreviations = NONE) -> Finding | None:
    text = text.strip()
    number = _by_id(catalogue, text)
    if number is None:
        number = catalogue.number_named(text)
    if number is None:
        return catalogue.finder.named(text, own)
    return Finding((Candidate(number, 1.0, BY_NUMBER),), 1)


def _by_id(catalogue: Catalogue, text: str) -> RecordNo | None:
    if len(text) not in (32, 36):
        return None
    try:
        return catalogue.record_no(UUID(text))
    except (ValueError, NotFound):
        return None


def _holding(catalogue: Catalogue, text: str) -> BitMap:
    """The records that hold all the words."""
    if not search_terms(text):
        return BitMap()
    return catalogue.matching(RecordFilter(q=text)) & catalogue.everything
