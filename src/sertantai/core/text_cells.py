"""Cells of a CSV that no spreadsheet takes for a formula, and the way back.

A cell that begins with one of ``= + - @`` (also in their full-width forms), a tab, a carriage return or a new
line is run as a formula by spreadsheets that open a CSV
(https://owasp.org/www-community/attacks/CSV_Injection). It gets an apostrophe in front, which makes it text.
A spreadsheet that takes semicolons or tabs for separators also sees cells inside of a cell: there an
apostrophe goes before what would begin one. Where an apostrophe stands already, another goes before it, so
that `plain` always finds what was there.
"""

import re
from typing import Final

_FORMULA: Final = "=+\\-@＝＋－＠"  # the full-width forms, on purpose
_MAY_CONCERN: Final = re.compile(rf"^['{_FORMULA}\t\r\n]|[;\t\r\n]")
_UNGUARDED: Final = re.compile(rf"^(?='*[{_FORMULA}\t\r\n])|(?<=[;\t\r\n])(?='*[{_FORMULA}])")
_GUARDED: Final = re.compile(rf"^'(?='*[{_FORMULA}\t\r\n])|(?<=[;\t\r\n])'(?='*[{_FORMULA}])")


def guarded(text: str) -> str:
    """The text as a cell of a CSV."""
    return _UNGUARDED.sub("'", text) if _MAY_CONCERN.search(text) else text


def plain(cell: str) -> str:
    """The text of a cell that `guarded` made; what import reads."""
    return _GUARDED.sub("", cell) if _MAY_CONCERN.search(cell) else cell
