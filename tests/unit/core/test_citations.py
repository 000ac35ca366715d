"""Citations as people write them."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.citations import Citation, cited_name, parse_citation

ACTS = ("ukpga", "apgb", "aep")
INSTRUMENTS = ("uksi", "wsi", "nisi")


@pytest.mark.parametrize(
    ("text", "type_codes", "year", "number"),
    [
        ("1974 c. 37", ACTS, 1974, "37"),
        (" 1974 C.37 ", ACTS, 1974, "37"),
        ("1974 chapter 37", ACTS, 1974, "37"),
        ("2002 c. 3 (N.I.)", ("nia", "apni"), 2002, "3"),
        ("2005 asp 3", ("asp",), 2005, "3"),
        ("2016 anaw 3", ("anaw",), 2016, "3"),
        ("SI 2023/1164", INSTRUMENTS, 2023, "1164"),
        ("S.I. 2023 No. 1164", INSTRUMENTS, 2023, "1164"),
        ("si 2023 no 1164", INSTRUMENTS, 2023, "1164"),
        ("S.I. 2011/1043 (W. 151)", INSTRUMENTS, 2011, "1043"),
        ("S.S.I. 2017/340", ("ssi",), 2017, "340"),
        ("SSI 2017/340", ("ssi",), 2017, "340"),
        ("S.R. 2014 No. 94", ("nisr",), 2014, "94"),
        ("S.R. & O. 1921/1286", ("uksro", "nisro"), 1921, "1286"),
        ("uksi 2023/1164", ("uksi",), 2023, "1164"),
        ("uksi/2023/1164", ("uksi",), 2023, "1164"),
        ("UKSI 2023 No. 1164", ("uksi",), 2023, "1164"),
        ("UK_uksi_2023_1164", ("uksi",), 2023, "1164"),
        ("2023/1164", None, 2023, "1164"),
        ("2023 No. 0116", None, 2023, "116"),
        ("https://www.legislation.gov.uk/uksi/2023/1164/regulation/3/made", ("uksi",), 2023, "1164"),
        ("http://legislation.gov.uk/id/ukpga/1974/37/", ("ukpga",), 1974, "37"),
        ("www.legislation.gov.uk/ukpga/1974/37?view=plain#top", ("ukpga",), 1974, "37"),
    ],
)
def test_a_citation_is_understood(
    text: str, type_codes: tuple[str, ...] | None, year: int, number: str
) -> None:
    assert parse_citation(text) == Citation(type_codes, year, number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "water",
        "1974",
        "Water Act 1989",
        "c. 37",
        "1974 37",
        "2023/",
        "waste 2023/1164 and more",
        "9" * 5000,
    ],
)
def test_other_text_is_not_a_citation(text: str) -> None:
    assert parse_citation(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://www.legislation.gov.uk/id/aep/Hen3cc1415/52/1", "UK_aep_Hen3cc1415_52_1"),
        ("https://www.legislation.gov.uk/ukpga/1974/37/section/2", "UK_ukpga_1974_37"),
        ("uk_UKSI_2023_1164", "UK_uksi_2023_1164"),
        ("UK_ukla_Geo5_5-6_52", "UK_ukla_Geo5_5-6_52"),
        ("Water Act", None),
        ("https://example.org/ukpga/1974/37", None),
    ],
)
def test_a_link_or_name_gives_the_name_in_the_register(text: str, name: str | None) -> None:
    assert cited_name(text) == name


@given(st.text(max_size=60))
def test_anything_can_be_typed(text: str) -> None:
    parse_citation(text)
    cited_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "legislation.gov.uk/aaa/" + "and" * 100_000,
        "1974" + " " * 300_000 + "c. 37 x",
        "uk_aaa_" + "a-" * 100_000 + "!",
        "si" + " " * 300_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    """A pattern that tried every way to cut these would take minutes."""
    started = process_time()
    assert parse_citation(text) is None
    assert cited_name(text) is None
    assert process_time() - started < 5
