"""DOCX: its tables, and what stands outside them as a table of one column. ECMA-376, part 1 (17)."""

import re
from collections.abc import Iterator
from typing import Final

from sertantai.files.tables.archive import Archive
from sertantai.files.tables.cell_text import CellText
from sertantai.files.tables.gathering import COLUMNS_MAX, Gathering, Room
from sertantai.files.tables.model import Table, Tables
from sertantai.files.tables.relations import of_kind, relations_of
from sertantai.files.tables.xml_events import Event, xml_events

_FIELD: Final = re.compile(r'\s*HYPERLINK\s+(?:\\\S+\s+)*"([^"]*)"', re.I)
_TWICE: Final = frozenset({"Fallback"})
"""The same once more, for older programs."""


def read_docx(archive: Archive) -> Tables:
    """Raises `InvalidInput`, `TooLarge`."""
    document = of_kind(relations_of(archive), "officeDocument") or "word/document.xml"
    addresses = {
        key: target
        for key, (kind, target) in relations_of(archive, document).items()
        if kind.endswith("/hyperlink")
    }
    reader = _Reader(addresses)
    with archive.open(document) as part:
        for event in xml_events(part):
            reader.take(event)
    told = []
    if any(name.endswith("vbaProject.bin") for name in archive.names):
        told.append("The document has macros. They were not looked at and are not kept.")
    return Tables("docx", list(reader.all_tables()), told)


class _Reader:
    """A table in a cell is a part of that cell's text."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._addresses = addresses
        self._room = Room()
        self._tables: list[Table] = []
        self._outside = Gathering(self._room)
        self._table: Gathering | None = None
        self._depth = 0
        self._skipped = 0
        self._paragraphs = 0
        self._lines = 0
        self._merged = 0
        self._text = CellText()
        self._field = CellText()
        self._link: str | None = None
        self._into: CellText | None = None
        self._cells: list[str] = []
        self._links: dict[str, str] = {}
        self._span = 1
        self._goes_on = False
        self._above: list[str] = []

    def all_tables(self) -> Iterator[Table]:
        yield from self._tables
        if not self._outside.is_empty:
            yield self._outside.table("Text" if self._tables else "")

    def take(self, event: Event) -> None:
        kind, name, attributes = event
        if kind == "text":
            if self._into is not None:
                self._into.add(name)
        elif name in _TWICE:
            self._skipped += 1 if kind == "start" else -1
        elif self._skipped:
            return
        elif kind == "start":
            self._start(name, attributes)
        else:
            self._end(name)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "t":
                self._into = self._text
            case "instrText":
                self._into = self._field
            case "p" if self._table is not None:
                self._text.new_line()
            case "br" | "cr":
                self._text.new_line()
            case "tab" | "noBreakHyphen":
                self._text.add(" " if name == "tab" else "-")
            case "hyperlink":
                self._link = self._link or self._addresses.get(attributes.get("id", ""))
            case _:
                self._start_of_table(name, attributes)

    def _start_of_table(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "gridSpan":
                self._span = _count(attributes)
            case "vMerge":
                self._goes_on = attributes.get("val", "continue") == "continue"
            case "tbl":
                self._depth += 1
                if self._depth == 1:
                    self._table = Gathering(self._room)
                    self._lines, self._merged, self._above = 0, 0, []
            case "tr" if self._depth == 1:
                self._lines += 1
                self._cells, self._links = [], {}
            case "tc" if self._depth == 1:
                self._begin_text()

    def _end(self, name: str) -> None:
        match name:
            case "t":
                self._into = None
            case "instrText":
                self._into = None
                found = _FIELD.match(self._field.taken())
                if found and self._link is None:
                    self._link = found.group(1)
            case "p" if self._table is None:
                self._paragraphs += 1
                links = {"0": self._link} if self._link else {}
                self._outside.add(self._paragraphs, [self._text.taken()], links)
                self._begin_text()
            case "tc" if self._depth == 1:
                self._end_cell()
            case "tr" if self._depth == 1 and self._table is not None:
                self._table.add(self._lines, self._cells, self._links)
                self._above = self._cells
            case "tbl":
                self._depth -= 1
                if self._depth == 0 and self._table is not None:
                    self._end_table(self._table)

    def _begin_text(self) -> None:
        self._text.taken()
        self._link, self._span, self._goes_on = None, 1, False

    def _end_cell(self) -> None:
        text, at = self._text.taken(), len(self._cells)
        if self._goes_on and not text and at < len(self._above):
            text = self._above[at]
            self._merged += 1
        elif self._span > 1 and text:
            self._merged += 1
        if self._link:
            self._links[str(at)] = self._link
        # One beyond the bound tells that there are too many.
        self._cells.extend([text] * min(self._span, max(0, COLUMNS_MAX + 1 - at)))
        self._begin_text()

    def _end_table(self, table: Gathering) -> None:
        self._table = None
        self._begin_text()
        table.repeated(self._merged)
        if not table.is_empty and self._room.tables > 1:
            self._tables.append(table.table(f"Table {len(self._tables) + 1}"))
        elif not table.is_empty:
            self._outside.tell(f"Only the first {len(self._tables)} tables were read.")


def _count(attributes: dict[str, str]) -> int:
    text = attributes.get("val", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1
