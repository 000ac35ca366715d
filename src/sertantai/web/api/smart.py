"""``/api/v1/groups/{group}``: its filter, how far it has drifted, and its exceptions."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId, RecordId, UserId, parse_uuid
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.http.guards import signed_in
from sertantai.lists.access import group_now
from sertantai.lists.actions import Bulk
from sertantai.lists.exceptions import exceptions_of, is_live, taking_back
from sertantai.lists.groups import GroupFacts, facts_of
from sertantai.lists.smart import accept, drift, follow, keep_filter
from sertantai.web.api.asked import FILTER
from sertantai.web.api.groups import versioned
from sertantai.web.api.shown_ids import ids_of
from sertantai.web.api.ticks import Filter
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_READING


class KeptFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``filter`` null: an ordinary list again."""

    filter: Filter | None
    frozen: bool = False


class FilterKept(GroupFacts, frozen=True):
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


@put("/groups/{group:str}/filter", guards=[signed_in], opt=FOR_BOTH, summary="Set the filter of a list")
async def put_filter(
    request: AnyRequest, group: FromPath[str], data: JSONBody[KeptFilter]
) -> Response[FilterKept]:
    """A list that is not ``frozen`` is brought in line at once, and again whenever the register changes."""
    service, target = services(request), await allowed(request, group, Right.MANAGE)
    wanted = None if data.filter is None else FILTER.parse(data.filter).filter
    kept = await keep_filter(service.groups, target, wanted, frozen=data.frozen)
    found = drift(await service.register.current(), kept) if is_live(kept) else None
    if not found:
        return versioned(_kept(kept), kept.version)
    done = await accept(service.actions, target.one(kept, Right.TICK), found)
    now = await group_now(service.engine, target)
    answer = _kept(now, added=len(found.new), removed=len(found.gone), operation_id=done.operation_id)
    return versioned(answer, done.version)


@get(
    "/groups/{group:str}/drift", guards=[signed_in], opt=FOR_READING, summary="Compare a list with its filter"
)
async def get_drift(request: AnyRequest, group: FromPath[str]) -> DriftAnswer:
    target = (await allowed(request, group, Right.READ)).group
    found = drift(await services(request).register.current(), target)
    if found is None:
        raise InvalidInput("group: this list has no filter.", field="group")
    return DriftAnswer(
        len(found.new), len(found.gone), ids_of(request, found.new), ids_of(request, found.gone)
    )


@post(
    "/groups/{group:str}/drift/accept",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Apply the filter of a list",
    status_code=200,
)
async def accept_drift(request: AnyRequest, group: FromPath[str], data: JSONBody[Accept]) -> Response[Bulk]:
    target = await allowed(request, group, Right.TICK, keyed=True)
    found = drift(await services(request).register.current(), target.group)
    if found is None:
        raise InvalidInput("group: this list has no filter.", field="group")
    done = await accept(
        services(request).actions,
        target,
        found,
        expected=(data.expected_new, data.expected_gone),
        id=target.key,
    )
    return versioned(done, done.version)


@get("/groups/{group:str}/exceptions", guards=[signed_in], opt=FOR_READING, summary="Exceptions of a list")
async def get_exceptions(request: AnyRequest, group: FromPath[str]) -> Exceptions:
    """Laws that were ticked or unticked by hand, the newest first."""
    target = (await allowed(request, group, Right.READ)).group
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
    opt=FOR_BOTH,
    summary="Remove exceptions of a list",
    status_code=200,
)
async def end_exception(
    request: AnyRequest, group: FromPath[str], record: FromPath[str]
) -> Response[FilterKept]:
    """The list is brought in line at once. Again, and for a law that is no exception: nothing is changed."""
    service, target = services(request), await allowed(request, group, Right.MANAGE)
    number = await service.register.number_of(RecordId(parse_uuid(record, "record")))
    ended = taking_back(target.group, BitMap((number,)))
    if not ended:
        return versioned(_kept(target.group), target.group.version)
    kept = await service.groups.update(target, metadata=dict(ended))
    if is_live(kept):
        await follow(service.actions, await service.register.current(), target.one(kept, Right.TICK))
    now = await group_now(service.engine, target)
    return versioned(_kept(now), now.version)


def _kept(group: GroupState, **followed: Any) -> FilterKept:
    return FilterKept(**msgspec.structs.asdict(facts_of(group)), **followed)


ROUTES = [put_filter, get_drift, accept_drift, get_exceptions, end_exception]
