"""Laws among others of nearly the same name: which is meant, which is only offered, and why."""

import pytest

from sertantai.records.finding import candidates as reasons
from tests.unit.records.small_register import Law, catalogue_of

REVOKED = "❌ Revoked / Repealed / Abolished"
TITLES = {
    "UK_ukpga_1974_37": "Health and Safety at Work etc. Act 1974",
    "UK_ukpga_1990_43": "Environmental Protection Act 1990",
    "UK_ukpga_1956_52": "Clean Air Act 1956",
    "UK_ukpga_1993_11": "Clean Air Act 1993",
    "UK_ukpga_1996_37": "Noise Act 1996",
    "UK_asp_2009_12": "Climate Change (Scotland) Act 2009",
    "UK_ukpga_2009_12": "Industry and Exports Act 2009",
    "UK_uksi_2002_2677": "The Control of Substances Hazardous to Health Regulations 2002",
    "UK_uksi_1999_437": "The Control of Substances Hazardous to Health Regulations 1999 (revoked)",
    "UK_uksi_2004_3386": "The Control of Substances Hazardous to Health (Amendment) Regulations 2004",
    "UK_uksi_1998_2306": "The Provision and Use of Work Equipment Regulations 1998",
    "UK_uksi_1992_2932": "The Provision and Use of Work Equipment Regulations 1992",
    "UK_uksi_2005_894": "The Hazardous Waste (England and Wales) Regulations 2005",
    "UK_wsi_2005_1806": "The Hazardous Waste (Wales) Regulations 2005",
    "UK_nisr_2005_300": "The Hazardous Waste Regulations (Northern Ireland) 2005",
    "UK_uksi_2005_735": "The Work at Height Regulations 2005",
    "UK_uksi_2013_1471": "The Reporting of Injuries, Diseases and Dangerous Occurrences Regulations 2013",
    "UK_uksi_2016_1154": "The Environmental Permitting (England and Wales) Regulations 2016",
    "UK_wsi_2016_691": "The Environment (Wales) Act 2016 (Commencement No. 1) Order 2016",
    "UK_uksi_2016_691": "The Social Security (Scottish Rate of Income Tax) Regulations 2016",
    "UK_uksi_1991_100": "The Clean Air Act 1993 (Extension to Jersey) Order 1991",
}
CATALOGUE = catalogue_of(
    [
        Law(
            at,
            name,
            title,
            name.split("_")[1],
            int(name.split("_")[2]),
            name.split("_")[3],
            live=REVOKED if "revoked" in title else None,
        )
        for at, (name, title) in enumerate(TITLES.items(), 1)
    ]
)
FINDER = CATALOGUE.finder


def names(text: str) -> tuple[list[str], int]:
    found = FINDER.find(text)
    return [CATALOGUE.row(one.number).name for one in found.candidates], found.sure


TAKEN = {
    "The Control of Substances Hazardous to Health Regulations 2002 (SI 2002/2677)": (
        "UK_uksi_2002_2677",
        reasons.BY_NUMBER,
    ),
    "Control of Substances Hazardous to Health (COSHH) Regulations 2002": (
        "UK_uksi_2002_2677",
        reasons.BY_TITLE,
    ),
    "COSHH Regulations 2002": ("UK_uksi_2002_2677", reasons.BY_ABBREVIATION),
    "Health and Safety at Work, etc. Act 1974 (c. 37)": ("UK_ukpga_1974_37", reasons.BY_NUMBER),
    "health & safety at work act 1974": ("UK_ukpga_1974_37", reasons.BY_TITLE),
    "1. Clean Air Act 1993": ("UK_ukpga_1993_11", reasons.BY_TITLE),
    "2. Noise Act 1996": ("UK_ukpga_1996_37", reasons.BY_TITLE),
    "Working at Heights Regulations 2005": ("UK_uksi_2005_735", reasons.OTHER_ENDINGS),
    "Reporting of Injuries Diseases & Dangerous Occurences Regs 2013": (
        "UK_uksi_2013_1471",
        reasons.ANOTHER_LETTER,
    ),
    "Enviromental Protection Act 1990, s.34": ("UK_ukpga_1990_43", reasons.ANOTHER_LETTER),
    "PUWER98": ("UK_uksi_1998_2306", reasons.BY_ABBREVIATION),
    "PUWER 1998": ("UK_uksi_1998_2306", reasons.BY_ABBREVIATION),
    "2009 asp 12": ("UK_asp_2009_12", reasons.BY_NUMBER),
    "SI 2016/691 (W. 212)": ("UK_wsi_2016_691", reasons.BY_NUMBER),
    "Control of Substances Hazardous to Health Regulations 1999": ("UK_uksi_1999_437", reasons.BY_TITLE),
}


