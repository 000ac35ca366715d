"""``POST /api/v1/records/match`` and ``/groups/{group}/imports``: look first, then save in one operation."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, SertantaiError, TooLarge
from sertantai.core.ids import OperationId, Position, RecordId, RecordNo, UserId, parse_uuid
from sertantai.core.operations import Annotation
from sertantai.http.answers import JsonAnswer
from sertantai.http.aside import aside, encoded
from sertantai.http.guards import signed_in
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.lists.access import Allowed, Right
from sertantai.lists.actions import BULK_IDS_MAX, Bulk
from sertantai.lists.annotations import spelled
from sertantai.lists.importing.duties import Found, Said, asks_for_addresses, duties_in
from sertantai.lists.importing.kept_reports import ReportTooLong
from sertantai.lists.importing.lines import read_items
from sertantai.lists.importing.live_lists import not_taken
from sertantai.lists.importing.matching import Found as FoundLaw
from sertantai.lists.importing.matching import Match
from sertantai.lists.importing.reports import (
    GivenLine,
    PackedReport,
    packed,
    read_report,
    refuse_unreported,
    saying,
    settled,
)
from sertantai.process.logs import logger
from sertantai.records.catalogue import Catalogue
from sertantai.web.requests import allowed, caller_of, own_words
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_READING

IMPORTED_WITHIN_S: Final = 30.0
"""A large one takes a second or two, and on a machine that is busy much longer than a page may take."""
REPORT_KEPT_WITHIN_S: Final = 5.0
"""The laws are durable by then: their answer waits no longer for what only says where they came from."""

log = logger(__name__)


class MatchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines of ids, names, titles, citations, links; or the text of a CSV, JSON or NDJSON file."""

    text: str


class Candidate(msgspec.Struct, frozen=True, gc=False):
    id: RecordId
    name: str
    title_en: str | None
    year: int | None
    number: str | None
    type_code: str | None


class MatchedItem(msgspec.Struct, frozen=True, gc=False):
    """``reasons``: why each of ``candidates`` is one, "by number" for instance. ``told``: a sentence for each
    thing of the line that ``annotation`` does not hold as it was given."""

    line: int
    text: str
    found: FoundLaw
    candidates: list[Candidate]
    possible: int
    annotation: Annotation
    told: tuple[str, ...]
    reasons: Sequence[str]


class MatchAnswer(msgspec.Struct, frozen=True):
    """``told``: what of the file as a whole an import does not take, a sentence each."""

    format: str
    items: list[MatchedItem]
    matched: int
    ambiguous: int
    missing: int
    told: tuple[str, ...] = ()


class ImportedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    record_id: str
    note: str | None = None
    tags: list[str] | None = None
    rank: float | None = None
    responsible: str | None = None
    review_on: str | None = None


class Unresolved(msgspec.Struct, frozen=True, gc=False):
    """What of a law's line stands nowhere: who is responsible, or the review date, and why."""

    record_id: RecordId
    told: tuple[str, ...]


class ImportRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In ``items`` ``responsible`` is a name, for who may see addresses also an address, of somebody who may
    read the list; ``review_on`` a day, as 2026-03-31. What is neither is told, and the law imported without.
    ``report``: every line that was brought, and what became of it, to be kept with the list.
    ``import_id``: a UUID of the caller's that all requests of one import have in common."""

    items: list[ImportedRecord]
    report: list[GivenLine] | None = None
    import_id: str | None = None


class ImportDone(Bulk, frozen=True):
    """``import_id``: whose report was kept; null where none was sent, and where it could not be kept: then
    ``told`` says so. ``unresolved``: laws imported without a person or a day that was named; their lines of
    the report say it too."""

    import_id: UUID | None = None
    told: str | None = None
    unresolved: tuple[Unresolved, ...] = ()


