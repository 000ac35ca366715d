"""A report's workbook or Parquet file, by a process of its own: ``python -m …report_process PATH FORMAT``.

It reads what stands before the rows, then rows, one JSON array a line, then an object with what they end
with, from standard input; and ends with 0 once the file is complete.
"""

import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from sertantai.files.formats import ExportFormat
from sertantai.files.parquet import ParquetWriter, column_of
from sertantai.files.report_book import ReportBook
from sertantai.files.report_rows import TYPES, Plain, ReportEnd, ReportHead, Row, typed

NICENESS: Final = 10
GROUP_ROWS: Final = 20_000


class Lines:
    """The rows on standard input; once they are read, `end`."""

    def __init__(self, head: ReportHead) -> None:
        self._columns = head.columns
        self._decoder = msgspec.json.Decoder(list[Plain])
        self.end: ReportEnd | None = None

    def __iter__(self) -> Iterator[Row]:
        for line in sys.stdin.buffer:
            if line.startswith(b"{"):
                self.end = msgspec.json.decode(line, type=ReportEnd)
                return
            cells = self._decoder.decode(line)
            yield tuple(typed(column, cell) for column, cell in zip(self._columns, cells, strict=True))

    def ending(self) -> ReportEnd:
        if self.end is None:
            raise EOFError("the rows were broken off")
        return self.end


def main(path: Path, format_: ExportFormat) -> None:
    os.nice(NICENESS)
    head = msgspec.json.decode(sys.stdin.buffer.readline(), type=ReportHead)
    rows = Lines(head)
    if format_ is ExportFormat.PARQUET:
        _write_parquet(path, head, rows)
    else:
        book = ReportBook(path, head)
        book.add(rows)
        book.close(rows.ending())


def _write_parquet(path: Path, head: ReportHead, rows: Lines) -> None:
    writer = ParquetWriter([column_of(column.name, TYPES[column.kind]) for column in head.columns])
    waiting = iter(rows)
    with path.open("wb") as file:
        file.write(writer.start())
        while group := list(islice(waiting, GROUP_ROWS)):
            file.write(writer.values(group))
        said = {"report": msgspec.json.encode(rows.ending().said).decode()}
        file.write(writer.end(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), ExportFormat(sys.argv[2]))
