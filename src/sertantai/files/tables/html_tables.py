"""Tables of a web page, or of what Excel, Word and browsers put on the clipboard; else its paragraphs."""

import re
from html.parser import HTMLParser
from typing import Final

from sertantai.files.tables.cell_text import CellText
from sertantai.files.tables.gathering import COLUMNS_MAX, Gathering, Room, Span
from sertantai.files.tables.model import Table, Tables
from sertantai.files.tables.sheet import SPANS_MAX

ROWS_SPANNED_MAX: Final = 1_000
_UNSEEN: Final = frozenset({"script", "style", "title", "template", "noscript", "select", "svg"})
_BLOCKS: Final = frozenset(
    {
        "p",
        "div",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "section",
        "article",
    }
)
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_NOT_SHOWN: Final = re.compile(r"display\s*:\s*none", re.I)


def read_html(text: str) -> Tables:
    """Never raises: whatever a page is, something of it may be a table."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.tables()


class _Reader(HTMLParser):
    """A table in a cell is a part of that cell's text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._room = Room()
        self._tables: list[Table] = []
        self._told: list[str] = []
        self._outside = Gathering(self._room)
        self._paragraphs = 0
        self._unseen = 0
        self._depth = 0
        self._grid = _Grid(self._room)
        self._text = CellText()
        self._link: str | None = None
        self._ends_in_space = True

    def tables(self) -> Tables:
        if self._depth:
            self._end_table()
        self._end_paragraph()
        if self._tables:
            return Tables("html", self._tables, self._told)
        return Tables("html", [self._outside.table("")], self._told)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: ARG002  # as it is called
        """What Word puts between ``<![`` and ``>`` is for old browsers; the parser fails at what it does not
        know."""
        return self.rawdata.find(">", i) + 1 or -1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
            return
        if self._unseen:
            return
        given = dict(attrs)
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._end_paragraph()
                self._grid = _Grid(self._room)
        elif self._depth == 1 and tag in ("tr", "td", "th"):
            self._begin_in_table(tag, given)
        elif tag == "br" or (tag in _BLOCKS and self._depth):
            self._new_line()
        elif tag in _BLOCKS:
            self._end_paragraph()
        elif tag == "a" and self._link is None:
            self._link = given.get("href")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A `<script/>` begins what does not end in a page, and ends at once in a fragment."""
        if tag not in _UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif self._unseen:
            return
        elif tag == "table" and self._depth:
            self._depth -= 1
            if not self._depth:
                self._end_table()
        elif self._depth == 1 and tag in ("tr", "td", "th"):
            self._end_cell()
            if tag == "tr":
                self._grid.end_row()
        elif tag in _BLOCKS and not self._depth:
            self._end_paragraph()

    def handle_data(self, data: str) -> None:
        if self._unseen or (self._depth == 1 and not self._grid.in_cell):
            return
        words = _SPACES.sub(" ", data.replace("\xa0", " "))
        if self._ends_in_space:
            words = words.removeprefix(" ")
        if words:
            self._text.add(words)
            self._ends_in_space = words[-1] == " "

    def _begin_in_table(self, tag: str, given: dict[str, str | None]) -> None:
        self._end_cell()
        if tag == "tr":
            self._grid.begin_row(hidden=bool(_NOT_SHOWN.search(given.get("style") or "")))
        else:
            self._grid.begin_cell(_count(given.get("rowspan")), _count(given.get("colspan")))

    def _new_line(self) -> None:
        self._text.new_line()
        self._ends_in_space = True

    def _end_cell(self) -> None:
        words, link = self._taken()
        if self._grid.in_cell:
            self._grid.end_cell(words, link)

    def _taken(self) -> tuple[str, str | None]:
        words, link = self._text.taken(), self._link
        self._link, self._ends_in_space = None, True
        return "\n".join(line.strip() for line in words.split("\n")).strip(), link

    def _end_table(self) -> None:
        self._end_cell()
        self._depth = 0
        found = self._grid.ended()
        if found is None:
            return
        if self._room.tables <= 0:
            self._told = [f"Only the first {len(self._tables)} tables were read."]
            return
        self._tables.append(found.table(f"Table {len(self._tables) + 1}"))

    def _end_paragraph(self) -> None:
        words, link = self._taken()
        if words and not self._outside.is_full:
            self._paragraphs += 1
            self._outside.add(self._paragraphs, [words], {"0": link} if link else {})


class _Grid:
    """A table's rows, with the places that cells of rows above take in them."""

    def __init__(self, room: Room) -> None:
        self._gathering = Gathering(room)
        self._line = 0
        self._in_row = self._hidden = False
        self._cells: list[str] = []
        self._links: dict[str, str] = {}
        self._taken: dict[int, int] = {}
        """By column: how many more rows a cell above takes."""
        self._spans: list[Span] = []
        self._rows = self._columns = 1
        self.in_cell = False

    def begin_row(self, *, hidden: bool) -> None:
        self.end_row()
        self._line += 1
        self._in_row, self._hidden = True, hidden

    def begin_cell(self, rows: int, columns: int) -> None:
        if not self._in_row:
            self.begin_row(hidden=False)
        self._rows, self._columns = rows, columns
        self.in_cell = True

    def end_cell(self, words: str, link: str | None) -> None:
        self.in_cell = False
        while self._taken.get(len(self._cells), 0):
            self._cells.append("")
        at = len(self._cells)
        if at > COLUMNS_MAX:
            return
        last = min(at + self._columns, COLUMNS_MAX + 1) - 1
        if link:
            self._links[str(at)] = link
        if self._rows > 1 or self._columns > 1:
            if len(self._spans) < SPANS_MAX:
                self._spans.append(Span(self._line, self._line + self._rows - 1, at, last))
            self._taken.update(dict.fromkeys(range(at, last + 1), self._rows))
        self._cells.append(words)
        self._cells.extend([""] * (last - at))

    def end_row(self) -> None:
        if not self._in_row:
            return
        self._in_row = False
        self._gathering.add(self._line, self._cells, self._links, hidden=self._hidden)
        self._cells, self._links = [], {}
        self._taken = {at: left - 1 for at, left in self._taken.items() if left > 1}

    def ended(self) -> Gathering | None:
        """None for one that has no text."""
        self.end_row()
        self._gathering.merge(self._spans)
        return None if self._gathering.is_empty else self._gathering


def _count(text: str | None) -> int:
    text = (text or "").strip()
    return min(max(1, int(text)), ROWS_SPANNED_MAX) if text.isdecimal() and len(text) < 8 else 1
