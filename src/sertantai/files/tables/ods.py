"""ODS, from its content as a stream. The format is OpenDocument 1.3, part 3 (9 for tables)."""

from collections.abc import Iterator
from typing import Final

from sertantai.core.errors import InvalidInput
from sertantai.files.tables.archive import PROTECTED, Archive
from sertantai.files.tables.cell_text import CellText
from sertantai.files.tables.gathering import COLUMNS_MAX, ROWS_MAX, Gathering, Room, Span
from sertantai.files.tables.model import Table, Tables
from sertantai.files.tables.sheet import SPANS_MAX
from sertantai.files.tables.xml_events import Event, xml_events

_CONTENT: Final = "content.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
_NOT_SHOWN: Final = frozenset({"annotation", "shapes", "tracked-changes"})
_CELLS: Final = frozenset({"table-cell", "covered-table-cell"})


def read_ods(archive: Archive) -> Tables:
    """Raises `InvalidInput`, `TooLarge`."""
    if _MANIFEST in archive:
        with archive.open(_MANIFEST) as part:
            if any(kind == "start" and name == "encryption-data" for kind, name, _ in xml_events(part)):
                raise InvalidInput(PROTECTED, field="file")
    told = ["The file has macros. They were not looked at and are not kept."] if _has_macros(archive) else []
    with archive.open(_CONTENT) as part:
        reader = _Reader(xml_events(part))
        tables = list(reader.tables())
    if reader.left_out:
        told.append(f"Only the first {len(tables)} sheets were read.")
    return Tables("ods", tables, told)


def _has_macros(archive: Archive) -> bool:
    return any(name.startswith(("Basic/", "Scripts/")) and name[-1] != "/" for name in archive.names)


class _Reader:
    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._room = Room()
        self._hidden_styles: set[str] = set()
        self.left_out = False

    def tables(self) -> Iterator[Table]:
        style = ""
        for kind, name, attributes in self._events:
            if kind != "start":
                continue
            if name == "style":
                style = attributes.get("name", "")
            elif name == "table-properties" and attributes.get("display") == "false":
                self._hidden_styles.add(style)
            elif name == "table":
                if self._room.tables <= 0:
                    self.left_out = True
                    return
                yield self._table(attributes)

    def _table(self, given: dict[str, str]) -> Table:
        gathering = Gathering(self._room)
        if given.get("style-name", "") in self._hidden_styles:
            gathering.tell("This sheet is hidden in the file.")
        sheet = _Sheet(gathering)
        for kind, name, attributes in self._events:
            if kind == "end" and name == "table":
                break
            if kind != "start":
                continue
            if name in _NOT_SHOWN:
                _skip(self._events, name)
            elif name == "table-column":
                sheet.column(attributes)
            elif name == "table-row":
                sheet.row(attributes, self._events)
                if gathering.is_full:
                    _skip(self._events, "table")
                    break
        gathering.beyond(sheet.beyond)
        gathering.merge(sheet.spans)
        return gathering.table(given.get("name", ""))


class _Sheet:
    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._line = 1
        self._columns = 0
        self.spans: list[Span] = []
        self.beyond = 0

    def column(self, attributes: dict[str, str]) -> None:
        count = _count(attributes, "number-columns-repeated")
        if attributes.get("visibility", "visible") != "visible":
            self._gathering.hide_columns(range(self._columns, min(self._columns + count, COLUMNS_MAX)))
        self._columns += count

    def row(self, given: dict[str, str], events: Iterator[Event]) -> None:
        cells: list[str] = []
        links: dict[str, str] = {}
        width = 0
        for kind, name, attributes in events:
            if kind == "end" and name == "table-row":
                break
            if kind != "start" or name not in _CELLS:
                continue
            text, link = _cell(attributes, events, name)
            count = _count(attributes, "number-columns-repeated")
            if "formula" in attributes and "value-type" not in attributes:
                self._gathering.without_value()
            if text:
                self._span(attributes, width)
                if link:
                    links[str(width)] = link
                if width + count > COLUMNS_MAX:
                    self.beyond = max(self.beyond, width + count)
                cells.extend([""] * (min(width, COLUMNS_MAX) - len(cells)))
                cells.extend([text] * min(count, COLUMNS_MAX - len(cells)))
            width += count
        repeated = _count(given, "number-rows-repeated")
        hidden = given.get("visibility", "visible") != "visible"
        if any(cells):
            for line in range(self._line, self._line + min(repeated, ROWS_MAX + 1)):
                self._gathering.add(line, cells, links, hidden=hidden)
        self._line += repeated

    def _span(self, attributes: dict[str, str], column: int) -> None:
        rows = _count(attributes, "number-rows-spanned")
        columns = _count(attributes, "number-columns-spanned")
        if (rows > 1 or columns > 1) and len(self.spans) < SPANS_MAX:
            self.spans.append(Span(self._line, self._line + rows - 1, column, column + columns - 1))


class _Cell:
    """What one shows, and the first address in it."""

    def __init__(self) -> None:
        self.text = CellText()
        self.link: str | None = None
        self._paragraphs = 0

    def take(self, kind: str, name: str, attributes: dict[str, str]) -> None:
        if kind == "text":
            if self._paragraphs:
                self.text.add(name)
        elif kind == "end":
            self._paragraphs -= name == "p"
        elif name == "p":
            self.text.new_line()
            self._paragraphs += 1
        elif name == "a":
            self.link = self.link or attributes.get("href")
        elif name in ("s", "tab"):
            self.text.add(" " * min(_count(attributes, "c"), COLUMNS_MAX))
        elif name == "line-break":
            self.text.new_line()


def _cell(given: dict[str, str], events: Iterator[Event], ends: str) -> tuple[str, str | None]:
    """What it shows, a date in ISO 8601; and the first address in it."""
    cell = _Cell()
    for kind, name, attributes in events:
        if kind == "start" and name in _NOT_SHOWN:
            _skip(events, name)
        elif kind == "end" and name == ends:
            break
        else:
            cell.take(kind, name, attributes)
    shown = cell.text.taken()
    if given.get("value-type") == "date" and "date-value" in given:
        return given["date-value"].removesuffix("T00:00:00"), cell.link
    return shown, cell.link


def _skip(events: Iterator[Event], name: str) -> None:
    """To the end of what has just begun."""
    depth = 1
    for kind, other, _ in events:
        if other == name and kind != "text":
            depth += 1 if kind == "start" else -1
            if not depth:
                return


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 8 else 1
