"""However alike laws are, and however much is written, finding reads and offers so much and no more."""

import pytest

from sertantai.records.catalogue import Catalogue
from sertantai.records.finding import finder as finding
from sertantai.records.finding import initials
from sertantai.records.finding.candidates import OFFERED_MAX
from sertantai.records.finding.citations import OTHERS_MAX, citations_in
from sertantai.records.finding.finder import UNKNOWN_MAX, WITHOUT_YEAR_OF_ROW_MAX
from sertantai.records.finding.in_part import WORDS_MAX
from sertantai.records.finding.initials import INITIALS_KEPT_MAX, OF_A_YEAR_MAX
from sertantai.records.finding.text import title_of
from sertantai.records.finding.titles import COMPARED_MAX, UNDATED_MAX
from sertantai.records.finding.vocabulary import CORRECTIONS_MAX, KEPT_MAX, Vocabulary
from tests.unit.records.small_register import Law, catalogue_of


def _laws(*titles: str, year: int = 1990) -> Catalogue:
    return catalogue_of(
        [Law(at, f"UK_uksi_{year}_{at}", title, "uksi", year, str(at)) for at, title in enumerate(titles, 1)]
    )


def test_of_laws_with_one_title_so_many_are_offered() -> None:
    found = _laws(*["The Roads Order 1990"] * (OFFERED_MAX + 1)).finder.find("Roads Order 1990")
    assert len(found.candidates) == OFFERED_MAX
    assert found.sure == 0


@pytest.mark.parametrize("others", [COMPARED_MAX - 1, COMPARED_MAX])
def test_so_many_titles_are_compared(others: int) -> None:
    laws = _laws(*["The Roads and Bridges Order 1990"] * others, "The Roads Order 1990")
    assert (laws.finder.find("Roads Order 1990").sure == 1) is (others < COMPARED_MAX)


@pytest.mark.parametrize("others", [UNDATED_MAX - 1, UNDATED_MAX])
def test_without_a_year_fewer_are(others: int) -> None:
    laws = _laws(*(f"The Roads and Bridges Order {at}" for at in range(others)), "The Roads Order")
    assert bool(laws.finder.meant("Roads Order")) is (others < UNDATED_MAX)


@pytest.mark.parametrize("slips", [UNKNOWN_MAX, UNKNOWN_MAX + 1])
def test_so_many_words_of_a_title_may_be_misspelt(slips: int) -> None:
    words = ["harbour", "fishing", "lighthouse", "pilotage", "dredging"]
    laws = _laws(f"The {' '.join(words)} Order 1990")
    written = [f"{word}x" if at < slips else word for at, word in enumerate(words)]
    assert (laws.finder.find(f"{' '.join(written)} Order 1990").sure == 1) is (slips <= UNKNOWN_MAX)


def test_so_many_corrections_of_a_title_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    laws = _laws("The Harbour Order 1990")
    assert laws.finder.find("Harbuor Order 1990").sure == 1
    monkeypatch.setattr(finding, "CORRECTED_MAX", 0)
    assert laws.finder.find("Harbuor Order 1990").sure == 0


@pytest.mark.parametrize("words", [WORDS_MAX, WORDS_MAX + 1])
def test_so_many_words_of_a_text_are_looked_for(words: int) -> None:
    laws = _laws("Zebras")
    text = " ".join([*(f"aa{at:03}" for at in range(words - 1)), "zebras"])
    weights = laws.finder._in_part.weights(title_of(text))
    assert ("zebras" in weights) is (words <= WORDS_MAX)


def test_so_many_words_may_have_been_meant_by_one_and_so_many_are_remembered() -> None:
    laws = _laws(*(f"Harbou{letter}" for letter in "abcdefgh"))
    words = Vocabulary(laws.terms)
    assert len(words.corrections("harbour")) == CORRECTIONS_MAX
    assert words.corrections.cache_info().maxsize == KEPT_MAX


@pytest.mark.parametrize("others", [OTHERS_MAX, OTHERS_MAX + 1])
def test_so_many_numbers_may_follow_a_citation(others: int) -> None:
    text = ", ".join(["SI 1998/1", *(str(at) for at in range(2, others + 2))])
    assert len(citations_in(text)) == 1 + OTHERS_MAX


def test_of_laws_in_a_row_so_many_are_looked_for_without_their_year() -> None:
    titles = [f"The {word} Order 1990" for word in ("Roads", "Rivers", "Wharves", "Bridges")]
    row = ", ".join(title.replace("1990", "1991") for title in titles)
    assert len(titles) > WITHOUT_YEAR_OF_ROW_MAX
    assert len(_laws(*titles).finder.find(row).candidates) == WITHOUT_YEAR_OF_ROW_MAX


def test_what_is_meant_are_few() -> None:
    laws = _laws(*["The Roads Order 1990"] * 1_000)
    assert len(laws.finder.meant("Roads Order 1990")) == OFFERED_MAX
    assert not laws.finder.meant("Roads")


def test_of_a_year_so_many_titles_are_looked_at_for_their_initials(monkeypatch: pytest.MonkeyPatch) -> None:
    roads = [f"Roads Order No. {at} 1990" for at in (1, 2)]
    titles = [*roads, "The Wharves and Slips Lighting Regulations 1990"]
    laws = [Law(at, f"UK_uksi_1990_{at}", title, "uksi", 1990, str(at)) for at, title in enumerate(titles, 1)]
    assert OF_A_YEAR_MAX > 4_000
    for most, found in ((3, True), (2, False)):
        monkeypatch.setattr(initials, "OF_A_YEAR_MAX", most)
        assert bool(catalogue_of(laws).finder.named("WSLR 1990")) is found


def test_initials_of_so_many_years_are_kept() -> None:
    finder = _laws("The Roads Order 1990").finder
    for year in range(1500, 1501 + INITIALS_KEPT_MAX):
        finder.named(f"WSLR {year}")
    assert finder._initials.read.cache_info().currsize == INITIALS_KEPT_MAX  # nobody else can tell
