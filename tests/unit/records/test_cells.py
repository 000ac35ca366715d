"""However many records are asked for, cells tell of each value what counting one by one tells."""

from collections import Counter
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.records import cells
from sertantai.records.cells import Cells
from sertantai.records.facets import Facet
from sertantai.records.filters import FACETS
from tests.unit.records.laws import LABELS, registers
from tests.unit.records.small_register import Law, catalogue_of

FULL = [Law(at, f"UK_x_{at}", "Act", year=1900 + at % 2, family="💙 FIRE") for at in range(1, 101)]


@given(registers(), st.sets(st.integers(0, 400)), st.sets(LABELS, max_size=2), st.sampled_from([2**62, 5]))
def test_values_are_counted_with_their_own_filter_left_out(
    laws: list[Law], some: set[int], families: set[str | None], key_max: int
) -> None:
    catalogue = catalogue_of(laws)
    columns = {name: catalogue.parts.columns[name] for name in FACETS}
    facets = {name: Facet(ranks) for name, ranks in columns.items()}
    with patch.object(cells, "KEY_MAX", key_max):
        made = Cells(columns, catalogue.everything)
    family = facets["family"]
    for records in (BitMap(some) & catalogue.everything, catalogue.everything):
        counted = made.of(records, {"family": family.any_of([one or "(none)" for one in families])})
        for name, facet in facets.items():
            expected = Counter(
                getattr(law, name) or "(none)"
                for law in laws
                if law.record_no in records and (name == "family" or law.family in families)
            )
            told = dict(zip(facet.values, counted.by_value(name, len(facet.values)), strict=True))
            assert {value: count for value, count in told.items() if count} == expected


def test_few_many_and_most_records_are_counted_alike() -> None:
    """Few one by one, many by cell, and most by what is missing."""
    catalogue = catalogue_of(FULL)
    made = Cells({name: catalogue.parts.columns[name] for name in FACETS}, catalogue.everything)
    for count in (0, 1, 2, 3, 50, 51, 99, 100):
        records = BitMap(range(1, count + 1))
        assert made.of(records, {}).by_value("year", 3) == [count // 2, (count + 1) // 2, 0]
