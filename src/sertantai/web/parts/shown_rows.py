"""The rows of the register's table as they are shown. Two hundred are made for one answer, so what many rows
share is worded once, and nothing is made that no column shows."""

import re
from functools import lru_cache
from typing import Final

import msgspec
from markupsafe import Markup, escape

from sertantai.core.search_terms import matches
from sertantai.records.rows import RecordRow
from sertantai.web.parts.wording import (
    DayWords,
    FamilyWords,
    StatusWords,
    Wording,
    day_words,
    family_words,
    status_words,
    type_wording,
)

PATTERN_TERMS_MAX: Final = 12
"""A pattern of more takes longer to make than all the rows of a page."""


class ShownRow(msgspec.Struct, frozen=True):
    """``title``, ``number`` and ``name`` have the words that were searched for marked. What needs no words of
    its own is read from ``law``."""

    law: RecordRow
    id: str
    selected: bool
    plain_title: str
    title: Markup
    number: Markup
    name: Markup
    plain_name: str
    year: int | str
    type: Wording
    family: FamilyWords | None
    status: StatusWords
    day: DayWords | None
    reason: str = ""
    """Why it is here, where its title does not say so."""


def shown_row(row: RecordRow, selected: bool, terms: list[str], reason: str = "") -> ShownRow:
    title = row.title_en or row.name
    return ShownRow(
        law=row,
        id=str(row.id),
        selected=selected,
        plain_title=title,
        title=marked(title, terms),
        number=marked(row.number or "", terms),
        name=marked(row.name, terms),
        plain_name=row.name,
        year=row.year or "",
        type=type_wording(row.type_code),
        family=family_words(row.family) if row.family else None,
        status=status_words(row.live),
        day=day_words(row.md_date) if row.md_date else None,
        reason=reason,
    )


def marked(text: str, terms: list[str]) -> Markup:
    """The text, escaped, with ``<mark>`` around the beginnings of words that were searched for."""
    spans = _found(text, terms) if terms else []
    if not spans:
        return escape(text)
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += (escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>")
        at = end
    parts.append(escape(text[at:]))
    return Markup("".join(parts))  # noqa: S704  # every part is escaped just above


def _found(text: str, terms: list[str]) -> list[tuple[int, int]]:
    """As `matches` says; nearly every title is plain, and few words are sought faster in another way."""
    if len(terms) > PATTERN_TERMS_MAX or not text.isascii() or "'" in text:
        return matches(text, terms)
    return [found.span() for found in _beginnings(tuple(terms)).finditer(text)]


@lru_cache(maxsize=256)
def _beginnings(terms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile(
        rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})", re.IGNORECASE | re.ASCII
    )
