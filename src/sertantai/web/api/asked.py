"""What the API is asked of the register and of a list's laws, in an address or as a body's ``filter``."""

from collections.abc import Sequence
from typing import Final

import msgspec

from sertantai.lists.listing import ListQuery, Query, Wanted
from sertantai.lists.together.responsibilities import DUE, ME, NONE, Reviewing
from sertantai.records.filters import RecordFilter
from sertantai.records.sorting import Sort, parse_sort
from sertantai.web.query import CURSOR, FLAG, LIMIT, SORT, TEXT, Parameter, Shape, choice, text
from sertantai.web.services import AnyRequest

OWN_ORDER: Final = "order"


class ExportQuery(Wanted, frozen=True):
    """``order`` None: a list's own, and the register's as ``/records`` has it. ``progress``: a key to ask for
    how far it is."""

    order: Sort | None = None
    progress: str | None = None


class ListExportQuery(ExportQuery, frozen=True):
    """As `ListQuery`."""

    responsible: str | None = None
    review: str | None = None

    @property
    def reviewing(self) -> Reviewing:
        return Reviewing(self.responsible, self.review)


def _order(_name: str, given: Sequence[str]) -> Sort | None:
    return None if given[-1] == OWN_ORDER else parse_sort(given[-1])


_WANTED: Final = {
    "selected": FLAG,
    "notes": FLAG,
    "group": text("A list's UUID, or default."),
}
_REVIEWING: Final = {
    "responsible": text(f"{ME}, {NONE} (nobody who may read the list), or a member's UUID."),
    "review": choice(DUE),
}
_PAGED: Final = {**_WANTED, "sort": SORT, "cursor": CURSOR, "limit": LIMIT}
RECORDS: Final = Shape(Query, _PAGED)
LISTED: Final = Shape(ListQuery, {**_PAGED, **_REVIEWING})
"""Of the laws of a list."""
_FILE: Final = {
    **_WANTED,
    "sort": Parameter(_order, field="order", says=f"As of /records, or {OWN_ORDER}."),
    "progress": text("A key to ask for how far it is."),
}
EXPORT: Final = Shape(ExportQuery, _FILE, also={"cursor", "limit"})
EXPORT_LIST: Final = Shape(ListExportQuery, {**_FILE, **_REVIEWING}, also={"cursor", "limit"})
"""A file has no pages: those of the question that it answers are passed over."""


class RemovalQuery(msgspec.Struct, frozen=True):
    reason: str | None = None


REMOVAL: Final = Shape(
    RemovalQuery, {"reason": msgspec.structs.replace(TEXT, says="Why it goes: at most 500 characters.")}
)
"""Of what is removed with DELETE, which has no body."""


def removal_reason(request: AnyRequest) -> str | None:
    """Most say nothing there, and nothing is looked for."""
    return REMOVAL.of(request).reason if request.scope["query_string"] else None


class FilterAsked(msgspec.Struct, frozen=True):
    """The filter that a list is to keep: no ticks, no order."""

    filter: RecordFilter = RecordFilter()


FILTER: Final = Shape(FilterAsked, kept=True)
