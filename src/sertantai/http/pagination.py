"""Lists in pages: the shape of one, and its size."""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

import msgspec

from sertantai.core.cursors import LIMIT_MAX
from sertantai.core.errors import InvalidInput

LIMIT_DEFAULT: Final = 50

Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """The shape of every list: ``next_cursor`` is null on the last page."""

    items: Sequence[Item]
    next_cursor: str | None


def parse_limit(text: str | int | None, *, field: str = "limit") -> int:
    """How many items a page holds: 1 to 500, 50 where nothing is said."""
    if text is None or text == "":
        return LIMIT_DEFAULT
    try:
        limit = int(text)
    except ValueError:
        limit = 0
    if not 1 <= limit <= LIMIT_MAX:
        raise InvalidInput(
            f"{field}: {str(text)[:20]!r} is not a whole number from 1 to {LIMIT_MAX}.", field=field
        )
    return limit
