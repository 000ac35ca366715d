"""The columns of the register: one line each, and from it follows what can.

Statements, what is kept in memory and can be sorted by, and what pages call a column are made from `COLUMNS`.
What a column needs beside its line is told in docs/guides/develop.md.
"""

import re
from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Any, Final

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


class Kept(Enum):
    """How the register in memory knows a column, so that the table can show it and be sorted by it."""

    EACH = "with the row it belongs to"
    """For what nearly every law has for itself: `rows.ShownText` and `sql.READ_ROWS` name each of these."""
    ONCE = "each different value once"
    """For what many laws have in common."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """``parse`` makes the value PostgreSQL gets from what the file has; ``None`` is "not stated".

    ``label`` is what pages call it. ``kept`` is None for what only the database knows; anything else can be
    sorted by.
    """

    name: str
    label: str
    holds: type
    parse: Callable[[Any], Any]
    kept: Kept | None = None


def _text(name: str, label: str, chars_max: int, kept: Kept | None = None) -> Column:
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

    return Column(name=name, label=label, holds=str, parse=parse, kept=kept)


def _link(name: str, label: str, chars_max: int) -> Column:
    """An address that a page may link to: whatever else a scheme does, it is not for whoever clicks."""
    text = _text(name, label, chars_max)

    def parse(value: Any) -> str | None:
        link: str | None = text.parse(value)
        if link is not None and not link.lower().startswith(("https://", "http://")):
            raise RowRejected(f"{name}: {link[:40]!r} is not an address with https:// or http://")
        return link

    return Column(name=name, label=label, holds=str, parse=parse)


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


def _day(name: str, label: str, kept: Kept | None = None) -> Column:
    def parse(value: Any) -> date | None:
        if value is None or value == "":
            return None
        try:
            return date.fromisoformat(value[:10] if len(value) > 10 and value[10] in "T " else value)
        except (TypeError, ValueError):
            raise RowRejected(f"{name}: {str(value)[:40]!r} is not a date such as 2024-07-31") from None

    return Column(name=name, label=label, holds=date, parse=parse, kept=kept)


def _texts(name: str, label: str) -> Column:
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

    return Column(name=name, label=label, holds=list, parse=parse)


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


def _json(name: str, label: str) -> Column:
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

    return Column(name=name, label=label, holds=object, parse=parse)


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
    _text("name", "Name", NAME_CHARS_MAX, Kept.EACH),
    _text("title_en", "Title", TITLE_CHARS_MAX, Kept.EACH),
    _text("type_code", "Type", LABEL_CHARS_MAX, Kept.ONCE),
    Column(name="year", label="Year", holds=int, parse=_year, kept=Kept.ONCE),
    _text("number", "Number", LABEL_CHARS_MAX, Kept.EACH),
    _text("live", "Status", LABEL_CHARS_MAX, Kept.ONCE),
    _text("family", "Family", LABEL_CHARS_MAX, Kept.ONCE),
    _text("family_ii", "Second family", LABEL_CHARS_MAX, Kept.ONCE),
    _day("md_date", "Date", Kept.ONCE),
    _text("md_description", "Description", TEXT_CHARS_MAX),
    _link("leg_gov_uk_url", "Link", LABEL_CHARS_MAX * 4),
    _text("acronym", "Acronym", LABEL_CHARS_MAX),
    _text("type_desc", "Type description", LABEL_CHARS_MAX),
    _text("type_class", "Class", LABEL_CHARS_MAX),
    _text("secondary_class", "Second class", LABEL_CHARS_MAX),
    _text("geo_extent", "Extent", LABEL_CHARS_MAX),
    _text("geo_region", "Region", TITLE_CHARS_MAX),
    _texts("tags", "Tags of the register"),
    _texts("role", "Roles"),
    _json("function", "Function"),
    _json("duty_holder", "Duty holders"),
    _json("power_holder", "Power holders"),
    _json("rights_holder", "Rights holders"),
    _json("purpose", "Purpose"),
    _day("latest_amend_date", "Last amended"),
)
COLUMNS: Final[dict[str, Column]] = {column.name: column for column in _COLUMNS}
SORTABLE: Final = tuple(column.name for column in _COLUMNS if column.kept)
KEPT_ONCE: Final = tuple(column.name for column in _COLUMNS if column.kept is Kept.ONCE)
REQUIRED = ("name", "title_en")
MANAGED = frozenset(
    {"id", "record_no", "number_int", "extra", "search_terms", "revision", "created_at", "updated_at"}
)
"""The register keeps these itself; a file that has them (an export) is imported without them."""

_DIGITS = re.compile(rf"[0-9]{{1,{NUMBER_DIGITS_MAX}}}")


def number_int(number: str | None) -> int | None:
    """The number as an integer, if it is one: what laws of one year are sorted by."""
    return int(number) if number is not None and _DIGITS.fullmatch(number) else None
