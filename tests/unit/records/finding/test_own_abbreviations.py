"""What somebody says that they mean by a text comes before all but numbers, for them alone."""

import pytest

from sertantai.core.errors import InvalidInput
from sertantai.lists.importing.lines import ImportItem
from sertantai.lists.importing.matching import matches_of
from sertantai.records.filters import RecordFilter, filter_body
from sertantai.records.finding.abbreviations import ABBREVIATION_WORDS_MAX, Abbreviations, key_of, of_ones_own
from sertantai.records.finding.candidates import BY_NUMBER, BY_OWN_ABBREVIATION
from sertantai.records.own_abbreviations import CHARACTERS_MAX, CHARACTERS_MIN, abbreviation_text
from tests.unit.records.small_register import Law, catalogue_of

NOISE, AIR, COSHH = "UK_ukpga_1996_37", "UK_ukpga_1993_11", "UK_uksi_2002_2677"
LAWS = catalogue_of(
    [
        Law(1, NOISE, "Noise Act 1996", year=1996, number="37", type_code="ukpga"),
        Law(2, AIR, "Clean Air Act 1993", year=1993, number="11", type_code="ukpga"),
        Law(
            3,
            COSHH,
            "The Control of Substances Hazardous to Health Regulations 2002",
            year=2002,
            number="2677",
            type_code="uksi",
        ),
    ]
)
OWN = Abbreviations(
    [
        of_ones_own("Din Act", [NOISE]),
        of_ones_own("COSHH", [AIR]),
        of_ones_own("Site pack 2020", [NOISE, AIR]),
        of_ones_own("Nowhere", ["UK_ukpga_1900_1"]),
    ]
)


def found(text: str, own: Abbreviations = OWN) -> list[tuple[int, str]]:
    named = LAWS.finder.named(text, own)
    return [(one.number, one.reason) for one in named.candidates[: named.sure]] if named else []


def test_ones_own_is_meant_by_whoever_has_it_and_by_nobody_else() -> None:
    for text in ("din act", "1. Din Act (as amended)", "the D.I.N. Act"):
        assert found(text) == [(1, BY_OWN_ABBREVIATION)]
    assert not LAWS.finder.named("din act")
    assert [number for number, _ in found("COSHH", Abbreviations(()))] == [3]
    assert found("COSHH") == [(2, BY_OWN_ABBREVIATION)]


def test_a_number_says_more_and_a_year_may_stand_in_it() -> None:
    assert found("COSHH (SI 2002/2677)") == [(3, BY_NUMBER)]
    assert [number for number, _ in found("Site pack 2020")] == [1, 2]
    assert found("Site pack 2021") == []
    assert found("Nowhere") == [], "what the register does not have is not found"


def test_an_import_takes_it() -> None:
    pack, din = (matches_of(LAWS, ImportItem(1, (text,)), OWN) for text in ("Site pack 2020", "Din Act"))
    assert [(one.found, [*one.candidates]) for one in pack] == [("matched", [1]), ("matched", [2])]
    assert [(one.found, [*one.candidates], [*one.reasons]) for one in din] == [
        ("matched", [1], [BY_OWN_ABBREVIATION])
    ]
    (without,) = matches_of(LAWS, ImportItem(1, ("Din Act",)))
    assert without.found != "matched"


def test_a_search_finds_it_first_besides_what_holds_its_words() -> None:
    wanted = RecordFilter(q="air", own=(NOISE, "UK_ukpga_1900_1"))
    assert [*LAWS.matching(wanted)] == [1, 2]
    assert [*LAWS.matching(RecordFilter(q="air"))] == [2]
    assert LAWS.ordered(None, "air", wanted.own).lead[0] == 1
    named = LAWS.named("noise act 1996", (NOISE,))
    assert [(one.number, one.reason) for one in named] == [(1, BY_OWN_ABBREVIATION)], "once"


def test_no_list_keeps_it() -> None:
    assert filter_body(RecordFilter(q="air", own=(NOISE,))) == {"q": "air"}
    assert RecordFilter(own=(NOISE,)).is_empty


def test_what_is_no_abbreviation_is_refused() -> None:
    assert abbreviation_text("  HSE   Act ") == "HSE Act"
    assert abbreviation_text("x" * CHARACTERS_MAX) == "x" * CHARACTERS_MAX
    assert abbreviation_text("x" * CHARACTERS_MIN)
    words = " ".join("abcdefghijklmnop"[:ABBREVIATION_WORDS_MAX])
    assert abbreviation_text(words)
    for text in (
        "",
        "x" * (CHARACTERS_MIN - 1),
        "x" * (CHARACTERS_MAX + 1),
        f"{words} z",
        "2677",
        "--",
        "SI 2002/2677",
        "a\x00b",
    ):
        with pytest.raises(InvalidInput) as refused:
            abbreviation_text(text)
        assert refused.value.field == "abbreviation"


def test_spellings_of_one_have_one_key() -> None:
    assert len({key_of(text) for text in ("HSE Act", "the hse act", "H.S.E. Act")}) == 1
    assert key_of("!?") == ""
