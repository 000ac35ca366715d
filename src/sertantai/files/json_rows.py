"""Rows of a JSON array or of NDJSON, read as a stream: the file may be larger than the memory."""

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO, cast

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.files.sources import RAW_TEXT_CHARS_MAX, Format, Source, SourceRow

READ_CHARS = 1_000_000
OBJECT_CHARS_MAX = 4_000_000
LINE_CHARS_MAX = OBJECT_CHARS_MAX

_SKIP = re.compile(r"[\s,]*")


def json_header(source: Source, keys_max: int) -> list[str]:
    """Every key that any object of the file has, in order of first use. Reads the file to its end."""
    keys: dict[str, None] = {}
    for _, record, _, _ in json_objects(source):
        if record is not None:
            keys.update(dict.fromkeys(record))
            if len(keys) > keys_max:
                raise InvalidInput(f"The objects of the file have more than {keys_max} different keys.")
    return list(keys)


def json_rows(source: Source, header: list[str]) -> Iterator[SourceRow]:
    for line, record, problem, raw in json_objects(source):
        if record is None:
            yield SourceRow(line, [], problem, raw[:RAW_TEXT_CHARS_MAX])
        else:
            # What an object does not have is "not stated".
            yield SourceRow(line, [record.get(name) for name in header], raw="")


JsonObject = tuple[int, dict[str, Any] | None, str | None, str]
"""The line it begins on, the object or ``None``, what is wrong with it, its text."""


def json_objects(source: Source) -> Iterator[JsonObject]:
    text = cast("TextIO", source.text)
    return _of_lines(text) if source.format is Format.NDJSON else _of_array(text)


def _of_lines(text: TextIO) -> Iterator[JsonObject]:
    number = 0
    while line := text.readline(LINE_CHARS_MAX + 1):
        number += 1
        if not line.strip():
            continue
        if len(line) > LINE_CHARS_MAX:
            raise InvalidInput(f"Line {number} is longer than {LINE_CHARS_MAX:,} characters.")
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            yield number, None, f"broken row: {error}", line
        else:
            yield _checked(number, value, line)


def _of_array(text: TextIO) -> Iterator[JsonObject]:
    """Objects of one big array. An array that is broken anywhere is refused as a whole: where it is broken,
    nobody can say where the next object begins."""
    decoder = json.JSONDecoder()
    window = text.read(READ_CHARS).lstrip()[1:]
    line, at = 1, 0
    while True:
        line, at = _skip(window, line, at)
        if at >= len(window) - 1 and (more := text.read(READ_CHARS)):
            window, at = window[at:] + more, 0
            continue
        if window[at : at + 1] == "]":
            return
        try:
            value, end = decoder.raw_decode(window, at)
        except json.JSONDecodeError as error:
            window, at = _read_on(text, window[at:], line, error), 0
            continue
        except (ValueError, RecursionError):
            raise InvalidInput(
                f"The object at line {line} is nested too deeply, or has a number with thousands of digits. "
                "Nothing was changed."
            ) from None
        yield _checked(line, value, window[at : min(end, at + RAW_TEXT_CHARS_MAX)])
        line += window.count("\n", at, end)
        at = end


def _skip(window: str, line: int, at: int) -> tuple[int, int]:
    found = _SKIP.match(window, at)
    end = found.end() if found else at
    return line + window.count("\n", at, end), end


def _read_on(text: TextIO, window: str, line: int, error: json.JSONDecodeError) -> str:
    """The window, longer: perhaps the object only goes on behind its end."""
    more = text.read(READ_CHARS) if len(window) <= OBJECT_CHARS_MAX else ""
    if not more:
        raise InvalidInput(
            f"The JSON array is broken or incomplete in the object at line {line}: {error.msg}. "
            "Nothing was changed."
        )
    return window + more


def _checked(line: int, value: Any, raw: str) -> JsonObject:
    if isinstance(value, dict):
        return line, value, None, raw
    return line, None, "an object with column names is expected", raw
