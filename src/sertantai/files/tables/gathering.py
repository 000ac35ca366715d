"""Rows as they are read, within bounds, and what is told of them: a `Gathering` for each table of a file."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sertantai.files.tables.model import Row, Table

ROWS_MAX: Final = 50_000
"""Of all tables of a file together; a register of 20,000 laws is a large one."""
COLUMNS_MAX: Final = 100
MERGED_CELLS_MAX: Final = 500_000
"""Filled with what the first of them says, in all of a sheet: some two seconds of work."""
CELL_CHARS_MAX: Final = 4_000
FILE_CHARS_MAX: Final = 12_000_000
"""Of all cells and addresses of a file together."""
TABLES_MAX: Final = 100
TOLD_NAMES_MAX: Final = 8
LINK_CHARS_MAX: Final = 2_000
LINK_SCHEMES: Final = ("http://", "https://")


class Room:
    """What is left of the bounds of a file, for its next table."""

    def __init__(self) -> None:
        self.rows = ROWS_MAX
        self.chars = FILE_CHARS_MAX
        self.tables = TABLES_MAX


class Span(NamedTuple):
    """A merged cell: its first and last line, its first and last column, from 0, all inclusive."""

    line: int
    last_line: int
    column: int
    last_column: int


class Gathering:
    """The rows of one table. ``is_full`` once no more are taken: nobody need read on."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._rows: list[Row] = []
        self._width = 0
        self._hidden_lines: list[int] = []
        self._hidden_columns: set[int] = set()
        self._long_cells = 0
        self._columns_cut = 0
        self._without_values = 0
        self._told: list[str] = []
        self.is_full = False

    def add(
        self, line: int, cells: Sequence[str], links: dict[str, str] | None = None, *, hidden: bool = False
    ) -> None:
        """A row; one without any text is left out."""
        texts = [self._cell(cell) for cell in cells[:COLUMNS_MAX]]
        while texts and not texts[-1]:
            texts.pop()
        if len(cells) > COLUMNS_MAX and any(cell.strip() for cell in cells[COLUMNS_MAX:]):
            self._columns_cut = max(self._columns_cut, len(cells))
        if not texts:
            return
        kept = {at: link for at, link in (links or {}).items() if int(at) < len(texts) and is_link(link)}
        chars = sum(map(len, texts)) + sum(map(len, kept.values()))
        if self._room.rows <= 0 or self._room.chars < chars:
            self._cut()
            return
        self._room.rows -= 1
        self._room.chars -= chars
        self._width = max(self._width, len(texts))
        if hidden:
            self._hidden_lines.append(line)
        self._rows.append(Row(line, texts, kept) if kept else Row(line, texts))

    def tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.append(sentence)

    def hide_columns(self, columns: Iterable[int]) -> None:
        self._hidden_columns.update(at for at in columns if at < COLUMNS_MAX)

    def without_value(self) -> None:
        """A formula has none."""
        self._without_values += 1

    def merge(self, spans: Sequence[Span]) -> None:
        """Every cell of a span says what its first one says, in the rows that are there.

        Spans may lie over each other, each as large as the sheet, so what they cover together has a bound.
        """
        lines = [row.line for row in self._rows]
        seen = covered = 0
        for span in spans:
            first = bisect_left(lines, span.line)
            rows = self._rows[first : bisect_right(lines, span.last_line)]
            if not rows or rows[0].line != span.line or span.column >= len(rows[0].cells):
                continue
            text = rows[0].cells[span.column]
            if not text:
                continue
            covered += len(rows) * min(span.last_column - span.column + 1, COLUMNS_MAX)
            if covered > MERGED_CELLS_MAX:
                self.tell("Too many cells are merged; the rest of them say what they say only once.")
                break
            seen += 1
            link = rows[0].links.get(str(span.column))
            for row in rows:
                self._fill(row, span, text, link)
        if seen:
            self.tell(_merged(seen))

    def link(self, links: Iterable[tuple[Span, str]]) -> None:
        """Addresses behind cells that are there and have text."""
        lines = [row.line for row in self._rows]
        for span, address in links:
            if not is_link(address):
                continue
            for at in range(bisect_left(lines, span.line), bisect_right(lines, span.last_line)):
                row = self._rows[at]
                for column in range(span.column, min(span.last_column + 1, len(row.cells))):
                    if row.cells[column] and self._room.chars >= len(address):
                        self._room.chars -= len(address)
                        row.links[str(column)] = address

    def beyond(self, columns: int) -> None:
        """There are so many columns; the reader has left out those that are too many."""
        self._columns_cut = max(self._columns_cut, columns)

    def repeated(self, count: int) -> None:
        """So many merged cells have been filled by the reader itself."""
        if count:
            self.tell(_merged(count))

    def table(self, name: str) -> Table:
        """What was gathered, padded to one width."""
        self._room.tables -= 1
        for row in self._rows:
            row.cells.extend([""] * (self._width - len(row.cells)))
        return Table(name, self._rows, [*self._told, *self._sentences()])

    @property
    def is_empty(self) -> bool:
        return not self._rows

    def _cell(self, text: str) -> str:
        text = text.strip()
        if len(text) > CELL_CHARS_MAX:
            self._long_cells += 1
            text = text[:CELL_CHARS_MAX]
        # Lone halves of a pair, and what no JSON or database may hold.
        if "\x00" in text or not text.isascii():
            text = text.replace("\x00", "").encode("utf-8", "replace").decode()
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _fill(self, row: Row, span: Span, text: str, link: str | None) -> None:
        last = min(span.last_column, COLUMNS_MAX - 1)
        row.cells.extend([""] * (last + 1 - len(row.cells)))
        self._width = max(self._width, len(row.cells))
        for column in range(span.column, last + 1):
            if row.cells[column]:
                continue
            if self._room.chars < len(text):
                self._cut()
                return
            self._room.chars -= len(text)
            row.cells[column] = text
            if link is not None:
                row.links.setdefault(str(column), link)

    def _cut(self) -> None:
        if not self.is_full:
            self.is_full = True
            last = f" after line {self._rows[-1].line:,}" if self._rows else ""
            self.tell(
                f"There is more{last} than can be brought in at once, {ROWS_MAX:,} rows and "
                f"{FILE_CHARS_MAX // 1_000_000} million characters: the rest was left out. Divide the file."
            )

    def _sentences(self) -> list[str]:
        told = []
        if self._hidden_lines:
            names = _listed([f"{line}" for line in self._hidden_lines])
            told.append(_are(len(self._hidden_lines), "row", f"hidden ({names}) and taken all the same"))
        if columns := sorted(at for at in self._hidden_columns if at < self._width):
            names = _listed([column_name(at) for at in columns])
            told.append(_are(len(columns), "column", f"hidden ({names}) and taken all the same"))
        if self._without_values:
            told.append(
                _have(self._without_values, "formula", "no value and came out empty. ")
                + "Open the file in a spreadsheet program, save it, and bring it in again."
            )
        if self._columns_cut:
            told.append(
                f"Only the first {COLUMNS_MAX} of {self._columns_cut:,} columns were read. "
                "Leave out what is not needed."
            )
        if self._long_cells:
            told.append(
                _have(self._long_cells, "cell", f"more than {CELL_CHARS_MAX:,} characters; the rest was cut.")
            )
        return told


def is_link(address: str) -> bool:
    """An address of the web, of a bearable length."""
    return len(address) <= LINK_CHARS_MAX and address.lower().startswith(LINK_SCHEMES)


def column_name(at: int) -> str:
    """As spreadsheets name it: "A" for 0, "AA" for 26."""
    name = ""
    at += 1
    while at:
        at, letter = divmod(at - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _merged(count: int) -> str:
    return _are(count, "cell", "merged; each row and column of it repeats what it says")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - TOLD_NAMES_MAX
    return ", ".join(names[:TOLD_NAMES_MAX]) + (f" and {more:,} more" if more > 0 else "")


def _are(count: int, noun: str, what: str) -> str:
    return f"1 {noun} is {what}." if count == 1 else f"{count:,} {noun}s are {what}."


def _have(count: int, noun: str, what: str) -> str:
    return f"1 {noun} has {what}" if count == 1 else f"{count:,} {noun}s have {what}"
