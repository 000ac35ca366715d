"""Rows of a CSV file, one broken row never taking its neighbours with it."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TextIO, cast

from sertantai.core.errors import InvalidInput
from sertantai.files.sources import RAW_TEXT_CHARS_MAX, Source, SourceRow

FIELD_CHARS_MAX = 131_072
DELIMITERS = (",", ";", "\t")
BLOCK_LINES = 1_000
BLOCK_CHARS = 1_000_000
LINE_CHARS_MAX = 4_000_000
ROW_CHARS_MAX = 16_000_000
"""Of a row whose quotes go on over many lines."""
HEADER_CHARS_MAX = 100_000
REREAD_LINES_MAX = 100_000
"""Lines read again after a quote that was never closed; beyond it the swallowed lines are rejected too."""


class CsvRows:
    """The header, then the rows. A row's line is the line on which it begins.

    The header is known by the columns that are ``required``; raises `InvalidInput` where there is none.
    """

    def __init__(self, source: Source, required: Sequence[str]) -> None:
        self._text = cast("TextIO", source.text)
        first = self._text.readline(HEADER_CHARS_MAX)
        self._delimiter, self.header = _recognised(first, required)
        self._reread = 0

    def __iter__(self) -> Iterator[SourceRow]:
        csv.field_size_limit(FIELD_CHARS_MAX)
        width = len(self.header)
        waiting: list[str] = []
        base = 1  # the header
        while True:
            blocks = _Blocks(self._text, waiting)
            reader = csv.reader(chain.from_iterable(blocks), delimiter=self._delimiter, strict=True)
            problem = None
            try:
                for values in reader:
                    if len(values) == width:
                        yield SourceRow(base + blocks.done + 1, values)
                    elif values:
                        problem = f"{len(values)} columns where the header has {width}"
                        break
                    blocks.done = reader.line_num
            except csv.Error as error:
                problem = f"broken row: {error}"
            if problem is None:
                return
            taken = blocks.taken(reader.line_num)
            lost = self._lost(len(taken))
            raw = "".join(taken[:lost])[:RAW_TEXT_CHARS_MAX]
            yield SourceRow(base + blocks.done + 1, [], problem, raw)
            base += blocks.done + lost
            waiting = taken[lost:] + blocks.left(reader.line_num)

    def _lost(self, taken: int) -> int:
        """How many of the lines a broken row took are lost with it: the first only, if it may be helped. What
        an unclosed quote has swallowed is read again."""
        if self._reread + taken > REREAD_LINES_MAX:
            return taken
        self._reread += taken - 1
        return 1


class _Blocks:
    """Lines in blocks, for a reader that takes them without a step of Python each.

    ``done`` is how many lines are behind the last whole row; from there on they are remembered.
    """

    def __init__(self, text: TextIO, waiting: list[str]) -> None:
        self._text = text
        self._waiting = waiting
        self._remembered: list[str] = []
        self._chars = 0
        """In what is remembered."""
        self._forgotten = 0
        self.done = 0

    def __iter__(self) -> Iterator[list[str]]:
        block = self._waiting or self._next_block()
        while block:
            self._forget()
            self._remembered.extend(block)
            self._chars += sum(map(len, block))
            yield block
            del block  # it may be large
            self._forget()
            block = self._next_block()

    def _forget(self) -> None:
        """What is behind the last whole row."""
        count = self.done - self._forgotten
        self._chars -= sum(map(len, self._remembered[:count]))
        del self._remembered[:count]
        self._forgotten = self.done

    def _next_block(self) -> list[str]:
        """Bounded in lines and in characters, and so is what one row has taken. Raises `InvalidInput`."""
        block: list[str] = []
        chars = 0
        while chars < BLOCK_CHARS and len(block) < BLOCK_LINES:
            line = self._text.readline(LINE_CHARS_MAX + 1)
            if not line:
                break
            if len(line) > LINE_CHARS_MAX:
                raise InvalidInput(
                    f"A line of the file is longer than {LINE_CHARS_MAX:,} characters.", field="file"
                )
            block.append(line)
            chars += len(line)
        if block and self._chars + chars > ROW_CHARS_MAX:
            raise InvalidInput(
                f"A row of the file is longer than {ROW_CHARS_MAX:,} characters.", field="file"
            )
        return block

    def taken(self, line: int) -> list[str]:
        """The lines from the last whole row up to ``line``."""
        return self._remembered[self.done - self._forgotten : line - self._forgotten]

    def left(self, line: int) -> list[str]:
        """The lines after ``line`` that were fetched and not read."""
        return self._remembered[line - self._forgotten :]


def _recognised(first: str, required: Sequence[str]) -> tuple[str, list[str]]:
    """The delimiter and the columns of a header."""
    for delimiter in DELIMITERS:
        header = next(csv.reader([first], delimiter=delimiter), [])
        if {name.strip() for name in header}.issuperset(required):
            return delimiter, header
    missing = " and ".join(repr(name) for name in required)
    raise InvalidInput(
        f"The first line is not a header with the columns {missing}. It is: {first.strip()[:300]}",
        field="file",
    )
