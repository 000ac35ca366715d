"""``PATCH /api/v1/groups/{group}/records``: who answers for laws of a list, and when each is due."""

import msgspec
from litestar import Response, patch
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.lists.access import Allowed
from sertantai.lists.actions import BULK_IDS_MAX, Bulk
from sertantai.lists.errors import CountChanged
from sertantai.lists.listing import laws_asked_for
from sertantai.web.api.asked import LISTED
from sertantai.web.api.groups import versioned
from sertantai.web.api.ticks import Filter, record_ids_in
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_CHANGING


class Assigning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either ``record_ids``, or ``filter`` with ``expected_count``; laws that are not in the list are passed
    over. ``responsible``: a member's id, ``review_on``: a day. What is left out stays; null takes it away."""

    record_ids: list[str] | None = None
    filter: Filter | None = None
    expected_count: int | None = None
    responsible: str | msgspec.UnsetType | None = msgspec.UNSET
    review_on: str | msgspec.UnsetType | None = msgspec.UNSET


@patch(
    "/groups/{group:str}/records",
    guards=[signed_in],
    opt=FOR_CHANGING,
    summary="Say who answers for laws, and when to review them",
)
async def assign(request: AnyRequest, group: FromPath[str], data: JSONBody[Assigning]) -> Response[Bulk]:
    """One operation, and one undo. Who answers is a member who may read the list: 422, `cannot_answer`, for
    anybody else. ``filter`` has the names of the query of ``GET /groups/{group}/records``."""
    changes = said_of(data.responsible, data.review_on)
    if not changes:
        raise InvalidInput(f"{RESPONSIBLE}: give {RESPONSIBLE} or {REVIEW_ON}.", field=RESPONSIBLE)
    found = await allowed(request, group, Right.REVIEW)
    records = await _meant(request, found, data) & found.group.records
    if data.expected_count is not None and len(records) != data.expected_count:
        raise CountChanged(
            f"{len(records):,} laws match now, not {data.expected_count:,}; nothing was changed.",
            field="expected_count",
        )
    done = await services(request).actions.annotate(found, records, changes)
    return versioned(done, done.version)


def said_of(
    responsible: str | msgspec.UnsetType | None, review_on: str | msgspec.UnsetType | None
) -> Annotation:
    """What was given of both; an empty text takes away."""
    given = {RESPONSIBLE: responsible, REVIEW_ON: review_on}
    return {name: value or None for name, value in given.items() if value is not msgspec.UNSET}


async def _meant(request: AnyRequest, found: Allowed, data: Assigning) -> BitMap:
    service = services(request)
    if (data.record_ids is None) == (data.filter is None):
        raise InvalidInput("record_ids: give either record_ids or filter.", field="record_ids")
    if data.record_ids is not None:
        if len(data.record_ids) > BULK_IDS_MAX:
            raise TooLarge(
                f"record_ids: at most {BULK_IDS_MAX:,} in one call. Use filter for more.", field="record_ids"
            )
        ids = await record_ids_in(data.record_ids, "record_ids")
        return (await service.register.numbers_of(ids))[0]
    query = LISTED.of_body(request, data.filter or {}, selected=True, notes=True, group=str(found.group.id))
    return await laws_asked_for(await service.register.current(), query, found, query.reviewing)


ROUTES = [assign]
