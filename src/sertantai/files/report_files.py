"""A report as a file in any format, from pages of rows to pieces of bytes, with little memory.

Text is made as it is read; a workbook, a Parquet file and a PDF by processes of their own.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.errors import NotFound, TooLarge
from sertantai.files.formats import MEDIA_TYPES, ExportFormat
from sertantai.files.pdf import ROWS_MAX as PDF_ROWS_MAX
from sertantai.files.pdf import PdfAttachment, PdfChart, PdfDocument, pdf_of, require_pdf
from sertantai.files.report_lines import CsvReport, JsonReport, NdjsonReport, ReportWriter
from sertantai.files.report_rows import Cell, Kind, ReportEnd, ReportHead, Row, plain
from sertantai.files.workbook import SHEET_ROWS_MAX
from sertantai.files.workbook_process import ExportFailed

PDF: Final = "pdf"
FORMATS: Final = ("csv", "json", "ndjson", "xlsx", "parquet", PDF)
BYTES_MAX: Final = 4 * 1024**3
"""Of one file: beyond it nobody opens it, and a disk has an end."""
FILE_CHUNK_BYTES: Final = 256 * 1024
SAID_CHARS_MAX: Final = 500
CELL_CHARS_MAX: Final = 2_000
"""Of a cell in a PDF; the attachment has it whole."""
LINE_BYTES_MAX: Final = 4_000_000
_WRITERS: Final[dict[str, Callable[[ReportHead], ReportWriter]]] = {
    "csv": CsvReport,
    "json": JsonReport,
    "ndjson": NdjsonReport,
}
_encoder: Final = msgspec.json.Encoder()

Pages = AsyncIterator[list[Row]]
End = Callable[[], ReportEnd]


def media_type_of(format_: str) -> str:
    return "application/pdf" if format_ == PDF else MEDIA_TYPES[ExportFormat(format_)].partition(";")[0]


def require_format(text: str) -> str:
    """Raises `NotFound`: it is a part of the path; `PdfMissing`."""
    if text not in FORMATS:
        raise NotFound(
            f"{text[:20]!r} is not a format of reports; there are {', '.join(FORMATS)}.", field="format"
        )
    if text == PDF:
        require_pdf()
    return text


def report_file(pages: Pages, format_: str, head: ReportHead, end: End) -> AsyncIterator[bytes]:
    """The file, in pieces. ``end`` is asked once all rows were taken. Raises `TooLarge`."""
    if format_ in _WRITERS:
        return _bounded(_text(pages, _WRITERS[format_](head), end))
    if format_ == PDF:
        return _pdf(pages, head, end)
    return _made(pages, ExportFormat(format_), head, end)


async def _bounded(file: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for piece in file:
        size += len(piece)
        if size > BYTES_MAX:
            raise TooLarge("This report is too large for one file. Ask for a shorter time.")
        yield piece


async def _text(pages: Pages, writer: ReportWriter, end: End) -> AsyncIterator[bytes]:
    """Nothing before the first rows are there: until then it can be refused."""
    begun = writer.start()
    async for rows in pages:
        yield (begun + writer.rows(rows)).encode()
        begun = ""
    yield (begun + writer.end(end())).encode()


async def _made(pages: Pages, format_: ExportFormat, head: ReportHead, end: End) -> AsyncIterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="sertantai-report-") as folder:
        path = Path(folder) / "report"
        await _by_process(path, pages, format_, head, end)
        async for piece in _pieces(path):
            yield piece


async def _by_process(path: Path, pages: Pages, format_: ExportFormat, head: ReportHead, end: End) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sertantai.files.report_process", str(path), format_.value),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    assert process.stdin is not None
    try:
        count = 0
        process.stdin.write(_encoder.encode(head) + b"\n")
        try:
            async for rows in pages:
                count += len(rows)
                if format_ is ExportFormat.XLSX and count > SHEET_ROWS_MAX:
                    raise TooLarge(f"A spreadsheet can have {SHEET_ROWS_MAX:,} rows at most. Ask for CSV.")
                process.stdin.write(_encoder.encode_lines([list(map(plain, row)) for row in rows]))
                await process.stdin.drain()
            process.stdin.write(_encoder.encode(end()) + b"\n")
            process.stdin.close()
        except ConnectionError:
            pass  # it has ended, and says why
        _, said = await process.communicate()
        if process.returncode != 0:
            reason = said.decode(errors="replace").strip()[-SAID_CHARS_MAX:]
            raise ExportFailed("The file could not be created. Try again.") from ChildProcessError(reason)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _pdf(pages: Pages, head: ReportHead, end: End) -> AsyncIterator[bytes]:
    """Of few rows the table; of many a summary. All rows are attached, as NDJSON."""
    with tempfile.TemporaryDirectory(prefix="sertantai-report-") as folder:
        rows_path, path = Path(folder) / "rows.ndjson", Path(folder) / "report.pdf"
        shown: list[Row] | None = []
        writer = NdjsonReport(head)
        with await asyncio.to_thread(rows_path.open, "w", encoding="utf-8", newline="") as file:
            async for rows in pages:
                await asyncio.to_thread(file.write, writer.rows(rows))
                if await asyncio.to_thread(file.tell) > BYTES_MAX // 16:
                    raise TooLarge("This report is too large for a PDF. Ask for CSV, or a shorter time.")
                if shown is not None:
                    shown += rows
                    if len(shown) > PDF_ROWS_MAX:
                        shown = None
            ending = end()
            await asyncio.to_thread(file.write, writer.end(ending))
        attached = PdfAttachment("rows.ndjson", "application/x-ndjson", "All rows of this report")
        document = await asyncio.to_thread(_document, head, ending, shown)
        await pdf_of(document, {attached: rows_path}, path)
        async for piece in _pieces(path):
            yield piece


def _document(head: ReportHead, end: ReportEnd, shown: Sequence[Row] | None) -> PdfDocument:
    many = ("There are more rows than a table on paper serves anybody: they are attached, all of them.",)
    return PdfDocument(
        title=head.title,
        about=head.about,
        made_at=head.made_at,
        footer=f"{head.title} · {head.about}",
        head=str(end.said.get("head", "")),
        lead=head.lead if shown is not None else (*head.lead, *many),
        charts=(PdfChart(head.chart, f"Chart: {head.title}"),) if head.chart else (),
        columns=tuple(column.label for column in head.columns),
        widths=tuple(min(column.width, 40) for column in head.columns),
        rows=tuple(
            tuple(_said(column.kind, cell) for column, cell in zip(head.columns, row, strict=True))
            for row in shown or ()
        ),
        facts=end.lines,
    )


def _said(kind: Kind, cell: Cell) -> str:
    said = plain(cell)
    if said is None:
        return ""
    text = str(said)
    if kind is Kind.MOMENT:
        return text[:16].replace("T", " ")
    return text if len(text) <= CELL_CHARS_MAX else f"{text[: CELL_CHARS_MAX - 1]}…"


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    made = await asyncio.to_thread(path.open, "rb")
    with made:
        while piece := await asyncio.to_thread(made.read, FILE_CHUNK_BYTES):
            yield piece
