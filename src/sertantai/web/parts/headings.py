"""The headings of the table: what each sorts by, and how it is sorted now."""

from collections.abc import Sequence

import msgspec

from sertantai.web.parts.columns import TableColumn
from sertantai.web.parts.register_view import RegisterView


class Heading(msgspec.Struct, frozen=True):
    """``direction`` is ascending, descending or none; ``rank`` 1 or 2 where two columns sort."""

    column: TableColumn
    href: str
    direction: str
    rank: int


def headings_of(columns: Sequence[TableColumn], view: RegisterView) -> list[Heading]:
    return [_heading(column, view) for column in columns if column.shown]


def _heading(column: TableColumn, view: RegisterView) -> Heading:
    terms = view.order.terms
    at = next((i for i, term in enumerate(terms) if term.column == column.of), None)
    href = view.sorted_by(column.of)
    if at is None:
        return Heading(column, href, "none", 0)
    direction = "descending" if terms[at].descending else "ascending"
    return Heading(column, href, direction, at + 1 if len(terms) > 1 else 0)
