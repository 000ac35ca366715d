"""Initials that people would make of a title."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.search_terms import search_terms
from sertantai.records.finding.abbreviations import INITIALS_CHARS_MAX, INITIALS_MIN, initials_of


def of_title(title: str) -> set[str]:
    return initials_of(search_terms(title))


@pytest.mark.parametrize(
    ("initials", "title"),
    [
        ("puwer", "The Provision and Use of Work Equipment Regulations 1998"),
        ("loler", "The Lifting Operations and Lifting Equipment Regulations 1998"),
        ("dsear", "The Dangerous Substances and Explosive Atmospheres Regulations 2002"),
        ("riddor", "The Reporting of Injuries, Diseases and Dangerous Occurrences Regulations 2013"),
        ("wahr", "The Work at Height Regulations 2005"),
        ("eawr", "The Electricity at Work Regulations 1989"),
        ("hasawa", "Health and Safety at Work etc. Act 1974"),
        ("hswa", "Health and Safety at Work etc. Act 1974"),
        ("comah", "The Control of Major Accident Hazards Regulations 2015"),
        ("cdm", "The Construction (Design and Management) Regulations 2015"),
        ("tupe", "The Transfer of Undertakings (Protection of Employment) Regulations 2006"),
        ("loler", "Lifting Operations and Lifting Equipment Regulations (Northern Ireland) 1999"),
        ("hwr", "The Hazardous Waste (England and Wales) Regulations 2005"),
        ("rsa", "Radioactive Substances Act 1960 (repealed 27.8.1993)"),
        ("mrr", "Meat-Rich Regulations 2001 (revoked)"),
        ("cnh", "Conservation (Natural Habitats, &c.) Regulations 1994"),
    ],
)
def test_a_title_has_the_initials_that_people_use(initials: str, title: str) -> None:
    assert initials in of_title(title)


def test_they_are_few() -> None:
    title = "The Provision and Use of Work Equipment Regulations 1998"
    assert of_title(title) == {"puwer", "puwe", "pauower", "pauowe"}


@pytest.mark.parametrize("title", ["Finance Act 1998", "The 1974 Act", "", "The", "2015", "Regulations 2015"])
def test_short_titles_have_none(title: str) -> None:
    assert of_title(title) == set()


def titled(words: int) -> list[str]:
    return ["word"] * words


def test_they_are_neither_short_nor_long() -> None:
    assert initials_of(titled(INITIALS_MIN)) == {"w" * INITIALS_MIN}
    assert initials_of(titled(INITIALS_MIN - 1)) == set()
    assert initials_of(titled(INITIALS_CHARS_MAX)) == {"w" * INITIALS_CHARS_MAX}
    assert initials_of(titled(INITIALS_CHARS_MAX + 1)) == set()


def test_what_is_left_out_of_a_long_title_does_not_count() -> None:
    longest = [*titled(INITIALS_CHARS_MAX), "regulations", "northern", "ireland", "2015"]
    assert initials_of(longest) == {"w" * INITIALS_CHARS_MAX}
    assert initials_of(["word", *longest]) == set()


WORDS = st.sampled_from(
    ["the", "of", "and", "at", "work", "noise", "regulations", "act", "order", "1998", "no"]
)
PLACES = st.sampled_from(
    [[], ["northern", "ireland"], ["england", "and", "wales"], ["scotland"], ["revoked"]]
)


@given(st.lists(WORDS, max_size=20), PLACES, st.lists(WORDS, max_size=2))
def test_they_are_first_letters_in_the_order_of_the_title(
    start: list[str], place: list[str], end: list[str]
) -> None:
    words = [*start, *place, *end]
    for initials in initials_of(words):
        assert INITIALS_MIN <= len(initials) <= INITIALS_CHARS_MAX
        letters = iter([word[0] for word in words])
        assert all(letter in letters for letter in initials)
