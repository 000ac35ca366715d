"""JSON as a table: an array of objects, or an object a line; the keys are its headings."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.files.tables.gathering import COLUMNS_MAX, Gathering, Room
from sertantai.files.tables.model import Tables

HEADINGS_LINE: Final = 0
"""The headings stand in no line of the text."""
NO_TABLE: Final = (
    'This JSON is no table: an array of objects is expected, such as [{"title": …}, …], or an object a line.'
)
_NESTED: Final = "Values that hold others are shown as JSON."


def read_json(text: str) -> Tables:
    """``line`` is an item's place in the array, or its line in the text. Raises `InvalidInput`."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return _lines(text, error)
    if isinstance(found, dict):
        found = next((value for value in found.values() if _is_table(value)), [found])
    return _table("json", enumerate(found, 1))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _lines(text: str, error: Exception) -> Tables:
    items = []
    for line, words in enumerate(text.splitlines(), 1):
        if not words.strip():
            continue
        try:
            items.append((line, msgspec.json.decode(words)))
        except (msgspec.DecodeError, RecursionError) as broken:
            if not items:
                raise InvalidInput(f"The file is not valid JSON: {error}.", field="file") from None
            raise InvalidInput(f"Line {line:,} is not valid JSON: {broken}.", field="file") from None
    return _table("ndjson", items)


def _table(kind: str, items: Iterable[tuple[int, Any]]) -> Tables:
    gathering = Gathering(Room())
    found = list(items)
    if not found or not all(isinstance(item, dict | str) for _, item in found):
        raise InvalidInput(NO_TABLE, field="file")
    all_keys = dict.fromkeys(key for _, item in found if isinstance(item, dict) for key in item)
    keys = list(all_keys)[:COLUMNS_MAX]
    if keys:
        gathering.add(HEADINGS_LINE, keys)
    for line, item in found:
        cells = [item] if isinstance(item, str) else _cells(item, keys, gathering)
        gathering.add(line, cells)
        if gathering.is_full:
            break
    if len(all_keys) > COLUMNS_MAX:
        gathering.beyond(len(all_keys))
    return Tables(kind, [gathering.table("")])


def _cells(item: Mapping[str, Any], keys: list[str], gathering: Gathering) -> list[str]:
    return [_text(item.get(key), gathering) for key in keys]


def _text(value: Any, gathering: Gathering) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "; ".join(value)
    if isinstance(value, dict | list):
        gathering.tell(_NESTED)
    return msgspec.json.encode(value).decode()
