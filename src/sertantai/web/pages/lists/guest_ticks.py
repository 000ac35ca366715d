"""``/guest-ticks``: after signing in, which list what was ticked before goes into. Works without a script."""

from functools import reduce
from operator import or_
from typing import Any, Final

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.ids import GroupId, UserId, parse_uuid
from sertantai.http.exception_handlers import safe_next
from sertantai.http.forms import form_of
from sertantai.http.guards import signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.lists.access import Lists
from sertantai.lists.groups import display_name, listed
from sertantai.lists.guest_ticks import Kept
from sertantai.records.rows import RecordRow
from sertantai.records.sorting import BY_TITLE
from sertantai.records.windows import window
from sertantai.web.parts.forms import form_fields, refused
from sertantai.web.parts.led_on import LED_ON
from sertantai.web.parts.list_choice import my_lists
from sertantai.web.parts.list_summary import summaries
from sertantai.web.requests import caller_of, lists_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_READING

SHOWN_MAX: Final = 6
GUESTS_MAX: Final = 50
NEW_LIST: Final = "new"
LET_GO: Final = "none"
FORM: Final = "lists/guest_ticks.html"


@get("/guest-ticks", guards=[signed_in], opt={**FOR_READING, **LED_ON.opt}, include_in_schema=False)
async def guest_ticks_page(request: AnyRequest) -> Response[Any]:
    wanted = safe_next(LED_ON.of(request).next)
    waiting = await services(request).guest_ticks.waiting(caller_of(request).user_id)
    if not waiting:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    return await _form(request, waiting, wanted)


@post("/guest-ticks", guards=[signed_in], opt=FOR_BOTH, include_in_schema=False)
async def keep_guest_ticks(request: AnyRequest) -> Response[Any]:
    """``into`` is a list's id, ``new`` with a ``name``, or ``none``."""
    fields = await form_fields(request, "into", "name", "next")
    sent = (await form_of(request)).all("guest")
    guests = [UserId(parse_uuid(text, "guest")) for text in sent[:GUESTS_MAX]]
    service, wanted = services(request), safe_next(fields["next"])
    lists = await lists_of(request)
    try:
        group = await _chosen(request, lists, fields["into"], fields["name"])
        kept = await service.guest_ticks.keep(lists, guests, group)
    except SertantaiError as error:
        waiting = await service.guest_ticks.waiting(lists.actor)
        return await _form(request, waiting, wanted, into=fields["into"], name=fields["name"], error=error)
    response: Response[Any] = Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    return response if kept is None else saying(request, response, sentence(kept))


async def _chosen(request: AnyRequest, lists: Lists, into: str, name: str) -> GroupId | None:
    if into == LET_GO:
        return None
    if into != NEW_LIST:
        return GroupId(parse_uuid(into, "into"))
    if not name.strip():
        raise InvalidInput("Give the new list a name.", field="name")
    return (await services(request).guest_ticks.list_named(lists, name)).id


async def _form(
    request: AnyRequest,
    waiting: dict[UserId, BitMap],
    wanted: str,
    *,
    into: str = "",
    name: str = "",
    error: SertantaiError | None = None,
) -> Response[Any]:
    records: BitMap = reduce(or_, waiting.values(), BitMap())
    mine = await my_lists(request, None, only_own=True)
    lists = [
        group for group in listed((await lists_of(request)).state) if not group.metadata.get("archived_at")
    ]
    current = str(mine.current.id) if mine.current else ""
    context: dict[str, Any] = {
        "guests": [str(guest) for guest in waiting],
        "count": len(records),
        "rows": _first(request, records),
        "lists": summaries(lists),
        "into": into or current,
        "name": name,
        "wanted": wanted,
    }
    if error is not None:
        return refused(request, FORM, error, **context)
    return page(request, FORM, error="", error_field="", **context)


def _first(request: AnyRequest, records: BitMap) -> list[RecordRow]:
    catalogue = services(request).register.catalogue
    known = records & catalogue.everything
    return catalogue.rows(window(catalogue.columns, known, BY_TITLE, 0, SHOWN_MAX))


def sentence(kept: Kept) -> str:
    """What became of the ticks, for the person whose they are."""
    ticked = f"You ticked {kept.picked:,} {'law' if kept.picked == 1 else 'laws'} before signing in"
    if kept.group is None:
        return f"{ticked}; {'it was' if kept.picked == 1 else 'they were'} discarded."
    where = f"{'it is' if kept.picked == 1 else 'they are'} now in “{display_name(kept.group)}”"
    there = kept.picked - kept.added
    if not there:
        return f"{ticked}; {where}."
    before = "all of them" if there == kept.picked else f"{there:,}"
    return f"{ticked}; {where} ({before} {'was' if there == 1 else 'were'} already there)."


ROUTES = [guest_ticks_page, keep_guest_ticks]
