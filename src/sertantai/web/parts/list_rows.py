"""The rows of a list's page: the records, with note, tags, and when and by what means each came in."""

from datetime import date, datetime
from math import ceil
from typing import Final

import msgspec
import numpy as np
from markupsafe import Markup
from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.core.search_terms import search_terms
from sertantai.core.spelling import compared
from sertantai.core.state import GroupState
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.http.turns import sliced
from sertantai.lists.access import Allowed
from sertantai.lists.changed_records import ChangedRecord, ChangedRecords
from sertantai.lists.listing import Detail, selection_details
from sertantai.lists.order import in_own_order
from sertantai.lists.search import without_search
from sertantai.lists.together.responsibilities import Answering, answering, of_reviewing
from sertantai.lists.together.signed import Signed, signed
from sertantai.records.catalogue import Catalogue
from sertantai.records.ranks import Numbers, numbers_of
from sertantai.records.rows import RecordRow
from sertantai.records.windows import window_beside
from sertantai.web.parts.counted import Counted
from sertantai.web.parts.list_view import REVIEWING, ListView
from sertantai.web.parts.only_in_database import coming_or_none
from sertantai.web.parts.shown_rows import marked
from sertantai.web.services import Services

SOURCES: Final = {
    "hand": "ticked",
    "filter": "by filter",
    "import": "imported",
    "undo": "by undo",
    "merge": "from another list",
    "system": "by Sertantai",
    "salvage": "restored after damage",
}
TAGS_SHOWN_MAX: Final = 200
_tags_known: Final = Counted[list[tuple[str, int]]]()


class SelectedRow(msgspec.Struct, frozen=True):
    record: RecordRow
    title: Markup
    note: str
    tags: list[str]
    ranked: bool
    selected_at: datetime | None
    source: str
    changed: ChangedRecord | None
    by: Signed
    answers: Answering


class SelectedRows(msgspec.Struct, frozen=True):
    """``total`` match the view, of ``count`` in the list; ``first`` is the first row's position, from 1."""

    rows: list[SelectedRow]
    total: int
    count: int
    page: int
    pages: int
    first: int
    numbers: BitMap

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


async def selected_rows(
    service: Services,
    shown: Allowed,
    view: ListView,
    within: BitMap,
    changed: ChangedRecords | None,
    today: date,
) -> SelectedRows:
    """The rows of the view's page; of the last one if there are not so many. ``within``: what its search
    finds. ``changed`` None: it cannot be known now. ``today``: where whoever reads it is."""
    changed = changed or ChangedRecords()
    catalogue, group = service.register.catalogue, shown.group
    matching = await shown_of(catalogue, shown, view, within, changed, today)
    total = len(matching)
    pages = max(1, ceil(total / view.size))
    page = min(view.page, pages)
    offset = (page - 1) * view.size
    if view.added is None:
        numbers = await _ordered(catalogue, group, view, matching, offset, view.size)
    else:
        numbers = await _by_coming(service, shown, view, matching, offset)
    ids = {number: catalogue.record_id(number) for number in numbers}
    details = await selection_details(service.effects, shown, ids)
    terms = list(dict.fromkeys(search_terms(view.filter.q or "")))
    rows = [
        _row(shown, number, catalogue.row(number), terms, details.get(number), changed, today)
        async for number in sliced(numbers)
    ]
    return SelectedRows(rows, total, group.count, page, pages, offset + 1 if rows else 0, BitMap(numbers))


async def shown_of(
    catalogue: Catalogue,
    shown: Allowed,
    view: ListView,
    within: BitMap,
    changed: ChangedRecords,
    today: date,
) -> BitMap:
    """What the view shows, all its pages; ``within``: what its search finds."""
    found = catalogue.matching(without_search(view.filter)) & within & catalogue.everything
    return await narrowed(found, shown, view, changed.numbers, today)


async def narrowed(matching: BitMap, shown: Allowed, view: ListView, changed: BitMap, today: date) -> BitMap:
    """Of the records that the filter leaves those that the view shows."""
    group = shown.group
    if view.show in REVIEWING:
        matching = await of_reviewing(shown, matching, REVIEWING[view.show], today)
    given = (matching, group, view, changed)
    looks_at_notes = view.tag is not None or view.show == "noted"
    if looks_at_notes and len(group.annotations) > ITEMS_AT_HAND_MAX:
        return await aside(_narrowed, *given)
    return _narrowed(*given)


