"""What people leave out, shorten, or write in a row: years, numbers, words, provisions, several laws."""

import pytest

from sertantai.records.finding.candidates import BY_BEGINNING
from sertantai.records.finding.several import NAMED_MAX, NOT_SEVERAL, laws_named
from tests.unit.records.small_register import Law, catalogue_of

TITLES = {
    "UK_ukpga_1974_37": "Health and Safety at Work etc. Act 1974",
    "UK_ukpga_1990_43": "Environmental Protection Act 1990",
    "UK_ukpga_1956_52": "Clean Air Act 1956 (repealed 27.8.1993)",
    "UK_ukpga_1968_62": "Clean Air Act 1968 (repealed 27.8.1993)",
    "UK_ukpga_1993_11": "Clean Air Act 1993",
    "UK_ukpga_1992_51": "Protection of Badgers Act 1992",
    "UK_ukpga_1988_52": "Road Traffic Act 1988",
    "UK_ukpga_1991_40": "Road Traffic Act 1991",
    "UK_uksi_1988_1991": "The Merchant Shipping (Certification of Deck Officers) Regulations 1988",
    "UK_ukpga_2010_23": "Bribery Act 2010",
    "UK_ukpga_2006_35": "Fraud Act 2006",
    "UK_uksi_2002_2677": "The Control of Substances Hazardous to Health Regulations 2002",
    "UK_uksi_1998_2306": "The Provision and Use of Work Equipment Regulations 1998",
    "UK_uksi_1998_2307": "The Lifting Operations and Lifting Equipment Regulations 1998",
    "UK_uksi_1999_3242": "The Management of Health and Safety at Work Regulations 1999",
    "UK_uksi_2010_2214": "The Building Regulations 2010",
    "UK_uksi_2013_3113": "The Waste Electrical and Electronic Equipment Regulations 2013",
    "UK_uksi_2018_390": "The Personal Protective Equipment (Enforcement) Regulations 2018",
    "UK_uksi_2016_679": "The Building Societies (Floating Charges and Other Provisions) Order 2016",
    "UK_uksi_2012_632": "The Control of Asbestos Regulations 2012",
    "UK_nisr_2012_179": "The Control of Asbestos Regulations (Northern Ireland) 2012",
    "UK_uksi_1992_2792": "The Health and Safety (Display Screen Equipment) Regulations 1992",
    "UK_uksi_1992_1": "The Town and Country Planning Regulations 1992",
}
CATALOGUE = catalogue_of(
    [
        Law(at, name, title, name.split("_")[1], int(name.split("_")[2]), name.split("_")[3])
        for at, (name, title) in enumerate(TITLES.items(), 1)
    ]
)


def names(text: str) -> tuple[list[str], int]:
    found = CATALOGUE.finder.find(text)
    return [CATALOGUE.row(one.number).name for one in found.candidates], found.sure


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Protection of Badgers Act '92", "UK_ukpga_1992_51"),
        ("H&S at Work Act ’74", "UK_ukpga_1974_37"),
        ("Mgmt of H & S at Work Regs 1999", "UK_uksi_1999_3242"),
        ("Lifting Ops & Lifting Eqpt Regs 1998", "UK_uksi_1998_2307"),
        ("PPE (Enforcement) Regs 2018", "UK_uksi_2018_390"),
        ("Health & Safety (DSE) Regs 1992", "UK_uksi_1992_2792"),
        ("HSWA 1974 s2(1)", "UK_ukpga_1974_37"),
        ("EPA 1990 s.33, s.34", "UK_ukpga_1990_43"),
        ("Environmental Protection Act 1990 (Part IIA)", "UK_ukpga_1990_43"),
        ("Building Regs 2010 Part L", "UK_uksi_2010_2214"),
        ("Building Regs. 2010 reg 6(3)", "UK_uksi_2010_2214"),
        ("Fraud Act 2006 (still in force)", "UK_ukpga_2006_35"),
        ("Fraud Act 2006 | counter-fraud policy", "UK_ukpga_2006_35"),
        ("Provision and Use of Work Equipment Regulations 1998 PUWER", "UK_uksi_1998_2306"),
        ("WEEE Regs 2013 (SI 3113)", "UK_uksi_2013_3113"),
        ("WEEE Regs 2013 SI 3113", "UK_uksi_2013_3113"),
        ("SI 3113/2013", "UK_uksi_2013_3113"),
        ("S.I. No. 3113 of 2013", "UK_uksi_2013_3113"),
        ("SI 2013 3113", "UK_uksi_2013_3113"),
        ("WEEE (SI2013/3113)", "UK_uksi_2013_3113"),
    ],
)
def test_it_is_taken(text: str, name: str) -> None:
    assert names(text) == ([name], 1)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Protection of Badgers Act 92", "UK_ukpga_1992_51"),
        ("HSWA 74", "UK_ukpga_1974_37"),
        ("Building Regs 10", "UK_uksi_2010_2214"),  # or the tenth of them
        ("WEEE Regs 2013 (SI 3114)", "UK_uksi_2013_3113"),
        ("PUWER 1998 (SI 2307)", "UK_uksi_1998_2306"),
        ("Clean Air Act 1993 (extended to Guernsey)", "UK_ukpga_1993_11"),
        ("Fraud Act 2006 [Isle of Man]", "UK_ukpga_2006_35"),
        ("HSWA 1974, MHSWR 1999 reg 3", None),
        # What is in the brackets may be a part of another title.
        ("Town and Country Planning (TPO) Regulations 1992", "UK_uksi_1992_1"),
    ],
)
def test_it_is_only_offered(text: str, first: str | None) -> None:
    found, sure = names(text)
    assert sure == 0
    assert first is None or found[0] == first


