"""The headings of the table: what each sorts by, and how it is sorted now."""

from collections.abc import Sequence

import msgspec

from sertantai.records.sorting import parse_sort
from sertantai.web.parts.columns import TableColumn
from sertantai.web.query import View, next_sort


class Heading(msgspec.Struct, frozen=True):
    """``direction`` is ascending, descending or none; ``rank`` 1 or 2 where two columns sort."""

    column: TableColumn
    href: str
    direction: str
    rank: int


def headings_of(columns: Sequence[TableColumn], view: View) -> list[Heading]:
    return [_heading(column, view) for column in columns if column.shown]


def _heading(column: TableColumn, view: View) -> Heading:
    terms = view.sort.terms
    at = next((i for i, term in enumerate(terms) if term.column == column.of), None)
    href = view.url(sort=parse_sort(next_sort(view.sort, column.of)), page=1)
    if at is None:
        return Heading(column, href, "none", 0)
    direction = "descending" if terms[at].descending else "ascending"
    return Heading(column, href, direction, at + 1 if len(terms) > 1 else 0)
