"""``POST /records/suggestions``: what somebody would tick and untick in a list that they may not change."""

from typing import Any

import msgspec
from litestar import Response, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY
from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.ids import RecordId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.exception_handlers import safe_next
from sertantai.http.forms import form_of
from sertantai.http.guards import signed_in
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import figure
from sertantai.lists.access import DEFAULT, Allowed
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.listing import Wanted, matching
from sertantai.web.pages.register.register import register_context, suggesting_page
from sertantai.web.pages.register.tick_form import RECORDS_MAX
from sertantai.web.parts.list_choice import my_lists
from sertantai.web.parts.register_view import REGISTER, RegisterView
from sertantai.web.parts.shared_lists import name_in
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services

TICK, UNTICK = "tick", "untick"


class Sent(msgspec.Struct, frozen=True):
    """``shown`` are the laws there, ``ticked`` those that would be ticked; ``all``: "tick" or "untick", of
    all that the view shows. ``back``: where to go on, the view where nothing is said."""

    shown: BitMap
    ticked: BitMap
    all: str
    reason: str
    back: str


@post(
    "/records/suggestions",
    guards=[signed_in],
    include_in_schema=False,
    opt={**REGISTER.opt, OPTION: LimitClass.BULK},
)
async def suggest_changes(request: AnyRequest) -> Response[Any]:
    """The address names the list and the view."""
    view = REGISTER.of(request)
    found = await allowed(request, view.group or DEFAULT, Right.READ)
    if found.access is None:
        raise GroupNotFound("Nobody but you works in this list.", field="group")
    sent = await _sent(request)
    try:
        found.require(Right.SUGGEST, found.group)
        add, remove = _wished(request, found, view, sent)
        if not add and not remove:
            raise InvalidInput("Nothing was suggested: tick or untick a law first.", field="tick")
        made = await services(request).suggestions.suggest(found, add, remove, sent.reason)
    except SertantaiError as error:
        mine = await my_lists(request, view.group, to_suggest=True)
        return suggesting_page(request, await register_context(request, view, mine), error, sent.reason)
    laws = "1 law" if made.count == 1 else f"{figure(made.count)} laws"
    back = Redirect(safe_next(sent.back) if sent.back else view.url(), status_code=HTTP_303_SEE_OTHER)
    name = name_in(found, found.group)
    return saying(request, back, f"You have suggested {laws} for “{name}”. Who manages the list decides.")


async def _sent(request: AnyRequest) -> Sent:
    form = await form_of(request)
    return Sent(
        await _records(request, form.get("shown").split()),
        await _records(request, form.all("tick")),
        form.get("all"),
        form.get("reason"),
        form.get("back"),
    )


def _wished(request: AnyRequest, found: Allowed, view: RegisterView, sent: Sent) -> tuple[BitMap, BitMap]:
    """What is to be ticked and unticked of the list as it is."""
    there = found.group.records
    if sent.all not in (TICK, UNTICK):
        return sent.ticked - there, (sent.shown - sent.ticked) & there
    wanted = Wanted(view.filter, view.selected)
    shown = matching(services(request).register.catalogue, wanted, there)
    return (shown - there, EMPTY) if sent.all == TICK else (EMPTY, shown & there)


async def _records(request: AnyRequest, texts: list[str]) -> BitMap:
    ids = [RecordId(parse_uuid(text, "tick")) for text in texts[:RECORDS_MAX]]
    return (await services(request).register.numbers_of(ids))[0]


ROUTES = [suggest_changes]
