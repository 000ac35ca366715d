"""Cells that no spreadsheet takes for a formula, and the way back.

A cell that begins with one of ``= + - @``, a tab or a carriage return is run as a formula by spreadsheets
that open a CSV (https://owasp.org/www-community/attacks/CSV_Injection). It gets an apostrophe in front, which
makes it text. A cell that begins with an apostrophe before one of these gets another, so that `plain` always
finds what was there.
"""

import re
from typing import Final

_SUSPECT: Final = frozenset("'=+-@\t\r")
_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")


def guarded(text: str) -> str:
    """The text as a cell of a CSV."""
    if text[:1] not in _SUSPECT:  # nearly always
        return text
    return f"'{text}" if _DANGEROUS.match(text) else text


def plain(cell: str) -> str:
    """The text of a cell that `guarded` made; what import reads."""
    return cell[1:] if _GUARDED.match(cell) else cell
