"""``/api/v1/groups``: what is done with several lists at once: their order, and records between them."""

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import GroupId, parse_uuid
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.http.guards import signed_in
from sertantai.lists.actions import BULK_IDS_MAX
from sertantai.lists.between.transfers import Transfer, transfer
from sertantai.lists.errors import CountChanged
from sertantai.lists.listing import matching_of_list
from sertantai.lists.order_of_lists import put_in_order
from sertantai.lists.undo import MOVING
from sertantai.web.api.asked import RECORDS
from sertantai.web.api.ticks import Filter, record_ids_in
from sertantai.web.requests import allowed, lists_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH

GROUPS_MAX = 1_000


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lists in the order wanted; lists that are left out come after, in the order they have."""

    group_ids: list[str]


class Order(msgspec.Struct, frozen=True):
    group_ids: list[GroupId]


class TransferRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``record_ids``, or ``filter`` on the list's records; records that it does not hold are passed over.
    ``reason``: why they leave the list, where they are moved."""

    to: str
    move: bool = False
    record_ids: list[str] | None = None
    filter: Filter | None = None
    expected_count: int | None = None
    reason: str | None = None


@post("/groups/order", guards=[signed_in], opt=FOR_BOTH, summary="Put my lists in order", status_code=200)
async def order(request: AnyRequest, data: JSONBody[NewOrder]) -> Order:
    if len(data.group_ids) > GROUPS_MAX:
        raise TooLarge(f"group_ids: at most {GROUPS_MAX:,}.", field="group_ids")
    wanted = [GroupId(parse_uuid(text, f"group_ids[{at}]")) for at, text in enumerate(data.group_ids)]
    return Order(await put_in_order(services(request).groups, await lists_of(request), wanted))


@post(
    "/groups/{group:str}/transfers",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Copy or move laws to another list",
    status_code=200,
)
async def transfers(request: AnyRequest, group: FromPath[str], data: JSONBody[TransferRequest]) -> Transfer:
    """Notes and tags go along. What is in the other list already stays as it is there."""
    service = services(request)
    source = await allowed(request, group, Right.TICK, MOVING, keyed=True)
    target = source.named(data.to, Right.TICK)
    if source.group.id == target.group.id:
        raise InvalidInput("to: it is the list that the laws are in.", field="to")
    records = await _wanted(request, data, source.group) & source.group.records
    begun = await service.actions.is_begun(source)
    if not begun and data.expected_count is not None and len(records) != data.expected_count:
        raise CountChanged(
            f"{len(records):,} laws match now, not {data.expected_count:,}; nothing was changed.",
            field="expected_count",
        )
    return await transfer(
        service.actions, source, target, records, move=data.move, reason=data.reason, id=source.key
    )


async def _wanted(request: AnyRequest, data: TransferRequest, source: GroupState) -> BitMap:
    if (data.record_ids is None) == (data.filter is None):
        raise InvalidInput("record_ids: give either record_ids or filter.", field="record_ids")
    if data.filter is not None:
        query = RECORDS.of_body(request, data.filter)
        return await matching_of_list(await services(request).register.current(), query, source)
    ids = data.record_ids or []
    if len(ids) > BULK_IDS_MAX:
        raise TooLarge(f"record_ids: at most {BULK_IDS_MAX:,}. Use filter for more.", field="record_ids")
    wanted = await record_ids_in(ids, "record_ids")
    return (await services(request).register.numbers_of(wanted))[0]


ROUTES = [order, transfers]
