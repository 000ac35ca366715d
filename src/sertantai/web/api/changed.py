"""``/api/v1/groups/{group}``: which of its laws imports changed since somebody looked."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordId
from sertantai.core.rights import Right
from sertantai.http.answers import JsonAnswer
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside, encoded
from sertantai.http.guards import signed_in
from sertantai.lists.actions import BULK_IDS_MAX, Bulk
from sertantai.lists.changed_records import ChangedRecord, changed_counts, changed_records, mark_reviewed
from sertantai.lists.groups import listed
from sertantai.records.catalogue import Catalogue
from sertantai.web.api.groups import versioned
from sertantai.web.api.ticks import record_ids_in
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


ROUTES = [get_changed, get_changed_counts, review]
