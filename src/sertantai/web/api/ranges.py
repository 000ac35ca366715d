"""``POST /api/v1/groups/{group}/ranges``: tick or untick from one record to another in a view's order."""

import asyncio
from functools import partial
from typing import Literal

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.ids import RecordId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.guards import visitor
from sertantai.lists.actions import Bulk
from sertantai.records.windows import SORTED_AT_HAND_MAX
from sertantai.web.api.asked import RECORDS
from sertantai.web.api.groups import versioned
from sertantai.web.api.ticks import Filter, matching_of
from sertantai.web.requests import allowed, caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_CHANGING


class RangeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``from`` and ``to`` are records, in either order and both taken in; ``sort`` as for ``/records``;
    ``reason``: why they go, where they are unticked."""

    action: Literal["bulk_select", "bulk_deselect"]
    from_: str = msgspec.field(name="from")
    to: str
    filter: Filter = {}
    sort: str | None = None
    reason: str | None = None


@post(
    "/groups/{group:str}/ranges",
    guards=[visitor],
    opt=FOR_CHANGING,
    summary="Tick or untick a range",
    status_code=200,
)
async def operate_on_range(
    request: AnyRequest, group: FromPath[str], data: JSONBody[RangeRequest]
) -> Response[Bulk]:
    """Everything of the filter between two records, over pages that were never loaded. 404 for an unknown
    record; an end that does not match the filter itself marks its place only."""
    service = services(request)
    catalogue = service.register.catalogue
    ends = [
        catalogue.record_no(RecordId(parse_uuid(text, field)))
        for text, field in ((data.from_, "from"), (data.to, "to"))
    ]
    found = await allowed(request, group, Right.TICK, "filter", keyed=True)
    query = RECORDS.of_body(request, {**data.filter, "sort": data.sort}, group=str(found.group.id))
    matching = await matching_of(service, found, query)
    sort = catalogue.ordered(query.sort, query.filter.q, query.filter.own)
    within = partial(catalogue.between, matching, sort, *ends)
    records: BitMap = within() if len(matching) <= SORTED_AT_HAND_MAX else await asyncio.to_thread(within)
    if data.action == "bulk_select":
        await service.guest_ticks.check_room(caller_of(request), found, records)
    done = await service.actions.bulk(found, data.action, records, reason=data.reason, id=found.key)
    return versioned(done, done.version)


ROUTES = [operate_on_range]
