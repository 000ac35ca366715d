"""Where a row stands in a sort order: a key from the ranks of its columns, then its record number."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordNo
from sertantai.records.columns import COLUMNS
from sertantai.records.cursors import VALUE_CHARS_MAX, Cursor
from sertantai.records.ranks import Numbers, Ranks
from sertantai.records.sorting import RELEVANCE, Sort, sort_key

Keys = npt.NDArray[np.integer[Any]]
ValueOf = Callable[[str, int], Any]
"""The value a record has in a column."""


class SortPlace(NamedTuple):
    """``tie`` compares rows of equal ``key``; it is the record number, negative when it counts down."""

    key: int
    tie: float


class SortPlaces:
    """The order of one sort over one snapshot."""

    def __init__(self, columns: Mapping[str, Ranks], sort: Sort, value_of: ValueOf) -> None:
        self._terms = [(term, columns[term.column]) for term in sort.terms]
        self._value_of = value_of
        self.descending = sort.terms[-1].descending
        self.lead = sort.lead
        self._lead = {number: at - len(sort.lead) for at, number in enumerate(sort.lead)}
        """Their keys: before all others."""

    @property
    def only(self) -> Ranks | None:
        """The ranks, when one column decides."""
        return self._terms[0][1] if len(self._terms) == 1 else None

    def of(self, number: int) -> SortPlace:
        place = self._lead.get(RecordNo(number))
        return self.by_columns(number) if place is None else SortPlace(place, self._tie(number))

    def by_columns(self, number: int) -> SortPlace:
        """Where it would stand if it were not in the lead."""
        key = 0
        for term, ranks in self._terms:
            rank = int(ranks.rank[number])
            key = key * (ranks.distinct + 1) + _turned(rank, ranks, term.descending)
        return SortPlace(key, self._tie(number))

    def keys(self, numbers: Numbers) -> Keys:
        total = self.leading_keys(numbers)
        for term, ranks in self._terms[1:]:
            rank = _all_turned(ranks.rank[numbers], ranks, term.descending)
            total = total.astype(np.int64) * (ranks.distinct + 1) + rank
        return self._with_lead(numbers, total) if self._lead else total

    def _with_lead(self, numbers: Numbers, keys: Keys) -> Keys:
        """``numbers`` are in their own order."""
        keys = keys.astype(np.int64)
        for number, place in self._lead.items():
            at = int(np.searchsorted(numbers, number))
            if at < len(numbers) and numbers[at] == number:
                keys[at] = place
        return keys

    def leading_keys(self, numbers: Numbers) -> Keys:
        """The part of the keys that the first column decides."""
        term, ranks = self._terms[0]
        return _all_turned(ranks.rank[numbers], ranks, term.descending)

    def leading(self, key: int) -> int:
        """The part of one key that the first column decides."""
        for _, ranks in self._terms[1:]:
            key //= ranks.distinct + 1
        return key

    def ties(self, numbers: Numbers) -> Keys:
        counted: Keys = numbers.astype(np.int64)
        return -counted if self.descending else counted

    def of_cursor(self, cursor: Cursor) -> SortPlace:
        """Behind the row the cursor was made from, as it was then, also when it has changed since."""
        if isinstance(cursor.values[0], int) and self._terms[0][0].column == RELEVANCE:
            return SortPlace(min(max(cursor.values[0], 0) - len(self.lead), -1), float("inf"))
        key, exact = 0, True
        for (term, ranks), value in zip(self._terms, cursor.values, strict=True):
            rank = 0
            if exact:
                rank, exact = self._rank_of(term.column, ranks, value, cursor.record_no)
                turned = _turned(rank, ranks, term.descending)
                if not exact and term.descending:
                    # A value that is gone: those from `rank` on stand before it, however large it was.
                    turned = ranks.distinct - rank
            else:
                turned = 0
            key = key * (ranks.distinct + 1) + turned
        return SortPlace(key, self._tie(cursor.record_no) if exact else float("-inf"))

    def _tie(self, number: int) -> int:
        return -number if self.descending else number

    def _rank_of(self, column: str, ranks: Ranks, value: Any, number: int) -> tuple[int, bool]:
        """The rank of a value, and whether any record has it; else the rank of the next larger."""
        if value is None:
            return ranks.distinct, True
        if number < len(ranks.rank) and ranks.rank[number] >= 0:
            now = self._value_of(column, number)
            if now is not None and (now if isinstance(now, int) else str(now)[:VALUE_CHARS_MAX]) == value:
                return int(ranks.rank[number]), True
        try:
            return self._search(column, ranks, value)
        except (TypeError, ValueError):
            raise InvalidInput("cursor: it does not belong to this list.", field="cursor") from None

    def _search(self, column: str, ranks: Ranks, value: Any) -> tuple[int, bool]:
        holds = str if column == RELEVANCE else COLUMNS[column].holds
        if not isinstance(value, int if holds is int else str):
            raise TypeError(column)
        if ranks.values is not None:
            wanted = date.fromisoformat(str(value)) if holds is date else value
            at = bisect_left(ranks.values, wanted)
            return at, at < len(ranks.values) and ranks.values[at] == wanted
        key = sort_key(column, value)
        stated = ranks.order[: ranks.stated]
        at = bisect_left(stated, key, key=lambda no: sort_key(column, self._value_of(column, int(no))))
        if at == len(stated):
            return ranks.distinct, False
        found = int(stated[at])
        return int(ranks.rank[found]), sort_key(column, self._value_of(column, found)) == key


def _turned(rank: int, ranks: Ranks, descending: bool) -> int:
    """Ranks count down when the order does; "no value" stays last."""
    return ranks.distinct - 1 - rank if descending and rank < ranks.distinct else rank


def _all_turned(rank: Keys, ranks: Ranks, descending: bool) -> Keys:
    if not descending:
        return rank
    # "No value" comes out as -1, the largest unsigned number: two passes, where np.where would need four.
    turned: Keys = np.minimum((ranks.distinct - 1 - rank).view(np.uint32), np.uint32(ranks.distinct))
    return turned.view(np.int32)