def _narrowed(matching: BitMap, group: GroupState, view: ListView, changed: BitMap) -> BitMap:
    if view.tag is not None:
        matching &= _tagged(group, view.tag)
    if view.show == "noted":
        matching &= BitMap(n for n, note in group.annotations.items() if "note" in note)
    if view.show == "changed":
        matching &= changed
    return matching


async def tags_of(group: GroupState) -> list[tuple[str, int]]:
    """The tags in use in a list, the most used first, each in its first spelling. Counted once for each state
    of a list."""
    if len(group.annotations) <= ITEMS_AT_HAND_MAX:
        return _tags_of(group)
    known = _tags_known.of(group)
    return _tags_known.keep(group, await aside(_tags_of, group)) if known is None else known


def _tags_of(group: GroupState) -> list[tuple[str, int]]:
    spellings: dict[str, str] = {}
    counts: dict[str, int] = {}
    for annotation in group.annotations.values():
        for tag in annotation.get("tags", ()):
            key = compared(tag)
            spellings.setdefault(key, tag)
            counts[key] = counts.get(key, 0) + 1
    in_order = sorted(counts, key=lambda key: (-counts[key], key))[:TAGS_SHOWN_MAX]
    return [(spellings[key], counts[key]) for key in in_order]


def _tagged(group: GroupState, tag: str) -> BitMap:
    wanted = compared(tag)
    return BitMap(
        number
        for number, annotation in group.annotations.items()
        if any(compared(one) == wanted for one in annotation.get("tags", ()))
    )


async def _ordered(
    catalogue: Catalogue, group: GroupState, view: ListView, matching: BitMap, offset: int, limit: int
) -> list[RecordNo]:
    if view.sort is None:
        sort = view.catalogue_sort
        given = (catalogue, matching, group.annotations, sort, offset, limit)
        if len(group.annotations) <= ITEMS_AT_HAND_MAX:
            return in_own_order(*given)
        return await aside(in_own_order, *given)
    sort = catalogue.ordered(view.sort, view.filter.q, view.filter.own)
    return await window_beside(catalogue.columns, matching, sort, offset, limit)


async def _by_coming(
    service: Services, shown: Allowed, view: ListView, matching: BitMap, offset: int
) -> list[RecordNo]:
    """By when they came in; by title while the database, which alone knows, is away."""
    known = await coming_or_none(service, shown)
    if known is None:
        return await _ordered(service.register.catalogue, shown.group, view, matching, offset, view.size)
    if len(known) <= ITEMS_AT_HAND_MAX:
        return _come(known, matching, view, offset)
    return await aside(_come, known, matching, view, offset)


def _come(known: Numbers, matching: BitMap, view: ListView, offset: int) -> list[RecordNo]:
    """The page of the view. What the database does not know yet came last."""
    wanted = numbers_of(matching)
    ordered = known[np.isin(known, wanted)]
    ordered = np.concatenate((ordered, np.setdiff1d(wanted, ordered, assume_unique=True)))
    ordered = ordered if view.added == "added" else ordered[::-1]
    return [RecordNo(number) for number in ordered[offset : offset + view.size].tolist()]


def _row(
    shown: Allowed,
    number: RecordNo,
    record: RecordRow,
    terms: list[str],
    detail: Detail | None,
    changed: ChangedRecords,
    today: date,
) -> SelectedRow:
    annotation = shown.group.annotations.get(number, {})
    detail = detail or Detail()
    return SelectedRow(
        record=record,
        title=marked(record.title_en or record.name, terms),
        note=str(annotation.get("note", "")),
        tags=list(annotation.get("tags", ())),
        ranked="rank" in annotation,
        selected_at=detail.selected_at,
        source=SOURCES.get(detail.source or "", ""),
        changed=changed.records.get(number),
        by=signed(shown, annotation, detail.actor),
        answers=answering(shown, annotation, today),
    )
