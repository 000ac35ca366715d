"""Roles of columns are guessed from headings in people's own words, and from what the cells name."""

import pytest

from sertantai.files.rows import COLUMNS
from sertantai.lists.importing.columns import (
    CELL_CHARACTERS_MAX,
    CELLS_MAX,
    COLUMNS_MAX,
    HEADING_ROWS_MAX,
    Guess,
    cells_to_name,
    guess,
)
from sertantai.lists.importing.headings import (
    HEADING_CHARACTERS_MAX,
    HEADING_WORDS_MAX,
    Role,
    is_known,
    role_of_heading,
)

TITLES = ["Noise Act 1996", "Clean Air Act 1993", "COSHH", "The Gas Safety Regulations 1998"]
CITATIONS = ["1996 c. 37", "1993 c. 11", "SI 2002/2677", "https://www.legislation.gov.uk/uksi/1998/2451"]
REMARKS = ["Applies to the depot.", "Boilers only, see the register of permits.", "", "Ask the landlord"]
NAMES = ["Site manager", "Estates", "", "Site manager"]
DATES = ["2026-03-01", "01/04/2026", "", "1 May 2026"]


def table(*columns: list[str], headings: tuple[str, ...] = (), above: int = 0) -> list[list[str]]:
    width = len(columns)
    rows = [["Register of legal and other requirements", *[""] * (width - 1)]] * above
    rows += [list(headings)] if headings else []
    return rows + [list(cells) for cells in zip(*columns, strict=True)]


def share(column: list[str]) -> float:
    return sum(cell in TITLES + CITATIONS for cell in column) / max(len([one for one in column if one]), 1)


def guessed(rows: list[list[str]]) -> Guess:
    return guess(rows, [share(column) for column in cells_to_name(rows)])


def roles(rows: list[list[str]]) -> list[str]:
    return [column.role.value for column in guessed(rows).columns]


def test_headings_below_a_title_and_a_date_are_found() -> None:
    rows = table(
        TITLES,
        REMARKS,
        NAMES,
        DATES,
        headings=("Legislation", "Comments", "Responsible", "Review date"),
        above=3,
    )
    found = guessed(rows)
    assert found.heading == 3
    assert [one.role for one in found.columns] == [Role.LAW, Role.NOTE, Role.OWNER, Role.DATE]
    assert [one.heading for one in found.columns] == ["Legislation", "Comments", "Responsible", "Review date"]


def test_a_title_in_every_column_is_no_row_of_headings() -> None:
    rows = table(TITLES, NAMES, headings=("Legislation", "Owner"))
    assert guessed([["Register of legislation"] * 2, *rows]).heading == 1


@pytest.mark.parametrize("above", [HEADING_ROWS_MAX - 1, HEADING_ROWS_MAX])
def test_headings_are_looked_for_so_far_down(above: int) -> None:
    rows = table(TITLES, NAMES, headings=("Law", "Owner"), above=above)
    assert (guessed(rows).heading == above) is (above < HEADING_ROWS_MAX)


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Legislation", Role.LAW), ("Law", Role.LAW), ("TITLE", Role.LAW), ("Act / Regulation", Role.LAW),
        ("Legislation (short title)", Role.LAW), ("Ref", Role.REFERENCE), ("SI No", Role.REFERENCE),
        ("S.I. No.", Role.REFERENCE), ("Link to legislation", Role.REFERENCE), ("Comments", Role.NOTE),
        ("Notes / comments", Role.NOTE), ("Responsible", Role.OWNER), ("Responsible person", Role.OWNER),
        ("Action owner", Role.OWNER), ("Review date", Role.DATE), ("Date of last review", Role.DATE),
        ("Topic", Role.TAGS), ("Keywords", Role.TAGS), ("No.", Role.OUT), ("How we comply", None), ("", None),
    ],
)  # fmt: skip
def test_headings_in_peoples_own_words(heading: str, role: Role | None) -> None:
    assert role_of_heading(heading) is role


def test_a_sentence_is_no_heading() -> None:
    for words in (HEADING_WORDS_MAX, HEADING_WORDS_MAX + 1):
        heading = " ".join(["law", *["of"] * (words - 1)])
        assert is_known(heading) is (role_of_heading(heading) is Role.LAW) is (words == HEADING_WORDS_MAX)
    for characters in (HEADING_CHARACTERS_MAX, HEADING_CHARACTERS_MAX + 1):
        heading = f"law {'x' * (characters - 4)}"
        assert (
            is_known(heading)
            is (role_of_heading(heading) is Role.LAW)
            is (characters == HEADING_CHARACTERS_MAX)
        )


