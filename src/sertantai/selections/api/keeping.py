"""``/api/v1/groups/{group}``: its past, its filter, and which of its records changed."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.audit.moments import Moments
from sertantai.audit.queries import parse_moment
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId, RecordId, UserId, parse_uuid
from sertantai.core.state import GroupState
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import parse_filter
from sertantai.selections.actions import BULK_IDS_MAX, Bulk, find_group
from sertantai.selections.api.groups import versioned
from sertantai.selections.api.ticking import Filter, record_ids_in
from sertantai.selections.changed_records import (
    ChangedRecord,
    changed_counts,
    changed_records,
    mark_reviewed,
)
from sertantai.selections.exceptions import exceptions_of, is_live, taking_back
from sertantai.selections.groups import GroupView, listed, view
from sertantai.selections.services import AnyRequest, caller, idempotent_id, origin, services
from sertantai.selections.smart_lists import accept, drift, follow, keep_filter
from sertantai.selections.time_travel import TimeTravel
from sertantai.web.answers import JsonAnswer
from sertantai.web.aside import ITEMS_AT_HAND_MAX, aside, encoded
from sertantai.web.guards import signed_in

IDS_SHOWN_MAX = 500


class PastAnswer(msgspec.Struct, frozen=True):
    """``count`` records at ``at``; ``added`` and ``removed`` say what happened to it until ``until``.
    The lists of ids hold the first of them only."""

    at: datetime
    until: datetime
    count: int
    added: int
    removed: int
    added_ids: list[RecordId]
    removed_ids: list[RecordId]


class Moment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: str


class KeptFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``filter`` null: an ordinary list again."""

    filter: Filter | None
    frozen: bool = False


class FilterKept(GroupView, frozen=True):
    """``added`` and ``removed``: what brought a live list in line, by ``operation_id``; null: nothing did."""

    added: int = 0
    removed: int = 0
    operation_id: OperationId | None = None


class DriftAnswer(msgspec.Struct, frozen=True):
    new: int
    gone: int
    new_ids: list[RecordId]
    gone_ids: list[RecordId]


