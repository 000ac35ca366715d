"""From an async stream of rows to a stream of bytes, whatever the number of rows, with little memory.

Text is made as it is read. A workbook needs to be whole before its first byte can be sent, so it is made in a
temporary file; a Parquet file is made of row groups as they fill.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from sertantai.core.errors import TooLarge
from sertantai.selections.exports.citations import BibtexWriter, RisWriter
from sertantai.selections.exports.formats import ExportFormat
from sertantai.selections.exports.lines import CsvWriter, JsonWriter, NdjsonWriter, TextWriter
from sertantai.selections.exports.parquet import ParquetWriter
from sertantai.selections.exports.rows import ExportMeta, ExportRow
from sertantai.selections.exports.workbook import SHEET_ROWS_MAX
from sertantai.selections.exports.workbook_process import workbook_process
from sertantai.working_folder import working_folder

CHUNK_ROWS: Final = 500
PARQUET_GROUP_ROWS: Final = 20_000
FILE_CHUNK_BYTES: Final = 256 * 1024

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
    if format_ is ExportFormat.XLSX:
        return _workbook(rows, meta)
    if format_ is ExportFormat.PARQUET:
        return _parquet(rows)
    return _text(rows, _TEXT_WRITERS[format_](), meta)


async def _text(rows: AsyncIterator[ExportRow], writer: TextWriter, meta: ExportMeta) -> AsyncIterator[bytes]:
    yield writer.start(meta).encode()
    async for chunk in _chunks(rows, CHUNK_ROWS):
        yield writer.rows(chunk).encode()
        # A source that never waits must not keep everybody else waiting.
        await asyncio.sleep(0)
    yield writer.end().encode()


async def _parquet(rows: AsyncIterator[ExportRow]) -> AsyncIterator[bytes]:
    writer = ParquetWriter()
    yield writer.start()
    async for chunk in _chunks(rows, PARQUET_GROUP_ROWS):
        yield await asyncio.to_thread(writer.rows, chunk)
    yield writer.end()


async def _workbook(rows: AsyncIterator[ExportRow], meta: ExportMeta) -> AsyncIterator[bytes]:
    with working_folder(Path(tempfile.gettempdir()), "sertantai-export-") as folder:
        path = folder / "export.xlsx"
        count = 0
        async with workbook_process(path, meta) as book:
            async for chunk in _chunks(rows, CHUNK_ROWS):
                count += len(chunk)
                if count > SHEET_ROWS_MAX:
                    raise TooLarge(
                        f"A spreadsheet takes {SHEET_ROWS_MAX:,} rows at most. Export as CSV instead."
                    )
                await book.add(chunk)
            await book.finish()
        file = await asyncio.to_thread(path.open, "rb")
        with file:
            while piece := await asyncio.to_thread(file.read, FILE_CHUNK_BYTES):
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
