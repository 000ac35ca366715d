"""What somebody pastes or uploads, as items to look for: lines of text, or a file that was exported. Pure.

CSV, JSON and NDJSON are told by how they begin. Anything else is one item a line: an id, a name, a title, a
citation, a link. Notes, tags and order come along where the file has them.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.operations import Annotation
from sertantai.core.storable import is_storable_number
from sertantai.core.text_cells import plain
from sertantai.selections.actions import NOTE_CHARACTERS_MAX, TAG_CHARACTERS_MAX, TAGS_MAX
from sertantai.selections.exports.rows import TAG_SEPARATOR

ITEMS_MAX: Final = 50_000
ITEM_CHARACTERS_MAX: Final = 3_000
KEYS: Final = ("id", "name", "leg_gov_uk_url", "citation", "title_en", "title")
"""What a record of a file is looked for by, the surest first."""

_BROKEN: Final = (msgspec.DecodeError, RecursionError)
"""The second: nested more deeply than there is stack for."""

Kind = Literal["lines", "csv", "json", "ndjson"]


class ImportItem(msgspec.Struct, frozen=True):
    """``line`` is where it stood, from 1. ``texts`` are what it may be found by, the surest first."""

    line: int
    texts: tuple[str, ...]
    annotation: Annotation = {}


def read_items(text: str) -> tuple[Kind, list[ImportItem]]:
    """Raises `InvalidInput` for a broken file, `TooLarge` for too many items."""
    text = text.removeprefix("\ufeff")
    kind = kind_of(text)
    items: list[ImportItem] = []
    for item in _READERS[kind](text):
        items.append(item)
        if len(items) > ITEMS_MAX:
            raise TooLarge(f"text: at most {ITEMS_MAX:,} records in one import.", field="text")
    return kind, items


def kind_of(text: str) -> Kind:
    start = text.lstrip()
    first = start.partition("\n")[0].strip()
    if start.startswith("["):
        return "json"
    if start.startswith("{"):
        return "ndjson" if _is_json(first) and "\n" in start.strip() else "json"
    columns = {column.strip().strip('"').lower() for column in first.split(",")}
    return "csv" if len(columns) > 1 and columns & set(KEYS) else "lines"


def _is_json(line: str) -> bool:
    try:
        msgspec.json.decode(line)
    except _BROKEN:
        return False
    return True


def _lines(text: str) -> Iterator[ImportItem]:
    for number, line in enumerate(text.split("\n"), 1):
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
        raise InvalidInput(f"text: line {reader.line_num} is no CSV: {error}.", field="text") from None


def _json(text: str) -> Iterator[ImportItem]:
    try:
        whole = msgspec.json.decode(text)
    except _BROKEN as error:
        raise InvalidInput(f"text: it is no JSON: {error}.", field="text") from None
    records = (
        next((whole[key] for key in ("records", "items") if key in whole), [whole])
        if isinstance(whole, dict)
        else whole
    )
    if not isinstance(records, list):
        raise InvalidInput("text: a list of records is expected.", field="text")
    yield from _objects(enumerate(records, 1))


def _ndjson(text: str) -> Iterator[ImportItem]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield from _objects([(number, msgspec.json.decode(line))])
            except _BROKEN as error:
                raise InvalidInput(f"text: line {number} is no JSON: {error}.", field="text") from None


def _objects(records: Iterable[tuple[int, Any]]) -> Iterator[ImportItem]:
    for number, record in records:
        if isinstance(record, str):
            record = {"name": record}
        if isinstance(record, dict) and (item := _item(number, record)) is not None:
            yield item


_READERS = {"lines": _lines, "csv": _csv, "json": _json, "ndjson": _ndjson}


def _item(line: int, fields: Mapping[str, Any]) -> ImportItem | None:
    texts = tuple(str(fields[key])[:ITEM_CHARACTERS_MAX] for key in KEYS if fields.get(key))
    return ImportItem(line, texts, annotation_in(fields)) if texts else None


def annotation_in(fields: Mapping[str, Any]) -> Annotation:
    """Note, tags and order, within their bounds; ``order`` becomes the rank in the new list."""
    annotation: Annotation = {}
    if note := _kept(fields.get("note"), NOTE_CHARACTERS_MAX):
        annotation["note"] = note
    if tags := _tags(fields.get("tags")):
        annotation["tags"] = tags
    place = fields.get("order") or fields.get("rank")
    try:
        if place is not None and not isinstance(place, bool) and is_storable_number(rank := int(place)):
            annotation["rank"] = rank
    except (TypeError, ValueError, OverflowError):
        pass
    return annotation


def _tags(value: Any) -> list[str]:
    given = value.split(TAG_SEPARATOR) if isinstance(value, str) else value if isinstance(value, list) else []
    tags = (_kept(tag, TAG_CHARACTERS_MAX).strip() for tag in given)
    return list(dict.fromkeys(filter(None, tags)))[:TAGS_MAX]


def _kept(value: Any, characters_max: int) -> str:
    """The text of a value without the one character that PostgreSQL cannot hold."""
    return str(value or "").replace("\0", "")[:characters_max]
