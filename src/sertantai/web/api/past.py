"""``/api/v1/groups/{group}/past``: a list as it was, compared and brought back."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from sertantai.audit.queries import parse_moment
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordId
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.lists.actions import Bulk
from sertantai.web.api.groups import versioned
from sertantai.web.api.shown_ids import ids_of
from sertantai.web.query import Shape
from sertantai.web.requests import allowed, allowed_to_read
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_READING


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
    """``reason``: why laws go that were not in the list then."""

    at: str
    reason: str | None = None


class PastQuery(msgspec.Struct, frozen=True):
    at: str = ""
    until: str = ""


PAST: Final = Shape(PastQuery)


@get(
    "/groups/{group:str}/past",
    guards=[signed_in],
    opt={**FOR_READING, **PAST.opt},
    summary="An earlier version of a list",
)
async def past(request: AnyRequest, group: FromPath[str]) -> PastAnswer:
    """``at`` is the moment; ``until``, else now, the one to compare with. In UTC where they name no zone."""
    target = await allowed_to_read(request, group)
    asked = PAST.of(request)
    if not asked.at:
        raise InvalidInput("at: a date and time is needed.", field="at")
    until = parse_moment(asked.until, "until") if asked.until else None
    told = await services(request).past.past(target, parse_moment(asked.at, "at"), until)
    found = told.answer
    since = found.since
    return PastAnswer(
        found.at,
        found.until,
        len(found.records),
        len(since.added),
        len(since.removed),
        ids_of(request, since.added),
        ids_of(request, since.removed),
    )


@post(
    "/groups/{group:str}/past/restore",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Restore an earlier version of a list",
    status_code=200,
)
async def restore(request: AnyRequest, group: FromPath[str], data: JSONBody[Moment]) -> Response[Bulk]:
    target = await allowed(request, group, Right.TICK)
    at = parse_moment(data.at, "at")
    done = await services(request).past.restore(services(request).actions, target, at, data.reason)
    return versioned(done, done.version)


ROUTES = [past, restore]