@pytest.mark.parametrize("text", TAKEN)
def test_it_is_taken(text: str) -> None:
    name, reason = TAKEN[text]
    found = FINDER.find(text)
    assert names(text) == ([name], 1)
    assert found.candidates[0].reason == reason


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("PUWER", "UK_uksi_1998_2306"),
        ("Act 1990 Environmental Protection", "UK_ukpga_1990_43"),
        ("Height at Work Regulations 2005", "UK_uksi_2005_735"),
        ("Clean Air Act", "UK_ukpga_1993_11"),
        ("Clean Air Act 1992", "UK_ukpga_1993_11"),
        ("Control of Substances Hazardous to Health Regulations", "UK_uksi_2002_2677"),
        ("SI 2016/691", None),
        ("2016/691", None),
        ("Noise Act 1996 (SI 2002/2677)", None),
        ("Clean Air Act 1993 (c. 43)", "UK_ukpga_1993_11"),
    ],
)
def test_it_is_offered_and_never_taken(text: str, first: str | None) -> None:
    found, sure = names(text)
    assert found
    assert sure == 0
    assert first is None or found[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "Hazardous Waste Regulations 2005",
        "Hazardous Waste (Scotland) Regulations 2005",
        "Clean Air Act 1993 (Extension to Guernsey) Order 1991",
        "Climate Change Act 2009",
        "COSHH Act 2002",
    ],
)
def test_a_law_of_which_only_neighbours_are_held_is_taken_for_none_of_them(text: str) -> None:
    assert names(text)[1] == 0


@pytest.mark.parametrize(
    "text", ["SI 2002/2678", "2009 asp 13", "NISR 2005/30", "UK_uksi_2002_267", "1974 c. 38"]
)
def test_a_citation_of_a_law_that_is_not_held_finds_nothing(text: str) -> None:
    assert names(text) == ([], 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "2005",
        "ISO 45001:2018",
        "BS 9999",
        "Directive 2012/18/EU",
        "10 High Street",
        "Act",
        "the",
    ],
)
def test_nonsense_is_nothing(text: str) -> None:
    assert names(text)[1] == 0


@pytest.mark.parametrize(
    "text", ["hazardous waste england", "control substances health", "reporting of injuries"]
)
def test_words_of_a_title_offer_it(text: str) -> None:
    found, sure = names(text)
    assert found
    assert sure == 0
    assert FINDER.find(text).candidates[0].reason == reasons.IN_PART
    assert not FINDER.meant(text)


def test_several_citations_are_several_laws() -> None:
    assert names("SI 2002/2677 and SI 1998/2306") == (["UK_uksi_2002_2677", "UK_uksi_1998_2306"], 2)


def test_whoever_searches_finds_what_is_meant() -> None:
    found = [CATALOGUE.row(one.number).name for one in FINDER.meant("COSHH")]
    assert found == ["UK_uksi_2002_2677", "UK_uksi_1999_437"]
    assert not FINDER.meant("hazardous")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("WSLR 1990", ["UK_uksi_1990_2"]),
        ("WSLR Regs 1990", []),  # with words beside them they are no initials
        ("WSLR 1991", []),
        ("WSLR", []),
        ("WSL 1990", []),  # three letters may be anything
        ("WATER 1990", []),  # a word
        ("HWLGU 1990", []),  # a link
    ],
)
def test_initials_with_a_year_are_offered_never_taken(text: str, found: list[str]) -> None:
    laws = [
        Law(1, "UK_uksi_1990_1", "The Water Order 1990", "uksi", 1990, "1"),
        Law(2, "UK_uksi_1990_2", "The Wharves and Slips Lighting Regulations 1990", "uksi", 1990, "2"),
        Law(3, "UK_uksi_1990_3", "https://www.legislation.gov.uk/id/uksi/1990/3", "uksi", 1990, "3"),
    ]
    catalogue = catalogue_of(laws)
    finding = catalogue.finder.named(text)
    named = (
        [] if finding is None else [one for one in finding.candidates if one.reason == reasons.BY_INITIALS]
    )
    assert [catalogue.row(one.number).name for one in named] == found
    assert finding is None or finding.sure == 0 or not named


@pytest.mark.parametrize(
    "text",
    [
        "Noise Act 1996 (1993 c. 11)",
        "Work at Height Regulations 2005 SI 2002/2677",
        "COSHH 2002 SI 1998/2306",  # an abbreviation is a title, too
        "PUWER 1998 https://www.legislation.gov.uk/uksi/2002/2677/contents/made",
        "SI 2005/894 - Hazardous Waste (Wales) Regulations 2005",
        "SI 2005/894 - Hazardous Waste Regulations (NI) 2005",
        "SI 2005/894 - Waste Regs (NI)",
        "SI 2005/735 - Height (Amendment) Regs",
        "Hazardous waste 2004 (SI 2005/894)",
        "Work at Height Regulations 2005 SI 2005/735 and PUWER 1998 SI 2002/2677",
        "Noise Act 1996 - NI equivalent",
        "Regulations made under the Noise Act 1996",
    ],
)
def test_a_number_beside_what_is_no_title_of_its_law_is_offered_only(text: str) -> None:
    assert names(text)[1] == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Work at Height Regulations 2005 (amended by SI 2002/2677)", "UK_uksi_2005_735"),
        ("COSHH Regulations 2002 (incl. amendment SI 2005/735)", "UK_uksi_2002_2677"),
        ("Noise Act 1996 replaced by 1993 c. 11", "UK_ukpga_1996_37"),
        ("Work at Height Regulations 2005 (SI 2005/735), made under 1974 c. 37", "UK_uksi_2005_735"),
        ("Hazardous Waste Regulations (NI) 2005", "UK_nisr_2005_300"),
        ("PUWER 1998 (SI 1998/2306)", "UK_uksi_1998_2306"),
        ("Hazardous waste regs SI 2005/894", "UK_uksi_2005_894"),
    ],
)
def test_what_changed_a_law_is_not_meant_by_its_name(text: str, name: str) -> None:
    assert names(text)[0][:1] == [name]
    assert names(text)[1] == 1