def test_without_headings_the_cells_say_what_a_column_is() -> None:
    numbers = ["1", "2", "3", "4"]
    assert roles(table(numbers, TITLES, CITATIONS, DATES, REMARKS)) == [
        "out",
        "law",
        "reference",
        "date",
        "other",
    ]
    assert guessed(table(numbers, TITLES, CITATIONS)).heading is None


def test_labels_that_nobody_knows_above_a_column_of_laws_are_headings() -> None:
    found = guessed(table(TITLES, REMARKS, headings=("Wording", "Thoughts")))
    assert found.heading == 0
    assert [one.role for one in found.columns] == [Role.LAW, Role.OTHER]


def test_the_first_law_is_not_taken_for_a_heading() -> None:
    assert guessed(table(TITLES)).heading is None
    assert guessed(table(TITLES, NAMES)).heading is None
    assert guessed([["COSHH", "Estates"], ["Noise Act 1996", "Depot"]]).columns[0].role is Role.LAW


def test_a_column_of_text_alone_is_of_laws() -> None:
    rows = table(["Something about noise", "Clean air", "Water", "Waste"])
    assert roles(rows) == ["law"]
    assert guessed(table(TITLES, headings=("Legislation",))).heading == 0


def test_of_two_columns_that_may_be_of_laws_the_one_that_names_more_is() -> None:
    own = ["Keep noise down", "No dark smoke", "Assess substances", "Check boilers"]
    found = roles(table(own, TITLES, headings=("Legal requirement", "Legislation")))
    assert found == ["other", "law"]


def test_references_of_somebodys_own_find_no_law_and_go_on_as_any_other_column() -> None:
    assert roles(table(TITLES, ["L-001", "L-002", "L-003", "L-004"], headings=("Law", "Ref"))) == [
        "law",
        "other",
    ]
    assert roles(table(TITLES, CITATIONS, headings=("Law", "No."))) == ["law", "reference"]
    assert roles(table(CITATIONS, REMARKS, headings=("Legislation", "Comments"))) == ["reference", "note"]


def test_of_a_list_that_was_exported_the_register_knows_the_rest() -> None:
    rows = [list(COLUMNS), *([f"UK_ukpga_1996_{at}", *["x"] * (len(COLUMNS) - 1)] for at in range(3))]
    taken = {one.heading: one.role for one in guessed(rows).columns if one.role is not Role.OUT}
    assert taken == {
        "name": Role.LAW,
        "note": Role.NOTE,
        "tags": Role.TAGS,
        "responsible": Role.RESPONSIBLE,
        "review_on": Role.REVIEW_ON,
    }
    own = [[*COLUMNS, "Responsible"], *([*row, "me"] for row in rows[1:])]
    assert guessed(own).columns[-1].role is Role.OWNER


def test_an_empty_column_is_left_out() -> None:
    assert roles(table(TITLES, ["", "", "", ""], headings=("Law", "Comments"))) == ["law", "out"]


def test_nothing_is_guessed_of_nothing() -> None:
    assert guess([], []) == Guess(None, ())
    assert cells_to_name([]) == []


def test_so_many_cells_of_so_many_columns_are_looked_for() -> None:
    rows = [[f"Noise Act {1900 + row}" for _ in range(COLUMNS_MAX + 1)] for row in range(CELLS_MAX + 1)]
    cells = cells_to_name(rows)
    assert [len(column) for column in cells] == [CELLS_MAX] * COLUMNS_MAX
    assert len(guess(rows, [1.0] * COLUMNS_MAX).columns) == COLUMNS_MAX + 1
    assert guess(rows, [1.0] * COLUMNS_MAX).columns[-1].role is Role.OTHER


def test_a_long_text_is_no_name_of_a_law() -> None:
    assert cells_to_name([["x" * CELL_CHARACTERS_MAX], ["x" * (CELL_CHARACTERS_MAX + 1)], ["-"], [""]]) == [
        ["x" * CELL_CHARACTERS_MAX]
    ]


def test_laws_that_came_before_or_after_are_not_the_law_of_a_row() -> None:
    rows = [
        ["Legislation", "SI No.", "Replaced by", "Owner"],
        ["CDM 2007", "SI 2007/320", "Construction (Design and Management) Regulations 2015", "Ann"],
        ["COSHH 99", "SI 1999/437", "Control of Substances Hazardous to Health Regulations 2002", "Bob"],
    ]
    roles = [column.role for column in guess(rows, [0.5, 1.0, 1.0, 0.0]).columns]
    assert roles == [Role.LAW, Role.REFERENCE, Role.OTHER, Role.OWNER]
    parents = [
        ["Our name", "Parent Act", "Amending legislation", "Ref"],
        ["Noise", "Noise Act 1996", "x", "1"],
    ]
    assert Role.LAW not in [column.role for column in guess(parents, [0.0, 1.0, 1.0, 0.0]).columns[1:3]]
