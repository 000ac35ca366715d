"""``/api/v1/groups/{group}/places``: records to another place in the order of their list."""

import asyncio

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordId, RecordNo, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.aside import ITEMS_AT_HAND_MAX
from sertantai.http.guards import signed_in
from sertantai.lists.actions import Bulk
from sertantai.lists.placing import PLACES_MAX, place
from sertantai.web.api.groups import versioned
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, Services, services
from sertantai.web.token_scopes import FOR_CHANGING


class Placing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``before`` or ``after`` is another record of the list; without either they are put first."""

    record_ids: list[str]
    before: str | None = None
    after: str | None = None


@post(
    "/groups/{group:str}/places",
    guards=[signed_in],
    opt=FOR_CHANGING,
    summary="Put laws in order",
    status_code=200,
)
async def places(request: AnyRequest, group: FromPath[str], data: JSONBody[Placing]) -> Response[Bulk]:
    """``changed`` counts every record that was given a place, those before it included."""
    if data.before is not None and data.after is not None:
        raise InvalidInput("before: give either before or after.", field="before")
    if not 0 < len(data.record_ids) <= PLACES_MAX:
        raise InvalidInput(f"record_ids: 1 to {PLACES_MAX:,}.", field="record_ids")
    service, found = services(request), await allowed(request, group, Right.NOTE, keyed=True)
    numbers = []
    for at, text in enumerate(data.record_ids):
        numbers.append(await _number(service, text, f"record_ids[{at}]"))
        if at % ITEMS_AT_HAND_MAX == 0:
            await asyncio.sleep(0)
    done = await place(
        service.actions,
        service.register.catalogue,
        found,
        numbers,
        before=None if data.before is None else await _number(service, data.before, "before"),
        after=None if data.after is None else await _number(service, data.after, "after"),
        id=found.key,
    )
    return versioned(done, done.version)


async def _number(service: Services, text: str, field: str) -> RecordNo:
    return await service.register.number_of(RecordId(parse_uuid(text, field)))


ROUTES = [places]
