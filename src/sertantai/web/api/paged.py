"""Pages of what is in memory: from a cursor on, as many as are asked for."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.http.pagination import LIMIT_DEFAULT
from sertantai.web.query import CURSOR, LIMIT, Shape

Item = TypeVar("Item")


class PagedQuery(msgspec.Struct, frozen=True):
    cursor: str = ""
    limit: int = LIMIT_DEFAULT


PAGED: Final = Shape(PagedQuery, {"cursor": CURSOR, "limit": LIMIT})


def page_of(
    kind: str, items: Sequence[Item], id_of: Callable[[Item], UUID], query: PagedQuery
) -> tuple[Sequence[Item], str | None]:
    """The items of a page, and the cursor of the next one, if there is one. Where the item that a cursor
    names is gone, it begins where that stood."""
    start = 0
    if query.cursor:
        last, place = _read(decode_cursor(query.cursor, kind))
        start = next((at for at, item in enumerate(items, 1) if str(id_of(item)) == last), place)
    page = items[start : start + query.limit]
    if start + query.limit >= len(items):
        return page, None
    return page, encode_cursor(kind, [str(id_of(page[-1])), start + len(page) - 1])


def _read(values: Sequence[object]) -> tuple[str, int]:
    """What is not ours means the beginning."""
    last, place = (*values, "", 0)[:2]
    return str(last), max(0, place) if isinstance(place, int) else 0
