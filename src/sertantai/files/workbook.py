"""XLSX: typed cells, a frozen header, links, a filter on every column; and never a formula.

The workbook is written row by row to temporary files (xlsxwriter's ``constant_memory``).
"""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from sertantai.core.sealing.notes import HEAD_SAID
from sertantai.files.rows import COLUMNS, TYPES, WIDTHS, ExportMeta, ExportRow, tags_text

CELL_CHARS_MAX: Final = 32_767
"""Excel takes no more; a longer text is cut with an ellipsis."""
URL_CHARS_MAX: Final = 2_079
SHEET_ROWS_MAX: Final = 1_048_575
SHEET_LINKS_MAX: Final = 65_530
_USUAL_WIDTHS: Final[dict[type, int]] = {date: 12, datetime: 20}
_USUAL_WIDTH: Final = 10
OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
    "default_date_format": "yyyy-mm-dd",
}


def _width(column: str) -> int:
    return WIDTHS.get(column) or _USUAL_WIDTHS.get(TYPES[column], _USUAL_WIDTH)


class Workbook:
    """One sheet. Not for the event loop: everything here blocks."""

    def __init__(self, path: Path, meta: ExportMeta) -> None:
        self._book = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": str(path.parent)})
        self._book.set_properties({"title": meta.title[:255], "created": meta.made_at.replace(tzinfo=None)})
        self._sheet = self._book.add_worksheet("Laws")
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._link = self._book.add_format({"font_color": "blue", "underline": 1})
        self._said = f"{HEAD_SAID}{meta.head}" if meta.head else ""
        self._rows = 0
        self._links = 0
        self._head()

    def _head(self) -> None:
        bold = self._book.add_format({"bold": True})
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(COLUMNS):
            self._sheet.set_column(place, place, _width(column))
            self._sheet.write_string(0, place, column, bold)

    def add(self, rows: Iterable[ExportRow]) -> None:
        for row in rows:
            self._rows += 1
            if self._rows > SHEET_ROWS_MAX:
                raise ValueError(f"a sheet takes {SHEET_ROWS_MAX:,} rows at most")
            for place, value in enumerate(msgspec.structs.astuple(row)):
                self._write(place, value)

    def _write(self, place: int, value: Any) -> None:
        sheet, line = self._sheet, self._rows
        match value:
            case None | () | "":
                return
            case datetime():
                sheet.write_datetime(line, place, value.replace(tzinfo=None, microsecond=0), self._time)
            case date() if value.year >= 1900:
                sheet.write_datetime(line, place, datetime(value.year, value.month, value.day))  # noqa: DTZ001  # a cell has no zone
            case date():
                # Excel's calendar begins in 1900; older laws keep their date as text.
                sheet.write_string(line, place, value.isoformat())
            case int():
                sheet.write_number(line, place, value)
            case tuple():
                self._write_text(place, tags_text(value))
            case _:
                self._write_text(place, str(value))

    def _write_text(self, place: int, text: str) -> None:
        if text.startswith(("https://", "http://")) and len(text) <= URL_CHARS_MAX:
            self._links += 1
            if self._links <= SHEET_LINKS_MAX:
                self._sheet.write_url(self._rows, place, text, self._link, string=text)
                return
        if len(text) > CELL_CHARS_MAX:
            text = f"{text[: CELL_CHARS_MAX - 1]}…"
        self._sheet.write_string(self._rows, place, text)

    def close(self) -> None:
        """Finish the file: a line below the table says the newest head, where there is room."""
        self._sheet.autofilter(0, 0, max(1, self._rows), len(COLUMNS) - 1)
        if self._said and self._rows + 2 <= SHEET_ROWS_MAX:
            self._sheet.write_string(self._rows + 2, 0, self._said)
        self._book.close()