class Accept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Refused unless the drift is as large as somebody was shown."""

    expected_new: int | None = None
    expected_gone: int | None = None


class ExceptionAnswer(msgspec.Struct, frozen=True):
    """``always``: in the list whatever its filter says; else never in it."""

    record_id: RecordId
    always: bool
    by: UserId
    at: datetime


class Exceptions(msgspec.Struct, frozen=True):
    items: list[ExceptionAnswer]


class ChangedField(msgspec.Struct, frozen=True):
    old: Any
    new: Any


class ChangedAnswer(msgspec.Struct, frozen=True):
    record_id: RecordId
    changed_at: datetime
    fields: dict[str, ChangedField]


class ChangedCounts(msgspec.Struct, frozen=True):
    """By list; of lists in ``more`` there may be more than is told."""

    lists: dict[str, int]
    more: list[str]


class Reviews(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    record_ids: list[str]


@get("/groups/{group:str}/past", guards=[signed_in], summary="An earlier version of a list")
async def past(request: AnyRequest, group: FromPath[str]) -> PastAnswer:
    """``at`` is the moment; ``until``, else now, the one to compare with. In UTC where they name no zone."""
    owner, target = await _target(request, group)
    stated = request.query_params.get("at")
    if not stated:
        raise InvalidInput("at: a date and time is needed.", field="at")
    until = request.query_params.get("until")
    found = await travel(request).past(
        owner, target, parse_moment(stated, "at"), parse_moment(until, "until") if until else None
    )
    since = found.since
    return PastAnswer(
        found.at,
        found.until,
        len(found.records),
        len(since.added),
        len(since.removed),
        _ids(request, since.added),
        _ids(request, since.removed),
    )


@post(
    "/groups/{group:str}/past/restore",
    guards=[signed_in],
    summary="Restore an earlier version of a list",
    status_code=200,
)
async def restore(request: AnyRequest, group: FromPath[str], data: JSONBody[Moment]) -> Response[Bulk]:
    owner, target = await _target(request, group)
    by = origin(caller(request), "undo")
    actions = services(request).actions
    done = await travel(request).restore(actions, by, owner, target, parse_moment(data.at, "at"))
    return versioned(done, done.version)


@put("/groups/{group:str}/filter", guards=[signed_in], summary="Set the filter of a list")
async def put_filter(
    request: AnyRequest, group: FromPath[str], data: JSONBody[KeptFilter]
) -> Response[FilterKept]:
    """A list that is not ``frozen`` is brought in line at once, and again whenever the register changes."""
    owner, target = await _target(request, group)
    wanted = None if data.filter is None else parse_filter(data.filter)
    service, who = services(request), caller(request)
    kept = await keep_filter(service.groups, origin(who), owner, target, wanted, frozen=data.frozen)
    found = drift(await service.register.current(), kept) if is_live(kept) else None
    if not found:
        return versioned(_kept(kept), kept.version)
    done = await accept(service.actions, origin(who, "filter"), owner, kept, found)
    _, target = await _target(request, group)
    answer = _kept(target, added=len(found.new), removed=len(found.gone), operation_id=done.operation_id)
    return versioned(answer, done.version)


@get("/groups/{group:str}/drift", guards=[signed_in], summary="Compare a list with its filter")
async def get_drift(request: AnyRequest, group: FromPath[str]) -> DriftAnswer:
    _, target = await _target(request, group)
    found = drift(await services(request).register.current(), target)
    if found is None:
        raise InvalidInput("group: this list has no filter.", field="group")
    return DriftAnswer(len(found.new), len(found.gone), _ids(request, found.new), _ids(request, found.gone))


@post(
    "/groups/{group:str}/drift/accept",
    guards=[signed_in],
    summary="Apply the filter of a list",
    status_code=200,
)
async def accept_drift(request: AnyRequest, group: FromPath[str], data: JSONBody[Accept]) -> Response[Bulk]:
    owner, target = await _target(request, group)
    found = drift(await services(request).register.current(), target)
    if found is None:
        raise InvalidInput("group: this list has no filter.", field="group")
    who = caller(request)
    done = await accept(
        services(request).actions,
        origin(who, "filter"),
        owner,
        target,
        found,
        expected=(data.expected_new, data.expected_gone),
        id=idempotent_id(request, who),
    )
    return versioned(done, done.version)


@get("/groups/{group:str}/exceptions", guards=[signed_in], summary="Exceptions of a list")
async def get_exceptions(request: AnyRequest, group: FromPath[str]) -> Exceptions:
    """Laws that were ticked or unticked by hand, the newest first."""
    _, target = await _target(request, group)
    catalogue = services(request).register.catalogue
    return Exceptions(
        [
            ExceptionAnswer(catalogue.record_id(one.record), one.always, one.by, one.at)
            for one in exceptions_of(target)
        ]
    )


@delete(
    "/groups/{group:str}/exceptions/{record:str}",
    guards=[signed_in],
    summary="Remove exceptions of a list",
    status_code=200,
)
async def end_exception(
    request: AnyRequest, group: FromPath[str], record: FromPath[str]
) -> Response[FilterKept]:
    """The list is brought in line at once. Again, and for a law that is no exception: nothing is changed."""
    owner, target = await _target(request, group)
    service, by = services(request), origin(caller(request))
    number = await service.register.number_of(RecordId(parse_uuid(record, "record")))
    ended = taking_back(target, BitMap((number,)))
    if not ended:
        return versioned(_kept(target), target.version)
    kept = await service.groups.update(by, owner, target.id, metadata=dict(ended))
    if is_live(kept):
        await follow(service.actions, await service.register.current(), by, owner, kept)
    _, target = await _target(request, group)
    return versioned(_kept(target), target.version)


@get("/changed", guards=[signed_in], summary="How many laws of each list changed since they were ticked")
async def get_changed_counts(request: AnyRequest) -> ChangedCounts:
    """Only lists with some. A hundred of a person's lists are looked at, and ten thousand changes: of those
    in `more` there may be more than is told."""
    service, owner = services(request), UserId(caller(request).user_id)
    groups = [group for group in listed(await service.engine.state(owner)) if group.records]
    found = await changed_counts(service.engine, service.register, owner, groups)
    counts = {str(group): count for group, count in found.counts.items()}
    return ChangedCounts(counts, [str(group) for group in found.more])


@get("/groups/{group:str}/changed", guards=[signed_in], summary="Laws changed since they were ticked")
async def get_changed(request: AnyRequest, group: FromPath[str]) -> Response[list[ChangedAnswer]]:
    owner, target = await _target(request, group)
    service = services(request)
    found = (await changed_records(service.engine, service.register, owner, target)).records
    answer = partial(_changed, service.register.catalogue, found)
    return JsonAnswer(answer() if len(found) <= ITEMS_AT_HAND_MAX else await aside(answer))


def _changed(catalogue: Catalogue, found: Mapping[int, ChangedRecord]) -> Any:
    return encoded(
        [
            ChangedAnswer(
                catalogue.record_id(number),
                change.changed_at,
                {name: ChangedField(field.old, field.new) for name, field in change.fields.items()},
            )
            for number, change in found.items()
        ]
    )


@post(
    "/groups/{group:str}/reviews",
    guards=[signed_in],
    summary="Mark changed laws as still applying",
    status_code=200,
)
async def review(request: AnyRequest, group: FromPath[str], data: JSONBody[Reviews]) -> Response[Bulk]:
    """They stay in the list and are not told of until they change again."""
    owner, target = await _target(request, group)
    if len(data.record_ids) > BULK_IDS_MAX:
        raise InvalidInput(f"record_ids: at most {BULK_IDS_MAX:,}.", field="record_ids")
    service = services(request)
    ids = await record_ids_in(data.record_ids, "record_ids")
    numbers, _ = await service.register.numbers_of(ids)
    by = origin(caller(request))
    done = await mark_reviewed(service.actions, service.clock, by, owner, target, numbers)
    return versioned(done, done.version)


def _kept(group: GroupState, **followed: Any) -> FilterKept:
    return FilterKept(**msgspec.structs.asdict(view(group)), **followed)


def travel(request: AnyRequest) -> TimeTravel:
    service = services(request)
    return TimeTravel(service.engine, Moments(request.app.state.database), service.clock)


async def _target(request: AnyRequest, reference: str) -> tuple[UserId, GroupState]:
    owner = UserId(caller(request).user_id)
    return owner, find_group(await services(request).engine.state(owner), reference)


def _ids(request: AnyRequest, records: BitMap) -> list[RecordId]:
    return services(request).register.catalogue.record_ids(BitMap(records[:IDS_SHOWN_MAX]))


ROUTES = [
    past,
    restore,
    put_filter,
    get_drift,
    accept_drift,
    get_changed,
    get_changed_counts,
    review,
    get_exceptions,
    end_exception,
]