@pytest.mark.parametrize(
    ("text", "laws"),
    [
        ("Bribery Act 2010 and Fraud Act 2006", ["UK_ukpga_2010_23", "UK_ukpga_2006_35"]),
        ("The Bribery Act 2010/the Fraud Act 2006", ["UK_ukpga_2010_23", "UK_ukpga_2006_35"]),
        ("COSHH 2002/PUWER 1998", ["UK_uksi_2002_2677", "UK_uksi_1998_2306"]),
        (
            "COSHH 2002, PUWER 1998 & LOLER 1998",
            ["UK_uksi_2002_2677", "UK_uksi_1998_2306", "UK_uksi_1998_2307"],
        ),
        ("Clean Air Acts 1956 and 1993", ["UK_ukpga_1956_52", "UK_ukpga_1993_11"]),
        ("Clean Air Act 1956, 1968 & 1993", ["UK_ukpga_1956_52", "UK_ukpga_1968_62", "UK_ukpga_1993_11"]),
        ("Road Traffic Act 1988/1991", ["UK_ukpga_1988_52", "UK_ukpga_1991_40"]),
        (
            "Control of Asbestos Regulations 2012 and Control of Asbestos Regulations (NI) 2012",
            ["UK_uksi_2012_632", "UK_nisr_2012_179"],
        ),
        ("SI 1998/2306, 2307", ["UK_uksi_1998_2306", "UK_uksi_1998_2307"]),
        ("SI 1998/2306 and SI 2307", ["UK_uksi_1998_2306", "UK_uksi_1998_2307"]),
    ],
)
def test_laws_in_a_row_are_each_taken(text: str, laws: list[str]) -> None:
    assert names(text) == (laws, len(laws))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Bribery Act 2010 and Fraud Act 2007", ["UK_ukpga_2010_23", "UK_ukpga_2006_35"]),
        ("Bribery Act 2010 and Zebra Act 2006", ["UK_ukpga_2010_23"]),
        ("Clean Air Acts 1956-1993", ["UK_ukpga_1956_52", "UK_ukpga_1993_11"]),
        ("Clean Air Act 1956 to 1993", ["UK_ukpga_1956_52", "UK_ukpga_1993_11"]),
    ],
)
def test_of_laws_in_a_row_that_are_not_all_sure_each_is_offered(text: str, first: list[str]) -> None:
    found, sure = names(text)
    assert (found[: len(first)], sure) == (first, 0)


def test_a_number_of_europe_is_no_number_of_ours() -> None:
    for text in ("General Data Protection Regulation 2016/679", "F-gas Regulation 2016/679"):
        assert "UK_uksi_2016_679" not in names(text)[0]
    assert names("Building Societies Order 2016/679") == (["UK_uksi_2016_679"], 0)


def test_a_title_that_a_text_begins_with_says_so() -> None:
    found = CATALOGUE.finder.find("Clean Air Act 1993 (extended to Guernsey)")
    assert found.candidates[0].reason == BY_BEGINNING
    assert not CATALOGUE.finder.meant("Clean Air Act 1993 (extended to Guernsey)"), "no search is led by it"


@pytest.mark.parametrize(
    "text",
    [
        "Clean Air Act 1993",
        "The Clean Air Act 1993 (Extension) Order 1994",
        "The Finance Act 1998 and Taxes Act 1999 (Commencement) Regulations",
        "Acts and Orders",
        "",
    ],
)
def test_one_law_is_not_several(text: str) -> None:
    assert laws_named(text) == NOT_SEVERAL


@pytest.mark.parametrize("many", [NAMED_MAX, NAMED_MAX + 1])
def test_so_many_laws_may_stand_in_a_row(many: int) -> None:
    years = [str(1990 + at) for at in range(many)]
    for text in (f"Roads Act {', '.join(years)}", ", ".join(f"Roads Act {year}" for year in years)):
        assert len(laws_named(text).texts) == (many if many <= NAMED_MAX else 0)
