"""Rows and choices say what they are told, and nothing of the register becomes HTML."""

import re
from datetime import date
from html import unescape
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.ids import RecordId
from sertantai.records.rows import RecordRow
from sertantai.web.parts.columns import ALL, BY_KEY, TableColumn
from sertantai.web.parts.facets import Choice
from sertantai.web.parts.row_html import choices_html, row_html, rows_html
from sertantai.web.parts.shown_rows import shown_row

COLUMNS = [column.key for column in ALL]
LAW = RecordRow(
    id=RecordId(UUID(int=7)),
    name="UK_ukpga_1974_37",
    title_en="Health and Safety at Work etc. Act",
    year=1974,
    number="37",
    type_code="ukpga",
    family="💙 OH&S: Occupational / Personal Safety",
    live="⭕ Part Revocation / Repeal",
    md_date=date(1974, 7, 31),
    leg_gov_uk_url=None,
)
CHOICE = Choice(value="💚 WASTE", label="WASTE", count=1200, ticked=0, chosen=False)
TAGS = re.compile(r"<[^>]*>")


def row(selected: bool = False, terms: tuple[str, ...] = (), **changed: Any) -> str:
    return row_html(shown_row(msgspec.structs.replace(LAW, **changed), selected, list(terms)), COLUMNS, 2)


def words(html: str) -> list[str]:
    return [unescape(text) for text in TAGS.split(html) if text.strip()]


def test_a_row_says_everything_in_the_order_of_the_columns() -> None:
    family = "OH&S: Occupational / Personal Safety"
    shown = [family, LAW.title_en, "1974", "37", "UK Act", "Part revoked", "31 Jul 1974", LAW.name]
    assert words(row()) == shown


def test_what_is_not_known_leaves_its_cell_empty_but_for_the_status() -> None:
    """An empty status would be read as "in force"."""
    bare = row(title_en=None, year=None, number=None, type_code=None, family=None, live=None, md_date=None)
    assert words(bare) == [LAW.name, "Not stated", LAW.name]
    assert bare.count("<td ") == row().count("<td ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [("E+W & <S>", ["E+W & <S>"]), (1974, ["1974"]), (date(1974, 7, 31), ["31 Jul 1974"]), (None, [])],
)
def test_a_column_that_needs_no_words_of_its_own_is_shown_as_it_is(
    value: Any, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BY_KEY, "plain", TableColumn("plain", "leg_gov_uk_url", 100))
    law = shown_row(msgspec.structs.replace(LAW, leg_gov_uk_url=value), False, [])
    html = row_html(law, ["plain"], 2)
    assert words(html) == shown
    assert html.count('<td role="gridcell" class="cell-plain"') == 1


def test_a_ticked_row_says_so_to_eye_ear_and_script() -> None:
    ticked, plain = row(selected=True), row()
    for sign in (" is-ticked", 'aria-selected="true"', " checked"):
        assert sign in ticked
        assert sign not in plain


@pytest.mark.parametrize(
    ("live", "kind"),
    [
        ("✔ In force", "in-force"),
        ("⭕ Part Revocation / Repeal", "part"),
        ("❌ Revoked / Repealed / Abolished", "revoked"),
        ("Planned", "other"),
        (None, "unstated"),
    ],
)
def test_a_status_has_its_kind(live: str | None, kind: str) -> None:
    assert f'class="live-badge is-{kind}"' in row(live=live)


@given(st.text(alphabet="<>&\"'ab ", min_size=1, max_size=12), st.booleans())
def test_nothing_of_the_register_becomes_html(text: str, searched: bool) -> None:
    terms = ("ab",) if searched else ()
    hostile = row(terms=terms, title_en=text, name=text, number=text, family=text, live=text, type_code=text)
    tags = TAGS.findall(re.sub("</?mark>", "", hostile))
    assert [re.sub('"[^"]*"', '""', tag) for tag in tags] == [
        re.sub('"[^"]*"', '""', tag) for tag in TAGS.findall(row(family="x", live="x"))
    ]
    assert text.strip() == "" or unescape(TAGS.sub("", re.sub("</?mark>", "", hostile))).count(text) >= 3


def test_rows_are_numbered_after_the_headings_and_the_tab_key_passes_them_with_a_script() -> None:
    shown = [shown_row(LAW, selected=False, terms=[])] * 2
    plain = rows_html(shown, COLUMNS, 51, for_script=False)
    assert re.findall(r'aria-rowindex="(\d+)"', plain) == ["52", "53"]
    assert "tabindex" not in plain
    assert rows_html(shown, COLUMNS, 51, for_script=True).count('tabindex="-1"') == 2 * 3


def test_a_choice_says_how_many_it_has_and_how_many_of_them_are_ticked() -> None:
    def said(**changed: Any) -> str:
        html = choices_html("family", [msgspec.structs.replace(CHOICE, **changed)], "family-green")
        return " ".join(words(html))

    assert said() == "WASTE 1,200"
    assert said(ticked=3) == "WASTE ✓ 3 / 1,200"
    assert said(ticked=1200) == "WASTE ✓ 1,200"
    assert said(label='A "<b>"', value='"<b>') == 'A "<b>" 1,200'
    assert " checked" in choices_html("family", [msgspec.structs.replace(CHOICE, chosen=True)], "f")


def test_a_row_says_why_it_is_there_where_its_title_does_not() -> None:
    found = row_html(shown_row(LAW, False, [], "by <abbreviation>"), COLUMNS, 2)
    assert '<span class="record-reason">found by &lt;abbreviation&gt;</span>' in found
    assert "record-reason" not in row_html(shown_row(LAW, False, []), COLUMNS, 2)
