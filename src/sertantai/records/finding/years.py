"""Years as people write them in short."""

from typing import Final

CENTURY_TURNS: Final = 50
"""IRR99 is of 1999, IRR17 of 2017."""


def year_of(digits: str) -> int:
    """The year that two digits stand for, or four."""
    year = int(digits)
    return year if year >= 100 else year + (1900 if year >= CENTURY_TURNS else 2000)


def is_year(word: str) -> bool:
    """Of a folded word."""
    return len(word) == 4 and word.isascii() and word.isdigit() and "1200" <= word <= "2100"
