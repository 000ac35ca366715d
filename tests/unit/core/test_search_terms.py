"""What a search sees in a text, and the marks that show why it was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.search_terms import TERM_CHARS_MAX, matches, search_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        (
            "Health and Safety at Work etc. Act 1974",
            ["health", "and", "safety", "at", "work", "etc", "act", "1974"],
        ),
        ("UK_uksi_2023_1164", ["uk", "uksi", "2023", "1164"]),
        ("Ddeddf Cynllunio (Cymru) Tŷ Môr", ["ddeddf", "cynllunio", "cymru", "ty", "mor"]),
        ("The Children's and Workers’ Order", ["the", "childrens", "and", "workers", "order"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("💚 WASTE — n° 5", ["waste", "n", "5"]),
        ("", []),
        (" .,;_- ", []),
    ],
)
def test_words_lose_case_accents_and_punctuation(text: str, terms: list[str]) -> None:
    assert search_terms(text) == terms


def test_a_word_without_end_is_cut() -> None:
    assert search_terms("x" * 3000) == ["x" * TERM_CHARS_MAX]


def test_a_mark_covers_what_was_typed_in_the_original_spelling() -> None:
    text = "The Tŷ Môr (Cymru) Order"
    assert [text[start:end] for start, end in matches(text, ["mo", "cymru"])] == ["Mô", "Cymru"]


def test_a_mark_includes_the_combining_accent_and_the_apostrophe() -> None:
    text = "Cafe\u0301s and Children's homes"
    marked = [text[start:end] for start, end in matches(text, ["cafe", "childrens"])]
    assert marked == ["Cafe\u0301", "Children's"]


def test_only_the_beginning_of_a_word_is_marked() -> None:
    assert matches("Wastewater and water", ["water"]) == [(15, 20)]


def test_no_terms_mark_nothing() -> None:
    assert matches("Water Act 1989", []) == []
    assert matches("Water Act 1989", [""]) == []


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    terms = search_terms(text)
    assert search_terms(" ".join(terms)) == terms


@given(st.text(max_size=80))
def test_every_term_of_a_text_is_marked_in_it(text: str) -> None:
    for term in search_terms(text):
        assert matches(text, [term])


@given(st.text(max_size=80), st.lists(st.text(max_size=5), max_size=4))
def test_marks_are_ascending_disjoint_and_inside_the_text(text: str, typed: list[str]) -> None:
    end_before = 0
    for start, end in matches(text, search_terms(" ".join(typed))):
        assert end_before <= start < end <= len(text)
        end_before = end


@given(st.text(max_size=80), st.lists(st.text(max_size=5), max_size=4))
def test_marks_of_plain_text_are_those_of_any_other(text: str, typed: list[str]) -> None:
    """Plain text is folded as a whole, other text letter by letter."""
    terms = [term for one in typed for term in search_terms(one)]
    plain = "".join(filter(str.isascii, text))
    assert matches(plain, terms) == [
        span for span in matches(plain + " \u0416", terms) if span[1] <= len(plain)
    ]
