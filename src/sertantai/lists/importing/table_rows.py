"""A row of somebody's own table as an item to look for: its law, its number, its note and tags. Pure."""

import re
from collections.abc import Sequence, Set
from typing import Final

import msgspec

from sertantai.core.sealing.notes import HEAD_SAID
from sertantai.lists.importing.annotations import annotation_in
from sertantai.lists.importing.columns import cites_in_its_year, states_laws
from sertantai.lists.importing.lines import ITEM_CHARACTERS_MAX, ImportItem, Stated

TEXTS_MAX: Final = 20
"""Cells of one row that name its law, and so many that state its number."""
_BETWEEN: Final = re.compile(r"[;\n]")
_YEAR: Final = re.compile(r"(?<!\d)(?:1[2-9]|20)\d\d(?!\d)")


class TableRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """``law``: what names it, ``reference``: citations and links, the surest first. ``line``: its own.
    ``responsible``: a name or an address; ``review_on``: a day."""

    line: int
    law: list[str] = []
    reference: list[str] = []
    note: str = ""
    tags: str | list[str] = []
    responsible: str = ""
    review_on: str = ""


def item_of(row: TableRow) -> ImportItem | None:
    """None for a row that names no law. People have references of their own: the note says them."""
    laws = [text[:ITEM_CHARACTERS_MAX] for cell in row.law[:TEXTS_MAX] if (text := cell.strip())]
    given = [text[:ITEM_CHARACTERS_MAX] for cell in row.reference[:TEXTS_MAX] if (text := cell.strip())]
    years = {year for text in laws for year in _YEAR.findall(text)}
    whole = {text: _in_year(text, years) for text in given}
    stated = [text for text in whole.values() if states_laws(text)]
    texts = tuple(_with_reference(text, stated) for text in laws) or tuple(stated or given)
    if not texts or texts[0].startswith(HEAD_SAID):  # what stands below the table of an export
        return None
    known = (*stated, *texts)
    own = [
        f"Reference: {text}"
        for text in given
        if whole[text] not in stated and not any(text in one for one in known)
    ]
    note = "\n".join(part for part in (row.note, *own) if part)
    annotation, told = annotation_in(
        {"note": note, "tags": row.tags, "responsible": row.responsible, "review_on": row.review_on}
    )
    return ImportItem(row.line, texts, _beside(laws, texts), annotation, told)


def _beside(laws: Sequence[str], texts: Sequence[str]) -> Stated:
    """A title that was joined with its number, to be held against what is found by both."""
    joined = laws and laws[0] not in texts and not _BETWEEN.search(laws[0])
    return Stated(title=laws[0]) if joined else Stated()


def _in_year(reference: str, years: Set[str]) -> str:
    """ "c. 37" beside an Act of 1974 is "1974 c. 37"."""
    cited = cites_in_its_year(reference)
    if cited is None or len(years) != 1:
        return reference
    return f"{min(years)}{cited}"


def _with_reference(law: str, stated: Sequence[str]) -> str:
    """A title with its number before it, where no remark takes it along: each is held against the other.

    Where a cell names several laws, each has a number of its own, or none of them has.
    """
    if not stated:
        return law
    laws = [part.strip() for part in _BETWEEN.split(law) if part.strip()]
    if len(laws) < 2:
        return _joined(law, stated[0])
    references = [part.strip() for part in _BETWEEN.split(stated[0]) if part.strip()]
    if len(references) != len(laws):
        return law
    return "; ".join(_joined(*pair) for pair in zip(laws, references, strict=True))


def _joined(law: str, reference: str) -> str:
    return law if reference in law else f"{reference} - {law}"
