"""Numbers of a workbook as they are shown: dates in ISO 8601, percentages, leading zeros, places.

Format codes are laid down in ECMA-376, part 1, 18.8.31; the numbers of the built-in ones in 18.8.30.
"""

import re
from datetime import date, timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple


class Shape(Enum):
    GENERAL = auto()
    DATE = auto()
    TIME = auto()
    DURATION = auto()
    PERCENT = auto()
    PLACES = auto()
    ZEROS = auto()


class NumberFormat(NamedTuple):
    """``places`` are those behind the point; of `Shape.ZEROS`, the digits at least."""

    shape: Shape
    places: int = 0


GENERAL: Final = NumberFormat(Shape.GENERAL)
_BUILT_IN: Final = {
    2: "0.00",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), *range(56, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47, 55), "hh:mm"),
    46: "[h]:mm:ss",
}
_IGNORED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)
_PLACES: Final = re.compile(r"\.(0+)")
_ZEROS: Final = re.compile(r"0{2,}")
_EPOCH: Final = date(1899, 12, 30)
_EPOCH_1904: Final = date(1904, 1, 1)
_LAST_DAY: Final = 2_958_466
"""One beyond 9999-12-31."""
_LEAP_BUG_DAY: Final = 60
"""Spreadsheets count a 29 February 1900, which never was."""


@lru_cache(maxsize=1_000)
def number_format(code: str) -> NumberFormat:
    """What a format code makes of a number."""
    plain = _IGNORED.sub("", code.split(";")[0]).strip().lower()
    if plain.startswith("["):
        return NumberFormat(Shape.DURATION)
    if "general" in plain or not plain:
        return GENERAL
    if "d" in plain or "y" in plain:
        return NumberFormat(Shape.DATE)
    if "h" in plain or "s" in plain:
        return NumberFormat(Shape.TIME)
    if "m" in plain:
        return NumberFormat(Shape.DATE)
    places = _PLACES.search(plain)
    count = len(places.group(1)) if places else 0
    if "%" in plain:
        return NumberFormat(Shape.PERCENT, count)
    if "e" in plain or "?" in plain:
        return GENERAL
    if places:
        return NumberFormat(Shape.PLACES, count)
    return NumberFormat(Shape.ZEROS, len(plain)) if _ZEROS.fullmatch(plain) else GENERAL


def built_in(number: int) -> NumberFormat:
    code = _BUILT_IN.get(number)
    return GENERAL if code is None else number_format(code)


def shown(text: str, format_: NumberFormat, *, since_1904: bool) -> str:
    """The number in ``text`` as it is shown; what is no number stays as it is."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not abs(number) < 1e300:
        return text
    match format_.shape:
        case Shape.GENERAL:
            return _plain(number)
        case Shape.PERCENT:
            return f"{number * 100:.{format_.places}f}%"
        case Shape.PLACES:
            return f"{number:.{min(format_.places, 15)}f}"
        case Shape.ZEROS:
            return f"{round(number):0{min(format_.places, 15)}d}"
        case Shape.DURATION:
            minutes, seconds = divmod(round(number * 86_400), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case Shape.DATE | Shape.TIME:
            return _moment(number, format_.shape, since_1904) or _plain(number)


def _plain(number: float) -> str:
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def _moment(number: float, shape: Shape, since_1904: bool) -> str | None:
    """None for what no date is."""
    if not 0 <= number < _LAST_DAY - (1_462 if since_1904 else 0):
        return None
    if not since_1904 and 0 < number < _LEAP_BUG_DAY:
        number += 1
    days, seconds = divmod(round(number * 86_400), 86_400)
    day = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(days=days)
    time = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if shape is Shape.TIME and days <= 1:
        return time
    return f"{day.isoformat()}T{time}" if seconds else day.isoformat()
