"""From an async stream of rows to a stream of bytes, whatever the number of rows, with little memory.

Text is made as it is read. A workbook needs to be whole before its first byte can be sent, so it is made in a
temporary file, and by a process of its own; so is a Parquet file, which is a lot of work.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import perf_counter
from typing import Final

from sertantai.core.errors import TooLarge
from sertantai.files.citations import BibtexWriter, RisWriter
from sertantai.files.formats import ExportFormat
from sertantai.files.lines import CsvWriter, JsonWriter, NdjsonWriter, TextWriter
from sertantai.files.rows import ExportMeta, ExportRow
from sertantai.files.workbook import SHEET_ROWS_MAX
from sertantai.files.workbook_process import file_process

CHUNK_ROWS: Final = 100
PAUSE_S_MAX: Final = 0.02
FILE_CHUNK_BYTES: Final = 256 * 1024

MADE_BY_PROCESS: Final = frozenset((ExportFormat.XLSX, ExportFormat.PARQUET))

_TEXT_WRITERS: Final[dict[ExportFormat, Callable[[], TextWriter]]] = {
    ExportFormat.CSV: CsvWriter,
    ExportFormat.JSON: JsonWriter,
    ExportFormat.NDJSON: NdjsonWriter,
    ExportFormat.BIBTEX: BibtexWriter,
    ExportFormat.RIS: RisWriter,
}


def export_rows(
    rows: AsyncIterator[ExportRow], format_: ExportFormat, meta: ExportMeta
) -> AsyncIterator[bytes]:
    """The file, in pieces. Raises `TooLarge` before the first where a format cannot hold so many rows."""
    if format_ in MADE_BY_PROCESS:
        return _made(rows, format_, meta)
    return _text(rows, _TEXT_WRITERS[format_](), meta)


def check_rows(format_: ExportFormat, count: int) -> None:
    """Raises `TooLarge` where the format cannot hold so many."""
    if format_ is ExportFormat.XLSX and count > SHEET_ROWS_MAX:
        raise TooLarge(f"A spreadsheet can have {SHEET_ROWS_MAX:,} rows at most. Export as CSV instead.")


async def _text(rows: AsyncIterator[ExportRow], writer: TextWriter, meta: ExportMeta) -> AsyncIterator[bytes]:
    yield writer.start(meta).encode()
    began = perf_counter()
    async for chunk in _chunks(rows, CHUNK_ROWS):
        yield writer.rows(chunk).encode()
        # A source that never waits must not keep everybody else waiting: they get as much time as this took.
        await asyncio.sleep(min(perf_counter() - began, PAUSE_S_MAX))
        began = perf_counter()
    yield writer.end().encode()


async def _made(
    rows: AsyncIterator[ExportRow], format_: ExportFormat, meta: ExportMeta
) -> AsyncIterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="sertantai-export-") as folder:
        path = Path(folder) / "export"
        count = 0
        async with file_process(path, format_, meta) as file:
            async for chunk in _chunks(rows, CHUNK_ROWS):
                count += len(chunk)
                check_rows(format_, count)
                await file.add(chunk)
                await asyncio.sleep(0)
            await file.finish()
        made = await asyncio.to_thread(path.open, "rb")
        with made:
            while piece := await asyncio.to_thread(made.read, FILE_CHUNK_BYTES):
                yield piece


async def _chunks(rows: AsyncIterator[ExportRow], size: int) -> AsyncIterator[list[ExportRow]]:
    chunk: list[ExportRow] = []
    async for row in rows:
        chunk.append(row)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
