"""What an address of the register's page asks for, and the addresses of the views beside it."""

from typing import Any, Final

import msgspec

from sertantai.records.filters import RecordFilter, filter_body
from sertantai.records.sorting import BY_RELEVANCE, BY_TITLE, Sort, SortTerm
from sertantai.web.query import FLAG, PAGE, SIZE, SIZE_DEFAULT, SORT, Shape, text

PATH: Final = "/records"


class RegisterView(msgspec.Struct, frozen=True):
    """``selected`` None: ticked or not. ``group`` None: not stated. ``sort`` None: a search by relevance, all
    else by title. ``page`` starts at 1."""

    filter: RecordFilter = RecordFilter()
    selected: bool | None = None
    group: str | None = None
    sort: Sort | None = None
    page: int = 1
    size: int = SIZE_DEFAULT

    def url(self, **changes: Any) -> str:
        """The address of this view with ``changes``; what is as usual is left out."""
        return REGISTER.address(PATH, msgspec.structs.replace(self, **changes).plainly)

    def without(self, field: str, value: str | int | None = None) -> str:
        """The address without one filter, or without one value of it; at the first page."""
        if field == "selected":
            return self.url(selected=None, page=1)
        if field == "year_span":
            less = msgspec.structs.replace(self.filter, year_from=None, year_to=None)
        elif value is None:
            less = msgspec.structs.replace(self.filter, **{field: None if field == "q" else ()})
        else:
            kept = tuple(one for one in getattr(self.filter, field) if one != value)
            less = msgspec.structs.replace(self.filter, **{field: kept})
        return self.url(filter=less, page=1)

    def sorted_by(self, column: str) -> str:
        """What a click on a heading leads to: up, then down, then up again."""
        terms = self.order.terms
        now = next((term for term in terms if term.column == column), None)
        turned = now is not None and len(terms) == 1 and not now.descending
        return self.url(sort=Sort((SortTerm(column, descending=turned),)), page=1)

    @property
    def order(self) -> Sort:
        """How it is sorted, said or not."""
        return self.sort or self._usual_order

    @property
    def plainly(self) -> "RegisterView":
        """The same, without saying that it is sorted as it is anyway."""
        return msgspec.structs.replace(self, sort=None) if self.sort == self._usual_order else self

    @property
    def _usual_order(self) -> Sort:
        return BY_RELEVANCE if self.filter.q else BY_TITLE

    @property
    def is_narrowed(self) -> bool:
        return self.selected is not None or not self.filter.is_empty

    def export_query(self, current: str | None) -> str:
        """The query of an export of all that this view shows, in its order.

        Where ticks decide, they are those of the ``current`` list, which an address need not name.
        """
        group = self.group if self.selected is None else current
        shown = msgspec.structs.replace(self, page=1, size=SIZE_DEFAULT, group=group)
        return REGISTER.write(shown.plainly)

    def body(self) -> dict[str, Any]:
        """The ``filter`` object of a bulk operation on all that this view shows."""
        ticked = {} if self.selected is None else {"selected": self.selected}
        return {**filter_body(self.filter), **ticked}


PARAMETERS: Final = {"selected": FLAG, "group": text(), "sort": SORT, "limit": SIZE, "page": PAGE}
REGISTER: Final = Shape(
    RegisterView,
    PARAMETERS,
    also={"record"},
    linked=True,
)
"""``record``: the law whose details are open; the page's own script opens them."""
