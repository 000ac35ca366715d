"""From a row of a file to the row that is staged in PostgreSQL, or the reason why not."""

from collections.abc import Sequence
from typing import Any

from sertantai.core.errors import InvalidInput
from sertantai.core.search_terms import search_terms
from sertantai.records.columns import COLUMNS, MANAGED, REQUIRED, RowRejected, check_json, number_int

COLUMNS_MAX = 500
COLUMN_NAME_CHARS_MAX = 100

_NAME, _TITLE = 0, 1


StagedRow = tuple[Any, ...]
"""Values in the order of `Staging.columns`; the first is the line, which is no column of the register."""


class Staging:
    """How the rows of one file are staged: its columns are found by name, in any order.

    ``columns`` are those of the staging table, in the order of the tuples that `row` makes.
    """

    def __init__(self, header: Sequence[str]) -> None:
        names = _checked(header)
        known = [name for name in names if name in COLUMNS]
        self.written = [*REQUIRED, *(name for name in known if name not in REQUIRED)]
        self.unknown = [name for name in names if name not in COLUMNS and name not in MANAGED]
        self.ignored = [name for name in names if name in MANAGED]
        self.width = len(names)
        self._parsers = [(names.index(name), COLUMNS[name].parse) for name in self.written]
        self._extras = [(names.index(name), name) for name in self.unknown]
        self._number = self.written.index("number") if "number" in self.written else None
        self._seen: set[int] = set()

    @property
    def columns(self) -> list[str]:
        return ["line", "search_terms", "number_int", "extra", *self.written]

    def row(self, line: int, values: Sequence[Any]) -> StagedRow:
        """The staged row, or `RowRejected`."""
        if len(values) != self.width:
            raise RowRejected(f"{len(values)} columns where the header has {self.width}")
        _check_text(values)
        parsed = [parse(values[index]) for index, parse in self._parsers]
        name, title = parsed[_NAME], parsed[_TITLE]
        if name is None:
            raise RowRejected("name is missing")
        if title is None:
            raise RowRejected("title_en is missing")
        self._refuse_second(name)
        number = parsed[self._number] if self._number is not None else None
        terms = " ".join(dict.fromkeys(search_terms(f"{title} {name} {number or ''}")))
        extra = {column: values[index] or None for index, column in self._extras} if self._extras else {}
        return (line, terms, number_int(number), extra, *parsed)

    def _refuse_second(self, name: str) -> None:
        # 64-bit hashes instead of the names: a tenth of the memory, and two of a million names
        # share one once in ten million files.
        key = hash(name)
        if key in self._seen:
            raise RowRejected(f"name: {name!r} is in the file more than once; the first one was used")
        self._seen.add(key)


def _checked(header: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    shown = ", ".join(names)[:300]
    for required in REQUIRED:
        if required not in names:
            raise InvalidInput(
                f"The file has no column {required!r}. Its columns are: {shown}", field=required
            )
    if len(names) > COLUMNS_MAX or any(len(name) > COLUMN_NAME_CHARS_MAX for name in names):
        raise InvalidInput(f"The file has more than {COLUMNS_MAX} columns, or very long names: {shown}")
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InvalidInput(f"Columns that are in the header twice: {', '.join(sorted(repeated))}")
    return names


def _check_text(values: Sequence[Any]) -> None:
    try:
        text = "\n".join(values)
    except TypeError:  # from JSON: not only texts
        check_json(values)
        return
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            near = text[max(0, error.start - 20) : error.start]
            raise RowRejected(f"bad encoding: not UTF-8 near {near!r}") from None
    if "\0" in text:
        raise RowRejected("it holds a NUL character")
