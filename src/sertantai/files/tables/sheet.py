"""One sheet of an XLSX file, from its XML: rows, what is hidden, merged cells, addresses behind cells."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sertantai.files.tables.cell_text import CellText
from sertantai.files.tables.gathering import COLUMNS_MAX, Gathering, Span
from sertantai.files.tables.number_formats import GENERAL, NumberFormat, shown
from sertantai.files.tables.xml_events import Event

SPANS_MAX: Final = 20_000
"""Merged cells of a sheet; more are not filled."""
LINKS_MAX: Final = 100_000
"""Addresses of a sheet; more are not read."""
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_HYPERLINK: Final = re.compile(r'\s*HYPERLINK\s*\(\s*"([^"]*)"', re.I)


class Known(NamedTuple):
    """Of the workbook: its shared texts, what each style shows of a number, when its days begin."""

    texts: list[str]
    formats: list[NumberFormat]
    since_1904: bool


class _Cell:
    """The one that is being read."""

    def __init__(self) -> None:
        self.column = 0
        self.type = "n"
        self.style = 0
        self.value = CellText()
        self.formula = CellText()
        self.has_formula = False
        self.has_value = False


class _Sheet:
    def __init__(self, known: Known, addresses: dict[str, str], gathering: Gathering) -> None:
        self._known = known
        self._addresses = addresses
        self._gathering = gathering
        self._line = 0
        self._hidden = False
        self._cells: list[str] = []
        self._links: dict[str, str] = {}
        self._cell = _Cell()
        self._next_column = 0
        self._into: CellText | None = None
        self._in_reading = False
        self.spans: list[Span] = []
        self.links: list[tuple[Span, str]] = []
        self.beyond = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "c":
                self._begin_cell(attributes)
            case "v":
                self._into, self._cell.has_value = self._cell.value, True
            case "t":
                self._into, self._cell.has_value = self._cell.value, True
            case "f":
                self._into, self._cell.has_formula = self._cell.formula, True
            case "row":
                given = attributes.get("r", "")
                self._line = int(given) if given.isdecimal() and len(given) < 9 else self._line + 1
                self._hidden = attributes.get("hidden") in ("1", "true")
                self._cells, self._links, self._next_column = [], {}, 0
            case "rPh":
                self._in_reading = True
            case "col" if attributes.get("hidden") in ("1", "true"):
                first, last = _whole(attributes.get("min")), _whole(attributes.get("max"))
                self._gathering.hide_columns(range(max(0, first - 1), min(last, COLUMNS_MAX)))
            case "mergeCell" if len(self.spans) < SPANS_MAX:
                self.spans.extend(_spans(attributes.get("ref", "")))
            case "hyperlink":
                self._link(attributes)

    def end(self, name: str) -> None:
        match name:
            case "c":
                self._end_cell()
            case "v" | "t" | "f":
                self._into = None
            case "rPh":
                self._in_reading = False
            case "row":
                self._gathering.add(self._line, self._cells, self._links, hidden=self._hidden)

    def text(self, text: str) -> None:
        if self._into is not None and not self._in_reading:
            self._into.add(text)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        cell = self._cell
        reference = _REFERENCE.fullmatch(attributes.get("r", ""))
        cell.column = _column(reference.group(1)) if reference else self._next_column
        self._next_column = cell.column + 1
        cell.type = attributes.get("t", "n")
        cell.style = _whole(attributes.get("s"))
        cell.has_formula = cell.has_value = False

    def _end_cell(self) -> None:
        cell = self._cell
        value, formula = cell.value.taken(), cell.formula.taken()
        if cell.column >= COLUMNS_MAX:
            if value:
                self.beyond = max(self.beyond, cell.column + 1)
            return
        if cell.has_formula and not (cell.has_value and (value or cell.type == "str")):
            self._gathering.without_value()
        if len(self._cells) <= cell.column:
            self._cells.extend([""] * (cell.column + 1 - len(self._cells)))
        self._cells[cell.column] = self._shown(value)
        if formula and (found := _HYPERLINK.match(formula)):
            self._links[str(cell.column)] = found.group(1)

    def _shown(self, value: str) -> str:
        match self._cell.type:
            case "s":
                at = int(value) if value.isdecimal() and len(value) < 9 else -1
                return self._known.texts[at] if 0 <= at < len(self._known.texts) else ""
            case "n":
                style, formats = self._cell.style, self._known.formats
                format_ = formats[style] if style < len(formats) else GENERAL
                return shown(value, format_, since_1904=self._known.since_1904) if value else ""
            case "b":
                return {"1": "TRUE", "0": "FALSE"}.get(value, value)
            case "d":
                return value.removesuffix("T00:00:00")
            case _:
                return unescaped(value)

    def _link(self, attributes: dict[str, str]) -> None:
        address = self._addresses.get(attributes.get("id", ""))
        if address is not None and len(self.links) < LINKS_MAX:
            mark = attributes.get("location")
            whole = f"{address}#{mark}" if mark else address
            self.links.extend((span, whole) for span in _spans(attributes.get("ref", "")))


def read_sheet(
    events: Iterator[Event], known: Known, addresses: dict[str, str], gathering: Gathering
) -> None:
    """``addresses`` are those that the sheet refers to, by their ids."""
    sheet = _Sheet(known, addresses, gathering)
    for kind, value, attributes in events:
        if kind == "text":
            sheet.text(value)
        elif kind == "start":
            sheet.start(value, attributes)
        else:
            sheet.end(value)
            if gathering.is_full:
                break
    gathering.beyond(sheet.beyond)
    gathering.link(sheet.links)
    gathering.merge(sheet.spans)


def _spans(reference: str) -> list[Span]:
    """One, or none for what is no reference such as "A1:C3"."""
    first, _, last = reference.partition(":")
    start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if start is None or end is None:
        return []
    return [Span(int(start.group(2)), int(end.group(2)), _column(start.group(1)), _column(end.group(1)))]


def unescaped(text: str) -> str:
    """Characters that XML does not take are written as ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
