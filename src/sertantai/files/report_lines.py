"""Reports as text: CSV, NDJSON and JSON, made piece by piece."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from sertantai.core.text_cells import guarded
from sertantai.files.lines import BYTE_ORDER_MARK
from sertantai.files.report_rows import Cell, ReportEnd, ReportHead, Row, plain


class ReportWriter(Protocol):
    def start(self) -> str: ...

    def rows(self, rows: Sequence[Row]) -> str: ...

    def end(self, end: ReportEnd) -> str: ...


class CsvReport:
    """As lists are exported: RFC 4180 with a byte order mark, and no cell that is taken for a formula. The
    end are lines of one cell that begin with #."""

    def __init__(self, head: ReportHead) -> None:
        self._head = head

    def start(self) -> str:
        return BYTE_ORDER_MARK + _csv([[column.name for column in self._head.columns]])

    def rows(self, rows: Sequence[Row]) -> str:
        return _csv([[_cell(cell) for cell in row] for row in rows])

    def end(self, end: ReportEnd) -> str:
        return _csv([[f"# {label}: {text}"] for label, text in end.lines])


def _csv(lines: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _cell(cell: Cell) -> Any:
    if isinstance(cell, str):
        return guarded(cell)
    said = plain(cell)
    return "" if said is None else said


class NdjsonReport:
    """An object a row, and one that has only ``report``, the last."""

    def __init__(self, head: ReportHead) -> None:
        self._names = [column.name for column in head.columns]

    def start(self) -> str:
        return ""

    def rows(self, rows: Sequence[Row]) -> str:
        return msgspec.json.Encoder().encode_lines([self._object(row) for row in rows]).decode()

    def end(self, end: ReportEnd) -> str:
        return msgspec.json.encode({"report": end.said}).decode() + "\n"

    def _object(self, row: Row) -> dict[str, Any]:
        return {name: plain(cell) for name, cell in zip(self._names, row, strict=True)}


class JsonReport(NdjsonReport):
    """One object: what it is, ``rows``, and what it ends with as ``report``."""

    def __init__(self, head: ReportHead) -> None:
        super().__init__(head)
        self._head = head
        self._any = False

    def start(self) -> str:
        columns = [{"name": one.name, "label": one.label, "kind": one.kind} for one in self._head.columns]
        said = {"title": self._head.title, "about": self._head.about, "columns": columns}
        return msgspec.json.encode(said).decode()[:-1] + ',"rows":['

    def rows(self, rows: Sequence[Row]) -> str:
        text = msgspec.json.encode([self._object(row) for row in rows]).decode()[1:-1]
        comma = "," if self._any and text else ""
        self._any = self._any or bool(text)
        return comma + text

    def end(self, end: ReportEnd) -> str:
        return '],"report":' + msgspec.json.encode(end.said).decode() + "}\n"
