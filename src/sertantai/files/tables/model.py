"""What is read out of a file or a text that somebody brings: tables of plain text, and what is told of it."""

import msgspec


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row as a person sees it.

    ``line`` is where it stood in its sheet or text, from 1. ``cells`` are plain text: dates as ISO 8601,
    numbers as they are shown, formulas' values; a line break in a cell is "\\n". ``links`` holds the address
    behind a cell by its column's place as text, "0" for the first.
    """

    line: int
    cells: list[str]
    links: dict[str, str] = {}


class Table(msgspec.Struct, frozen=True):
    """``name`` is a sheet's own, or "Table 2", or "" for a text.

    ``rows`` begin and end with one that is not empty, and have as many cells each. ``told`` has a sentence
    for each thing that the rows do not show: merged cells, hidden rows, formulas without values, what was
    cut.
    """

    name: str
    rows: list[Row]
    told: list[str] = []


class Tables(msgspec.Struct, frozen=True):
    """``kind`` is "xlsx", "ods", "docx", "html", "csv", "tsv", "lines", "markdown", "json", "ndjson" or
    "parquet".

    ``told`` is of the file as a whole: the encoding and the separator that were assumed, macros that were not
    looked at.
    """

    kind: str
    tables: list[Table]
    told: list[str] = []
