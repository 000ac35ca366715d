"""``/api/v1/records``: the register with the caller's ticks."""

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.ids import RecordId, parse_uuid
from sertantai.core.notes import REVIEWED_AT
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.http.guards import visitor
from sertantai.lists.access import Allowed
from sertantai.lists.listing import (
    Detail,
    facets,
    found_page,
    laws_asked_for,
    selection_details,
)
from sertantai.lists.together.responsibilities import answering
from sertantai.lists.together.sharing import PersonShown
from sertantai.lists.together.signed import signed
from sertantai.records.facets import FacetValue
from sertantai.records.rows import RecordRow
from sertantai.web.api.asked import LISTED, RECORDS
from sertantai.web.api.groups import versioned
from sertantai.web.requests import allowed, allowed_to_read
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING


class ListedRecord(RecordRow, frozen=True, kw_only=True):
    selected: bool


class SelectedRecord(ListedRecord, frozen=True, kw_only=True):
    note: str | None
    tags: list[str]
    rank: float | None
    selected_at: datetime | None
    source: str | None
    selected_by: PersonShown | None = None
    """Of an organization's list, as the next two: who ticked the law, wrote the note, gave it its place."""
    note_by: PersonShown | None = None
    ranked_by: PersonShown | None = None
    responsible: PersonShown | None = None
    """Who answers for the law: named also once they have gone."""
    review_on: date | None = None
    review_due: bool = False
    """Its day has come (in UTC), and nobody has reviewed the law since."""
    reviewed_at: str | None = None
    reviewed_by: PersonShown | None = None


class Records(msgspec.Struct, frozen=True):
    """``total`` match; ``selected_total`` of them are selected in the list."""

    items: list[ListedRecord]
    total: int
    selected_total: int
    next_cursor: str | None


class SelectedRecords(msgspec.Struct, frozen=True):
    items: list[SelectedRecord]
    total: int
    selected_total: int
    next_cursor: str | None
    version: int


@get("/records", guards=[visitor], opt={**FOR_READING, **RECORDS.opt}, summary="The register with my ticks")
async def list_records(request: AnyRequest) -> Records:
    service = services(request)
    query = RECORDS.of(request)
    ticked = (await allowed(request, query.group, Right.READ)).group.records
    found = await found_page(service.register.catalogue, query, ticked)
    items = [_listed(row, number in ticked) for row, number in zip(found.rows, found.numbers, strict=True)]
    return Records(items, len(found.matching), len(found.selected), found.next_cursor)


@get(
    "/records/facets",
    guards=[visitor],
    opt={**FOR_READING, **RECORDS.opt},
    summary="How many laws each value of a filter would leave",
)
async def list_facets(request: AnyRequest) -> dict[str, list[FacetValue]]:
    service = services(request)
    query = RECORDS.of(request)
    ticked = (await allowed(request, query.group, Right.READ)).group.records
    return facets(service.register.catalogue, query, ticked)


@get("/records/{record:str}", guards=[visitor], opt=FOR_READING, summary="A law, with all its columns")
async def get_record(request: AnyRequest, record: FromPath[str]) -> Any:
    return await services(request).register.whole_record(RecordId(parse_uuid(record, "record")))


@get(
    "/groups/{group:str}/records",
    guards=[visitor],
    opt={**FOR_READING, **LISTED.opt},
    summary="The laws of a list",
)
async def list_selected(request: AnyRequest, group: FromPath[str]) -> Response[SelectedRecords]:
    """The same filters, order and pages as ``/records``, of the selected records only. ``q`` searches notes
    and tags too, unless ``notes`` is false. ``responsible`` and ``review`` leave those that somebody, or
    nobody, answers for, and those that are due."""
    service = services(request)
    query = msgspec.structs.replace(LISTED.of(request, notes=True), group=group, selected=True)
    allowed_list = await allowed_to_read(request, group)
    target, catalogue = allowed_list.group, service.register.catalogue
    wanted = await laws_asked_for(catalogue, query, allowed_list, query.reviewing)
    found = await found_page(catalogue, query, target.records, wanted)
    ids = {number: row.id for number, row in zip(found.numbers, found.rows, strict=True)}
    details = await selection_details(service.effects, allowed_list, ids)
    items = [
        _selected(allowed_list, row, target.annotations.get(number, {}), details.get(number))
        for row, number in zip(found.rows, found.numbers, strict=True)
    ]
    answer = SelectedRecords(
        items, len(found.matching), len(found.selected), found.next_cursor, target.version
    )
    return versioned(answer, target.version)


def _listed(row: RecordRow, selected: bool) -> ListedRecord:
    return ListedRecord(**msgspec.structs.asdict(row), selected=selected)


def _selected(
    lists: Allowed, row: RecordRow, annotation: Annotation, detail: Detail | None
) -> SelectedRecord:
    detail = detail or Detail()
    by = signed(lists, annotation, detail.actor)
    answers = answering(lists, annotation, lists.now().date())
    return SelectedRecord(
        **msgspec.structs.asdict(row),
        selected=True,
        note=annotation.get("note"),
        tags=annotation.get("tags", []),
        rank=annotation.get("rank"),
        selected_at=detail.selected_at,
        source=detail.source,
        selected_by=by.selected_by,
        note_by=by.note_by,
        ranked_by=by.ranked_by,
        responsible=answers.responsible,
        review_on=answers.review_on,
        review_due=answers.is_due,
        reviewed_at=annotation.get(REVIEWED_AT),
        reviewed_by=by.reviewed_by,
    )


ROUTES = [list_records, list_facets, get_record, list_selected]
