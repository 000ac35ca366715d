"""Abbreviations: what is in the file is right, and is found however it is written."""

import pytest

from sertantai.core.search_terms import search_terms
from sertantai.records.finding.abbreviations import (
    ABBREVIATION_WORDS_MAX,
    LAWS_OF_ACRONYM_MAX,
    Abbreviations,
    Meaning,
    abbreviations,
    apart_from_year,
)

COSHH, PUWER, HSWA = "UK_uksi_2002_2677", "UK_uksi_1998_2306", "UK_ukpga_1974_37"
SIX_PACK = {
    "UK_uksi_1992_2792",
    "UK_uksi_1992_2793",
    "UK_uksi_1992_2966",
    "UK_uksi_1992_3004",
    "UK_uksi_1998_2306",
    "UK_uksi_1999_3242",
}


def meaning(text: str) -> Meaning | None:
    return abbreviations().laws_of(search_terms(text))


def meant_today(text: str) -> str | None:
    found = meaning(text)
    return found.laws[0] if found is not None else None


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("COSHH", COSHH),
        ("HASAWA", HSWA),
        ("HSW Act", HSWA),
        ("PUWER", PUWER),
        ("LOLER", "UK_uksi_1998_2307"),
        ("DSEAR", "UK_uksi_2002_2776"),
        ("RIDDOR", "UK_uksi_2013_1471"),
        ("CDM", "UK_uksi_2015_51"),
        ("COMAH", "UK_uksi_2015_483"),
        ("MHSWR", "UK_uksi_1999_3242"),
        ("CAR", "UK_uksi_2012_632"),
        ("EPR", "UK_uksi_2016_1154"),
        ("WEEE Regs", "UK_uksi_2013_3113"),
        ("ESOS", "UK_uksi_2014_1643"),
        ("Fire Safety Order", "UK_uksi_2005_1541"),
        ("RR(FS)O", "UK_uksi_2005_1541"),
        ("IR(ME)R", "UK_uksi_2017_1322"),
        ("CAR Scotland", "UK_ssi_2011_209"),
        ("COSHH NI", "UK_nisr_2003_34"),
        ("WFG Act", "UK_anaw_2015_2"),
    ],
)
def test_an_abbreviation_is_first_the_law_that_is_meant_today(text: str, law: str) -> None:
    assert meant_today(text) == law


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("coshh", COSHH),
        ("C.O.S.H.H.", COSHH),
        ("The COSHH Regs", COSHH),
        ("COSHH Regulations", COSHH),
        ("PUWER Reg.", PUWER),
        ("F-gas", "UK_uksi_2015_310"),
        ("FGas Regulations", "UK_uksi_2015_310"),
        ("Health & Safety Act", HSWA),
        ("Health and Safety at Work, etc. Act", HSWA),
        ("COSHH (Northern Ireland)", "UK_nisr_2003_34"),
        ("COSHH Regulations (Northern Ireland)", "UK_nisr_2003_34"),
        ("COSHH (NI) Regulations", "UK_nisr_2003_34"),
        ("Martyn’s Law", "UK_ukpga_2025_10"),
        ("martyns law", "UK_ukpga_2025_10"),
    ],
)
def test_it_is_found_however_it_is_written(text: str, law: str) -> None:
    assert meant_today(text) == law


@pytest.mark.parametrize("text", ["COSHH Act", "CDM Act", "HASAWA Regulations", "NMWA Order"])
def test_a_law_of_another_kind_is_not_meant(text: str) -> None:
    assert meaning(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("EA", "HSE", "SEPA", "NRW", "NIEA", "DEFRA", "CQC", "ICO", "FCA", "FSA", "CAA", "MCA", "CMA"),
        *("ORR", "ISO", "ISO 45001", "BS 9999", "EN", "PAS", "CE", "UKCA", "EMAS", "OSHA", "ADR", "IMDG"),
        *("ACOP", "RAMS", "SDS", "LEV", "COPD", "SSSI", "EIA", "SI", "SSI", "NISR"),
        *("Act", "Regs", "Regulations", "Order", "The", "and", "etc", "NI", "the Regulations", "Order (NI)"),
    ],
)
def test_bodies_standards_and_words_are_no_abbreviations_of_laws(text: str) -> None:
    assert meaning(text) is None


