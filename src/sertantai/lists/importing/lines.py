"""What somebody pastes or uploads, as items to look for: lines of text, or a file that was exported. Pure.

CSV, JSON and NDJSON are told by how they begin; a file of another kind is refused, never searched. Anything
else is one item a line: an id, a name, a title, a citation, a link. Notes, tags and order come along where
the file has them.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from sertantai.core.citations import SERIES_CODES
from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.operations import Annotation
from sertantai.core.text_cells import plain
from sertantai.lists.importing.annotations import annotation_in

ITEMS_MAX: Final = 50_000
ITEM_CHARACTERS_MAX: Final = 3_000
NUMBER_DIGITS_MAX: Final = 18
KEYS: Final = ("id", "name", "leg_gov_uk_url", "citation", "title_en", "title")
"""What a record of a file is looked for by, the surest first."""

HEAD_CHARACTERS: Final = 4_096
STRANGE_SHARE_MAX: Final = 0.02
"""Of the first characters, how many may be no characters of any text."""
_OTHER_FILES: Final = (
    ("PK\x03\x04", "This is an Excel, Word or ZIP file"),
    ("PAR1", "This is a Parquet file"),
    ("%PDF-", "This is a PDF file"),
    ("\x1f\x8b", "This is a compressed file"),
    ("\x1f\ufffd", "This is a compressed file"),
    ("\xd0\xcf\x11\xe0", "This is an old Excel or Word file"),
    ("{\\rtf", "This is an RTF file"),
)
_LINE_END: Final = re.compile(r"\r\n?|[\n\u2028\u2029]")
"""Old programs for the Mac end lines with CR alone; what is copied from a page may hold line separators."""
_BIBTEX: Final = re.compile(r"(?:%[^\n]*\n\s*)*@\w{1,40}\s*\{")
_RIS: Final = re.compile(r"TY {1,2}- ")
_MEANT_AS_JSON: Final = re.compile(r"""\[\s*[\[{"]|\{\s*["}]""")
"""Lists of strings, lists and objects. "[1] Clean Air Act" and "{COSHH}" are lines, unless they are JSON as a
whole."""

_BROKEN: Final = (msgspec.DecodeError, RecursionError)
"""The second: nested more deeply than there is stack for."""

# The structures of lines are made with ``gc=False``: they are in no cycles, and fifty thousand of them make a
# look for garbage a pause for everybody.

Kind = Literal["lines", "csv", "json", "ndjson"]


class Stated(msgspec.Struct, frozen=True, gc=False):
    """What columns of their own say of a record. None: nothing that could be compared."""

    year: int | None = None
    number: int | None = None
    type_code: str | None = None
    citation: str | None = None
    """A citation or a link."""
    title: str | None = None
    """The title alone, where it is looked for together with its number."""


class ImportItem(msgspec.Struct, frozen=True, gc=False):
    """``line`` is where it stood, from 1. ``texts`` are what it may be found by, the surest first. ``stated``
    is what a title must not contradict. ``told`` says what of the row is not in ``annotation``."""

    line: int
    texts: tuple[str, ...]
    stated: Stated = Stated()
    annotation: Annotation = {}
    told: tuple[str, ...] = ()


def read_items(text: str) -> tuple[Kind, list[ImportItem]]:
    """Raises `InvalidInput` for a broken file, `TooLarge` for too many items."""
    text = text.removeprefix("\ufeff")
    kind = kind_of(text)
    items: list[ImportItem] = []
    for item in _READERS[kind](text):
        items.append(item)
        if len(items) > ITEMS_MAX:
            raise TooLarge(f"text: at most {ITEMS_MAX:,} laws in one import.", field="text")
    return kind, items


def kind_of(text: str) -> Kind:
    """Raises `InvalidInput` for what is no text, or a file of another kind."""
    start = text.lstrip(" \t\r\n")
    if (other := _other_file(start)) is not None:
        raise InvalidInput(f"text: {other}. Choose a CSV or JSON file, or paste the lines.", field="text")
    first = start.partition("\n")[0].strip()
    if start.startswith(("[", "{")) and (_MEANT_AS_JSON.match(start) or _is_json(start)):
        return "ndjson" if start[0] == "{" and _is_json(first) and "\n" in start.strip() else "json"
    columns = {column.strip().strip('"').lower() for column in first.split(",")}
    if len(columns) > 1 and columns & set(KEYS):
        return "csv"
    if _is_binary(start):
        raise InvalidInput("text: This is not a text file. Choose a CSV or JSON file.", field="text")
    return "lines"


def _is_binary(text: str) -> bool:
    head = text[:HEAD_CHARACTERS]
    return (
        sum(c == "\ufffd" or (c < " " and c not in "\t\r\n\f") for c in head) > len(head) * STRANGE_SHARE_MAX
    )


def _other_file(start: str) -> str | None:
    """What a file is that must not be searched as if its bytes were lines."""
    for beginning, name in _OTHER_FILES:
        if start.startswith(beginning):
            return name
    if _BIBTEX.match(start):
        return "This is a BibTeX file"
    if _RIS.match(start):
        return "This is a RIS file"
    return None


def _is_json(line: str) -> bool:
    try:
        msgspec.json.decode(line)
    except _BROKEN:
        return False
    return True


def _lines(text: str) -> Iterator[ImportItem]:
    for number, line in enumerate(_LINE_END.split(text), 1):
        wanted = line.strip().strip("•*-– \t").strip()
        if wanted:
            yield ImportItem(number, (wanted[:ITEM_CHARACTERS_MAX],))


def _csv(text: str) -> Iterator[ImportItem]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            fields = {
                (name or "").strip().lower(): plain(value)
                for name, value in row.items()
                if isinstance(value, str) and value
            }
            if (item := _item(reader.line_num, fields)) is not None:
                yield item
    except csv.Error as error:
        raise InvalidInput(f"text: line {reader.line_num} is not valid CSV: {error}.", field="text") from None


def _json(text: str) -> Iterator[ImportItem]:
    try:
        whole = msgspec.json.decode(text)
    except _BROKEN as error:
        raise InvalidInput(f"text: this is not valid JSON: {error}.", field="text") from None
    records = (
        next((whole[key] for key in ("records", "items") if key in whole), [whole])
        if isinstance(whole, dict)
        else whole
    )
    if not isinstance(records, list):
        raise InvalidInput("text: a list of laws is expected.", field="text")
    yield from _objects(enumerate(records, 1))


def _ndjson(text: str) -> Iterator[ImportItem]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield from _objects([(number, msgspec.json.decode(line))])
            except _BROKEN as error:
                raise InvalidInput(f"text: line {number} is not valid JSON: {error}.", field="text") from None


def _objects(records: Iterable[tuple[int, Any]]) -> Iterator[ImportItem]:
    for number, record in records:
        if isinstance(record, str):
            record = {"name": record}
        if isinstance(record, dict) and (item := _item(number, record)) is not None:
            yield item


_READERS = {"lines": _lines, "csv": _csv, "json": _json, "ndjson": _ndjson}


def _item(line: int, fields: Mapping[str, Any]) -> ImportItem | None:
    texts = tuple(str(fields[key])[:ITEM_CHARACTERS_MAX] for key in KEYS if fields.get(key))
    return ImportItem(line, texts, _stated(fields), *annotation_in(fields)) if texts else None


def _stated(fields: Mapping[str, Any]) -> Stated:
    code = str(fields.get("type_code") or "").strip().lower()
    links = (fields.get("leg_gov_uk_url"), fields.get("citation"))
    is_named = any(fields.get(key) for key in ("id", "name"))
    title = None if is_named else fields.get("title_en") or fields.get("title")
    return Stated(
        _whole(fields.get("year")),
        _whole(fields.get("number")),
        code if code in SERIES_CODES else None,
        next((text[:ITEM_CHARACTERS_MAX] for text in map(str, links) if any(map(str.isdigit, text))), None),
        None if title is None else str(title)[:ITEM_CHARACTERS_MAX],
    )


def _whole(value: Any) -> int | None:
    """A year or a number as spreadsheets write it; None for "c. 37" and other words."""
    text = str(value).strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX else None
