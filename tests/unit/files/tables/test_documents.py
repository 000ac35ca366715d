"""ODS, DOCX, web pages and the clipboard."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput
from sertantai.files.tables import gathering, html_tables, sheet
from sertantai.files.tables.gathering import COLUMNS_MAX, LINK_CHARS_MAX, ROWS_MAX
from sertantai.files.tables.html_tables import ROWS_SPANNED_MAX, read_html
from sertantai.files.tables.model import Table, Tables
from sertantai.files.tables.recognising import read_clipboard, read_file, read_text
from tests.fixtures.office_files import open_document_sheet
from tests.fixtures.registers import word_document

PIECES = (
    *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<td rowspan=2 colspan=3>", "<p>", "<![x"),
    *("<script>", "</script>", "<a href=http://x.example>", "</a>", "<br/>", "x", "<!--", "-->", "<svg/>"),
)


def cells(table: Table) -> list[list[str]]:
    return [row.cells for row in table.rows]


# ------------------------------------------------------------------------------------------------- ODS


def ods(tmp_path: Path, tables: str, automatic: str = "", manifest: str = "") -> Tables:
    path = tmp_path / "register.ods"
    open_document_sheet(path, tables, automatic=automatic, manifest=manifest)
    return read_file(path, path.name)


def cell(words: str, more: str = "", inside: str = "") -> str:
    return f"<table:table-cell {more}>{inside}<text:p>{words}</text:p></table:table-cell>"


def test_an_open_document_sheet_shows_what_its_cells_show(tmp_path: Path) -> None:
    rows = (
        "<table:table-row>"
        + cell(
            "Noise<text:s text:c='2'/>Act",
            inside="<office:annotation><text:p>no</text:p></office:annotation>",
        )
        + cell("1 March 2026", 'office:value-type="date" office:date-value="2026-03-01"')
        + cell("12.5 %", 'office:value-type="percentage" office:value="0.125"')
        + cell("one</text:p><text:p>two<text:line-break/>three")
        + cell("<text:a xlink:href='https://www.legislation.gov.uk/x'>Act</text:a>")
        + '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    )
    found = ods(tmp_path, f'<table:table table:name="Laws">{rows}</table:table>')
    assert found.kind == "ods"
    (table,) = found.tables
    assert table.name == "Laws"
    assert cells(table) == [["Noise  Act", "2026-03-01", "12.5 %", "one\ntwo\nthree", "Act"]]
    assert table.rows[0].links == {"4": "https://www.legislation.gov.uk/x"}
    assert table.told == []


def test_what_an_open_document_hides_repeats_or_merges_is_told(tmp_path: Path) -> None:
    rows = (
        '<table:table-column table:visibility="collapse"/><table:table-column/>'
        '<table:table-row table:number-rows-repeated="4"><table:table-cell/></table:table-row>'
        '<table:table-row table:visibility="filter">'
        + cell("Noise", 'table:number-rows-spanned="2" table:number-columns-spanned="1"')
        + cell("x", 'table:number-columns-repeated="2"')
        + '</table:table-row><table:table-row table:number-rows-repeated="2">'
        "<table:covered-table-cell/>" + cell("y") + "</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    )
    styles = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    (table,) = ods(
        tmp_path, f'<table:table table:name="T" table:style-name="ta2">{rows}</table:table>', styles
    ).tables
    assert [(row.line, row.cells) for row in table.rows] == [
        (5, ["Noise", "x", "x"]),
        (6, ["Noise", "y", ""]),
        (7, ["", "y", ""]),
    ]
    told = " ".join(table.told)
    for words in ("sheet is hidden", "1 row is hidden (5)", "1 column is hidden (A)", "1 cell is merged"):
        assert words in told


def test_an_open_document_that_repeats_without_end_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = '<table:table-row table:number-rows-repeated="9999999">' + cell(
        "x", 'table:number-columns-repeated="9999999"'
    )
    monkeypatch.setattr(gathering, "ROWS_MAX", 50)
    (table,) = ods(tmp_path, f"<table:table>{row}</table:table-row></table:table>").tables
    assert len(table.rows) == 50
    assert {len(row.cells) for row in table.rows} == {COLUMNS_MAX}
    assert len(table.told) == 2


def test_an_open_document_with_a_password_is_refused(tmp_path: Path) -> None:
    manifest = '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    with pytest.raises(InvalidInput, match="password"):
        ods(tmp_path, "", manifest=manifest)


# ------------------------------------------------------------------------------------------------ DOCX


def docx(tmp_path: Path, body: str) -> Tables:
    path = tmp_path / "register.docx"
    word_document(body, path)
    return read_file(path, path.name)


def paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


def tc(inside: str, more: str = "") -> str:
    return f"<w:tc><w:tcPr>{more}</w:tcPr>{inside}</w:tc>"


def test_a_document_gives_its_tables_and_what_stands_around_them(tmp_path: Path) -> None:
    inner = f"<w:tbl><w:tr>{tc(paragraph('inner'))}</w:tr></w:tbl>"
    address = (
        '<w:p><w:r><w:instrText>HYPERLINK "https://www.legislation.gov.uk/x" \\o</w:instrText></w:r>'
        "<w:r><w:t>Noise Act</w:t></w:r><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
    )
    body = (
        paragraph("Register")
        + "<w:tbl><w:tr>"
        + tc(paragraph("Law"), '<w:gridSpan w:val="2"/>')
        + "</w:tr><w:tr>"
        + tc(address, '<w:vMerge w:val="restart"/>')
        + tc(paragraph("one") + paragraph("two"))
        + "</w:tr><w:tr>"
        + tc("<w:p/>", "<w:vMerge/>")
        + tc(paragraph("x") + inner + paragraph("y"))
        + "</w:tr></w:tbl>"
        + paragraph("Clean Air Act 1993")
    )
    found = docx(tmp_path, body)
    assert [(table.name, cells(table)) for table in found.tables] == [
        ("Table 1", [["Law", "Law"], ["Noise Act", "one\ntwo"], ["Noise Act", "x\ninner\ny"]]),
        ("Text", [["Register"], ["Clean Air Act 1993"]]),
    ]
    assert found.tables[0].rows[1].links == {"0": "https://www.legislation.gov.uk/x"}
    assert any("2 cells are merged" in told for told in found.tables[0].told)


def test_a_document_of_lists_is_a_table_of_one_column(tmp_path: Path) -> None:
    items = "".join(paragraph(f"Act {at}") for at in range(3))
    fallback = f"<mc:Fallback xmlns:mc='m'>{paragraph('twice')}</mc:Fallback>"
    (table,) = docx(tmp_path, items + fallback).tables
    assert (table.name, cells(table)) == ("", [["Act 0"], ["Act 1"], ["Act 2"]])


def test_more_tables_in_a_document_than_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = "".join(f"<w:tbl><w:tr>{tc(paragraph(str(at)))}</w:tr></w:tbl>" for at in range(4))
    monkeypatch.setattr(gathering, "TABLES_MAX", 3)
    found = docx(tmp_path, tables + paragraph("after"))
    assert [table.name for table in found.tables] == ["Table 1", "Table 2", "Text"]
    assert "Only the first 2 tables were read." in found.tables[2].told


# ------------------------------------------------------------------------------------ pages, clipboard


def test_what_excel_puts_on_the_clipboard() -> None:
    html = (
        "<html xmlns:o='urn:x'><head><style><!--td{x:'<td>no</td>'}--></style></head><body>"
        "<table><col width=64><tr height=20><td class=xl65 colspan=2>Waste</td></tr>"
        "<tr style='display:none'><td>hidden</td><td>row</td></tr>"
        "<tr><td rowspan=2>Noise&nbsp;Act\r\n 1996</td>"
        "<td><a href='https://www.legislation.gov.uk/x'>one<br>two</a></td></tr><tr><td>three</td></tr></table><!--EndFragment--></body></html>"
    )
    found = read_clipboard("plain", html)
    (table,) = found.tables
    assert found.kind == "html"
    assert cells(table) == [
        ["Waste", "Waste"],
        ["hidden", "row"],
        ["Noise Act 1996", "one\ntwo"],
        ["Noise Act 1996", "three"],
    ]
    assert table.rows[2].links == {"1": "https://www.legislation.gov.uk/x"}
    assert any("1 row is hidden (2)" in told for told in table.told)


def test_a_page_that_closes_nothing_is_read_all_the_same() -> None:
    found = read_text(
        "<table><tr><th>Law<th>Owner<tr><td>Noise Act<td><p>EHS<p>team<script>alert('<td>x')</script>"
        "<tr><td>Outer<table><tr><td>inner</table><td>z"
    )
    (table,) = found.tables
    assert cells(table) == [["Law", "Owner"], ["Noise Act", "EHS\nteam"], ["Outerinner", "z"]]


def test_a_page_without_a_table_gives_its_paragraphs_with_their_addresses() -> None:
    found = read_clipboard(
        "x", "<ul><li><a href='https://www.legislation.gov.uk/x'>Noise Act</a><li>Clean <b>Air</b> Act</ul>"
    )
    (table,) = found.tables
    assert cells(table) == [["Noise Act"], ["Clean Air Act"]]
    assert table.rows[0].links == {"0": "https://www.legislation.gov.uk/x"}


def test_what_word_says_to_old_browsers_is_passed_over() -> None:
    (table,) = read_text("<p><![if !supportLists]>1. <![endif]>Noise Act<![odd x]></p><p><![ </p>").tables
    assert cells(table)[0] == ["1. Noise Act"]


@given(st.text("<>![]-/='\"&;x \n\0") | st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_markup_is_too_odd(markup: str) -> None:
    for table in read_html(f"<table>{markup}").tables:
        assert len({len(row.cells) for row in table.rows}) <= 1


def test_markup_without_rows_leaves_it_to_the_text() -> None:
    found = read_clipboard("Noise Act\tEHS\nClean Air Act\tEHS", "<meta charset='utf-8'><span>Noise</span>")
    assert (found.kind, cells(found.tables[0])[0]) == ("tsv", ["Noise Act", "EHS"])


def test_spans_of_a_page_are_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "<tr><td>b</td></tr>" * 5
    html = f"<table><tr><td rowspan=9999999 colspan=9999999>a</td></tr>{rows}</table>"
    monkeypatch.setattr(html_tables, "ROWS_SPANNED_MAX", 3)
    (table,) = read_text(html).tables
    assert ROWS_SPANNED_MAX > 3
    assert [row.cells[0] for row in table.rows] == ["a", "a", "a", "b", "b", "b"]
    assert {len(row.cells) for row in table.rows} == {4}
    monkeypatch.setattr(html_tables, "SPANS_MAX", 0)
    assert sheet.SPANS_MAX > 0
    assert cells(read_text("<table><tr><td colspan=2>a<td>b</table>").tables[0]) == [["a", "", "b"]]


def test_more_tables_in_a_page_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "TABLES_MAX", 2)
    found = read_text("<table><tr><td>x</table>" * 3)
    assert (len(found.tables), found.told) == (2, ["Only the first 2 tables were read."])


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://x.example/" + "a" * (LINK_CHARS_MAX - 18), True),
        ("https://x.example/" + "a" * (LINK_CHARS_MAX - 17), False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("HTTP://x.example", True),
    ],
)
def test_only_addresses_of_the_web_are_kept_and_only_bearable_ones(address: str, kept: bool) -> None:
    (row,) = read_text(f'<table><tr><td><a href="{address}">x</a></table>').tables[0].rows
    assert row.links == ({"0": address} if kept else {})


def test_a_file_of_rows_is_bound_in_rows_only_far_beyond_a_register() -> None:
    assert ROWS_MAX >= 2 * 20_000
