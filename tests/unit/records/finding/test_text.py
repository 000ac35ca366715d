"""What stands in a line: its titles, its citations, and what is none of both."""

from time import process_time

import pytest

from sertantai.records.finding.text import CHARACTERS_MAX, plain, understand

COSHH = "control of substances hazardous to health regulations 2002"
EPA = "environmental protection act 1990"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The Control of Substances Hazardous to Health Regulations 2002 (SI 2002/2677)", COSHH),
        ("Control of Substances Hazardous to Health (COSHH) Regs 2002", COSHH),
        ("2. Control of Substances Hazardous to Health Regulations 2002 (as amended)", COSHH),
        ("(a) Control of Substances Hazardous to Health Regulations 2002, as amended by SI 2004/3386", COSHH),
        ("\u2022\u00a0Control of Substances Hazardous to Health Regulations 2002 \u2013 reg. 6", COSHH),
        ("[12] Environmental Protection Act 1990, s.34 (duty of care)", EPA),
        ("Environmental Protection Act 1990 (c. 43) Part II", EPA),
        ("Environmental Protection Act 1990 c43", EPA),
        ("Section 34 of the Environmental Protection Act 1990", EPA),
        ("Environmental Protection Act 1990: waste", EPA),
        ("Environmental Protection Act 1990, regulations 5 and Part 2 - waste", EPA),
        ("iv) Environmental Protection Act 1990 [EPA], Schedule 2 and 3", EPA),
        ("\uff25nvironmental Protection Act 1990 (repealed in part)", EPA),
        ("Health & Safety at Work, etc. Act 1974", "health safety at work act 1974"),
    ],
)
def test_a_title_is_found_among_what_stands_around_it(text: str, title: str) -> None:
    assert title in [" ".join(one.words) for one in understand(text).titles]


@pytest.mark.parametrize(
    "text",
    [
        "Finance Act 1998 (Commencement) Order",
        "Finance Act 1998, Amendment (No. 2) Order",
        "Finance Act 1998 - Commencement Order",
        "Finance Act 1998 (Part 3) (Commencement) Order",
        "Finance Act 1998 Part 3 Appeals Regulations",
        "Clean Air Act 1993 (Scotland)",
        "Hazardous Waste (Wales) Regulations 2005",
        "Hazardous Waste Regulations 2005 (No. 2)",
    ],
)
def test_what_may_tell_one_law_from_another_is_never_left_out(text: str) -> None:
    readings = [set(title.words) for title in understand(text).titles]
    assert all(reading == readings[0] for reading in readings)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("SI 2002/2677", "2002/2677"),
        ("S.I. 2002 No. 2677", "2002/2677"),
        ("UK Statutory Instrument 2002 No. 2677", "2002/2677"),
        ("COSHH Regulations (SI 2002 / 2677)", "2002/2677"),
        ("Water Resources Act 1991 c57", "1991/57"),
        ("Equality Act 2010 (c.15)", "2010/15"),
        ("1990 Chapter 43", "1990/43"),
        ("S.I. 1978/1039 (N.I. 9)", "nisi 1978/1039"),
        ("SI 2016/691 (W. 212)", "wsi 2016/691"),
        ("Scottish SI 2011 No. 209", "ssi 2011/209"),
        ("Climate Change (Scotland) Act 2009 asp 12", "asp 2009/12"),
        ("Statutory Rules of Northern Ireland 2003 No. 33", "nisr 2003/33"),
        ("S.R. (N.I.) 2003 No. 33", "nisr 2003/33"),
        ("see uksi/2002/2677/regulation/6", "uksi 2002/2677"),
        ("http://www.opsi.gov.uk/si/si2002/20022677.htm", "uksi 2002/2677"),
        ("http://www.opsi.gov.uk/acts/acts1974/ukpga_19740037_en_1", "1974/37"),
    ],
)
def test_a_citation_is_read_wherever_it_stands(text: str, cited: str) -> None:
    (citation,) = understand(text).citations
    series, _, number = cited.rpartition(" ")
    assert f"{citation.year}/{citation.number}" == number
    if series:
        assert citation.type_codes == (series,)


def test_addresses_and_names_state_a_name() -> None:
    text = "see https://www.legislation.gov.uk/ukpga/1974/37/section/2 and UK_uksi_2002_2677"
    assert understand(text).names == ("UK_ukpga_1974_37", "UK_uksi_2002_2677")


def test_several_citations_are_several_laws_and_what_amended_one_is_none() -> None:
    both = understand("SI 2002/2677; SI 1999/3242").citations
    assert [one.number for one in both] == ["2677", "3242"]
    amended = understand("Hazardous Waste Regulations 2005 SI 2005/894 (as amended by SI 2009/507)")
    assert [one.number for one in amended.citations] == ["894"]


@pytest.mark.parametrize(
    "text",
    [
        "Directive 2012/18/EU",
        "Regulation (EU) 2016/679",
        "Regulation (EC) No 1907/2006",
        "ISO 45001:2018",
        "BS EN 12464-1:2011",
        "PAS 99:2012",
        "12/10/2015",
        "0800 2015 1234",
    ],
)
def test_what_is_no_law_of_the_united_kingdom_is_no_citation(text: str) -> None:
    asked = understand(text)
    assert not asked.citations
    assert not asked.names


def test_a_number_of_the_line_is_taken_off_and_a_title_of_numbers_kept() -> None:
    assert plain("1. Clean Air Act 1993") == "Clean Air Act 1993"
    assert plain("12.") == "12."
    assert plain("- 3) Noise Act 1996") == "Noise Act 1996"


@pytest.mark.parametrize(
    "piece", ["(", "s 1 ", "1990 c. ", "as amended ", "SI ", "2002/", "reg", "[a", "- ", "Act 1990 "]
)
def test_the_worst_line_is_read_in_no_time(piece: str) -> None:
    text = (piece * CHARACTERS_MAX)[: 2 * CHARACTERS_MAX]
    took = []
    for _ in range(3):
        began = process_time()
        understand(text)
        took.append(process_time() - began)
    assert min(took) < 0.1, "what is meant are milliseconds"
