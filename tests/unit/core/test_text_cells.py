"""No cell of a file that we write is run as a formula, in whatever way a spreadsheet cuts the file up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.text_cells import guarded, plain

FORMULA = re.compile(r"[=+\-@＝＋－＠]")  # the full-width forms, on purpose
TEXTS = st.text(st.sampled_from("'=+-@＝＠\t\r\n; ab"), max_size=8)  # the same


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("", ""),
        ("Health and Safety at Work etc. Act 1974", "Health and Safety at Work etc. Act 1974"),
        ("a=b; c - d", "a=b; c - d"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("＝1+1", "'＝1+1"),  # a full-width sign
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n'=1"),
        ("site;=1+1", "site;'=1+1"),
        ("read it\n- twice", "read it\n'- twice"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
    ],
)
def test_what_would_begin_a_formula_gets_an_apostrophe(text: str, cell: str) -> None:
    assert guarded(text) == cell


@given(TEXTS)
def test_no_part_of_a_cell_is_a_formula_and_the_text_comes_back(text: str) -> None:
    cell = guarded(text)
    assert cell[:1] not in ("\t", "\r", "\n")
    assert not any(FORMULA.match(part) for part in re.split("[;\t\r\n]", cell))
    assert plain(cell) == text


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert plain(guarded(text)) == text