def test_no_words_mean_nothing() -> None:
    assert abbreviations().laws_of([]) is None


def test_the_six_pack_is_six_laws_at_once() -> None:
    found = meaning("The Six Pack")
    assert found is not None
    assert found.all_meant
    assert set(found.laws) == SIX_PACK


def test_successors_stand_before_what_they_replaced() -> None:
    found = meaning("CDM")
    assert found is not None
    assert found.laws == ("UK_uksi_2015_51", "UK_uksi_2007_320", "UK_uksi_1994_3140")
    assert found.historic == {"UK_uksi_2007_320", "UK_uksi_1994_3140"}
    assert not found.all_meant


@pytest.mark.parametrize(
    "text", ["REACH", "UK REACH", "CLP", "BPR", "GDPR", "UK GDPR", "ATEX", "eIDAS", "EU ETS"]
)
def test_what_belongs_to_a_law_of_the_european_union_is_only_offered(text: str) -> None:
    found = meaning(text)
    assert found is not None
    assert not found.sure
    assert not found.sure_with_year


@pytest.mark.parametrize(
    "text", ["CAR", "EPR", "DPA", "EPA", "ERA", "WEEE", "RoHS", "PPE", "DSE", "MSA", "BSA"]
)
def test_letters_of_many_uses_need_a_year(text: str) -> None:
    found = meaning(text)
    assert found is not None
    assert not found.sure
    assert found.sure_with_year


def test_what_means_nothing_else_is_sure() -> None:
    found = meaning("COSHH")
    assert found is not None
    assert found.sure
    assert found.sure_with_year
    assert found.abbreviation == "COSHH"


def test_only_a_few_words_are_looked_at() -> None:
    words = [f"w{at}" for at in range(ABBREVIATION_WORDS_MAX + 1)]
    some = Abbreviations(
        Meaning(" ".join(words[:most]), (COSHH,), frozenset(), False, True, True)
        for most in (ABBREVIATION_WORDS_MAX, ABBREVIATION_WORDS_MAX + 1)
    )
    assert some.laws_of(words[:ABBREVIATION_WORDS_MAX]) is not None
    assert some.laws_of(words) is None


def test_the_file_is_read_once() -> None:
    assert abbreviations() is abbreviations()


@pytest.mark.parametrize(
    ("word", "apart"),
    [
        ("irr17", ("irr", 2017)),
        ("irr99", ("irr", 1999)),
        ("puwer98", ("puwer", 1998)),
        ("cdm2015", ("cdm", 2015)),
        ("hswa1974", ("hswa", 1974)),
        ("abc50", ("abc", 1950)),
        ("abc49", ("abc", 2049)),
        ("irr", None),
        ("m25", None),
        ("iso9001", None),
        ("iso45001", None),
        ("2015", None),
        ("eco4", None),
        ("", None),
    ],
)
def test_a_year_is_taken_off_the_word_that_it_was_written_onto(
    word: str, apart: tuple[str, int] | None
) -> None:
    assert apart_from_year(word) == apart


def test_what_the_register_calls_its_laws_is_known_too() -> None:
    own = [("CoWR; WFD Regs", "UK_uksi_2017_407"), ("COWR", "UK_uksi_2003_3242"), (" ; ", "UK_uksi_1999_1")]
    shipped = Meaning("COSHH", (COSHH,), frozenset(), False, True, True)
    both = Abbreviations([shipped]).and_those_of([*own, ("coshh", "UK_uksi_1_1")])
    found = both.laws_of(["cowr"])
    assert found is not None
    assert (found.laws, found.sure, found.sure_with_year) == (
        ("UK_uksi_2017_407", "UK_uksi_2003_3242"),
        False,
        True,
    )
    assert both.laws_of(["wfd", "regs"]) is not None
    assert both.laws_of(["coshh"]) == shipped, "what ships with the program is checked, and counts first"
    assert len(both) == 3


def test_an_acronym_of_everything_names_a_few() -> None:
    many = [("REGS2", f"UK_uksi_2000_{at}") for at in range(LAWS_OF_ACRONYM_MAX + 1)]
    found = Abbreviations([]).and_those_of(many).laws_of(["regs2"])
    assert found is not None
    assert len(found.laws) == LAWS_OF_ACRONYM_MAX