@post(
    "/records/match",
    guards=[signed_in],
    # What it may take, and how long it may wait for its turn, is bounded by `Matching`.
    opt={**FOR_READING, TAKES_ITS_TIME: True},
    summary="Find the laws in a text",
    status_code=200,
)
async def match_records(request: AnyRequest, data: JSONBody[MatchRequest]) -> Response[MatchAnswer]:
    """Nothing is saved."""
    service = services(request)
    catalogue = service.register.catalogue
    kind, items = await aside(read_items, data.text)
    who = caller_of(request).user_id
    matches = await service.matching.match_all(catalogue, items, await own_words(request), who=who)
    told = await aside(not_taken, kind, data.text)
    return JsonAnswer(await aside(answer_of, catalogue, kind, matches, told))


@post(
    "/groups/{group:str}/imports",
    guards=[signed_in],
    opt={**FOR_BOTH, TAKES_ITS_TIME: IMPORTED_WITHIN_S},
    summary="Import laws into a list",
    status_code=200,
)
async def import_records(
    request: AnyRequest, group: FromPath[str], data: JSONBody[ImportRequest]
) -> ImportDone:
    """One operation. Records that the list holds already keep their notes, tags and place.

    The ``report`` is kept once the laws are. Where it cannot be, the laws are imported all the same.
    """
    if len(data.items) > BULK_IDS_MAX:
        raise TooLarge(f"items: at most {BULK_IDS_MAX:,} in one import.", field="items")
    import_id = None if data.import_id is None else parse_uuid(data.import_id, "import_id")
    service, target = services(request), await allowed(request, group, Right.TICK, "import", keyed=True)
    ids, given = await aside(_read, data.items)
    found = await service.register.numbers_of_each(ids)
    duties = await _duties(request, target, data.items)
    told_of = {id: one.told for id, one in zip(ids, duties, strict=True) if one.told}
    report = await _report(request, target, data.report or (), ids, found, told_of)
    given = [{**one, **duty.annotation} for one, duty in zip(given, duties, strict=True)]
    numbers, unknown, annotations = await aside(_resolved, ids, given, found)
    before = target.hot.last
    done = await service.actions.amend(
        target,
        numbers,
        BitMap(),
        annotations=annotations,
        assigns=target.access is not None and any(one.annotation for one in duties),
        id=target.key,
    )
    answer = ImportDone(*msgspec.structs.astuple(msgspec.structs.replace(done, unknown=unknown)))
    unresolved = tuple(Unresolved(id, told) for id, told in told_of.items())
    answer = msgspec.structs.replace(answer, unresolved=unresolved)
    if report is None:
        return answer
    id = import_id or done.operation_id
    told = await _keep(request, target, id, done.operation_id, report, before)
    return msgspec.structs.replace(answer, import_id=None if told else id, told=told)


async def _duties(request: AnyRequest, target: Allowed, items: Sequence[ImportedRecord]) -> list[Found]:
    said = [Said(one.responsible, one.review_on) for one in items]
    access = target.access
    addresses: Mapping[UserId, str] = {}
    if access is not None and asks_for_addresses(target, said):
        addresses = await services(request).directory.addresses(access.members)
    return await aside(duties_in, target, said, addresses)


async def _report(
    request: AnyRequest,
    target: Allowed,
    given: Sequence[GivenLine],
    ids: Sequence[RecordId],
    numbers: Sequence[int],
    told_of: Mapping[RecordId, tuple[str, ...]],
) -> PackedReport | None:
    """The lines as they are kept, told from what the list held before. Raises for what cannot be kept.

    ``numbers``: of the records ``ids``, which this request brings.
    """
    if not given:
        return None
    service = services(request)
    # Sent again, all of it is in the list already, and it was this import that brought it there.
    there = target.group.records
    held = BitMap() if await service.actions.is_begun(target) else there
    return await aside(_packed, service.register.catalogue, given, ids, numbers, held, there, told_of)


