"""What an address of a list's page asks for, and the addresses of the views beside it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sertantai.lists.together.responsibilities import DUE, ME, NONE, Reviewing
from sertantai.records.filters import RecordFilter, filter_body
from sertantai.records.sorting import BY_TITLE, Sort, SortTerm, parse_sort
from sertantai.web.query import PAGE, SIZE, SIZE_DEFAULT, Parameter, Shape, choice, text

OWN_ORDER: Final = "order"
"""The order its owner gave the list; what has no place in it comes after, by title."""
COMING: Final = "added"
"""By when each law came into the list, which is no column of the register."""
REVIEWING: Final = {
    "mine": Reviewing(ME),
    "mine-due": Reviewing(ME, DUE),
    "unanswered": Reviewing(NONE),
    "due": Reviewing(review=DUE),
}
MARKS: Final = ("noted", "changed", *REVIEWING)


class ListView(msgspec.Struct, frozen=True):
    """``order`` None: the list's own. ``show`` limits to records with a note, that changed, that are
    due for review, or by who answers for them."""

    path: str
    filter: RecordFilter = RecordFilter()
    tag: str | None = None
    show: str | None = None
    order: Sort | None = None
    page: int = 1
    size: int = SIZE_DEFAULT

    @property
    def is_narrowed(self) -> bool:
        return not self.filter.is_empty or self.tag is not None or self.show is not None

    @property
    def sort(self) -> Sort | None:
        """None: no order of the register's, but the list's own or that of coming."""
        return None if self.added else self.order

    @property
    def added(self) -> str | None:
        """``added`` or ``-added`` where the view is in the order of coming."""
        is_coming = self.order is not None and self.order.terms[0].column == COMING
        return str(self.order) if is_coming else None

    @property
    def sort_text(self) -> str:
        return OWN_ORDER if self.order is None else str(self.order)

    @property
    def catalogue_sort(self) -> Sort:
        return self.sort or BY_TITLE

    def url(self, **changes: Any) -> str:
        """The address of this view with ``changes``; what is as usual is left out."""
        return LIST.address(self.path, msgspec.structs.replace(self, **changes))

    def without(self, field: str, value: str | int) -> str:
        """The address without one value of a filter, at the first page."""
        if field == "tag":
            return self.url(tag=None, page=1)
        kept = tuple(one for one in getattr(self.filter, field) if one != value)
        return self.url(filter=msgspec.structs.replace(self.filter, **{field: kept}), page=1)

    def sorted_by(self, column: str) -> str:
        """What a click on a heading leads to: up, then down, then the list's own order again."""
        following = {column: f"-{column}", f"-{column}": OWN_ORDER}.get(self.sort_text, column)
        return self.url(order=_order("sort", [following]), page=1)

    def export_query(self) -> str:
        """The query of an export of this view in its order; tag and mark are none of the register's."""
        return LIST.write(ListView(self.path, self.filter, order=self.sort))

    def body(self) -> dict[str, Any]:
        """The ``filter`` object of an operation on what this view shows."""
        return {**filter_body(self.filter), "notes": True}


def _order(_name: str, given: Sequence[str]) -> Sort | None:
    stated = given[-1]
    if stated.removeprefix("-") == COMING:
        return Sort((SortTerm(COMING, stated.startswith("-")),))
    return None if stated == OWN_ORDER else parse_sort(stated)


ORDER: Final = Parameter(_order, field="order")
PARAMETERS: Final = {
    "tag": text(),
    "show": choice(*MARKS),
    "sort": ORDER,
    "limit": SIZE,
    "page": PAGE,
}
LIST: Final = Shape(
    ListView,
    PARAMETERS,
    also={"record"},
    linked=True,
)
"""``record``: the law whose details are open; the page's own script opens them."""
