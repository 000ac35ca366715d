"""The register as somebody sees it: the records that match, in order, each with its tick."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

import msgspec
from pyroaring import BitMap

from sertantai.audit.effects import Effects
from sertantai.core.bitmaps import EMPTY
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import RecordId, RecordNo, UserId
from sertantai.core.state import GroupState
from sertantai.http.turns import ROWS_AT_A_TIME, breathe
from sertantai.lists.access import Allowed, hot_now
from sertantai.lists.search import found_in_list
from sertantai.lists.together.responsibilities import Reviewing, of_reviewing
from sertantai.records.catalogue import Catalogue
from sertantai.records.cursors import decode_cursor
from sertantai.records.facets import FacetValue
from sertantai.records.filters import EVERYTHING, RecordFilter, filter_body
from sertantai.records.rows import RecordRow
from sertantai.records.sorting import BY_TITLE, Sort
from sertantai.records.windows import SORTED_AT_HAND_MAX, window_beside

DETAILS_AT_ONCE = 500
LIMIT_DEFAULT = 50


class Wanted(msgspec.Struct, frozen=True):
    """Which records are asked for: a filter, ``selected`` only (or not), and whose list.

    With ``notes`` only what the list holds, and ``q`` is looked for in its notes and tags too.
    """

    filter: RecordFilter = EVERYTHING
    selected: bool | None = None
    notes: bool = False
    group: str = "default"


class Query(Wanted, frozen=True):
    """Which page of them is asked for, and in what order; None: a search by relevance, all else by title."""

    sort: Sort | None = None
    cursor: str | None = None
    limit: int = LIMIT_DEFAULT


class ListQuery(Query, frozen=True):
    """Of the laws of a list; the last two are as in `Reviewing`."""

    responsible: str | None = None
    review: str | None = None

    @property
    def reviewing(self) -> Reviewing:
        return Reviewing(self.responsible, self.review)


class FoundPage(msgspec.Struct, frozen=True):
    """One page of records. ``selected`` are those of ``matching`` that are in the list."""

    rows: Sequence[RecordRow]
    numbers: Sequence[RecordNo]
    matching: BitMap
    selected: BitMap
    next_cursor: str | None


def question_of(wanted: Wanted) -> str:
    """The same for whatever asks for the same laws, in whichever order it names them, on every server: a
    cursor is good for it alone. What somebody's own abbreviations stand for may change between two pages, and
    lists only matter where ticks decide."""
    stated = {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in filter_body(wanted.filter).items()
    }
    of_list = wanted.notes or wanted.selected is not None
    whose = (wanted.selected, wanted.notes, wanted.group.lower()) if of_list else None
    asked = (sorted(stated.items()), whose)
    if isinstance(wanted, ListQuery) and not wanted.reviewing.is_all:
        return repr((*asked, wanted.responsible, wanted.review))
    return repr(asked)


def matching(catalogue: Catalogue, query: Wanted, ticked: BitMap) -> BitMap:
    """The records that a query is about."""
    found = catalogue.matching(query.filter)
    if query.selected is None:
        return found
    return found & ticked if query.selected else found - ticked


async def matching_of_list(catalogue: Catalogue, query: Wanted, group: GroupState | None) -> BitMap:
    """The same, for somebody whose list is ``group``."""
    if query.notes:
        return EMPTY if group is None else await found_in_list(catalogue, query.filter, group)
    return matching(catalogue, query, EMPTY if group is None else group.records)


async def laws_asked_for(catalogue: Catalogue, query: Wanted, found: Allowed, reviewing: Reviewing) -> BitMap:
    """The laws of a list that a query is about. Days are those of UTC."""
    matching = await matching_of_list(catalogue, query, found.group)
    return await of_reviewing(found, matching, reviewing, found.now().date())


async def found_page(
    catalogue: Catalogue, query: Query, ticked: BitMap, found: BitMap | None = None
) -> FoundPage:
    """The page that ``query`` asks for, seen by somebody whose list holds ``ticked``; ``found`` where it is
    known what matches."""
    found = matching(catalogue, query, ticked) if found is None else found
    sort = catalogue.ordered(query.sort, query.filter.q, query.filter.own)
    question = question_of(query)
    cursor = decode_cursor(query.cursor, sort, question)
    asked = (found, sort, cursor, query.limit)
    if len(found) > SORTED_AT_HAND_MAX and len(sort.terms) > 1:
        numbers, following = await asyncio.to_thread(catalogue.page, *asked)
    else:
        numbers, following = catalogue.page(*asked)
    return FoundPage(
        await rows_of(catalogue, numbers),
        numbers,
        found,
        found & ticked,
        None if following is None else following.encode(question),
    )


async def rows_of(catalogue: Catalogue, numbers: Sequence[int]) -> list[RecordRow]:
    """The rows of these records, in slices."""
    rows: list[RecordRow] = []
    for at in range(0, len(numbers), ROWS_AT_A_TIME):
        await breathe()
        rows += catalogue.rows(numbers[at : at + ROWS_AT_A_TIME])
    return rows


async def first_rows(catalogue: Catalogue, records: BitMap, count: int) -> list[RecordRow]:
    """The first of a set by title."""
    known = records & catalogue.everything
    return await rows_of(catalogue, await window_beside(catalogue.columns, known, BY_TITLE, 0, count))


def facets(catalogue: Catalogue, query: Wanted, ticked: BitMap) -> dict[str, list[FacetValue]]:
    """Each facet's values with their counts, each counted with its own filter left out."""
    within = None if query.selected is None else (ticked if query.selected else catalogue.everything - ticked)
    return catalogue.facets(query.filter, ticked, within)


class Detail(msgspec.Struct, frozen=True):
    selected_at: datetime | None = None
    source: str | None = None
    actor: UserId | None = None


async def selection_details(
    effects: Effects, found: Allowed, ids: Mapping[RecordNo, RecordId]
) -> Mapping[int, Detail]:
    """When and how each record came into the list; what the database does not tell now is left out."""
    hot, group = await hot_now(effects.engine, found), found.group
    wanted = BitMap(ids)
    details: dict[int, Detail] = {}
    try:
        asked = iter(ids.values())
        while some := list(islice(asked, DETAILS_AT_ONCE)):
            for coming in (await effects.details(found.owner, group.id, some)).answer:
                details[coming.record] = Detail(coming.at, coming.source, coming.actor)
    except DatabaseUnavailable:
        details.clear()
    # What is newest may not be in the database yet.
    for change in hot.recent_changes():
        if change.group is not None and change.group.id == group.id:
            origin = change.operation.origin
            fresh = Detail(change.operation.at, origin.source, origin.actor)
            details.update(dict.fromkeys(change.added & wanted, fresh))
    return details
