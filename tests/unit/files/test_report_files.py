"""Reports as files: in each format the same rows and the same end, and text stays text."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pyarrow.parquet  # type: ignore[import-untyped]  # it has no types
import pypdf
import pytest

from sertantai.core.errors import NotFound, TooLarge
from sertantai.files import pdf, pdf_process, report_files
from sertantai.files.pdf import PdfDocument, PdfMissing, pdf_of
from sertantai.files.report_files import FORMATS, media_type_of, report_file, require_format
from sertantai.files.report_rows import Column, Kind, ReportEnd, ReportHead, Row

NASTY = "=cmd|' /C calc'!A0"
MARKUP = "<script>alert(1)</script> #set text(red) $x$ *b* \\ \" ' & 💚 日本 Ŵŷ"
MOMENT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
ROWS: list[Row] = [
    (NASTY, MARKUP, 7, date(2026, 3, 1), MOMENT),
    ("+1", None, None, None, None),
    ("@SUM(A1)", 'two\nlines, "quoted"', -3, date(1899, 1, 1), MOMENT),
]
COLUMNS = (
    Column("formula", "Formula"),
    Column("markup", "Markup"),
    Column("number", "Number", Kind.WHOLE),
    Column("day", "Day", Kind.DAY),
    Column("at", "At", Kind.MOMENT),
)
HEAD = ReportHead("Title <i>", "About #x", ("What it says.",), COLUMNS, MOMENT)
END = ReportEnd((("Rows", "3"), ("SHA-256 of the rows", "abc")), {"rows": 3, "sha256": "abc"})


async def pages(times: int = 1) -> AsyncIterator[list[Row]]:
    for _ in range(times):
        yield ROWS


async def made(format_: str, times: int = 1, head: ReportHead = HEAD) -> bytes:
    return b"".join([piece async for piece in report_file(pages(times), format_, head, lambda: END)])


async def test_csv_has_no_formula_and_ends_with_lines_of_its_own() -> None:
    lines = list(csv.reader(io.StringIO((await made("csv")).decode("utf-8-sig"))))
    assert lines[0] == [column.name for column in COLUMNS]
    assert [line[0][0] for line in lines[1:4]] == ["'", "'", "'"]
    assert lines[1][1] == MARKUP
    assert lines[4:] == [["# Rows: 3"], ["# SHA-256 of the rows: abc"]]


async def test_json_and_ndjson_hold_what_there_is_as_it_is() -> None:
    whole = json.loads(await made("json", 2))
    assert len(whole["rows"]) == 6
    assert whole["report"] == {"rows": 3, "sha256": "abc"}
    lines = [json.loads(line) for line in (await made("ndjson", 2)).splitlines()]
    assert lines[:-1] == whole["rows"]
    assert lines[-1] == {"report": whole["report"]}
    assert lines[0]["formula"] == NASTY
    assert (lines[0]["day"], lines[0]["at"]) == ("2026-03-01", "2026-03-01T09:30:00.123456Z")


async def test_a_workbook_has_typed_cells_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(await made("xlsx"))
    book = openpyxl.load_workbook(path)
    sheet = book["Report"]
    assert [cell.value for cell in sheet[1]] == [column.label for column in COLUMNS]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    assert (sheet["A2"].value, sheet["B2"].value, sheet["C2"].value) == (NASTY, MARKUP, 7)
    assert sheet["E2"].value == MOMENT.replace(tzinfo=None, microsecond=0)
    assert [line[0].value for line in book["About"].iter_rows(max_row=2)] == [label for label, _ in END.lines]


async def test_parquet_has_the_same_rows_and_says_of_itself_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "report.parquet"
    path.write_bytes(await made("parquet", 2))
    table = pyarrow.parquet.read_table(path)
    assert table.num_rows == 6
    assert table.column("formula")[0].as_py() == NASTY
    assert table.column("at")[0].as_py() == MOMENT
    assert json.loads(pyarrow.parquet.read_metadata(path).metadata[b"report"]) == END.said


async def test_a_pdf_is_an_archive_has_its_rows_inside_and_reads_nothing_as_markup(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(await made("pdf"))
    found = pypdf.PdfReader(path)
    text = " ".join(page.extract_text() for page in found.pages)
    assert "#set text(red)" in text
    assert NASTY.replace("'", "’") in text.replace("'", "’")
    assert "<script>" in text
    assert pdf_process.BOX in text, "what no font has is a box"
    attached = b"".join(found.attachments["rows.ndjson"]).decode()
    assert MARKUP in [json.loads(line).get("markup") for line in attached.splitlines()]
    assert b"pdfaid:part>3<" in path.read_bytes().replace(b"\n", b"") or found.xmp_metadata is not None
    assert await made("pdf") == path.read_bytes(), "the same rows, the same bytes"
    ending = ReportEnd(END.lines, END.said | {"head": "example.org/trail/1 7 AAEC="})
    file = [piece async for piece in report_file(pages(), "pdf", HEAD, lambda: ending)]
    [page] = pypdf.PdfReader(io.BytesIO(b"".join(file))).pages
    assert page.extract_text().splitlines()[-1].endswith("sealed log: example.org/trail/1 7 AAEC=")


async def test_beyond_so_many_rows_a_pdf_holds_a_summary_and_all_rows_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "PDF_ROWS_MAX", 5)
    path = tmp_path / "report.pdf"
    path.write_bytes(await made("pdf", 2))
    found = pypdf.PdfReader(path)
    text = " ".join(page.extract_text() for page in found.pages)
    assert "attached" in text
    assert "<script>" not in text
    assert len(b"".join(found.attachments["rows.ndjson"]).splitlines()) == 7


async def test_a_pdf_of_more_rows_than_a_table_may_have_is_refused(tmp_path: Path) -> None:
    rows = (("x",),) * (pdf.ROWS_MAX + 1)
    document = PdfDocument(title="x", about="x", made_at=MOMENT, footer="x", columns=("x",), rows=rows)
    with pytest.raises(TooLarge):
        await pdf_of(document, {}, tmp_path / "out.pdf")


async def test_a_file_has_a_bound_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(await made("csv"))
    monkeypatch.setattr(report_files, "BYTES_MAX", size)
    assert len(await made("csv")) == size
    monkeypatch.setattr(report_files, "BYTES_MAX", size - 1)
    with pytest.raises(TooLarge):
        await made("csv")


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    with pytest.raises(PdfMissing, match=r"sertantai\[pdf\]"):
        require_format("pdf")
    with pytest.raises(NotFound):
        require_format("exe")
    assert [media_type_of(one) for one in FORMATS][-1] == "application/pdf"


def test_a_long_cell_is_cut_on_paper_only() -> None:
    long = "x" * (report_files.CELL_CHARS_MAX + 1)
    assert len(report_files._said(Kind.TEXT, long)) == report_files.CELL_CHARS_MAX
    assert report_files._said(Kind.TEXT, long[1:]) == long[1:]


def test_unusual_characters_are_tried_so_many_times() -> None:
    tried: list[str] = []

    def compile_(*_given: object, sys_inputs: dict[str, str], **_named: object) -> bytes:
        tried.append(sys_inputs["text"])
        return b""

    shown = pdf_process.Shown(compile_)
    unusual = "".join(chr(0x4E00 + number) for number in range(pdf_process.UNUSUAL_MAX + 1))
    assert shown.text(unusual) == unusual[:-1] + pdf_process.BOX
    assert len(tried) == pdf_process.UNUSUAL_MAX
    assert shown.text("💚 a\u200bb\ue000") == "ab"


def test_characters_that_every_font_has_are_tried_once_together() -> None:
    tried: list[str] = []

    def compile_(*_given: object, sys_inputs: dict[str, str], **_named: object) -> bytes:
        tried.append(sys_inputs["text"])
        return b""

    shown = pdf_process.Shown(compile_)
    shown.know("plain, and\nno more 💚")
    assert tried == []
    shown.know("Deddf “Iechyd” a Diogelwch – Gŵyl")
    assert shown.text("“Gŵyl” – 💚") == "“Gŵyl” –"
    assert len(tried) == 1
