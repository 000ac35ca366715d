"""What an address of the register's page asks for, and the addresses of the views beside it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.records.filters import RecordFilter, parse_filter
from sertantai.records.sorting import BY_TITLE, Sort, SortTerm, parse_sort

PATH: Final = "/records"
SIZES: Final = (25, 50, 100, 200)
SIZE_DEFAULT: Final = 50
PAGE_MAX: Final = 10_000_000
OF_THE_PAGE: Final = frozenset({"selected", "group", "sort", "page", "limit", "record"})
"""What an address holds beside the filter."""
FILTER_CHARACTERS_MAX: Final = 20_000
"""Of a filter in an address, as much as a saved view may have: each page repeats it in all of its links."""
ENCODED_KEPT_MAX: Final = 64
_VALUES: Final = ("family", "family_ii", "type_code", "live", "year")


class View(msgspec.Struct, frozen=True):
    """``selected`` None: ticked or not. ``group`` None: not stated. ``page`` starts at 1."""

    filter: RecordFilter = RecordFilter()
    selected: bool | None = None
    group: str | None = None
    sort: Sort = BY_TITLE
    page: int = 1
    size: int = SIZE_DEFAULT

    def url(self, **changes: Any) -> str:
        """The address of this view with ``changes``; what is as usual is left out."""
        query = _query(msgspec.structs.replace(self, **changes))
        return f"{PATH}?{query}" if query else PATH

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

    @property
    def is_narrowed(self) -> bool:
        return self.selected is not None or not self.filter.is_empty

    def export_query(self) -> str:
        """The query of an export of all that this view shows, in its order."""
        return _query(msgspec.structs.replace(self, page=1, size=SIZE_DEFAULT))

    def body(self) -> dict[str, Any]:
        """The ``filter`` object of a bulk operation on all that this view shows."""
        wanted: dict[str, Any] = {
            name: list(values) for name in _VALUES if (values := getattr(self.filter, name))
        }
        for name in ("q", "year_from", "year_to"):
            if (value := getattr(self.filter, name)) is not None:
                wanted[name] = value
        if self.selected is not None:
            wanted["selected"] = self.selected
        return wanted


def parse_view(query: Mapping[str, Sequence[str]]) -> View:
    """Raises `InvalidInput` for what cannot be meant; a page that is no number is the first one."""
    also = [*OF_THE_PAGE, *(name for name in query if name.startswith("utm_"))]
    return View(
        filter=linkable(parse_filter(query, also=also)),
        selected=_flag(query),
        group=_last(query, "group"),
        sort=parse_sort(_last(query, "sort")),
        page=_page(_last(query, "page")),
        size=_size(_last(query, "limit")),
    )


def next_sort(sort: Sort, column: str) -> str:
    """What a click on a heading makes of the order: up, down, and as usual again."""
    now = next((term for term in sort.terms if term.column == column), None)
    if now is None or len(sort.terms) > 1:
        return column
    return str(SortTerm(column, descending=not now.descending))


def linkable(wanted: RecordFilter) -> RecordFilter:
    """The filter again. Raises `InvalidInput` for one that is too long to be in every link of a page."""
    if len(filter_query(wanted)) > FILTER_CHARACTERS_MAX:
        raise InvalidInput(
            f"These filters are longer than {FILTER_CHARACTERS_MAX:,} characters. Choose fewer values."
        )
    return wanted


def filter_query(wanted: RecordFilter) -> str:
    """The filter as it stands in an address. A page has many addresses with most of the same filter."""
    parts = [urlencode((("q", wanted.q),))] if wanted.q is not None else []
    parts += [_encoded(name, values) for name in _VALUES if (values := getattr(wanted, name))]
    for name in ("year_from", "year_to"):
        if (value := getattr(wanted, name)) is not None:
            parts.append(f"{name}={value}")
    return "&".join(parts)


@lru_cache(maxsize=ENCODED_KEPT_MAX)
def _encoded(name: str, values: tuple[str | int, ...]) -> str:
    return urlencode([(name, str(value)) for value in values])


def _query(view: View) -> str:
    parts = [text] if (text := filter_query(view.filter)) else []
    pairs = []
    if view.selected is not None:
        pairs.append(("selected", "true" if view.selected else "false"))
    if view.group is not None:
        pairs.append(("group", view.group))
    if view.sort != BY_TITLE:
        pairs.append(("sort", str(view.sort)))
    if view.size != SIZE_DEFAULT:
        pairs.append(("limit", str(view.size)))
    if view.page > 1:
        pairs.append(("page", str(view.page)))
    if pairs:
        parts.append(urlencode(pairs))
    return "&".join(parts)


def _last(query: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = query.get(name)
    return values[-1] or None if values else None


def _flag(query: Mapping[str, Sequence[str]]) -> bool | None:
    text = _last(query, "selected")
    if text is None:
        return None
    if text not in ("true", "false"):
        raise InvalidInput(f"selected: {text[:20]!r} is neither true nor false.", field="selected")
    return text == "true"


def _page(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdecimal():
        return 1
    return min(max(int(text[:9]), 1), PAGE_MAX)


def _size(text: str | None) -> int:
    """The nearest size that the page offers, so that a link with another still works."""
    if text is None or not text.isascii() or not text.isdecimal():
        return SIZE_DEFAULT
    wanted = int(text[:6])
    return min(SIZES, key=lambda size: abs(size - wanted))
