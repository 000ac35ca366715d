"""The formats that are text: each makes some text for the start, for a few rows, and for the end."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

import msgspec

from sertantai.core.text_cells import guarded
from sertantai.files.rows import COLUMNS, ExportMeta, ExportRow, tags_text

BYTE_ORDER_MARK = "\ufeff"


class TextWriter(Protocol):
    def start(self, meta: ExportMeta, /) -> str: ...

    def rows(self, rows: Sequence[ExportRow]) -> str: ...

    def end(self) -> str: ...


class CsvWriter:
    """RFC 4180, with a byte order mark: without it Excel reads UTF-8 as the machine's old code page.

    Dates and times are ISO 8601.
    """

    def start(self, _meta: ExportMeta, /) -> str:
        return BYTE_ORDER_MARK + ",".join(COLUMNS) + "\r\n"

    def rows(self, rows: Sequence[ExportRow]) -> str:
        text = io.StringIO()
        csv.writer(text).writerows(_cells(row) for row in rows)
        return text.getvalue()

    def end(self) -> str:
        return ""


def _cells(row: ExportRow) -> list[Any]:
    return [_cell(value) for value in msgspec.structs.astuple(row)]


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, tuple):
        return guarded(tags_text(value))
    return value.isoformat() if isinstance(value, date) else str(value)


class NdjsonWriter:
    """One JSON object a line."""

    def start(self, _meta: ExportMeta, /) -> str:
        return ""

    def rows(self, rows: Sequence[ExportRow]) -> str:
        return msgspec.json.Encoder().encode_lines(rows).decode()

    def end(self) -> str:
        return ""


class JsonWriter:
    """One object: what it is, then ``records``."""

    def __init__(self) -> None:
        self._any = False

    def start(self, meta: ExportMeta, /) -> str:
        return msgspec.json.encode(meta).decode()[:-1] + ',"records":['

    def rows(self, rows: Sequence[ExportRow]) -> str:
        text = msgspec.json.encode(rows).decode()[1:-1]
        comma = "," if self._any and text else ""
        self._any = self._any or bool(text)
        return comma + text

    def end(self) -> str:
        return "]}\n"
