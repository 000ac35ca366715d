"""``/api/v1/groups``: what is done with several lists at once: their order, and records between them."""

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import GroupId, parse_uuid
from sertantai.core.state import GroupState
from sertantai.http.guards import signed_in
from sertantai.lists.access import own_lists
from sertantai.lists.actions import BULK_IDS_MAX, find_group
from sertantai.lists.errors import CountChanged
from sertantai.lists.listing import matching_of_list, parse_query
from sertantai.lists.order_of_lists import put_in_order
from sertantai.lists.transfers import Transfer, transfer
from sertantai.web.api.ticks import Filter, record_ids_in
from sertantai.web.services import AnyRequest, Services, caller, idempotent_id, origin, services

GROUPS_MAX = 1_000


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lists in the order wanted; lists that are left out come after, in the order they have."""

    group_ids: list[str]


class Order(msgspec.Struct, frozen=True):
    group_ids: list[GroupId]


class TransferRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``record_ids``, or ``filter`` on the list's records; records that it does not hold are passed over."""

    to: str
    move: bool = False
    record_ids: list[str] | None = None
    filter: Filter | None = None
    expected_count: int | None = None


@post("/groups/order", guards=[signed_in], summary="Put my lists in order", status_code=200)
async def order(request: AnyRequest, data: JSONBody[NewOrder]) -> Order:
    if len(data.group_ids) > GROUPS_MAX:
        raise TooLarge(f"group_ids: at most {GROUPS_MAX:,}.", field="group_ids")
    service, who = services(request), caller(request)
    wanted = [GroupId(parse_uuid(text, f"group_ids[{at}]")) for at, text in enumerate(data.group_ids)]
    return Order(
        await put_in_order(service.engine, service.groups, origin(who), own_lists(who.user_id), wanted)
    )


@post(
    "/groups/{group:str}/transfers",
    guards=[signed_in],
    summary="Copy or move laws to another list",
    status_code=200,
)
async def transfers(request: AnyRequest, group: FromPath[str], data: JSONBody[TransferRequest]) -> Transfer:
    """Notes and tags go along. What is in the other list already stays as it is there."""
    service, who = services(request), caller(request)
    state = await service.engine.state(own_lists(who.user_id))
    source, target = find_group(state, group), find_group(state, data.to)
    if source.id == target.id:
        raise InvalidInput("to: it is the list that the laws are in.", field="to")
    records = await _wanted(service, data, source) & source.records
    id = idempotent_id(request, who)
    begun = await service.actions.is_begun(own_lists(who.user_id), id)
    if not begun and data.expected_count is not None and len(records) != data.expected_count:
        raise CountChanged(
            f"{len(records):,} laws match now, not {data.expected_count:,}; nothing was changed.",
            field="expected_count",
        )
    by = origin(who, "merge")
    return await transfer(
        service.engine,
        service.actions,
        by,
        own_lists(who.user_id),
        source,
        target,
        records,
        move=data.move,
        id=id,
    )


async def _wanted(service: Services, data: TransferRequest, source: GroupState) -> BitMap:
    if (data.record_ids is None) == (data.filter is None):
        raise InvalidInput("record_ids: give either record_ids or filter.", field="record_ids")
    if data.filter is not None:
        return await matching_of_list(await service.register.current(), parse_query(data.filter), source)
    ids = data.record_ids or []
    if len(ids) > BULK_IDS_MAX:
        raise TooLarge(f"record_ids: at most {BULK_IDS_MAX:,}. Use filter for more.", field="record_ids")
    wanted = await record_ids_in(ids, "record_ids")
    return (await service.register.numbers_of(wanted))[0]


ROUTES = [order, transfers]
