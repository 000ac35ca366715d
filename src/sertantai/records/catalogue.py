"""The register in memory: one immutable snapshot that answers every question of a page without a database."""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from pyroaring import BitMap

from sertantai.core.citations import Citation
from sertantai.core.cursors import LIMIT_MAX
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import RecordId, RecordNo
from sertantai.records.cells import Cells, Choice
from sertantai.records.columns import KEPT_ONCE
from sertantai.records.cursors import Cursor, cursor_after
from sertantai.records.facets import Facet, FacetValue
from sertantai.records.filters import FACETS, RecordFilter
from sertantai.records.finding.abbreviations import abbreviations
from sertantai.records.finding.candidates import BY_OWN_ABBREVIATION, Candidate
from sertantai.records.finding.finder import Finder
from sertantai.records.paging import between, first_after
from sertantai.records.ranks import Ranks, bitmap_of
from sertantai.records.relevance import Standing
from sertantai.records.rows import Identities, RecordRow, Rows
from sertantai.records.search import Search
from sertantai.records.sort_places import SortPlaces
from sertantai.records.sorting import BY_RELEVANCE, BY_TITLE, RELEVANCE, Sort
from sertantai.records.terms import Terms

_TEXTS = tuple(field for field in RecordRow.__struct_fields__ if field not in ("id", *KEPT_ONCE))
_TEXTS_OF = attrgetter(*_TEXTS)
_ONCE = tuple(field for field in RecordRow.__struct_fields__ if field in KEPT_ONCE)
_AS_A_ROW = itemgetter(*map(("id", *_TEXTS, *_ONCE).index, RecordRow.__struct_fields__))
"""From its id and the values of `_TEXTS` and `_ONCE` those of a row: two hundred are made for one page."""
SEARCHES_KEPT_MAX = 64


class Parts(msgspec.Struct, frozen=True):
    """What a catalogue is made of: what the snapshot file holds."""

    revision: int
    changed_at: datetime
    """With ``revision``, tells one register from another."""
    columns: dict[str, Ranks]
    terms: Terms
    rows: Rows
    acronyms: Sequence[tuple[str, str]] = ()
    """What the register itself calls laws, and the name of each; of one acronym the newest first."""


