"""Text of rows: with commas, semicolons, tabs or bars between their cells, or a line for each."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from sertantai.files.tables.gathering import Gathering, Room
from sertantai.files.tables.model import Tables

SAMPLE_ROWS: Final = 200
QUOTED_CHARS_MAX: Final = 131_072
"""Of a cell in quotes; a longer one is a quotation mark that nobody closed."""
_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LEAST_SHARE: Final = {"\t": 0.3, ";": 0.7, ",": 0.9, "|": 0.9}
"""How many of the rows must have as many cells as most: commas stand in titles, tabs do not."""
_NAMED_SHARE: Final = 0.5
"""Where the file's name says that it is of rows."""
_SAID: Final = "sep="


class _Reading(NamedTuple):
    separator: str
    share: float
    width: int


def read_separated(text: str, *, named: bool = False) -> Tables:
    """``named``: the file's name ends in .csv or .tsv, so that its lines are hardly prose."""
    gathering, told = Gathering(Room()), []
    said, rest = _said(text)
    separator = said or _guessed(rest, named)
    if separator is None:
        for line, words in enumerate(io.StringIO(rest), 1):
            gathering.add(line, [words])
            if gathering.is_full:
                break
        return Tables("lines", [gathering.table("")])
    first = 2 if said else 1
    try:
        _gather(rest, separator, first, gathering, csv.QUOTE_MINIMAL)
    except csv.Error:
        gathering = Gathering(Room())
        _gather(rest, separator, first, gathering, csv.QUOTE_NONE)
        told.append("A quotation mark is never closed, so quotation marks were read as plain text.")
    if not said and separator != "\t":
        told.append(f"The cells were taken to be separated by {_NAMES[separator]}.")
    return Tables("tsv" if separator == "\t" else "csv", [gathering.table("")], told)


def _gather(text: str, separator: str, first: int, gathering: Gathering, quoting: int) -> None:
    """Raises `csv.Error` for a quotation mark that is never closed."""
    line = first
    for cells, last in _rows(text, separator, quoting):
        gathering.add(line, cells)
        if gathering.is_full:
            break
        line = first + last


def _rows(text: str, separator: str, quoting: int = csv.QUOTE_MINIMAL) -> Iterator[tuple[list[str], int]]:
    """Each row, and how many lines are read by its end."""
    quoted = quoting != csv.QUOTE_NONE
    csv.field_size_limit(QUOTED_CHARS_MAX if quoted else len(text) + 1)
    lines = io.StringIO(text, newline="")
    # Strict would refuse a quotation mark inside a word.
    reader = csv.reader(lines, delimiter=separator, quoting=quoting, strict=False)  # type: ignore[arg-type]  # one of csv's
    for cells in reader:
        yield cells, reader.line_num


def _said(text: str) -> tuple[str | None, str]:
    """What the first line says of the separator, as Excel writes it, and the rest."""
    if text[: len(_SAID)].lower() != _SAID:
        return None, text
    first, _, rest = text.partition("\n")
    said = first.rstrip("\r")[len(_SAID) :].strip('"') or "\t"
    return (said[0], rest) if said[0] in _NAMES else (None, rest)


def _guessed(text: str, named: bool) -> str | None:
    """The separator by which most rows have as many cells; None for lines of prose."""
    readings = [found for separator in _NAMES if (found := _reading(text, separator))]
    good = [one for one in readings if one.share >= (_NAMED_SHARE if named else _LEAST_SHARE[one.separator])]
    if not good:
        return None
    # Tabs are never prose; of others, what leaves the most alike, and the most cells.
    return max(good, key=lambda one: (one.separator == "\t", one.share, one.width)).separator


def _reading(text: str, separator: str) -> _Reading | None:
    try:
        widths = Counter(len(cells) for cells, _ in islice(_rows(text, separator), SAMPLE_ROWS) if any(cells))
    except csv.Error:
        widths = Counter(line.count(separator) + 1 for line in islice(io.StringIO(text), SAMPLE_ROWS))
    rows = sum(widths.values())
    several = {width: count for width, count in widths.items() if width > 1}
    if not several or (rows < 2 and separator != "\t"):
        return None
    width = max(several, key=lambda one: (several[one], one))
    return _Reading(separator, several[width] / rows, width)
