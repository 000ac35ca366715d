"""``/api/v1/groups/{group}/…``: everything that changes the records of a list."""

from typing import Any

import msgspec
from litestar import Response, delete, patch, post, put
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import OperationId, RecordId, parse_uuid
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON
from sertantai.core.operations import Annotation
from sertantai.core.responsible import OF_REVIEWS
from sertantai.core.rights import Right
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.http.guards import visitor
from sertantai.http.short_ways import OPTION as SHORT_WAY
from sertantai.lists.access import Allowed
from sertantai.lists.actions import BULK_IDS_MAX, Bulk, BulkAction, Ticked, Undone
from sertantai.lists.listing import Wanted, matching_of_list
from sertantai.web.api.asked import RECORDS, REMOVAL, removal_reason
from sertantai.web.api.groups import versioned
from sertantai.web.requests import allowed, caller_of
from sertantai.web.services import AnyRequest, Services, services
from sertantai.web.token_scopes import FOR_CHANGING

Filter = dict[str, str | int | bool | list[str | int | bool]]


class BulkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either ``record_ids``, or ``filter`` with ``except`` and ``expected_count``; neither to clear, but
    ``expected_count`` then too: how many the list has.

    ``reason``: why laws go, at most 500 characters; 422, ``reason_needed``, where one is required.
    """

    action: BulkAction
    record_ids: list[str] | None = None
    filter: Filter | None = None
    except_: list[str] = msgspec.field(default_factory=list, name="except")
    expected_count: int | None = None
    reason: str | None = None


class UndoRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``reason``: why laws go that it removes again; it may always be left out."""

    operation_id: str | None = None
    reason: str | None = None


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody was shown of a selection's note and tags."""

    note: str | msgspec.UnsetType | None = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType | None = msgspec.UNSET


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays; null takes it away. ``responsible``: the id of a member who may read the list
    (422, ``cannot_answer``, for anybody else); ``review_on``: a day.

    With ``expected``: 409, ``annotation_changed``, when the note or the tags are no longer what was shown.
    """

    note: str | msgspec.UnsetType | None = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    rank: float | msgspec.UnsetType | None = msgspec.UNSET
    responsible: str | msgspec.UnsetType | None = msgspec.UNSET
    review_on: str | msgspec.UnsetType | None = msgspec.UNSET
    expected: Shown | msgspec.UnsetType = msgspec.UNSET


@put(
    "/groups/{group:str}/records/{record:str}",
    guards=[visitor],
    opt={**FOR_CHANGING, SHORT_WAY: True},
    summary="Tick a law",
)
async def select(request: AnyRequest, group: FromPath[str], record: FromPath[str]) -> Response[Ticked]:
    """Answered only once it is on disk. ``changed`` is false when it was selected already."""
    service, wanted = services(request), _record(record)
    found = await allowed(request, group, Right.TICK)
    who = caller_of(request)
    if who.is_guest:
        await service.guest_ticks.check_room(who, found, BitMap([await service.register.number_of(wanted)]))
    ticked = await service.actions.select(found, wanted)
    return versioned(ticked, ticked.version)


@delete(
    "/groups/{group:str}/records/{record:str}",
    guards=[visitor],
    opt={**FOR_CHANGING, SHORT_WAY: True, **REMOVAL.opt},
    summary="Untick a law",
    status_code=200,
)
async def deselect(request: AnyRequest, group: FromPath[str], record: FromPath[str]) -> Response[Ticked]:
    """``reason``: 422, ``reason_needed``, where an organisation requires one and none is given."""
    wanted, reason = _record(record), removal_reason(request)
    found = await allowed(request, group, Right.TICK)
    ticked = await services(request).actions.deselect(found, wanted, reason=reason)
    return versioned(ticked, ticked.version)


@patch(
    "/groups/{group:str}/records/{record:str}",
    guards=[visitor],
    opt=FOR_CHANGING,
    summary="Write a note and tags, and say who answers for a law",
)
async def annotate(
    request: AnyRequest, group: FromPath[str], record: FromPath[str], data: JSONBody[Note]
) -> Response[Bulk]:
    service = services(request)
    number = await service.register.number_of(_record(record))
    changes: Annotation = {
        name: value or None if name != "rank" else value
        for name in ("note", "tags", "rank", RESPONSIBLE, REVIEW_ON)
        if (value := getattr(data, name)) is not msgspec.UNSET
    }
    expected = None if data.expected is msgspec.UNSET else msgspec.structs.asdict(data.expected)
    reviews = OF_REVIEWS.intersection(changes)
    found = await allowed(request, group, Right.REVIEW if reviews == changes.keys() else Right.NOTE)
    if reviews:
        found.require(Right.REVIEW, found.group)
    await service.guest_ticks.limit(caller_of(request), found)
    shown = {name: value for name, value in (expected or {}).items() if value is not msgspec.UNSET}
    done = await service.actions.annotate(found, BitMap([number]), changes, expected=shown)
    return versioned(done, done.version)


@post(
    "/groups/{group:str}/operations",
    guards=[visitor],
    opt=FOR_CHANGING,
    summary="Tick or untick many",
    status_code=200,
)
async def operate(request: AnyRequest, group: FromPath[str], data: JSONBody[BulkRequest]) -> Response[Bulk]:
    service = services(request)
    _check_shape(data)
    source = "filter" if data.filter is not None else "hand"
    right = Right.MANAGE if data.action == "clear_all" else Right.TICK
    found = await allowed(request, group, right, source, keyed=True)
    found.require(Right.TICK, found.group)
    records, unknown = await _meant(request, found, data)
    if data.action == "bulk_select":
        await service.guest_ticks.check_room(caller_of(request), found, records)
    done = await service.actions.bulk(
        found,
        data.action,
        records,
        expected_count=data.expected_count,
        unknown=unknown,
        reason=data.reason,
        id=found.key,
    )
    return versioned(done, done.version)


@post(
    "/groups/{group:str}/undo", guards=[visitor], opt=FOR_CHANGING, summary="Undo a change", status_code=200
)
async def undo(
    request: AnyRequest, group: FromPath[str], data: JSONBody[UndoRequest | None] = None
) -> Response[Undone]:
    """Without ``operation_id``: the last one in the list that is still in effect."""
    wanted = None if data is None or data.operation_id is None else data.operation_id
    operation = None if wanted is None else OperationId(parse_uuid(wanted, "operation_id"))
    found = await allowed(request, group, Right.UNDO, keyed=True)
    reason = None if data is None else data.reason
    undone = await services(request).actions.undo(found, operation, reason=reason, id=found.key)
    return versioned(undone, undone.version)


async def _meant(request: AnyRequest, found: Allowed, data: BulkRequest) -> tuple[BitMap, list[RecordId]]:
    """The records that a bulk request is about, and the ids of it that are none."""
    service = services(request)
    if data.record_ids is not None:
        ids = await record_ids_in(data.record_ids, "record_ids")
        return await service.register.numbers_of(ids)
    if data.filter is None:
        return BitMap(), []
    without = await record_ids_in(data.except_, "except")
    excepted, _ = await service.register.numbers_of(without)
    query = RECORDS.of_body(request, data.filter, group=str(found.group.id))
    return await matching_of(service, found, query) - excepted, []


async def matching_of(service: Services, found: Allowed, query: Wanted) -> BitMap:
    """The records of a filter; ``selected`` in it looks at the list that it names."""
    target = found.group if query.group == str(found.group.id) else found.named(query.group).group
    return await matching_of_list(await service.register.current(), query, target)


def _check_shape(data: BulkRequest) -> None:
    if data.record_ids is not None and data.filter is not None:
        raise InvalidInput("record_ids: give either record_ids or filter, not both.", field="record_ids")
    if data.action == "clear_all" and (data.record_ids is not None or data.filter is not None):
        raise InvalidInput("action: clear_all takes neither record_ids nor filter.", field="action")
    if data.action != "clear_all" and data.record_ids is None and data.filter is None:
        raise InvalidInput("record_ids: record_ids or filter is needed.", field="record_ids")
    if data.expected_count is not None and data.filter is None and data.action != "clear_all":
        raise InvalidInput("expected_count: it goes with filter or clear_all.", field="expected_count")
    for name, ids in (("record_ids", data.record_ids or []), ("except", data.except_)):
        if len(ids) > BULK_IDS_MAX:
            raise TooLarge(
                f"{name}: {len(ids):,} ids; at most {BULK_IDS_MAX:,} in one call. Use filter for more.",
                field=name,
            )


async def record_ids_in(texts: list[str], field: str) -> list[RecordId]:
    """The ids of a request, as many as they are. Raises `InvalidInput` naming the one that is none."""

    def read() -> list[RecordId]:
        return [_record(text, f"{field}[{at}]") for at, text in enumerate(texts)]

    return read() if len(texts) <= ITEMS_AT_HAND_MAX else await aside(read)


def _record(text: Any, field: str = "record") -> RecordId:
    return RecordId(parse_uuid(text, field))


ROUTES = [select, deselect, annotate, operate, undo]
