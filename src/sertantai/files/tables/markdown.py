"""Tables in Markdown: rows of cells between bars, the second of dashes. Else the text is none."""

import re
from collections.abc import Iterator
from typing import Final

from sertantai.files.tables.gathering import CELL_CHARS_MAX, Gathering, Room
from sertantai.files.tables.model import Table, Tables

_RULE: Final = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_BAR: Final = re.compile(r"(?<!\\)\|")
_LINK: Final = re.compile(r"\[([^\[\]]*)\]\((\S*?)(?:\s+\"[^\"]*\")?\)|<(https?://[^<>\s]+)>")
_MARKS: Final = re.compile(r"(\*\*|__|`)(?=\S)([^\n]{0,500}?\S)\1")
_READ_CHARS: Final = 2 * CELL_CHARS_MAX
"""Of a cell with its marks; patterns are tried at each of them."""
_BREAK: Final = re.compile(r"<br\s*/?>", re.I)
RULE_CHARS_MAX: Final = 2_000


def read_markdown(text: str) -> Tables | None:
    """None where there is no table in it."""
    room = Room()
    tables: list[Table] = []
    told: list[str] = []
    for gathering in _tables(text.splitlines(), room):
        if room.tables <= 0:
            told.append(f"Only the first {len(tables)} tables were read.")
            break
        tables.append(gathering.table(f"Table {len(tables) + 1}"))
    return Tables("markdown", tables, told) if tables else None


def _tables(lines: list[str], room: Room) -> Iterator[Gathering]:
    at = 0
    while at + 1 < len(lines):
        if "|" not in lines[at] or not _is_rule(lines[at + 1]):
            at += 1
            continue
        gathering = Gathering(room)
        _add(gathering, at + 1, lines[at])
        at += 2
        while at < len(lines) and "|" in lines[at] and not gathering.is_full:
            _add(gathering, at + 1, lines[at])
            at += 1
        yield gathering
        if gathering.is_full:
            return


def _is_rule(line: str) -> bool:
    line = line.strip()
    return 2 < len(line) <= RULE_CHARS_MAX and "|" in line and _RULE.fullmatch(line) is not None


def _add(gathering: Gathering, line: int, text: str) -> None:
    text = text.strip().removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    cells, links = [], {}
    for at, cell in enumerate(_BAR.split(text)):
        words, link = _plain(cell)
        cells.append(words)
        if link:
            links[str(at)] = link
    gathering.add(line, cells, links)


def _plain(cell: str) -> tuple[str, str | None]:
    """Its text without marks, and the first address in it."""
    cell = cell[:_READ_CHARS]
    found = _LINK.search(cell)
    link = (found.group(2) or found.group(3)) if found else None
    words = _LINK.sub(lambda one: one.group(1) or one.group(3) or "", cell)
    words = _MARKS.sub(r"\2", _BREAK.sub("\n", words))
    return words.replace("\\|", "|"), link
