"""What an address of a list's page asks for, and the addresses of the views beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.records.filters import RecordFilter, parse_filter
from sertantai.records.sorting import BY_TITLE, Sort, parse_sort
from sertantai.web.query import filter_query, linkable

SIZES: Final = (25, 50, 100, 200)
SIZE_DEFAULT: Final = 50
PAGE_MAX: Final = 10_000_000
OWN_ORDER: Final = "order"
"""The order its owner gave the list; what has no place in it comes after, by title."""
ORDER_OF_COMING: Final = ("added", "-added")
"""By when each law came into the list, which is no column of the register."""
MARKS: Final = ("noted", "changed")
_VALUES: Final = ("family", "family_ii", "type_code", "live", "year")
_OF_THE_PAGE: Final = frozenset({"tag", "show", "sort", "page", "limit", "record"})
"""``record``: the law whose details are open; the page's own script opens them."""


class ListView(msgspec.Struct, frozen=True):
    """``sort`` None: the list's own order, or that of ``added`` (one of `ORDER_OF_COMING`). ``show`` limits
    to records with a note, or that changed."""

    path: str
    filter: RecordFilter = RecordFilter()
    tag: str | None = None
    show: str | None = None
    sort: Sort | None = None
    added: str | None = None
    page: int = 1
    size: int = SIZE_DEFAULT

    @property
    def is_narrowed(self) -> bool:
        return not self.filter.is_empty or self.tag is not None or self.show is not None

    @property
    def sort_text(self) -> str:
        return self.added or (OWN_ORDER if self.sort is None else str(self.sort))

    @property
    def catalogue_sort(self) -> Sort:
        return self.sort or BY_TITLE

    def url(self, **changes: Any) -> str:
        """The address of this view with ``changes``; what is as usual is left out."""
        changed = msgspec.structs.replace(self, **changes)
        parts = [filter_query(changed.filter), urlencode(changed._own_pairs())]
        query = "&".join(part for part in parts if part)
        return f"{self.path}?{query}" if query else self.path

    def without(self, field: str, value: str | int) -> str:
        """The address without one value of a filter, at the first page."""
        if field == "tag":
            return self.url(tag=None, page=1)
        kept = tuple(one for one in getattr(self.filter, field) if one != value)
        return self.url(filter=msgspec.structs.replace(self.filter, **{field: kept}), page=1)

    def sorted_by(self, column: str) -> str:
        """What a click on a heading leads to: up, then down, then the list's own order again."""
        following = {column: f"-{column}", f"-{column}": OWN_ORDER}.get(self.sort_text, column)
        return self.url(sort=_sort(following), added=_added(following), page=1)

    def export_query(self) -> str:
        """The query of an export of exactly this view, in its order."""
        left_out = ("page", "limit", "tag", "show") if self.added is None else _OF_THE_PAGE
        return urlencode([pair for pair in self._pairs() if pair[0] not in left_out])

    def body(self) -> dict[str, Any]:
        """The ``filter`` object of an operation on what this view shows."""
        pairs = [pair for pair in self._pairs() if pair[0] not in ("page", "limit", "tag", "show", "sort")]
        body: dict[str, Any] = {}
        for name, value in pairs:
            if name in _VALUES:
                body.setdefault(name, []).append(value)
            else:
                body[name] = value
        return {**body, "notes": "true"}

    def _pairs(self) -> list[tuple[str, str]]:
        wanted = self.filter
        pairs = [("q", wanted.q)] if wanted.q is not None else []
        pairs += [(name, str(value)) for name in _VALUES for value in getattr(wanted, name)]
        for name in ("year_from", "year_to"):
            if (value := getattr(wanted, name)) is not None:
                pairs.append((name, str(value)))
        return pairs + self._own_pairs()

    def _own_pairs(self) -> list[tuple[str, str]]:
        """What an address of this page has beside the filter."""
        pairs = [(name, value) for name in ("tag", "show") if (value := getattr(self, name))]
        if self.sort_text != OWN_ORDER:
            pairs.append(("sort", self.sort_text))
        if self.size != SIZE_DEFAULT:
            pairs.append(("limit", str(self.size)))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return pairs


def parse_list_view(path: str, query: Mapping[str, Sequence[str]]) -> ListView:
    """Raises `InvalidInput` for what cannot be meant; a page that is no number is the first one."""
    show = _last(query, "show")
    if show is not None and show not in MARKS:
        raise InvalidInput(f"show: {show[:20]!r} is none of {', '.join(MARKS)}.", field="show")
    return ListView(
        path,
        linkable(parse_filter(query, also=_OF_THE_PAGE)),
        _last(query, "tag"),
        show,
        _sort(_last(query, "sort")),
        _added(_last(query, "sort")),
        _whole(_last(query, "page"), 1, PAGE_MAX),
        _size(_last(query, "limit")),
    )


def _sort(text: str | None) -> Sort | None:
    return None if text in (None, OWN_ORDER, *ORDER_OF_COMING) else parse_sort(text)


def _added(text: str | None) -> str | None:
    return text if text in ORDER_OF_COMING else None


def _size(text: str | None) -> int:
    size = _whole(text, SIZE_DEFAULT, SIZES[-1])
    return size if size in SIZES else SIZE_DEFAULT


def _whole(text: str | None, usual: int, most: int) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        return usual
    return max(1, min(int(text), most))


def _last(query: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = query.get(name)
    return values[-1] or None if values else None
