"""What pasted lines mean: certain, to be chosen, or not there; never guessed, never hidden."""

from sertantai.selections.import_lines import ImportItem
from sertantai.selections.matching_citations import CANDIDATES_MAX, Match, match
from tests.unit.records.small_register import Law, catalogue_of

ACTS = [
    Law(1, "UK_ukpga_1974_37", "Health and Safety at Work etc. Act", "ukpga", 1974, "37"),
    Law(2, "UK_uksi_2002_2677", "The Control of Substances Regulations", "uksi", 2002, "2677"),
    Law(3, "UK_nisr_2002_2677", "The Control of Substances Regulations", "nisr", 2002, "2677"),
]
MANY = [
    Law(number, f"UK_uksi_2020_{number}", f"The Coastal Order {number}", "uksi", 2020, str(number))
    for number in range(100, 100 + 3 * CANDIDATES_MAX)
]
CATALOGUE = catalogue_of([*ACTS, *MANY])


def meant(*texts: str) -> Match:
    return match(CATALOGUE, ImportItem(1, texts))


def test_an_id_a_name_a_link_a_citation_and_a_whole_title_are_certain() -> None:
    for text in (
        str(ACTS[0].id),
        "UK_ukpga_1974_37",
        "https://www.legislation.gov.uk/ukpga/1974/37",
        "1974 c. 37",
        "health and safety at work ETC act",
    ):
        found = meant(text)
        assert (found.found, list(found.candidates), found.possible) == ("matched", [1], 1), text


def test_a_title_of_two_laws_is_to_be_chosen() -> None:
    found = meant("Control of Substances Regulations")
    assert (found.found, set(found.candidates), found.possible) == ("ambiguous", {2, 3}, 2)


def test_words_of_many_laws_are_to_be_chosen_with_how_many_there_are() -> None:
    found = meant("coastal order")
    assert found.found == "ambiguous"
    assert list(found.candidates) == [law.record_no for law in MANY[:CANDIDATES_MAX]]
    assert found.possible == len(MANY)


def test_what_no_law_is_called_is_missing() -> None:
    assert meant("The Unwritten Act") == Match(ImportItem(1, ("The Unwritten Act",)), "missing")
    assert meant("…").found == "missing"


def test_the_next_text_decides_where_the_surest_finds_nothing() -> None:
    found = meant("UK_uksi_1900_1", "1974 c. 37")
    assert (found.found, list(found.candidates)) == ("matched", [1])
