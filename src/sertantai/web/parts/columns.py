"""Which columns the register's table shows, in which order, how wide: each browser's own choice.

The choice travels in a cookie, so that the first paint is right and nothing jumps.
"""

from typing import Final
from urllib.parse import unquote

import msgspec

COLUMNS_COOKIE: Final = "sertantai_columns"
WIDTH_MIN_PX, WIDTH_MAX_PX = 48, 640
COOKIE_CHARS_MAX = 1_000


class TableColumn(msgspec.Struct, frozen=True):
    """``width_px`` None: the column takes the room that is left. ``sort`` is what its heading sorts by."""

    key: str
    label: str
    width_px: int | None
    sort: str | None = None
    shown: bool = True
    number: bool = False


ALL: Final = (
    TableColumn("family", "Family", 184, "family"),
    TableColumn("title", "Title", None, "title_en"),
    TableColumn("year", "Year", 60, "year", number=True),
    TableColumn("number", "Number", 80, "number", number=True),
    TableColumn("type", "Type", 104, "type_code"),
    TableColumn("status", "Status", 104, "live"),
    TableColumn("date", "Date", 104, "md_date", number=True),
    TableColumn("name", "Name", 176, "name", shown=False),
)
_BY_KEY: Final = {column.key: column for column in ALL}
ALWAYS: Final = "title"


def parse_columns(cookie: str | None) -> list[TableColumn]:
    """The columns in the order and width of the cookie (``family:200,title,-year``: not shown), else ours.

    What is no column is left out, a column that is missing comes last: an older cookie never breaks a page.
    """
    chosen: dict[str, TableColumn] = {}
    for part in unquote(cookie or "")[:COOKIE_CHARS_MAX].split(","):
        text, _, width = part.strip().partition(":")
        column = _BY_KEY.get(text.removeprefix("-"))
        if column is not None and column.key not in chosen:
            shown = not text.startswith("-") or column.key == ALWAYS
            chosen[column.key] = msgspec.structs.replace(column, shown=shown, width_px=_width(width, column))
    rest = [column for column in ALL if column.key not in chosen]
    return [*chosen.values(), *rest]


def columns_text(columns: list[TableColumn]) -> str:
    """What `parse_columns` reads."""
    return ",".join(
        f"{'' if column.shown else '-'}{column.key}{f':{column.width_px}' if column.width_px else ''}"
        for column in columns
    )


def _width(text: str, column: TableColumn) -> int | None:
    if column.width_px is None or not text.isdecimal() or len(text) > 4:
        return column.width_px
    return min(max(int(text), WIDTH_MIN_PX), WIDTH_MAX_PX)
