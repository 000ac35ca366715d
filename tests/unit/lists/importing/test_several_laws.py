"""A line, or a cell of a table, that names several laws."""

import pytest

from sertantai.lists.importing.lines import ImportItem, Stated
from sertantai.lists.importing.matching import PARTS_MAX, matches_of
from tests.unit.records.small_register import Law, catalogue_of

LAWS = catalogue_of(
    [
        Law(1, "UK_ukpga_1996_37", "Noise Act 1996", "ukpga", 1996, "37"),
        Law(2, "UK_ukpga_1993_11", "Clean Air Act 1993", "ukpga", 1993, "11"),
        Law(3, "UK_uksi_2002_2677", "The Control of Substances Regulations 2002", "uksi", 2002, "2677"),
        *(
            Law(at, f"UK_uksi_2020_{at}", f"The Order {at} 2020", "uksi", 2020, str(at))
            for at in range(10, 40)
        ),
    ]
)


def meant(text: str) -> list[tuple[str, list[int]]]:
    found = matches_of(LAWS, ImportItem(1, (text,)))
    return [(one.found, list(one.candidates)) for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "Noise Act 1996; Clean Air Act 1993",
        "Noise Act 1996\nThe Clean Air Act 1993 (c. 11)\n",
        "1996 c. 37 and 1993 c. 11",
        "1. Noise Act 1996; 2. Clean Air Act 1993; Noise Act 1996",
    ],
)
def test_each_of_them_is_found_once(text: str) -> None:
    assert meant(text) == [("matched", [1]), ("matched", [2])]


@pytest.mark.parametrize(
    "text", ["Noise Act 1996; Clean Air Act 1994", "1996 c. 37; 1993 c. 12", "Noise Act; Clean Air Act 1993"]
)
def test_where_one_is_not_sure_nothing_is_taken(text: str) -> None:
    (one,) = matches_of(LAWS, ImportItem(1, (text,)))
    assert one.found != "matched"


def test_beside_a_year_or_a_number_a_line_is_of_one_law() -> None:
    (one,) = matches_of(LAWS, ImportItem(1, ("Noise Act 1996; Clean Air Act 1993",), Stated(year=1996)))
    assert one.found != "matched"


@pytest.mark.parametrize("laws", [PARTS_MAX, PARTS_MAX + 1])
def test_a_line_names_so_many(laws: int) -> None:
    text = ";".join(f"Order {at} 2020" for at in range(10, 10 + laws))
    found = [one for one, _ in meant(text)]
    assert found == (["matched"] * laws if laws <= PARTS_MAX else ["ambiguous"])
