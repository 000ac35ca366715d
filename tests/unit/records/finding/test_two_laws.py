"""Lines that say two things: a law and its sister elsewhere, an abbreviation and a year of another law."""

import pytest

from sertantai.records.finding.candidates import ABBREVIATION_OF_ANOTHER_YEAR, BY_INITIALS
from tests.unit.records.small_register import Law, catalogue_of

TITLES = {
    "UK_ukpga_1974_37": "Health and Safety at Work etc. Act 1974",
    "UK_nisi_1978_1039": "The Health and Safety at Work (Northern Ireland) Order 1978",
    "UK_uksi_2012_632": "The Control of Asbestos Regulations 2012",
    "UK_nisr_2012_179": "The Control of Asbestos Regulations (Northern Ireland) 2012",
    "UK_uksi_1999_3242": "The Management of Health and Safety at Work Regulations 1999",
    "UK_nisr_2000_388": "Management of Health and Safety at Work Regulations (Northern Ireland) 2000",
    "UK_uksi_2012_3118": "The Energy Performance of Buildings (England and Wales) Regulations 2012",
    "UK_ssi_2008_309": "The Energy Performance of Buildings (Scotland) Regulations 2008",
    "UK_uksi_2002_2677": "The Control of Substances Hazardous to Health Regulations 2002",
    "UK_uksi_1999_437": "The Control of Substances Hazardous to Health Regulations 1999",
    "UK_nisr_2003_34": "Control of Substances Hazardous to Health Regulations (Northern Ireland) 2003",
    "UK_uksi_1998_2306": "The Provision and Use of Work Equipment Regulations 1998",
    "UK_uksi_1992_2932": "The Provision and Use of Work Equipment Regulations 1992",
    "UK_nisr_1999_305": "Provision and Use of Work Equipment Regulations (Northern Ireland) 1999",
    "UK_ukla_1913_70": "Kent Electric Power Act 1913",
}
CATALOGUE = catalogue_of(
    [
        Law(at, name, title, name.split("_")[1], int(name.split("_")[2]), name.split("_")[3])
        for at, (name, title) in enumerate(TITLES.items(), 1)
    ]
)
ASBESTOS = ["UK_uksi_2012_632", "UK_nisr_2012_179"]
COSHH = ["UK_uksi_2002_2677", "UK_nisr_2003_34"]


def names(text: str) -> tuple[list[str], int]:
    found = CATALOGUE.finder.find(text)
    return [CATALOGUE.row(one.number).name for one in found.candidates], found.sure


@pytest.mark.parametrize(
    ("text", "laws"),
    [
        ("Control of Asbestos Regulations 2012 (NI: SR 2012/179)", ASBESTOS),
        ("Control of Asbestos Regulations 2012 (NI SR 2012/179)", ASBESTOS),
        ("Control of Asbestos Regulations 2012 (N.I.: S.R. 2012 No. 179)", ASBESTOS),
        ("Control of Asbestos Regulations 2012 (Northern Ireland: SR 2012/179)", ASBESTOS),
        ("Control of Asbestos Regulations 2012 / SR 2012/179 (NI)", ASBESTOS),
        ("Control of Asbestos Regulations 2012 (SI 2012/632; NI: SR 2012/179)", ASBESTOS),
        ("Control of Asbestos Regulations 2012 (GB: SI 2012/632, NI: SR 2012/179)", ASBESTOS),
        ("Control of Asbestos Regulations 2012 - NI: NISR 2012/179", ASBESTOS),
        ("Control of Asbestoss Regulations 2012 (NI: SR 2012/179)", ASBESTOS),
        ("Control of Asbestos Regulation 2012 (NI equivalent: SR 2012/179)", ASBESTOS),
        (
            "Management of Health and Safety at Work Regulations 1999 (NI: SR 2000/388)",
            ["UK_uksi_1999_3242", "UK_nisr_2000_388"],
        ),
        (
            "Health and Safety at Work etc. Act 1974 (NI: S.I. 1978/1039)",
            ["UK_ukpga_1974_37", "UK_nisi_1978_1039"],
        ),
        (
            "Energy Performance of Buildings (England and Wales) Regulations 2012 (Scotland: SSI 2008/309)",
            ["UK_uksi_2012_3118", "UK_ssi_2008_309"],
        ),
        ("COSHH 2002 (NI: SR 2003/34)", COSHH),
        ("COSHH (NI: SR 2003/34)", [*COSHH, "UK_uksi_1999_437"]),
    ],
)
def test_a_note_on_a_sister_elsewhere_offers_both(text: str, laws: list[str]) -> None:
    assert names(text) == (laws, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Control of Asbestos Regulations (Northern Ireland) 2012 (NI: SR 2012/179)",
        "Control of Asbestos Regulations (NI) 2012 (SR 2012/179)",
        "Northern Ireland: SR 2012/179",
        "NI SR 2012/179",
        "SR 2012/179 (NI)",
    ],
)
def test_what_says_one_law_twice_is_taken(text: str) -> None:
    assert names(text) == (["UK_nisr_2012_179"], 1)


@pytest.mark.parametrize("text", ["PUWER 1888", "PUWER Regs 1888", "the PUWER Regulations (1888)", "PUWER88"])
def test_an_abbreviation_of_another_year_is_offered_with_that_reason(text: str) -> None:
    assert names(text) == (["UK_uksi_1998_2306", "UK_uksi_1992_2932"], 0)
    reasons = {one.reason for one in CATALOGUE.finder.find(text).candidates}
    assert reasons == {ABBREVIATION_OF_ANOTHER_YEAR}
    assert not CATALOGUE.finder.meant(text), "no search is widened by it"


def test_a_year_that_is_nearly_right_comes_first() -> None:
    assert names("PUWER 1993") == (["UK_uksi_1992_2932", "UK_uksi_1998_2306"], 0)


def test_the_initials_of_a_law_of_that_year_come_before_it() -> None:
    assert names("PUWER 1999") == (["UK_nisr_1999_305", "UK_uksi_1998_2306", "UK_uksi_1992_2932"], 0)
    first, *others = CATALOGUE.finder.find("PUWER 1999").candidates
    assert first.reason == BY_INITIALS
    assert {one.reason for one in others} == {ABBREVIATION_OF_ANOTHER_YEAR}
