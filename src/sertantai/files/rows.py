"""What an export is made of."""

from datetime import date, datetime
from typing import Any, Final, get_args
from uuid import UUID

import msgspec


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A law, and what its owner added to it. The last seven are None in an export that is not of a list.

    A name before them is that of a column that the register keeps in memory; all of the table's are here.
    """

    id: UUID
    name: str
    title_en: str | None = None
    year: int | None = None
    number: str | None = None
    type_code: str | None = None
    family: str | None = None
    family_ii: str | None = None
    live: str | None = None
    md_date: date | None = None
    leg_gov_uk_url: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    order: int | None = None
    selected_at: datetime | None = None
    source: str | None = None
    responsible: str | None = None
    review_on: date | None = None


class ExportedException(msgspec.Struct, frozen=True):
    """A law that a live list holds (``always``), or does not hold, whatever its filter says."""

    id: UUID
    name: str
    always: bool
    at: datetime


class ExportMeta(msgspec.Struct, frozen=True):
    """What the rows are: the name of the list or view, when they were read, and what a smart list follows.
    ``head``: the newest of the sealed log, in words, where the file has a last line for it."""

    title: str
    made_at: datetime
    group_id: UUID | None = None
    version: int | None = None
    filter: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    frozen: bool | msgspec.UnsetType = msgspec.UNSET
    exceptions: tuple[ExportedException, ...] | msgspec.UnsetType = msgspec.UNSET
    head: str | msgspec.UnsetType = msgspec.UNSET


COLUMNS: Final[tuple[str, ...]] = ExportRow.__struct_fields__
TYPES: Final[dict[str, type]] = {
    field.name: next(kind for kind in (*get_args(field.type), field.type) if kind is not type(None))
    for field in msgspec.structs.fields(ExportRow)
}
"""What a column holds where it holds anything."""
WIDTHS: Final = {
    "id": 12,
    "name": 26,
    "title_en": 70,
    "year": 7,
    "number": 9,
    "type_code": 9,
    "family": 34,
    "family_ii": 24,
    "live": 18,
    "leg_gov_uk_url": 50,
    "note": 40,
    "tags": 24,
    "responsible": 24,
}
"""In characters, in a spreadsheet; others are as wide as what they hold usually is."""
TAG_SEPARATOR: Final = ";"


def tags_text(tags: tuple[str, ...]) -> str:
    """Tags in one cell. Tags hold no semicolon."""
    return TAG_SEPARATOR.join(tags)
