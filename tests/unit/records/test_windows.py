"""Rows by position agree with rows by cursor."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.records import windows
from sertantai.records.columns import SORTABLE
from sertantai.records.sorting import Sort, SortTerm, parse_sort
from sertantai.records.windows import window, window_beside
from tests.unit.records.laws import registers
from tests.unit.records.small_register import Law, catalogue_of

sorts = st.lists(
    st.builds(SortTerm, st.sampled_from(SORTABLE), st.booleans()),
    min_size=1,
    max_size=2,
    unique_by=lambda term: term.column,
).map(lambda terms: Sort(tuple(terms)))


@given(registers(), sorts, st.integers(0, 6), st.data())
def test_a_window_is_a_piece_of_the_sorted_set(
    laws: list[Law], sort: Sort, walked: int, data: st.DataObject
) -> None:
    """Whether it is found by going through the register, or by sorting what matches."""
    catalogue = catalogue_of(laws)
    numbers = [law.record_no for law in laws]
    matching = BitMap(data.draw(st.sets(st.sampled_from(numbers)) if numbers else st.just(set())))
    offset, limit = data.draw(st.integers(0, len(numbers) + 2)), data.draw(st.integers(1, 5))
    whole, _ = catalogue.page(matching, sort, None, 500)
    with patch.object(windows, "WALKED_MAX", walked):
        found = window(catalogue.columns, matching, sort, offset, limit)
    assert found == whole[offset : offset + limit]


@pytest.mark.parametrize("descending", [False, True])
def test_keys_too_large_for_one_integer_are_sorted_all_the_same(descending: bool) -> None:
    laws = [
        Law(number, f"UK_{number}", f"Title {number % 3}", year=2000 + number % 2) for number in range(12)
    ]
    sort = Sort((SortTerm("title_en"), SortTerm("year", descending)))
    catalogue = catalogue_of(laws)
    expected = window(catalogue.columns, catalogue.everything, sort, 2, 5)
    with patch.object(windows, "KEY_MAX", 1):
        assert window(catalogue.columns, catalogue.everything, sort, 2, 5) == expected


@pytest.mark.parametrize("text", ["title_en", "-year", "family,-year"])
async def test_a_large_set_is_sorted_beside_the_loop(text: str) -> None:
    catalogue = catalogue_of([Law(at, f"UK_uksi_2000_{at}", f"Order {at % 7}") for at in range(1, 40)])
    given = (catalogue.columns, BitMap(range(3, 30)), parse_sort(text), 5, 10)
    with patch.object(windows, "SORTED_AT_HAND_MAX", 5), patch.object(windows, "WALKED_MAX", 0):
        assert await window_beside(*given) == window(*given)
