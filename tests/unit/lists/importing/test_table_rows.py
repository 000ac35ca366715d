"""A row of a table, read as people write it: a title, its number in another cell, notes of their own."""

import pytest

from sertantai.lists.importing.lines import ITEM_CHARACTERS_MAX, ImportItem
from sertantai.lists.importing.matching import matches_of
from sertantai.lists.importing.table_rows import TEXTS_MAX, TableRow, item_of
from tests.unit.records.small_register import Law, catalogue_of

LAWS = catalogue_of(
    [
        Law(1, "UK_ukpga_1996_37", "Noise Act 1996", "ukpga", 1996, "37"),
        Law(2, "UK_ukpga_1993_11", "Clean Air Act 1993", "ukpga", 1993, "11"),
        Law(3, "UK_ukpga_1974_37", "Health and Safety at Work etc. Act 1974", "ukpga", 1974, "37"),
        Law(
            4,
            "UK_uksi_1999_3242",
            "The Management of Health and Safety at Work Regulations 1999",
            "uksi",
            1999,
            "3242",
        ),
    ]
)


def read(**fields: object) -> ImportItem:
    item = item_of(TableRow(7, **fields))  # type: ignore[arg-type]  # as a test states it
    assert item is not None
    return item


def meant(**fields: object) -> list[tuple[str, list[int]]]:
    return [(one.found, sorted(one.candidates)) for one in matches_of(LAWS, read(**fields))]


@pytest.mark.parametrize(
    "reference", ["1996 c. 37", "https://www.legislation.gov.uk/ukpga/1996/37/contents", "L-17"]
)
def test_a_title_and_its_reference_are_one_law(reference: str) -> None:
    assert meant(law=["Noise Act 1996"], reference=[reference]) == [("matched", [1])]


@pytest.mark.parametrize("law", ["Noise Act 1996", "Noise Act 1996 (c. 37)", "Noise Act 1996 (as amended)"])
@pytest.mark.parametrize("reference", ["c. 37", "Chapter 37", "No. 37"])
def test_a_number_within_its_year_goes_with_the_year_of_the_title(law: str, reference: str) -> None:
    assert meant(law=[law], reference=[reference]) == [("matched", [1])]
    assert read(law=[law], reference=[reference]).annotation == {}
    assert meant(law=[law], reference=["c. 38"])[0][0] != "matched"


def test_a_reference_alone_will_do() -> None:
    assert meant(reference=["1996 c. 37"]) == [("matched", [1])]
    assert meant(law=[" "], reference=["L-17", "1993 c. 11"]) == [("matched", [2])]


def test_a_title_beside_the_number_of_another_law_is_taken_for_neither() -> None:
    assert meant(law=["Noise Act 1996"], reference=["1993 c. 11"]) == [("ambiguous", [1, 2])]


def test_a_title_that_is_part_of_another_one_does_not_go_with_its_number() -> None:
    reference = "http://www.legislation.gov.uk/uksi/1999/3242"
    assert meant(law=["Health and Safety at Work Act 1974"], reference=[reference]) == [("ambiguous", [3, 4])]
    title = "Management of Health and Safety at Work Regulations 1999 (as amended)"
    assert meant(law=[title], reference=[reference]) == [("matched", [4])]


def test_several_laws_in_a_cell_are_several() -> None:
    both = [("matched", [1]), ("matched", [2])]
    assert meant(law=["Noise Act 1996\nClean Air Act 1993"]) == both
    assert meant(law=["Noise Act 1996; Clean Air Act 1993"], reference=["1996 c. 37; 1993 c. 11"]) == both
    assert meant(law=["Noise Act 1996; Clean Air Act 1993"], reference=["1996 c. 37"]) == both
    another = meant(law=["Noise Act 1996; Clean Air Act 1993"], reference=["1996 c. 38; 1993 c. 11"])
    assert [found for found, _ in another] != ["matched", "matched"], "each is held against its own number"


def test_a_reference_of_somebodys_own_is_kept_in_the_note() -> None:
    item = read(
        law=["Noise Act 1996"], reference=["L-17", "1996 c. 37"], note="Owner: Estates", tags="noise; depot"
    )
    assert item.annotation == {"note": "Owner: Estates\nReference: L-17", "tags": ["noise", "depot"]}
    assert item.line == 7


def test_a_row_without_a_law_is_none() -> None:
    assert item_of(TableRow(1, [" ", ""], [], "a note")) is None


def test_so_much_of_a_row_is_looked_at() -> None:
    assert len(read(law=["Noise Act 1996"] * (TEXTS_MAX + 1)).texts) == TEXTS_MAX
    assert read(law=["x" * (ITEM_CHARACTERS_MAX + 1)]).texts == ("x" * ITEM_CHARACTERS_MAX,)
