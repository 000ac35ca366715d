"""XLSX and XLSM, read part by part as a stream: all sheets, with what they show and what they hide.

The format is ECMA-376, part 1 (18 for sheets). What is told of a sheet, its hidden rows, merged cells and
addresses, a library has only with the whole workbook in memory, or not at all; and none has our bounds.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.files.tables.archive import DAMAGED, Archive
from sertantai.files.tables.cell_text import CellText
from sertantai.files.tables.gathering import Gathering, Room
from sertantai.files.tables.model import Table, Tables
from sertantai.files.tables.number_formats import NumberFormat, built_in, number_format
from sertantai.files.tables.relations import Relations, of_kind, relations_of
from sertantai.files.tables.sheet import Known, read_sheet, unescaped
from sertantai.files.tables.xml_events import Event, xml_events

SHARED_TEXTS_MAX: Final = 1_000_000


class _Sheet(NamedTuple):
    name: str
    is_hidden: bool
    part: str


def read_xlsx(archive: Archive) -> Tables:
    """Raises `InvalidInput`, `TooLarge`."""
    book = of_kind(relations_of(archive), "officeDocument") or "xl/workbook.xml"
    relations = relations_of(archive, book)
    sheets, since_1904 = _sheets(archive, book, relations)
    known = Known(
        _shared_texts(archive, of_kind(relations, "sharedStrings")),
        _formats(archive, of_kind(relations, "styles")),
        since_1904=since_1904,
    )
    room = Room()
    told: list[str] = []
    tables: list[Table] = []
    if any(name.endswith("vbaProject.bin") for name in archive.names):
        told.append("The workbook has macros. They were not looked at and are not kept.")
    for sheet in sheets:
        if room.tables <= 0:
            told.append(f"Only the first {len(tables)} of {len(sheets)} sheets were read.")
            break
        tables.append(_table(archive, sheet, known, room))
    return Tables("xlsx", tables, told)


def _table(archive: Archive, sheet: _Sheet, known: Known, room: Room) -> Table:
    gathering = Gathering(room)
    if sheet.is_hidden:
        gathering.tell("This sheet is hidden in the workbook.")
    addresses = {
        key: target
        for key, (kind, target) in relations_of(archive, sheet.part).items()
        if kind.endswith("/hyperlink")
    }
    with archive.open(sheet.part) as part:
        read_sheet(xml_events(part), known, addresses, gathering)
    return gathering.table(sheet.name)


def _sheets(archive: Archive, book: str, relations: Relations) -> tuple[list[_Sheet], bool]:
    """All sheets of cells, in their order, and whether days are counted from 1904."""
    sheets, since_1904 = [], False
    with archive.open(book) as part:
        for kind, name, attributes in xml_events(part):
            if kind != "start":
                continue
            if name == "workbookPr":
                since_1904 = attributes.get("date1904") in ("1", "true")
            elif name == "sheet":
                type_, target = relations.get(attributes.get("id", ""), ("", ""))
                if type_.endswith("/worksheet") and target in archive:
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(_Sheet(attributes.get("name", ""), hidden, target))
    if not sheets:
        raise InvalidInput(DAMAGED, field="file")
    return sheets, since_1904


def _shared_texts(archive: Archive, part: str | None) -> list[str]:
    if part is None or part not in archive:
        return []
    with archive.open(part) as raw:
        return list(_items(xml_events(raw)))


def _items(events: Iterator[Event]) -> Iterator[str]:
    """The text of each item; what is written in several fonts is one text, how it is read aloud is none."""
    text, in_text, in_reading, count = CellText(), False, False, 0
    for kind, value, _ in events:
        if kind == "text":
            if in_text and not in_reading:
                text.add(value)
        elif value == "t":
            in_text = kind == "start"
        elif value == "rPh":
            in_reading = kind == "start"
        elif value == "si" and kind == "end":
            count += 1
            if count > SHARED_TEXTS_MAX:
                raise TooLarge(
                    f"The workbook has more than {SHARED_TEXTS_MAX:,} different texts. "
                    "Copy the rows that you need into a new one.",
                    field="file",
                )
            yield unescaped(text.taken())


def _formats(archive: Archive, part: str | None) -> list[NumberFormat]:
    """How each style of a cell shows numbers."""
    if part is None or part not in archive:
        return []
    own: dict[int, NumberFormat] = {}
    formats: list[NumberFormat] = []
    in_cells = False
    with archive.open(part) as raw:
        for kind, name, attributes in xml_events(raw):
            if name == "cellXfs":
                in_cells = kind == "start"
            elif kind != "start":
                continue
            elif name == "numFmt":
                own[_number(attributes, "numFmtId")] = number_format(attributes.get("formatCode", ""))
            elif name == "xf" and in_cells:
                number = _number(attributes, "numFmtId")
                formats.append(own[number] if number in own else built_in(number))
    return formats


def _number(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
