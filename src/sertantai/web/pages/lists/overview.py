"""``/groups``: all of a person's lists; those that are archived or deleted below."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, get

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import GroupId
from sertantai.core.state import GroupState
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.rendering import fragment, page
from sertantai.http.turns import sliced
from sertantai.lists.groups import DELETED_KEPT, deleted, deleted_at, listed
from sertantai.lists.smart import drift
from sertantai.web.parts.list_summary import COLOURS, smart_kind, summaries
from sertantai.web.requests import caller_of, lists_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

WHOLE: Final = "lists/overview.html"
PART: Final = "lists/overview_lists.html"


class DeletedList(msgspec.Struct, frozen=True):
    id: GroupId
    name: str
    deleted_at: datetime
    kept_until: datetime


@get("/groups", guards=[signed_in], opt={**FOR_READING, PURPOSE: "see your lists"}, include_in_schema=False)
async def groups_page(request: AnyRequest) -> Response[bytes]:
    context = await overview_context(request)
    if request.headers.get("hx-request") == "true":
        return fragment(request, PART, **context)
    return page(request, WHOLE, ticks_waiting=await _ticks_waiting(request), **context)


async def overview_context(request: AnyRequest) -> dict[str, Any]:
    service = services(request)
    state = (await lists_of(request)).state
    groups = listed(state)
    lists = summaries(groups)
    catalogue = service.register.catalogue
    frozen = [group for group in groups if smart_kind(group) == "frozen"]
    return {
        "drifts": {group.id: drift(catalogue, group) async for group in sliced(frozen, 1)},
        "lists": [one for one in lists if not one.archived],
        "archived": [one for one in lists if one.archived],
        "deleted": [_deleted(group) for group in deleted(state, service.clock.now())],
        "colours": COLOURS,
        "kept_days": DELETED_KEPT.days,
    }


async def _ticks_waiting(request: AnyRequest) -> int:
    """How many laws, ticked before signing in, have not found their list yet; the database may be away."""
    try:
        waiting = await services(request).guest_ticks.waiting(caller_of(request).user_id)
    except DatabaseUnavailable:
        return 0
    return sum(map(len, waiting.values()))


def _deleted(group: GroupState) -> DeletedList:
    at = deleted_at(group)
    return DeletedList(group.id, str(group.metadata["deleted_name"]), at, at + DELETED_KEPT)


ROUTES = [groups_page]
