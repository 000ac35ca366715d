"""``POST /api/v1/groups/combine``: union, intersection and difference of lists, with a preview."""

from typing import Any

import msgspec
from litestar import post
from litestar.params import JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, RecordId
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.lists.access import Asking, Lists
from sertantai.lists.combine import Saved, SaveMode, combine, effect, save_as, save_into
from sertantai.lists.errors import CountChanged
from sertantai.lists.listing import first_rows
from sertantai.lists.set_algebra import parse_expression
from sertantai.lists.undo import MOVING
from sertantai.web.requests import asked
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH

SAMPLE_RECORDS = 20


class CombineRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``expression`` is a list (UUID or ``default``) or ``{"op": …, "of": […]}``.

    ``save_as`` is the name of a new list, in an ``organization`` if one is named; ``save_into`` an existing
    one, with ``mode``; neither: a preview. With ``save_into`` and ``preview`` the answer says what would
    change. ``expected_count`` refuses to save anything but a result of that size;
    ``reason``: why laws go from the list that it is saved into.
    """

    expression: Any
    save_as: str | None = None
    organization: str | None = None
    save_into: str | None = None
    mode: SaveMode = "replace"
    preview: bool = False
    expected_count: int | None = None
    reason: str | None = None


class SampleRecord(msgspec.Struct, frozen=True):
    id: RecordId
    name: str
    title_en: str | None
    year: int | None
    number: str | None
    type_code: str | None


class CombineAnswer(msgspec.Struct, frozen=True):
    """``count`` records are in the result, ``sample`` are the first of them by title. ``would_add`` and
    ``would_remove`` tell what saving into the list named would do; ``saved`` what was done."""

    count: int
    counts: dict[str, int]
    sample: list[SampleRecord]
    would_add: int | None = None
    would_remove: int | None = None
    saved: Saved | None = None


@post(
    "/groups/combine",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Union, intersection, difference of lists",
    status_code=200,
)
async def combine_lists(request: AnyRequest, data: JSONBody[CombineRequest]) -> CombineAnswer:
    service = services(request)
    if data.save_as is not None and data.save_into is not None:
        raise InvalidInput("save_as: give either save_as or save_into.", field="save_as")
    asking = asked(request, MOVING, keyed=True)
    lists = await _into(request, asking, data.organization)
    combined = await combine(service.access, asking, parse_expression(data.expression))
    count = len(combined.records)
    answer = CombineAnswer(
        count=count,
        counts={name: found.group.count for name, found in combined.operands.items()},
        sample=await _sample(request, combined.records),
    )
    target = None
    if data.save_into is not None:
        target = await service.access.list_of(asking, data.save_into, Right.TICK)
    if target is not None:
        add, remove = effect(target.group, combined.records, data.mode)
        answer = msgspec.structs.replace(answer, would_add=len(add), would_remove=len(remove))
    if data.preview or (target is None and data.save_as is None):
        return answer
    if data.expected_count is not None and data.expected_count != count:
        raise CountChanged(
            f"The result has {count:,} laws now, not {data.expected_count:,}; nothing was saved.",
            field="expected_count",
        )
    if target is not None:
        saved = await save_into(
            service.actions, target, combined, data.mode, reason=data.reason, id=lists.key
        )
    else:
        new = None if lists.key is None else GroupId(lists.key)
        saved = await save_as(
            service.actions,
            service.groups,
            lists,
            data.save_as or "",
            combined,
            group_id=new,
        )
    return msgspec.structs.replace(answer, saved=saved)


async def _into(request: AnyRequest, asking: Asking, organization: str | None) -> Lists:
    """Among which lists a new one is to be."""
    access = services(request).access
    if organization is None:
        return await access.lists_of(asking)
    lists = await access.lists_in(asking, organization)
    lists.require(Right.CREATE)
    return lists


async def _sample(request: AnyRequest, records: Any) -> list[SampleRecord]:
    catalogue = services(request).register.catalogue
    rows = await first_rows(catalogue, records, SAMPLE_RECORDS)
    return [SampleRecord(r.id, r.name, r.title_en, r.year, r.number, r.type_code) for r in rows]


ROUTES = [combine_lists]
