"""``/api/v1/groups/{group}``: which of its laws imports changed since somebody looked, that they still apply,
who answers for them, and when each is due."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import RecordId
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON
from sertantai.core.rights import Right
from sertantai.http.answers import JsonAnswer
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside, encoded
from sertantai.http.guards import signed_in
from sertantai.lists.access import Allowed
from sertantai.lists.actions import BULK_IDS_MAX, Bulk
from sertantai.lists.changed_records import ChangedRecord, changed_counts, changed_records, mark_reviewed
from sertantai.lists.errors import CountChanged
from sertantai.lists.groups import listed
from sertantai.lists.listing import laws_asked_for
from sertantai.records.catalogue import Catalogue
from sertantai.web.api.asked import LISTED
from sertantai.web.api.groups import versioned
from sertantai.web.api.ticks import Filter, record_ids_in
from sertantai.web.requests import allowed, lists_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_CHANGING, FOR_READING


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
    """``review_on``: the day by which they are reviewed again."""

    record_ids: list[str]
    review_on: str | None = None


class Assigning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either ``record_ids``, or ``filter`` with ``expected_count``; laws that are not in the list are passed
    over. ``responsible``: a member's id, ``review_on``: a day. What is left out stays; null takes it away."""

    record_ids: list[str] | None = None
    filter: Filter | None = None
    expected_count: int | None = None
    responsible: str | msgspec.UnsetType | None = msgspec.UNSET
    review_on: str | msgspec.UnsetType | None = msgspec.UNSET


@get(
    "/changed",
    guards=[signed_in],
    opt=FOR_READING,
    summary="How many laws of each list changed since they were ticked",
)
async def get_changed_counts(request: AnyRequest) -> ChangedCounts:
    """Only lists with some. A hundred of a person's lists are looked at, and ten thousand changes: of those
    in `more` there may be more than is told."""
    service, lists = services(request), await lists_of(request)
    groups = [group for group in listed(lists.state) if group.records]
    found = await changed_counts(service.effects, service.register, lists, groups)
    counts = {str(group): count for group, count in found.counts.items()}
    return ChangedCounts(counts, [str(group) for group in found.more])


@get(
    "/groups/{group:str}/changed",
    guards=[signed_in],
    opt=FOR_READING,
    summary="Laws changed since they were ticked",
)
async def get_changed(request: AnyRequest, group: FromPath[str]) -> Response[list[ChangedAnswer]]:
    service, target = services(request), await allowed(request, group, Right.READ)
    found = (await changed_records(service.effects, service.register, target)).records
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
    opt=FOR_CHANGING,
    summary="Mark laws as still applying",
    status_code=200,
)
async def review(request: AnyRequest, group: FromPath[str], data: JSONBody[Reviews]) -> Response[Bulk]:
    """They stay in the list and are not told of until they change again, nor as due until their next day.
    Who answers for a law may say so of it where they may only look."""
    target = await allowed(request, group, Right.READ)
    if len(data.record_ids) > BULK_IDS_MAX:
        raise InvalidInput(f"record_ids: at most {BULK_IDS_MAX:,}.", field="record_ids")
    service = services(request)
    ids = await record_ids_in(data.record_ids, "record_ids")
    numbers, _ = await service.register.numbers_of(ids)
    done = await mark_reviewed(service.actions, service.clock, target, numbers, data.review_on)
    return versioned(done, done.version)


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
) -> dict[str, str | None]:
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


ROUTES = [assign, get_changed, get_changed_counts, review]
