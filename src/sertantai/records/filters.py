"""What of the register is asked for: words and values, from a query string or a JSON object."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.records.columns import YEAR_MAX, YEAR_MIN

Q_CHARS_MAX = 1_000
VALUES_MAX = 1_000
VALUE_CHARS_MAX = 500

NOT_STATED = "(none)"
"""Stands for "the register states no value" in filters and facets."""

FACETS = ("family", "family_ii", "type_code", "year", "live")
FILTER_FIELDS = frozenset({*FACETS, "q", "year_from", "year_to"})


class RecordFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All fields must hold; of the values of one field any may. Empty: the whole register.

    ``own``: names of laws that ``q`` stands for as whoever asks has said. No address states it, and no list
    keeps it.
    """

    q: str | None = None
    family: tuple[str, ...] = ()
    family_ii: tuple[str, ...] = ()
    type_code: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    own: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return msgspec.structs.replace(self, own=()) == EVERYTHING


EVERYTHING = RecordFilter()


def filter_body(wanted: RecordFilter) -> dict[str, Any]:
    """The filter as it is kept and as the API takes it: only what it states, years as numbers."""
    fields = msgspec.structs.asdict(wanted)
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
        if name in FILTER_FIELDS and value not in (None, ())
    }


def kept_filter(body: Mapping[str, Any]) -> RecordFilter | None:
    """What `filter_body` wrote, or a program beside it: one value may stand alone, and a year be a text. None
    for what means nothing now."""
    listed = {
        name: [value] if name in FACETS and not isinstance(value, list) else value
        for name, value in body.items()
    }
    try:
        return msgspec.convert(listed, RecordFilter, strict=False)
    except msgspec.ValidationError:
        return None


def parse_filter(given: Mapping[str, Any]) -> RecordFilter:
    """The filter a caller states; a value is a text, a number, or a list of them ("any of").

    Empty values are as if they were not there. An unknown name is refused, because a misspelt filter would
    mean the whole register. Raises `InvalidInput` naming the field.
    """
    for field in given:
        if field not in FILTER_FIELDS:
            raise InvalidInput(f"{str(field)[:60]!r} is not a filter.", field=str(field)[:60])
    return RecordFilter(
        q=_words(given.get("q")),
        **{facet: _texts(given, facet) for facet in FACETS if facet != "year"},
        year=tuple(_year(value, "year") for value in _values(given, "year")),
        year_from=_one_year(given, "year_from"),
        year_to=_one_year(given, "year_to"),
    )


def _words(value: Any) -> str | None:
    if isinstance(value, list | tuple):
        value = value[-1] if value else None
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput("q: text is expected.", field="q")
    if len(value) > Q_CHARS_MAX:
        raise InvalidInput(f"q: at most {Q_CHARS_MAX:,} characters.", field="q")
    return value.strip() or None


def _values(given: Mapping[str, Any], field: str) -> list[Any]:
    value = given.get(field)
    values: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    if len(values) > VALUES_MAX:
        raise InvalidInput(f"{field}: at most {VALUES_MAX:,} values.", field=field)
    return [v for v in values if v is not None and v != ""]


def _texts(given: Mapping[str, Any], field: str) -> tuple[str, ...]:
    values = _values(given, field)
    for value in values:
        if not isinstance(value, str):
            raise InvalidInput(f"{field}: text is expected.", field=field)
        if len(value) > VALUE_CHARS_MAX:
            raise InvalidInput(f"{field}: at most {VALUE_CHARS_MAX:,} characters.", field=field)
    return tuple(dict.fromkeys(values))


def _one_year(given: Mapping[str, Any], field: str) -> int | None:
    values = _values(given, field)
    if len(values) > 1:
        raise InvalidInput(f"{field}: one year is expected.", field=field)
    return _year(values[0], field) if values else None


def _year(value: Any, field: str) -> int:
    text = str(value).strip() if isinstance(value, int | str) else ""
    if len(text) <= len(str(YEAR_MAX)) and text.isascii() and text.isdigit() and int(text) >= YEAR_MIN:
        return int(text)
    raise InvalidInput(f"{field}: {str(value)[:40]!r} is not a year.", field=field)
