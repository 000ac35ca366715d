"""Marks in titles, and which pages are linked to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.search_terms import matches, search_terms
from sertantai.web.parts.shown_page import page_numbers
from sertantai.web.parts.shown_rows import marked


def test_beginnings_of_words_are_marked_and_the_rest_is_escaped() -> None:
    title = "The Health & Safety <at> Work Act"
    assert marked(title, search_terms("heal saf")) == (
        "The <mark>Heal</mark>th &amp; <mark>Saf</mark>ety &lt;at&gt; Work Act"
    )


def test_apostrophes_and_accents_are_marked_as_they_are_searched() -> None:
    assert marked("Children's Act", search_terms("childrens")) == "<mark>Children&#39;s</mark> Act"
    assert marked("Café Order", search_terms("cafe")) == "<mark>Café</mark> Order"


@given(
    st.text(alphabet="abcAB12 -().&", max_size=40),
    st.lists(st.text("ab12", min_size=1, max_size=3), max_size=3),
)
def test_the_short_way_marks_what_folding_letter_by_letter_marks(text: str, terms: list[str]) -> None:
    def plain(start: int, end: int) -> str:
        return text[start:end]

    expected = [plain(*span) for span in matches(text, terms)]
    shown = str(marked(text, terms)).replace("&amp;", "&")
    assert [part.partition("</mark>")[0] for part in shown.split("<mark>")[1:]] == expected


@pytest.mark.parametrize(
    ("page", "pages", "expected"),
    [
        (1, 1, [1]),
        (1, 4, [1, 2, 3, 4]),
        (5, 9, [1, 2, 3, 4, 5, 6, None, 9]),
        (50, 99, [1, 2, None, 49, 50, 51, None, 99]),
        (99, 99, [1, 2, None, 98, 99]),
    ],
)
def test_pages_around_the_present_one_are_linked(page: int, pages: int, expected: list[int | None]) -> None:
    assert page_numbers(page, pages) == expected
