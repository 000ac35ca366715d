"""`about-you.html`: what is in the file, for people: each part with what it is for, and its first rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from sertantai.core.ids import UserId
from sertantai.persons.paper import facts, heading, page_of, paragraph, table
from sertantai.persons.parts import NO_SECRETS, RECIPIENTS, Part, kept_in_words
from sertantai.process.settings import Settings

TITLE: Final = "All that is held about you"
ROWS_SHOWN: Final = 50
"""Of each part; its file has them all."""
CELL_CHARACTERS: Final = 300


class Shown(NamedTuple):
    """A part with how many rows it has, and the first of them."""

    part: Part
    rows: int
    first: Sequence[Mapping[str, Any]]


def first_rows(rows: Iterable[Any], room: int) -> list[dict[str, str]]:
    """So many of them at most, as texts that fit into a table."""
    return [{name: _cell(value) for name, value in row.items()} for row, _ in zip(rows, range(room))]  # noqa: B905  # whichever ends first


def about_you(person: UserId, at: datetime, shown: Sequence[Shown], settings: Settings) -> str:
    lead = "Everything below is in this ZIP file as JSON, too. Times are UTC."
    overview = [
        (one.part.title, f"{one.rows:,}", one.part.purpose, kept_in_words(one.part, settings))
        for one in shown
    ]
    pieces = [
        facts([("Your id", str(person)), ("Written", f"{at:%Y-%m-%d %H:%M} UTC")]),
        table(("What", "Rows", "What for", "How long"), overview, numbers=(1,)),
        paragraph(RECIPIENTS, quiet=True),
        paragraph(NO_SECRETS, quiet=True),
    ]
    for one in shown:
        if one.first:
            pieces += [heading(one.part.title), paragraph(_says(one), quiet=True), _rows(one.first)]
    return page_of(TITLE, lead, pieces)


def _says(one: Shown) -> str:
    more = f" The first {len(one.first):,} of {one.rows:,}." if one.rows > len(one.first) else ""
    return f"{one.part.about}. In {one.part.name}.json.{more}"


def _rows(rows: Sequence[Mapping[str, str]]) -> str:
    # A column in which nothing stands in any of them tells nobody anything.
    names = [name for name in rows[0] if any(row[name] for row in rows)]
    return table([name.replace("_", " ") for name in names], ([row[name] for name in names] for row in rows))


def _cell(value: Any) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
    return text if len(text) <= CELL_CHARACTERS else f"{text[: CELL_CHARACTERS - 1]}…"
