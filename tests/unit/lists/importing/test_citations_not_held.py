"""A citation means its law or none: what the register does not hold is never taken for another law."""

import asyncio
from collections.abc import Callable
from itertools import product
from uuid import UUID

import pytest

from sertantai.core.ids import UserId
from sertantai.lists.importing.lines import ImportItem, read_items
from sertantai.lists.importing.matching import Matching, match
from sertantai.process.under_way import UnderWay
from tests.unit.records.small_register import Law, catalogue_of

YEARS = (1904, 2007, 2010, 2015)
NUMBERS = (2, 20, 42, 428, 776, 2015, 20150)
CODES = ("ukpga", "asp", "nisr", "ssi", "uksi", "wsi", "nisro", "ukla")
HELD = [
    Law(
        at, f"UK_{code}_{year}_{number}", f"The Order of {year} about {number} roads", code, year, str(number)
    )
    for at, (code, year, number) in enumerate(product(CODES, YEARS, NUMBERS), 1)
    if (year + number + len(code)) % 3
]
CATALOGUE = catalogue_of(HELD)
BY_KEY = {(law.type_code, law.year, law.number): law for law in HELD}

FORMS: dict[str, tuple[tuple[str, ...], Callable[[int, int], str]]] = {
    "SI": (("uksi", "wsi"), lambda year, number: f"SI {year}/{number}"),
    "S.I. No.": (("uksi", "wsi"), lambda year, number: f"S.I. {year} No. {number}"),
    "SSI": (("ssi",), lambda year, number: f"SSI {year}/{number}"),
    "NISR": (("nisr",), lambda year, number: f"NISR {year}/{number}"),
    "WSI": (("wsi",), lambda year, number: f"WSI {year}/{number}"),
    "chapter": (("ukpga",), lambda year, number: f"{year} c. {number}"),
    "asp": (("asp",), lambda year, number: f"{year} asp {number}"),
    "anaw": ((), lambda year, number: f"{year} anaw {number}"),
    "name": (("ssi",), lambda year, number: f"UK_ssi_{year}_{number}"),
    "link": (("nisr",), lambda year, number: f"https://www.legislation.gov.uk/nisr/{year}/{number}"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_citation_means_its_law_or_none(form: str) -> None:
    codes, written = FORMS[form]
    for year, number in product((*YEARS, 2016), (*NUMBERS, 4, 201)):
        held = {law.record_no for code in codes if (law := BY_KEY.get((code, year, str(number))))}
        found = match(CATALOGUE, ImportItem(1, (written(year, number),)))
        expected = "missing" if not held else "matched" if len(held) == 1 else "ambiguous"
        assert (found.found, set(found.candidates)) == (expected, held), written(year, number)


@pytest.mark.parametrize("written", ["2007/428", "S.R. & O. 2010/428", "2010 No. 428"])
def test_a_number_of_several_series_is_to_be_chosen_however_few_hold_it(written: str) -> None:
    only = catalogue_of([Law(1, "UK_nisro_2010_428", "One", "nisro", 2010, "428")])
    found = match(only, ImportItem(1, (written,)))
    assert found.found == ("missing" if "2007" in written else "ambiguous")


def test_a_year_that_every_title_holds_is_no_number() -> None:
    titled = [
        Law(at, f"UK_uksi_2015_{at}", f"The Order {at} of 2015", "uksi", 2015, str(at))
        for at in range(1, 1200)
    ]
    lacking = catalogue_of(titled)
    assert match(lacking, ImportItem(1, ("SI 2015/2015",))).found == "missing"
    holding = catalogue_of([*titled, Law(2015, "UK_uksi_2015_2015", "The Order", "uksi", 2015, "2015")])
    assert list(match(holding, ImportItem(1, ("SI 2015/2015",))).candidates) == [2015]


def test_a_number_in_two_parts_is_not_its_last() -> None:
    parted = catalogue_of([Law(1, "UK_uksi_2010_340-1", "An order", "uksi", 2010, "340/1")])
    assert match(parted, ImportItem(1, ("SI 2010/1",))).found == "missing"


NOISE = catalogue_of(
    [
        Law(1, "UK_uksi_2017_715", "The Noise (Amendment) Regulations 2017", "uksi", 2017, "715"),
        Law(2, "UK_ukpga_1996_37", "Noise Act 1996", "ukpga", 1996, "37"),
    ]
)
TITLE = "The Noise (Amendment) Regulations 2017"


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("title_en,year,number,type_code", f"{TITLE},2017,241,nisr"),
        ("title_en,year,number", f"{TITLE},2017,241"),
        ("title_en,year", f"{TITLE},2018"),
        ("title_en,type_code", f"{TITLE},nisr"),
        ("citation,title", f"2017 nisr 241,{TITLE}"),
        ("citation,title", f"SR 2017/241,{TITLE}"),
        ("leg_gov_uk_url,title", f"https://www.legislation.gov.uk/nisr/2017/241,{TITLE}"),
        ("name,citation", f"{TITLE},2017 nisr 241"),
        ("name,number", f"{TITLE},241"),
    ],
)
def test_a_title_beside_another_laws_number_is_not_taken_for_that_law(heading: str, row: str) -> None:
    _, [item] = read_items(f"{heading}\n{row}\n")
    found = match(NOISE, item)
    assert found.found != "matched"
    assert list(found.candidates) == [1], "it is offered"


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("title_en,year,number,type_code", f"{TITLE},2017,0715,UKSI"),
        ("title_en,year,number", f"{TITLE},2017.0,715.0"),
        ("title_en,year,number,type_code", f"{TITLE},,SI 715,Regulations"),
        ("title_en,number", "Noise Act 1996,c. 37"),
        ("name,citation", f"{TITLE},SI 2017/715"),
        ("citation,title", f"n/a,{TITLE}"),
        ("name,year", "UK_uksi_2017_715,2016"),
        ("id,title", f"3,{TITLE}"),
    ],
)
def test_a_title_beside_its_own_number_or_none_is_that_law(heading: str, row: str) -> None:
    _, [item] = read_items(f"{heading}\n{row}\n")
    assert match(NOISE, item).found == "matched"


def test_equal_titles_with_other_numbers_are_told_apart_in_one_file() -> None:
    _, items = read_items(f"title_en,number\n{TITLE},241\n{TITLE},715\n")
    matches = asyncio.run(Matching(UnderWay()).match_all(NOISE, items, who=UserId(UUID(int=1))))
    assert [one.found for one in matches] == ["ambiguous", "matched"]
