"""A row of somebody's own table as an item to look for: its law, its number, its note and tags. Pure."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from sertantai.lists.importing.annotations import annotation_in
from sertantai.lists.importing.columns import states_laws
from sertantai.lists.importing.lines import ITEM_CHARACTERS_MAX, ImportItem

TEXTS_MAX: Final = 20
"""Cells of one row that name its law, and so many that state its number."""
_BETWEEN: Final = re.compile(r"[;\n]")


class TableRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """``law``: what names it, ``reference``: citations and links, the surest first. ``line``: its own."""

    line: int
    law: list[str] = []
    reference: list[str] = []
    note: str = ""
    tags: str | list[str] = []


def item_of(row: TableRow) -> ImportItem | None:
    """None for a row that names no law. People have references of their own: the note says them."""
    laws = [text[:ITEM_CHARACTERS_MAX] for cell in row.law[:TEXTS_MAX] if (text := cell.strip())]
    given = [text[:ITEM_CHARACTERS_MAX] for cell in row.reference[:TEXTS_MAX] if (text := cell.strip())]
    stated = [text for text in given if states_laws(text)]
    texts = tuple(_with_reference(text, stated) for text in laws) or tuple(stated or given)
    if not texts:
        return None
    own = [f"Reference: {text}" for text in given if text not in stated and text not in texts]
    note = "\n".join(part for part in (row.note, *own) if part)
    annotation, told = annotation_in({"note": note, "tags": row.tags})
    return ImportItem(row.line, texts, annotation=annotation, told=told)


def _with_reference(law: str, stated: Sequence[str]) -> str:
    """A title with its number behind it, as people write it: each is then held against the other.

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
    return law if reference in law else f"{law} ({reference})"
