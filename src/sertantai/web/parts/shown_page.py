"""One page of the register with a list's ticks: rows, counts, and which pages are around it."""

from math import ceil

import msgspec
from pyroaring import BitMap

from sertantai.core.search_terms import search_terms
from sertantai.http.turns import sliced
from sertantai.records.catalogue import Catalogue
from sertantai.records.finding.candidates import BY_TITLE
from sertantai.records.windows import window_beside
from sertantai.web.parts.register_view import RegisterView
from sertantai.web.parts.shown_rows import ShownRow, shown_row


class ShownPage(msgspec.Struct, frozen=True):
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


def records_of(catalogue: Catalogue, view: RegisterView, ticked: BitMap) -> BitMap:
    """What the view shows, ticks considered."""
    matching = catalogue.matching(view.filter)
    if view.selected is None:
        return matching
    return matching & ticked if view.selected else matching - ticked


async def shown_page(catalogue: Catalogue, view: RegisterView, ticked: BitMap) -> ShownPage:
    """The rows of the view's page; of the last one if there are not so many."""
    matching = records_of(catalogue, view, ticked) & catalogue.everything
    total = len(matching)
    pages = max(1, ceil(total / view.size))
    page = min(view.page, pages)
    offset = (page - 1) * view.size
    sort = catalogue.ordered(view.sort, view.filter.q, view.filter.own)
    numbers = await window_beside(catalogue.columns, matching, sort, offset, view.size)
    terms = list(dict.fromkeys(search_terms(view.filter.q or "")))
    named = catalogue.named(view.filter.q, view.filter.own)
    reasons = {one.number: one.reason for one in named if one.reason != BY_TITLE}
    rows = [
        shown_row(catalogue.row(number), number in ticked, terms, reasons.get(number, ""))
        async for number in sliced(numbers)
    ]
    return ShownPage(
        rows=rows,
        total=total,
        ticked=matching.intersection_cardinality(ticked),
        page=page,
        pages=pages,
        first=offset + 1 if rows else 0,
        page_ticked=sum(row.selected for row in rows),
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
