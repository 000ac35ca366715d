"""What a spreadsheet can hold, and what a file may be called, is met here."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest

from sertantai.files import workbook
from sertantai.files.formats import FILE_NAME_CHARS_MAX, ExportFormat, file_name
from sertantai.files.rows import ExportMeta, ExportRow
from sertantai.files.workbook import CELL_CHARS_MAX, URL_CHARS_MAX, Workbook

META = ExportMeta("Laws", datetime(2026, 1, 31, 12, tzinfo=UTC))


def test_a_file_has_a_name_that_every_file_system_takes() -> None:
    for characters in (FILE_NAME_CHARS_MAX, FILE_NAME_CHARS_MAX + 1):
        assert file_name("x" * characters, ExportFormat.CSV) == "x" * FILE_NAME_CHARS_MAX + ".csv"


def row(number: int, link: str = "https://example.org", note: str | None = None) -> ExportRow:
    return ExportRow(id=UUID(int=number), name="a law", leg_gov_uk_url=link, note=note)


def test_what_does_not_fit_into_a_cell_is_cut_and_an_address_that_is_no_link_is_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "SHEET_LINKS_MAX", 2)
    long = "https://example.org/".ljust(URL_CHARS_MAX + 1, "x")
    book = Workbook(tmp_path / "laws.xlsx", META)
    notes = ["n" * CELL_CHARS_MAX, "n" * (CELL_CHARS_MAX + 1)]
    book.add([row(1, long[:-1], notes[0]), row(2, long, notes[1]), row(3), row(4)])
    book.close()
    sheet = openpyxl.load_workbook(tmp_path / "laws.xlsx")["Laws"]
    heads = [cell.value for cell in sheet[1]]
    links = [line[heads.index("leg_gov_uk_url")] for line in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in links] == [long[:-1], long, "https://example.org", "https://example.org"]
    assert [cell.hyperlink is not None for cell in links] == [True, False, True, False]
    kept = [line[heads.index("note")].value for line in sheet.iter_rows(min_row=2)]
    assert kept[:2] == [notes[0], "n" * (CELL_CHARS_MAX - 1) + "…"]


def test_a_sheet_has_so_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS_MAX", 2)
    book = Workbook(tmp_path / "laws.xlsx", META)
    book.add([row(1), row(2)])
    with pytest.raises(ValueError, match="2 rows"):
        book.add([row(3)])
    book.close()
