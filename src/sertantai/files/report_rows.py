"""What a report is made of: columns, rows of plain values, and what it ends with. Pure."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

import msgspec

Cell: TypeAlias = str | int | date | datetime | None
Row: TypeAlias = tuple[Cell, ...]
Plain: TypeAlias = str | int | None


class Kind(StrEnum):
    """What a column holds where it holds anything."""

    TEXT = "text"
    WHOLE = "whole"
    DAY = "day"
    MOMENT = "moment"


TYPES: Final[dict[Kind, type]] = {
    Kind.TEXT: str,
    Kind.WHOLE: int,
    Kind.DAY: date,
    Kind.MOMENT: datetime,
}


class Column(msgspec.Struct, frozen=True):
    """``name`` is for programs, ``label`` for people. ``personal``: only for who may see from where something
    was done. ``width``: in characters, where a format wants to know."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    personal: bool = False
    width: int = 18


class ReportHead(msgspec.Struct, frozen=True):
    """What stands before the rows. ``chart`` is an SVG, for formats that show one; ``lead``: what the report
    says, and what it does not."""

    title: str
    about: str
    lead: tuple[str, ...]
    columns: tuple[Column, ...]
    made_at: datetime
    chart: str = ""


class ReportEnd(msgspec.Struct, frozen=True):
    """What stands behind the rows: for people line by line, for programs by name."""

    lines: tuple[tuple[str, str], ...]
    said: dict[str, Any]


def plain(cell: Cell) -> Plain:
    """A cell as JSON has it: a moment in UTC to the microsecond, which is what PostgreSQL keeps."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return cell.isoformat() if isinstance(cell, date) else cell


def typed(column: Column, cell: Plain) -> Cell:
    """What `plain` was made of."""
    if cell is None or column.kind in (Kind.TEXT, Kind.WHOLE):
        return cell
    if column.kind is Kind.DAY:
        return date.fromisoformat(str(cell))
    return datetime.fromisoformat(str(cell))
