"""The columns of the register that an import may write, and how their text becomes a value."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

NAME_CHARS_MAX = 500
TITLE_CHARS_MAX = 10_000
LABEL_CHARS_MAX = 500
TEXT_CHARS_MAX = 100_000
LIST_VALUES_MAX = 1_000
YEAR_MIN, YEAR_MAX = 1, 9999

NUMBER_DIGITS_MAX = 18
"""So many digits surely fit a bigint; longer numbers are sorted as text."""


class RowRejected(Exception):
    """One row cannot go into the register; the text says why, for the person who made the file."""


class Column(msgspec.Struct, frozen=True):
    """``parse`` makes the value PostgreSQL gets from what the file has; ``None`` is "not stated"."""

    name: str
    parse: Callable[[Any], Any]


def _text(name: str, chars_max: int) -> Column:
    def parse(value: Any) -> str | None:
        if type(value) is str and len(value) <= chars_max:  # nearly always
            return value.strip() or None
        if value is None:
            return None
        if isinstance(value, str):
            raise RowRejected(f"{name}: {len(value):,} characters, at most {chars_max:,} are kept")
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise RowRejected(f"{name}: text is expected")
        return str(value)

    return Column(name, parse)


def _link(name: str, chars_max: int) -> Column:
    """An address that a page may link to: whatever else a scheme does, it is not for whoever clicks."""
    text = _text(name, chars_max)

    def parse(value: Any) -> str | None:
        link: str | None = text.parse(value)
        if link is not None and not link.lower().startswith(("https://", "http://")):
            raise RowRejected(f"{name}: {link[:40]!r} is not an address with https:// or http://")
        return link

    return Column(name, parse)


def _year(value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        year = int(value)
    except (TypeError, ValueError):
        year = 0
    if not YEAR_MIN <= year <= YEAR_MAX or isinstance(value, bool | float):
        raise RowRejected(f"year: {str(value)[:40]!r} is not a year")
    return year


def _day(name: str) -> Column:
    def parse(value: Any) -> date | None:
        if value is None or value == "":
            return None
        try:
            return date.fromisoformat(value[:10] if len(value) > 10 and value[10] in "T " else value)
        except (TypeError, ValueError):
            raise RowRejected(f"{name}: {str(value)[:40]!r} is not a date such as 2024-07-31") from None

    return Column(name, parse)


def _texts(name: str) -> Column:
    """A list: JSON, PostgreSQL's ``{a,b}``, or values between semicolons or commas."""

    def parse(value: Any) -> list[str] | None:
        if value is None or value == "":
            return None
        values = _listed(value) if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise RowRejected(f"{name}: a list of texts is expected")
        if len(values) > LIST_VALUES_MAX:
            raise RowRejected(f"{name}: {len(values):,} values, at most {LIST_VALUES_MAX:,} are kept")
        return values

    return Column(name, parse)


def _listed(text: str) -> Any:
    if text.startswith("["):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return None
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    separator = ";" if ";" in text else ","
    return [value.strip().strip('"') for value in text.split(separator) if value.strip()]


def _json(name: str) -> Column:
    """Any JSON; a text that is not JSON is kept as a text, so that nothing is lost."""

    def parse(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, str):
            if len(value) > TEXT_CHARS_MAX:
                raise RowRejected(f"{name}: {len(value):,} characters, at most {TEXT_CHARS_MAX:,} are kept")
            value = _decoded(value) if value[0] in "[{" else value
        check_json(value)
        return value

    return Column(name, parse)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def check_json(value: Any) -> None:
    """PostgreSQL stores no NUL character and no half of a surrogate pair, also not inside JSON."""
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        raise RowRejected("bad encoding: not Unicode") from None
    if rb"\u0000" in encoded:
        raise RowRejected("it holds a NUL character")


_COLUMNS = (
    _text("name", NAME_CHARS_MAX),
    _text("title_en", TITLE_CHARS_MAX),
    _text("type_code", LABEL_CHARS_MAX),
    Column("year", _year),
    _text("number", LABEL_CHARS_MAX),
    _text("live", LABEL_CHARS_MAX),
    _text("family", LABEL_CHARS_MAX),
    _text("family_ii", LABEL_CHARS_MAX),
    _day("md_date"),
    _text("md_description", TEXT_CHARS_MAX),
    _link("leg_gov_uk_url", LABEL_CHARS_MAX * 4),
    _text("acronym", LABEL_CHARS_MAX),
    _text("type_desc", LABEL_CHARS_MAX),
    _text("type_class", LABEL_CHARS_MAX),
    _text("secondary_class", LABEL_CHARS_MAX),
    _texts("tags"),
    _texts("role"),
    _text("geo_extent", LABEL_CHARS_MAX),
    _text("geo_region", TITLE_CHARS_MAX),
    _json("function"),
    _json("duty_holder"),
    _json("power_holder"),
    _json("rights_holder"),
    _json("purpose"),
    _day("latest_amend_date"),
)
COLUMNS: dict[str, Column] = {column.name: column for column in _COLUMNS}
REQUIRED = ("name", "title_en")
MANAGED = frozenset(
    {"id", "record_no", "number_int", "extra", "search_terms", "revision", "created_at", "updated_at"}
)
"""The register keeps these itself; a file that has them (an export) is imported without them."""

_DIGITS = re.compile(rf"[0-9]{{1,{NUMBER_DIGITS_MAX}}}")


def number_int(number: str | None) -> int | None:
    """The number as an integer, if it is one: what laws of one year are sorted by."""
    return int(number) if number is not None and _DIGITS.fullmatch(number) else None