def _packed(
    catalogue: Catalogue,
    given: Sequence[GivenLine],
    ids: Sequence[RecordId],
    numbers: Sequence[int],
    held: BitMap,
    there: BitMap,
    told_of: Mapping[RecordId, tuple[str, ...]],
) -> PackedReport:
    lines, known = read_report(given), dict(zip(ids, numbers, strict=True))
    refuse_unreported(lines, ids)
    brought = BitMap([number for number in numbers if number >= 0])
    # Of laws that this request does not bring: as far as it can be told without the database.
    others = [line.record_id for line in lines if line.record_id and line.record_id not in known]
    found = zip(others, catalogue.numbers_of_each(others), strict=True)
    known |= {record: number for record, number in found if number >= 0}
    return packed([*saying(settled(lines, known, brought, held, there), told_of)])


async def _keep(
    request: AnyRequest,
    target: Allowed,
    id: UUID,
    operation: OperationId,
    report: PackedReport,
    before: Position,
) -> str | None:
    """None once it is kept; else a sentence for whoever imported: their laws are there all the same.

    ``before``: what was done until then, by which whoever imports came to that list. In an organization
    PostgreSQL takes a report only from whom it knows there.
    """
    try:
        async with asyncio.timeout(REPORT_KEPT_WITHIN_S):
            if target.access is not None:
                await services(request).engine.reached(before, REPORT_KEPT_WITHIN_S)
            await services(request).import_reports.keep(target, id, operation, report)
    except ReportTooLong as error:
        return f"The laws are imported. {error.message} These lines were not saved."
    except (SertantaiError, TimeoutError) as error:
        log.warning("import_report_not_kept", owner=str(target.owner), reason=str(error))
        return "The laws are imported. The report of this import could not be saved."
    return None


def _read(items: Sequence[ImportedRecord]) -> tuple[list[RecordId], list[Annotation]]:
    """The id of each, and what is to be noted of it."""
    ids = [RecordId(parse_uuid(one.record_id, f"items[{at}].record_id")) for at, one in enumerate(items)]
    return ids, [_annotation(item) for item in items]


def _resolved(
    ids: Sequence[RecordId], given: Sequence[Annotation], found: Sequence[int]
) -> tuple[BitMap, list[RecordId], dict[int, Annotation]]:
    """Numbers, ids that nobody knows, and notes; of a record that is there twice, what stands last."""
    annotations = {
        number: annotation
        for number, annotation in zip(found, given, strict=True)
        if annotation and number >= 0
    }
    unknown = [record for record, number in zip(ids, found, strict=True) if number < 0]
    return BitMap([number for number in found if number >= 0]), unknown, annotations


def _annotation(item: ImportedRecord) -> Annotation:
    fields: dict[str, Any] = {"note": item.note, "tags": item.tags, "rank": item.rank}
    annotation = {name: value for name, value in fields.items() if value not in (None, "", [])}
    try:
        return spelled(annotation)
    except InvalidInput as error:
        raise InvalidInput(f"items: {error.message}", field="items") from None


def answer_of(catalogue: Catalogue, kind: str, matches: Sequence[Match], told: tuple[str, ...] = ()) -> Any:
    """A `MatchAnswer`, as JSON already; of many matches it takes a while."""
    candidates = _candidates(catalogue, {number for match in matches for number in match.candidates})
    shown = [_shown(match, candidates) for match in matches]
    found = [item.found for item in shown]
    return encoded(
        MatchAnswer(
            kind, shown, found.count("matched"), found.count("ambiguous"), found.count("missing"), told
        )
    )


def _candidates(catalogue: Catalogue, numbers: Set[RecordNo]) -> dict[RecordNo, Candidate]:
    """Each record once, however many lines may mean it."""
    in_order = sorted(numbers)
    return {
        number: Candidate(row.id, row.name, row.title_en, row.year, row.number, row.type_code)
        for number, row in zip(in_order, catalogue.rows(in_order), strict=True)
    }


def _shown(match: Match, candidates: Mapping[RecordNo, Candidate]) -> MatchedItem:
    return MatchedItem(
        match.item.line,
        match.item.texts[0],
        match.found,
        [candidates[number] for number in match.candidates],
        match.possible,
        match.item.annotation,
        match.item.told,
        match.reasons,
    )


ROUTES = [match_records, import_records]
