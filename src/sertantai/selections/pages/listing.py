"""One page of the register with a list's ticks: rows, counts, and which pages are around it."""

import re
from functools import lru_cache
from math import ceil

import msgspec
from markupsafe import Markup, escape
from pyroaring import BitMap

from sertantai.core.search_terms import matches, search_terms
from sertantai.records.catalogue import Catalogue
from sertantai.records.rows import RecordRow
from sertantai.records.windows import window
from sertantai.selections.pages.view import View


class ShownRow(msgspec.Struct, frozen=True):
    """``title`` and ``number`` have the words that were searched for marked."""

    record: RecordRow
    selected: bool
    title: Markup
    number: Markup
    name: Markup


class Listing(msgspec.Struct, frozen=True):
    """``total`` match the view; ``ticked`` of them are in the list; ``first`` is the position of the first
    row, from 1."""

    rows: list[ShownRow]
    total: int
    ticked: int
    page: int
    pages: int
    first: int
    page_ticked: int

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def records_of(catalogue: Catalogue, view: View, ticked: BitMap) -> BitMap:
    """What the view shows, ticks considered."""
    matching = catalogue.matching(view.filter)
    if view.selected is None:
        return matching
    return matching & ticked if view.selected else matching - ticked


def list_page(catalogue: Catalogue, view: View, ticked: BitMap) -> Listing:
    """The rows of the view's page; of the last one if there are not so many."""
    matching = records_of(catalogue, view, ticked) & catalogue.everything
    total = len(matching)
    pages = max(1, ceil(total / view.size))
    page = min(view.page, pages)
    offset = (page - 1) * view.size
    numbers = window(catalogue.parts.columns, matching, view.sort, offset, view.size)
    terms = search_terms(view.filter.q or "")
    rows = [
        shown_row(row, number in ticked, terms)
        for number, row in zip(numbers, catalogue.rows(numbers), strict=True)
    ]
    return Listing(
        rows=rows,
        total=total,
        ticked=matching.intersection_cardinality(ticked),
        page=page,
        pages=pages,
        first=offset + 1 if rows else 0,
        page_ticked=sum(row.selected for row in rows),
    )


def shown_row(row: RecordRow, selected: bool, terms: list[str]) -> ShownRow:
    return ShownRow(
        row,
        selected,
        marked(row.title_en or row.name, terms),
        marked(row.number or "", terms),
        marked(row.name, terms),
    )


def marked(text: str, terms: list[str]) -> Markup:
    """The text, escaped, with ``<mark>`` around the beginnings of words that were searched for."""
    if not terms:
        return escape(text)
    parts: list[Markup] = []
    at = 0
    for start, end in _found(text, terms):
        parts += [escape(text[at:start]), Markup("<mark>{}</mark>").format(text[start:end])]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def _found(text: str, terms: list[str]) -> list[tuple[int, int]]:
    """As `matches` says, which folds letter by letter; nearly every title is plain and needs no folding."""
    if not text.isascii() or "'" in text:
        return matches(text, terms)
    return [found.span() for found in _beginnings(tuple(terms)).finditer(text)]


@lru_cache(maxsize=256)
def _beginnings(terms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile(
        rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})", re.IGNORECASE | re.ASCII
    )


def page_numbers(page: int, pages: int) -> list[int | None]:
    """The pages to link to: the first, the last, and those around the present one; None is a gap."""
    wanted = sorted({1, 2, page - 1, page, page + 1, pages} & set(range(1, pages + 1)))
    numbers: list[int | None] = []
    for number in wanted:
        previous = next((n for n in reversed(numbers) if n is not None), 0)
        if number == previous + 2:
            numbers.append(number - 1)
        elif number > previous + 1:
            numbers.append(None)
        numbers.append(number)
    return numbers
