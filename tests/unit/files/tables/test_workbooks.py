"""Workbooks of two other programs' making, and by hand: what a person sees in them is what is read."""

from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from sertantai.core.errors import InvalidInput
from sertantai.files.tables import archive, gathering, sheet, xlsx
from sertantai.files.tables.gathering import COLUMNS_MAX
from sertantai.files.tables.model import Table, Tables
from sertantai.files.tables.recognising import read_file
from tests.fixtures.office_files import relations, sheet_xml, styles, workbook, zipped


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.xlsx"


def read(path: Path) -> Tables:
    return read_file(path, path.name)


def only(path: Path) -> Table:
    (table,) = read(path).tables
    return table


def cells(table: Table) -> list[list[str]]:
    return [row.cells for row in table.rows]


def test_all_sheets_come_with_their_names_and_hidden_ones_are_told(path: Path) -> None:
    book = openpyxl.Workbook()
    for name, state in (("Laws", "visible"), ("Old", "hidden"), ("Older", "veryHidden")):
        made = book.create_sheet(name)
        made["B2"] = f"of {name}"
        made.sheet_state = state
    del book["Sheet"]
    book.save(path)
    found = read(path)
    assert found.kind == "xlsx"
    assert [table.name for table in found.tables] == ["Laws", "Old", "Older"]
    assert [bool(table.told) for table in found.tables] == [False, True, True]
    assert [(row.line, row.cells) for row in found.tables[1].rows] == [(2, ["", "of Old"])]


def test_dates_are_iso_dates_and_numbers_are_as_they_are_shown(path: Path) -> None:
    book = openpyxl.Workbook()
    made = book.active
    assert made is not None
    given: tuple[tuple[date | time | float | str, str, str], ...] = (
        (date(2026, 3, 1), "dd/mm/yyyy", "2026-03-01"),
        (datetime(2026, 3, 1, 13, 30, 15), "yyyy-mm-dd hh:mm", "2026-03-01T13:30:15"),  # noqa: DTZ001  # a sheet has no zones
        (datetime(2026, 3, 1), 'd "of" mmmm', "2026-03-01"),  # noqa: DTZ001  # nor here
        (time(9, 5), "h:mm", "09:05:00"),
        (1974, "General", "1974"),
        (1974, "[Red]0", "1974"),
        (0.1 + 0.2, "General", "0.3"),
        (0.125, "0.0%", "12.5%"),
        (37, "0000", "0037"),
        (2.5, "#,##0.00", "2.50"),
        (True, "General", "TRUE"),
        ("0037", "@", "0037"),
    )
    for column, (value, code, _) in enumerate(given, 1):
        made.cell(1, column, value).number_format = code
    book.save(path)
    assert cells(only(path)) == [[shown for _, _, shown in given]]


def test_days_may_be_counted_from_1904_and_the_day_that_never_was_is_passed_over(path: Path) -> None:
    row = '<row r="1"><c r="A1" s="1"><v>59</v></c><c r="B1" s="1"><v>61</v></c></row>'
    parts = {"xl/styles.xml": styles("yyyy\\-mm\\-dd")}
    workbook(path, sheet_xml(row), parts)
    assert cells(only(path)) == [["1900-02-28", "1900-03-01"]]
    workbook(path, sheet_xml(row), parts, of_book='<workbookPr date1904="1"/>')
    assert cells(only(path)) == [["1904-02-29", "1904-03-02"]]


def test_a_number_that_is_no_date_stays_a_number(path: Path) -> None:
    row = '<row><c s="1"><v>-5</v></c><c s="1"><v>1e9</v></c><c s="9"><v>x</v></c></row>'
    workbook(path, sheet_xml(row), {"xl/styles.xml": styles("yyyy")})
    assert cells(only(path)) == [["-5", "1000000000", "x"]]