class Catalogue:
    """Sets that it returns are shared: never change one in place."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.revision = parts.revision
        self.everything = bitmap_of(np.flatnonzero(parts.rows.lengths).astype(np.uint32))
        self.count = len(self.everything)
        self._rows = parts.rows
        self._identities = Identities(parts.rows)
        self._values = {
            name: (ranks.items(), [*ranks.values, None])
            for name, ranks in parts.columns.items()
            if ranks.values is not None
        }
        self._shown = [self._values[name] for name in _ONCE]
        self._facets = {name: Facet(parts.columns[name], of_numbers=name == "year") for name in FACETS}
        self._cells = Cells({name: parts.columns[name] for name in FACETS}, self.everything)
        self.terms = parts.terms
        self._standing = Standing(parts.columns, parts.terms)
        self.columns: Mapping[str, Ranks] = {**parts.columns, RELEVANCE: self._standing.ranks}
        """What can be sorted by."""
        self.finder = Finder(self, abbreviations().and_those_of(parts.acronyms))
        self._search = Search(parts.terms, parts.rows, self._facets, self.number_named, self.finder.meant)
        self._searched = lru_cache(maxsize=SEARCHES_KEPT_MAX)(self._search.find)

    # ------------------------------------------------------------------------------------------ sets

    def matching(self, wanted: RecordFilter) -> BitMap:
        sets = self._sets(wanted)
        return BitMap.intersection(*sorted(sets, key=len)) if sets else self.everything

    def cited(self, text: str) -> BitMap:
        """The records that a citation, a link or a name states exactly; none when ``text`` is none of these,
        or when the register does not hold what it states."""
        return self._search.cited(text)

    def of_citation(self, citation: Citation) -> BitMap:
        """The records that it may be: of its year, its number and one of its series."""
        return self._search.of_citation(citation)

    def holding(self, words: Collection[str]) -> BitMap:
        """The records with every one of these folded words in title, name or number, each as it stands."""
        return self._search.holding(words)

    def of_year(self, year: int) -> BitMap:
        return self._facets["year"].records((year,))

    def title(self, number: int) -> str | None:
        return self._rows.text(number).title_en

    def facets(
        self, wanted: RecordFilter, selected: BitMap, within: BitMap | None = None
    ) -> dict[str, list[FacetValue]]:
        """Each facet is counted with its own filter left out: what choosing another value would give.

        ``within`` limits all of them to a set, such as the selected records.
        """
        searched = self._worded(wanted)
        found = self.everything if searched is None else searched
        found = found if within is None else found & within
        choices = self._choices(wanted)
        counts, ticked = (self._cells.of(records, choices) for records in (found, selected & found))
        return {
            name: facet.counted(
                counts.by_value(name, len(facet.values)),
                ticked.by_value(name, len(facet.values)),
                getattr(wanted, name),
            )
            for name, facet in self._facets.items()
        }

    def _sets(self, wanted: RecordFilter) -> list[BitMap]:
        """What each stated field allows."""
        sets = [self._facets[name].chosen(choice) for name, choice in self._choices(wanted).items()]
        searched = self._worded(wanted)
        return sets if searched is None else [*sets, searched]

    def _choices(self, wanted: RecordFilter) -> dict[str, Choice]:
        """The values that each filter allows; a span of years is of the field ``year``."""
        choices = {name: f.any_of(v) for name, f in self._facets.items() if (v := getattr(wanted, name))}
        if wanted.year_from is not None or wanted.year_to is not None:
            span = self._facets["year"].between(wanted.year_from, wanted.year_to)
            choices["year"] = choices["year"] & span if "year" in choices else span
        return choices

    def _worded(self, wanted: RecordFilter) -> BitMap | None:
        """What the search finds; None, when there is none."""
        if wanted.q is None:
            return None
        found = self._searched(wanted.q).matching
        return found | BitMap(self._held(wanted.own)) if wanted.own else found

    # ----------------------------------------------------------------------------------------- pages

    def named(self, q: str | None, own: Sequence[str] = ()) -> tuple[Candidate, ...]:
        """What a search names outright, each with the reason; first the laws that it is somebody's ``own``
        word for, by their names."""
        if not q:
            return ()
        first = [Candidate(number, 1.0, BY_OWN_ABBREVIATION) for number in self._held(own)]
        named, known = self._searched(q).named, {one.number for one in first}
        return (*first, *(one for one in named if one.number not in known)) if first else named

    def _held(self, names: Sequence[str]) -> list[RecordNo]:
        numbers = [self.number_named(name) for name in names]
        return [number for number in numbers if number is not None]

    def ordered(self, sort: Sort | None, q: str | None, own: Sequence[str] = ()) -> Sort:
        """The order of what ``q`` finds; where none is stated, by relevance. What it names comes first."""
        wanted = sort or (BY_RELEVANCE if q else BY_TITLE)
        if wanted.terms != BY_RELEVANCE.terms:
            return wanted
        return Sort(wanted.terms, tuple(one.number for one in self.named(q, own)))

    def page(
        self, matching: BitMap, sort: Sort, cursor: Cursor | None, limit: int
    ) -> tuple[list[RecordNo], Cursor | None]:
        """The next ``limit`` records behind the cursor, and the cursor behind them if there are more."""
        if not 1 <= limit <= LIMIT_MAX:
            raise InvalidInput(f"limit: from 1 to {LIMIT_MAX}.", field="limit")
        places = self._places(sort)
        start = places.of_cursor(cursor) if cursor is not None else None
        found = first_after(matching & self.everything, places, start, limit + 1)
        if len(found) <= limit:
            return found, None
        return found[:limit], self.cursor_at(sort, found[limit - 1])

    def cursor_at(self, sort: Sort, number: RecordNo) -> Cursor:
        """The cursor of a page that ends with this record."""
        if number in sort.lead:
            return cursor_after(sort, (sort.lead.index(number),), number)
        return cursor_after(sort, tuple(self.value(t.column, number) for t in sort.terms), number)

    def between(self, matching: BitMap, sort: Sort, one: RecordNo, other: RecordNo) -> BitMap:
        """Those of ``matching`` from one record to another in the order of ``sort``, both ends included: what
        a Shift-click means, also over pages that were never loaded."""
        return between(matching & self.everything, self._places(sort), one, other)

    def _places(self, sort: Sort) -> SortPlaces:
        return SortPlaces(self.columns, sort, self.value)

    # --------------------------------------------------------------------------------------- records

    def record_no(self, record_id: UUID) -> RecordNo:
        """Raises `NotFound`."""
        number = self._identities.find(record_id)
        if number is None:
            raise NotFound(f"There is no law {record_id}.")
        return number

    def record_nos(self, record_ids: Sequence[RecordId]) -> tuple[BitMap, list[RecordId]]:
        """The numbers of those that are known, and the ids that are not."""
        numbers = self._identities.find_all(record_ids)
        unknown = [record_id for record_id, number in zip(record_ids, numbers, strict=True) if number < 0]
        return BitMap(array("I", [number for number in numbers if number >= 0])), unknown

    def numbers_of_each(self, record_ids: Sequence[RecordId]) -> list[int]:
        """The number of each, or -1."""
        return self._identities.find_all(record_ids)

    def record_id(self, number: int) -> RecordId:
        """Raises `NotFound`."""
        return self._rows.record_id(number)

    def record_ids(self, numbers: BitMap) -> list[RecordId]:
        """In the order of their numbers; numbers that are not in this snapshot are left out."""
        return [self._rows.record_id(number) for number in numbers & self.everything]

    def number_named(self, name: str) -> RecordNo | None:
        order = self.columns["name"].order
        at = bisect_left(order, name, key=lambda no: self._rows.text(int(no)).name)
        if at == len(order) or self._rows.text(int(order[at])).name != name:
            return None
        return RecordNo(int(order[at]))

    def rows(self, numbers: Sequence[int]) -> list[RecordRow]:
        return [self.row(number) for number in numbers]

    def row(self, number: int) -> RecordRow:
        texts = _TEXTS_OF(self._rows.text(number))
        once = [values[ranks[number]] for ranks, values in self._shown]
        return RecordRow(*_AS_A_ROW((self._rows.record_id(number), *texts, *once)))

    def value(self, column: str, number: int) -> Any:
        """What a record has in a column that is kept in memory."""
        if column == RELEVANCE:
            return self._standing.value(number, self.title(number))
        known = self._values.get(column)
        return known[1][known[0][number]] if known else getattr(self._rows.text(number), column)
