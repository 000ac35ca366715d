"""A workbook or a Parquet file made by a process of its own: ``python -m …workbook_process PATH FORMAT``.

Making one takes a good part of a second of pure Python for a few thousand rows. In a thread of the server
that would be taken from everybody who ticks meanwhile. The process reads the meta data and then the rows, one
JSON object a line, from standard input, and ends with 0 once the file is complete.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.errors import Unavailable
from sertantai.files.formats import ExportFormat
from sertantai.files.parquet import ParquetWriter
from sertantai.files.rows import ExportMeta, ExportRow
from sertantai.files.workbook import Workbook

NICENESS: Final = 10
PARQUET_GROUP_ROWS: Final = 20_000
LINE_BYTES_MAX: Final = 4_000_000
SAID_CHARS_MAX: Final = 500

_encoder = msgspec.json.Encoder()


class ExportFailed(Unavailable):
    code = "export_failed"


class FileProcess:
    """The server's end of the pipe. Writing waits while the process is behind."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def add(self, rows: Sequence[ExportRow]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(_encoder.encode_lines(rows))
        try:
            await self._process.stdin.drain()
        except ConnectionError:
            await self.finish()

    async def finish(self) -> None:
        """Returns once the file is complete; raises `ExportFailed` if it will never be."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        _, said = await self._process.communicate()
        if self._process.returncode != 0:
            reason = said.decode(errors="replace").strip()[-SAID_CHARS_MAX:]
            raise ExportFailed("The file could not be created. Try again.") from ChildProcessError(reason)


@asynccontextmanager
async def file_process(path: Path, format_: ExportFormat, meta: ExportMeta) -> AsyncIterator[FileProcess]:
    """Ended, whatever happens in the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sertantai.files.workbook_process", str(path), format_.value),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    assert process.stdin is not None
    process.stdin.write(_encoder.encode(meta) + b"\n")
    try:
        yield FileProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def main(path: Path, format_: ExportFormat) -> None:
    os.nice(NICENESS)
    lines = sys.stdin.buffer
    decoder = msgspec.json.Decoder(ExportRow)
    meta = msgspec.json.decode(lines.readline(), type=ExportMeta)
    rows = (decoder.decode(line) for line in lines)
    if format_ is ExportFormat.PARQUET:
        _write_parquet(path, rows)
    else:
        book = Workbook(path, meta)
        book.add(rows)
        book.close()


def _write_parquet(path: Path, rows: Iterator[ExportRow]) -> None:
    writer = ParquetWriter()
    with path.open("wb") as file:
        file.write(writer.start())
        while group := list(islice(rows, PARQUET_GROUP_ROWS)):
            file.write(writer.rows(group))
        file.write(writer.end())


if __name__ == "__main__":
    main(Path(sys.argv[1]), ExportFormat(sys.argv[2]))
