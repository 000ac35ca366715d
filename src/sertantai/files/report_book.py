"""A report as a workbook: its rows, and on a second sheet what it is and ends with. Never a formula."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from sertantai.files.report_rows import Cell, ReportEnd, ReportHead, Row
from sertantai.files.workbook import CELL_CHARS_MAX, OPTIONS, SHEET_ROWS_MAX

LABEL_WIDTH: Final = 26
TEXT_WIDTH: Final = 90


class ReportBook:
    """Not for the event loop: everything here blocks."""

    def __init__(self, path: Path, head: ReportHead) -> None:
        self._head = head
        self._book = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": str(path.parent)})
        self._book.set_properties({"title": head.title[:255], "created": head.made_at.replace(tzinfo=None)})
        self._sheet = self._book.add_worksheet("Report")
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self._book.add_format({"bold": True})
        self._rows = 0
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(head.columns):
            self._sheet.set_column(place, place, column.width)
            self._sheet.write_string(0, place, column.label, self._bold)

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._rows += 1
            if self._rows > SHEET_ROWS_MAX:
                raise ValueError(f"a sheet takes {SHEET_ROWS_MAX:,} rows at most")
            for place, cell in enumerate(row):
                self._write(place, cell)

    def _write(self, place: int, cell: Cell) -> None:
        sheet, line = self._sheet, self._rows
        match cell:
            case None | "":
                return
            case datetime():
                sheet.write_datetime(line, place, cell.replace(tzinfo=None, microsecond=0), self._time)
            case date() if cell.year >= 1900:
                sheet.write_datetime(line, place, datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001  # a cell has no zone
            case int():
                sheet.write_number(line, place, cell)
            case _:
                sheet.write_string(line, place, _cut(str(cell)))

    def close(self, end: ReportEnd) -> None:
        """Finish the file."""
        self._sheet.autofilter(0, 0, max(1, self._rows), len(self._head.columns) - 1)
        about: Any = self._book.add_worksheet("About")
        about.set_column(0, 0, LABEL_WIDTH)
        about.set_column(1, 1, TEXT_WIDTH)
        lines = [*end.lines, *(("What it says", one) for one in self._head.lead)]
        for line, (label, text) in enumerate(lines):
            about.write_string(line, 0, label, self._bold)
            about.write_string(line, 1, _cut(text))
        self._book.close()


def _cut(text: str) -> str:
    """Excel takes no more in a cell."""
    return text if len(text) <= CELL_CHARS_MAX else f"{text[: CELL_CHARS_MAX - 1]}…"
