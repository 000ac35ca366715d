"""Which columns the register's table shows, in which order, how wide: each browser's own choice.

The choice travels in a cookie, so that the first paint is right and nothing jumps.
"""

from typing import Final
from urllib.parse import unquote

import msgspec

from sertantai.records.columns import COLUMNS

COLUMNS_COOKIE: Final = "sertantai_columns"
WIDTH_MIN_PX, WIDTH_MAX_PX = 48, 640
COOKIE_CHARS_MAX = 1_000


class TableColumn(msgspec.Struct, frozen=True):
    """``of``: the column of the register that it shows, is called like and is sorted by.

    ``width_px`` None: the column takes the room that is left.
    """

    key: str
    of: str
    width_px: int | None
    shown: bool = True
    number: bool = False

    @property
    def label(self) -> str:
        return COLUMNS[self.of].label


ALL: Final = (
    TableColumn("family", "family", 184),
    TableColumn("title", "title_en", None),
    TableColumn("year", "year", 60, number=True),
    TableColumn("number", "number", 80, number=True),
    TableColumn("type", "type_code", 104),
    TableColumn("status", "live", 104),
    TableColumn("date", "md_date", 104, number=True),
    TableColumn("name", "name", 176, shown=False),
)
BY_KEY: Final = {column.key: column for column in ALL}
ALWAYS: Final = "title"


def parse_columns(cookie: str | None) -> list[TableColumn]:
    """The columns in the order and width of the cookie (``family:200,title,-year``: not shown), else ours.

    What is no column is left out, a column that is missing comes last: an older cookie never breaks a page.
    """
    chosen: dict[str, TableColumn] = {}
    for part in unquote(cookie or "")[:COOKIE_CHARS_MAX].split(","):
        text, _, width = part.strip().partition(":")
        column = BY_KEY.get(text.removeprefix("-"))
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
