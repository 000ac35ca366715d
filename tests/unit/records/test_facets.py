"""Values are counted in two ways, whichever is quicker; they count the same."""

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.records.facets import CONTAINER_BITS, RECORDS_OF_A_MEETING, Facet
from tests.unit.records.laws import registers
from tests.unit.records.small_register import Law, catalogue_of


@given(registers(), st.sets(st.integers(0, 400)))
def test_one_by_one_and_set_by_set_count_the_same(laws: list[Law], some: set[int]) -> None:
    catalogue = catalogue_of(laws)
    records = BitMap(some) & catalogue.everything
    for name in ("family", "type_code", "year", "live"):
        facet = Facet(catalogue.parts.columns[name])
        one_by_one = facet.count(records, records, (), False)
        facet.one_by_one_max = 0
        assert facet.count(records, records, (), False) == one_by_one


def test_the_more_values_there_are_the_more_is_counted_one_by_one() -> None:
    laws = [Law(at, f"UK_x_{at}", "Act", year=1900 + at) for at in range(1, 50)]
    catalogue = catalogue_of(laws)
    year, live = (Facet(catalogue.parts.columns[name]) for name in ("year", "live"))
    assert year.one_by_one_max == RECORDS_OF_A_MEETING * (len(laws) + 1)
    assert live.one_by_one_max == RECORDS_OF_A_MEETING
    assert CONTAINER_BITS == 16, "of what bitmaps are made"
