"""In which order the register is shown."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordNo
from sertantai.records.columns import SORTABLE, number_int

SORT_TERMS_MAX = 2


class SortTerm(msgspec.Struct, frozen=True):
    column: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


class Sort(msgspec.Struct, frozen=True):
    """One or two columns. What has no value comes last, up or down; equal rows are in the order of their
    record numbers, reversed when the last column is. ``lead``: what stands before all others, in this order.
    """

    terms: tuple[SortTerm, ...]
    lead: tuple[RecordNo, ...] = ()

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))


BY_TITLE = Sort((SortTerm("title_en"),))
RELEVANCE = "relevance"
"""Not a column of a law: what a search is most likely looking for comes first."""
BY_RELEVANCE = Sort((SortTerm(RELEVANCE),))


def parse_sort(text: str | None) -> Sort:
    """``year``, ``-year`` or ``family,-year``; nothing is by title. Raises `InvalidInput`."""
    if not text:
        return BY_TITLE
    if text == RELEVANCE:
        return BY_RELEVANCE
    terms = tuple(_term(part.strip()) for part in text.split(","))
    if len(terms) > SORT_TERMS_MAX:
        raise InvalidInput(f"sort: at most {SORT_TERMS_MAX} columns.", field="sort")
    if len({term.column for term in terms}) < len(terms):
        raise InvalidInput("sort: the same column twice.", field="sort")
    return Sort(terms)


def _term(text: str) -> SortTerm:
    column = text.removeprefix("-")
    if column == RELEVANCE:
        raise InvalidInput(f"sort: {RELEVANCE} stands alone and is never turned round.", field="sort")
    if column not in SORTABLE:
        known = ", ".join((*SORTABLE, RELEVANCE))
        raise InvalidInput(f"sort: {column[:40]!r} is not one of {known}.", field="sort")
    return SortTerm(column, text.startswith("-"))


# ---------------------------------------------------------------------------------------------- sort keys
# PostgreSQL ranks the whole register; these say the same about one value, to find the place of a cursor.

_LOWER = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})
ACCENTED = "ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖØòóôõöøÙÚÛÜùúûüÝýÿŴŵŶŷŸĀāĒēĪīŌōŪū"
UNACCENTED = "AAAAAAaaaaaaCcEEEEeeeeIIIIiiiiNnOOOOOOooooooUUUUuuuuYyyWwYyYAaEeIiOoUu"
_UNACCENT = str.maketrans(ACCENTED, UNACCENTED)

SortKey = Any
"""What values of one column are compared by; ``None`` is "no value"."""


def title_key(title: str | None) -> SortKey:
    if title is None or title.isascii():
        return title.lower() if title else title
    return title.translate(_UNACCENT).translate(_LOWER)


def number_key(number: str | None) -> SortKey:
    if not number:
        return None
    value = number_int(number)
    return (1, 0, number) if value is None else (0, value, number)


def _as_it_is(value: str | int | date | None) -> SortKey:
    return value or None


_KEYS: dict[str, Callable[[Any], SortKey]] = {"title_en": title_key, "number": number_key}


def sort_key(column: str, value: Any) -> SortKey:
    return _KEYS.get(column, _as_it_is)(value)
