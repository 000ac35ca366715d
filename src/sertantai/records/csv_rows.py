"""Rows of a CSV file, one broken row never taking its neighbours with it."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import TextIO, cast

from sertantai.core.errors import InvalidInput
from sertantai.records.columns import REQUIRED
from sertantai.records.sources import RAW_TEXT_CHARS_MAX, Source, SourceRow

FIELD_CHARS_MAX = 131_072
DELIMITERS = (",", ";", "\t")
REREAD_LINES_MAX = 100_000
"""Lines read again after a quote that was never closed; beyond it the swallowed lines are rejected too."""


class CsvRows:
    """The header, then the rows. A row's line is the line on which it begins."""

    def __init__(self, source: Source) -> None:
        self._lines = _Lines(cast("TextIO", source.text))
        self.header = self._read_header()
        self._reread = 0

    def _read_header(self) -> list[str]:
        first = self._lines.peek()
        for delimiter in DELIMITERS:
            header = next(csv.reader([first], delimiter=delimiter, strict=False), [])
            if all(required in [name.strip() for name in header] for required in REQUIRED):
                self._delimiter = delimiter
                next(self._lines)
                return header
        shown = first.strip()[:300]
        missing = " and ".join(repr(name) for name in REQUIRED)
        raise InvalidInput(f"The first line is not a header with the columns {missing}. It is: {shown}")

    def __iter__(self) -> Iterator[SourceRow]:
        width, lines = len(self.header), self._lines
        csv.field_size_limit(FIELD_CHARS_MAX)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            lines.taken.clear()
            line = lines.number + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._broken(line, f"broken row: {error}")
                reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
                continue
            if len(values) == width:
                yield SourceRow(line, values)
            elif values:
                yield self._broken(line, f"{len(values)} columns where the header has {width}")

    def _broken(self, line: int, problem: str) -> SourceRow:
        """Rejects the first line only; what an unclosed quote has swallowed is read again."""
        taken = list(self._lines.taken)
        raw = "".join(taken)
        if len(taken) > 1 and self._reread + len(taken) <= REREAD_LINES_MAX:
            self._reread += len(taken) - 1
            self._lines.put_back(taken[1:])
            raw = taken[0]
        return SourceRow(line, [], problem, raw[:RAW_TEXT_CHARS_MAX])


class _Lines:
    """Lines of a text, counted, remembered in ``taken``, and able to be put back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._text)
        self.number += 1
        self.taken.append(line)
        return line

    def peek(self) -> str:
        """The next line, left where it is; empty at the end."""
        line = next(self, "")
        if line:
            self.put_back([line])
        return line

    def put_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)
