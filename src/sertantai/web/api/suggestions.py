"""``/api/v1/groups/{group}/suggestions``: what others would tick, and what becomes of it."""

from typing import Final

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import OperationId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Allowed
from sertantai.lists.actions import BULK_IDS_MAX
from sertantai.lists.together.suggestions import Decided, SuggestionFacts, as_sets
from sertantai.web.api.asked import RECORDS
from sertantai.web.api.groups import versioned
from sertantai.web.api.ticks import Filter, matching_of, record_ids_in
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_CHANGING, FOR_READING

_NEITHER: Final = "record_ids: give either record_ids or filter."


class NewSuggestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``action``: ``bulk_select`` or ``bulk_deselect``, of ``record_ids`` or of all that match ``filter``."""

    action: str
    record_ids: list[str] | None = None
    filter: Filter | None = None
    reason: str = ""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of ``record_ids``, or of what matches ``filter``; without both, of all that waits in the suggestion."""

    record_ids: list[str] | None = None
    filter: Filter | None = None
    reason: str = ""


@get(
    "/groups/{group:str}/suggestions",
    guards=[signed_in],
    opt=FOR_READING,
    summary="Suggestions that wait in a list",
)
async def list_suggestions(request: AnyRequest, group: FromPath[str]) -> Page[SuggestionFacts]:
    found = await allowed(request, group, Right.READ)
    return Page(services(request).suggestions.pending(found), None)


@post(
    "/groups/{group:str}/suggestions",
    guards=[signed_in],
    opt=FOR_CHANGING,
    summary="Suggest to tick or untick laws",
)
async def suggest(
    request: AnyRequest, group: FromPath[str], data: JSONBody[NewSuggestion]
) -> Response[SuggestionFacts]:
    found = await allowed(request, group, Right.SUGGEST, keyed=True)
    records = await _records(request, found, data.record_ids, data.filter)
    if records is None:
        raise InvalidInput(_NEITHER, field="record_ids")
    add, remove = as_sets(data.action, records)
    made = await services(request).suggestions.suggest(found, add, remove, data.reason, found.key)
    return Response(made, status_code=201)


@post(
    "/groups/{group:str}/suggestions/{suggestion:str}/accept",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Accept a suggestion, or a part of it",
    status_code=200,
)
async def accept(
    request: AnyRequest,
    group: FromPath[str],
    suggestion: FromPath[str],
    data: JSONBody[Decision | None] = None,
) -> Response[Decided]:
    return await _decide(request, group, suggestion, data, accepted=True)


@post(
    "/groups/{group:str}/suggestions/{suggestion:str}/decline",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Decline a suggestion, or a part of it",
    status_code=200,
)
async def decline(
    request: AnyRequest,
    group: FromPath[str],
    suggestion: FromPath[str],
    data: JSONBody[Decision | None] = None,
) -> Response[Decided]:
    return await _decide(request, group, suggestion, data, accepted=False)


@delete(
    "/groups/{group:str}/suggestions/{suggestion:str}",
    guards=[signed_in],
    opt=FOR_CHANGING,
    summary="Withdraw one's own suggestion",
)
async def withdraw(request: AnyRequest, group: FromPath[str], suggestion: FromPath[str]) -> None:
    found = await allowed(request, group, Right.READ)
    await services(request).suggestions.withdraw(found, _id(suggestion))


async def _decide(
    request: AnyRequest, group: str, suggestion: str, data: Decision | None, *, accepted: bool
) -> Response[Decided]:
    service, given = services(request).suggestions, data or Decision()
    found = await allowed(request, group, Right.APPROVE)
    records = await _records(request, found, given.record_ids, given.filter)
    decide = service.accept if accepted else service.decline
    done = await decide(found, _id(suggestion), records, given.reason)
    return versioned(done, done.version)


async def _records(
    request: AnyRequest, found: Allowed, record_ids: list[str] | None, filter: Filter | None
) -> BitMap | None:
    """None: neither was given. Raises `InvalidInput` where both were, or a law is none."""
    service = services(request)
    if record_ids is not None and filter is not None:
        raise InvalidInput(_NEITHER, field="record_ids")
    if record_ids is not None:
        if len(record_ids) > BULK_IDS_MAX:
            raise TooLarge(
                f"record_ids: at most {BULK_IDS_MAX:,} in one call. Use filter for more.", field="record_ids"
            )
        ids = await record_ids_in(record_ids, "record_ids")
        numbers, unknown = await service.register.numbers_of(ids)
        if unknown:
            raise InvalidInput(f"record_ids: {unknown[0]} is no law of the register.", field="record_ids")
        return numbers
    if filter is None:
        return None
    query = RECORDS.of_body(request, filter, group=str(found.group.id))
    return await matching_of(service, found, query)


def _id(text: str) -> OperationId:
    return OperationId(parse_uuid(text, "suggestion"))


ROUTES = [list_suggestions, suggest, accept, decline, withdraw]