def test_formulas_give_their_values_and_those_without_are_told(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        made = book.add_worksheet()
        made.write_formula("A1", '="Noise Act "&1996', value="Noise Act 1996")
        made.write_formula("B1", "=1+1", value=2)
    assert cells(only(path)) == [["Noise Act 1996", "2"]]
    bare = openpyxl.Workbook()
    sheet_ = bare.active
    assert sheet_ is not None
    sheet_["A1"], sheet_["B1"], sheet_["C1"] = "Noise Act", "=1+1", "=A1"
    bare.save(path)
    table = only(path)
    assert cells(table) == [["Noise Act"]]
    assert any("2 formulas have no value" in told for told in table.told)


def test_merged_cells_repeat_what_they_say_in_the_rows_that_are_there(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        made = book.add_worksheet()
        made.merge_range("A1:B1", "Waste")
        made.merge_range("A2:A4", "Noise Act 1996")
        for row, words in ((1, "one"), (2, "two")):
            made.write(row, 1, words)
        made.write(4, 1, "below")
    table = only(path)
    assert cells(table) == [
        ["Waste", "Waste"],
        ["Noise Act 1996", "one"],
        ["Noise Act 1996", "two"],
        ["", "below"],
    ]
    assert any("2 cells are merged" in told for told in table.told)


def test_hidden_rows_and_columns_are_taken_and_told(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        made = book.add_worksheet()
        for row in range(4):
            made.write_row(row, 0, ("a", "b", "c"))
        made.set_row(2, None, None, {"hidden": True})
        made.set_column("B:B", None, None, {"hidden": True})
        made.set_column("F:XFD", None, None, {"hidden": True})
    table = only(path)
    assert len(table.rows) == 4
    assert any("1 row is hidden (3)" in told for told in table.told)
    assert any("1 column is hidden (B)" in told for told in table.told)


def test_addresses_behind_cells_are_kept(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        made = book.add_worksheet()
        made.write_url("B1", "https://www.legislation.gov.uk/ukpga/1996/37", string="Noise Act")
        made.write_formula("C1", '=HYPERLINK("http://www.legislation.gov.uk/x","X")', value="X")
        made.write_url("D1", "mailto:ehs@example.org", string="write")
        made.write_url("E1", "internal:Sheet1!A1", string="there")
        made.write_formula("F1", "=HYPERLINK(A9,A8)", value="Y")
    (row,) = only(path).rows
    assert row.cells == ["", "Noise Act", "X", "write", "there", "Y"]
    assert row.links == {
        "1": "https://www.legislation.gov.uk/ukpga/1996/37",
        "2": "http://www.legislation.gov.uk/x",
    }


def test_rich_and_inline_texts_are_plain_and_readings_aloud_are_none(path: Path) -> None:
    shared = (
        "<sst><si><r><t>Noise </t></r><r><rPr><b/></rPr><t>Act</t></r><rPh><t>noiz</t></rPh></si>"
        "<si><t>one_x000A_two _x005F_x000A_</t></si></sst>"
    )
    row = (
        '<row><c t="s"><v>0</v></c><c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r>'
        "<rPh><t>x</t></rPh></is></c>"
        '<c t="s"><v>1</v></c><c t="s"><v>7</v></c><c t="e"><v>#N/A</v></c>'
        '<c t="d"><v>2026-03-01T00:00:00</v></c></row>'
    )
    workbook(path, sheet_xml(row), {"xl/sharedStrings.xml": shared})
    assert cells(only(path)) == [["Noise Act", "inline", "one\ntwo _x000A_", "", "#N/A", "2026-03-01"]]


def test_prefixes_of_other_writers_mean_nothing(path: Path) -> None:
    made = (
        '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="3">'
        '<x:c r="B3" t="str"><x:v>Noise Act</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    workbook(path, made)
    assert [(row.line, row.cells) for row in only(path).rows] == [(3, ["", "Noise Act"])]


def test_a_workbook_with_macros_is_read_without_them(path: Path) -> None:
    workbook(path, sheet_xml('<row><c t="str"><v>Noise Act</v></c></row>'), {"xl/vbaProject.bin": "x"})
    found = read(path)
    assert cells(found.tables[0]) == [["Noise Act"]]
    assert any("macros" in told for told in found.told)


def test_ten_thousand_columns_are_cut_and_told(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        made = book.add_worksheet()
        made.write_row(0, 0, [f"c{at}" for at in range(10_000)])
        made.write_row(1, 0, [f"c{at}" for at in range(COLUMNS_MAX)])
    table = only(path)
    assert [len(row.cells) for row in table.rows] == [COLUMNS_MAX, COLUMNS_MAX]
    assert any(f"Only the first {COLUMNS_MAX} of 10,000 columns" in told for told in table.told)


def test_a_sheet_that_is_wide_within_the_bound_is_whole(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, ["x"] * COLUMNS_MAX)
    assert only(path).told == []


def test_links_and_merged_cells_beyond_the_bound_are_left_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="str"><v>a</v></c><c r="C{at}" t="str"><v>c</v></c></row>'
        for at in range(1, 4)
    )
    after = "".join(
        f'<mergeCell ref="A{at}:B{at}"/><hyperlink ref="C{at}" r:id="r{at}"/>' for at in range(1, 4)
    )
    of_sheet = relations(*((f"r{at}", "hyperlink", f"https://x.example/{at}") for at in range(1, 4)))
    workbook(path, sheet_xml(rows, after), {"xl/worksheets/_rels/sheet1.xml.rels": of_sheet})
    monkeypatch.setattr(sheet, "SPANS_MAX", 2)
    monkeypatch.setattr(sheet, "LINKS_MAX", 2)
    found = only(path).rows
    assert [row.cells[1] for row in found] == ["a", "a", ""]
    assert [row.links for row in found] == [{"2": "https://x.example/1"}, {"2": "https://x.example/2"}, {}]


def test_more_shared_texts_than_the_bound_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = "<sst>" + "<si><t>x</t></si>" * 3 + "</sst>"
    workbook(path, sheet_xml('<row><c t="s"><v>2</v></c></row>'), {"xl/sharedStrings.xml": shared})
    monkeypatch.setattr(xlsx, "SHARED_TEXTS_MAX", 3)
    assert cells(only(path)) == [["x"]]
    monkeypatch.setattr(xlsx, "SHARED_TEXTS_MAX", 2)
    with pytest.raises(Exception, match="different texts"):
        read(path)


def test_more_sheets_and_parts_than_the_bound(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = openpyxl.Workbook()
    for at in range(3):
        book.create_sheet(f"S{at}")["A1"] = "x"
    book.save(path)
    monkeypatch.setattr(gathering, "TABLES_MAX", 4)
    assert (len(read(path).tables), read(path).told) == (4, [])
    monkeypatch.setattr(gathering, "TABLES_MAX", 3)
    assert (len(read(path).tables), len(read(path).told)) == (3, 1)
    zipped(path, {f"xl/{at}": "" for at in range(3)} | {"xl/workbook.xml": "<workbook/>"})
    monkeypatch.setattr(archive, "PARTS_MAX", 3)
    with pytest.raises(Exception, match="parts inside"):
        read(path)
    monkeypatch.setattr(archive, "PARTS_MAX", 4)
    with pytest.raises(InvalidInput, match="damaged"):
        read(path)


@pytest.mark.parametrize(("most", "filled"), [(4, ["a", "a"]), (3, ["a", ""])])
def test_merged_cells_that_lie_over_each_other_have_a_bound_together(
    path: Path, monkeypatch: pytest.MonkeyPatch, most: int, filled: list[str]
) -> None:
    """Each may be as large as the sheet: twenty thousand of them took minutes."""
    cell = '<c r="{0}" t="str"><v>{1}</v></c>'
    texts = [{"A1": "a", "B1": "b"}, {"A2": "", "B2": "b"}]
    rows = "".join(f"<row>{''.join(cell.format(*one) for one in row.items())}</row>" for row in texts)
    after = '<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="A1:A2"/></mergeCells>'
    workbook(path, sheet_xml(rows, after))
    monkeypatch.setattr(gathering, "MERGED_CELLS_MAX", most if most == 4 else 1)
    table = only(path)
    assert [row.cells[0] for row in table.rows] == filled
    assert any("merged" in sentence for sentence in table.told)
