"""``POST /records/ticks``: the boxes of a page of the register, sent as a form, where there is no script."""

from typing import Any

from litestar import Response, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from pyroaring import BitMap

from sertantai.accounts.caller import ALL_SCOPES, Caller
from sertantai.accounts.model import GUEST_ROLE, SignedIn
from sertantai.core.ids import RecordId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.exception_handlers import safe_next
from sertantai.http.forms import form_of
from sertantai.http.guards import public
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import figure
from sertantai.lists.actions import Bulk
from sertantai.lists.groups import display_name
from sertantai.web.parts.forms import form_fields
from sertantai.web.query import SIZES
from sertantai.web.requests import accounts_of, asking_of, ip_of, user_agent_of, with_session
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_CHANGING

RECORDS_MAX = max(SIZES)


@post(
    "/records/ticks", guards=[public], include_in_schema=False, opt={**FOR_CHANGING, OPTION: LimitClass.BULK}
)
async def keep_ticks(request: AnyRequest) -> Response[Any]:
    """``shown`` are the ids of the laws there, ``tick`` those that are ticked; a stranger becomes a guest."""
    fields = await form_fields(request, "shown", "group", "view", "reason")
    sent = (await form_of(request)).all("tick")
    ticked, shown = await _records(request, sent), await _records(request, fields["shown"].split())
    response: Response[Any] = Redirect(safe_next(fields["view"]), status_code=HTTP_303_SEE_OTHER)
    who: Caller | None = request.scope.get("user")
    if who is None:
        if not ticked:
            return response
        accounts = accounts_of(request)
        opened = await accounts.guests.open(ip_of(request), user_agent_of(request))
        who = _guest(opened)
        with_session(response, opened, secure=accounts.secure_cookies)
    group, reason = fields["group"] or "default", fields["reason"]
    return await _keep(request, who, group, ticked, shown - ticked, reason, response)


async def _keep(
    request: AnyRequest,
    who: Caller,
    group: str,
    add: BitMap,
    remove: BitMap,
    reason: str,
    response: Response[Any],
) -> Response[Any]:
    service = services(request)
    found = await service.access.list_of(asking_of(who), group, Right.TICK)
    target = found.group
    add, remove = add - target.records, remove & target.records
    if not add and not remove:
        return response
    await service.guest_ticks.check_room(who, found, add)
    done: Bulk = await service.actions.amend(found, add, remove, reason=reason)
    words = [f"{figure(len(some))} {what}" for some, what in ((add, "ticked"), (remove, "unticked")) if some]
    laws = "law" if done.count == 1 else "laws"
    text = (
        f"{' and '.join(words).capitalize()}; “{display_name(target)}” now has {figure(done.count)} {laws}."
    )
    return saying(request, response, text)


async def _records(request: AnyRequest, texts: list[str]) -> BitMap:
    ids = [RecordId(parse_uuid(text, "tick")) for text in texts[:RECORDS_MAX]]
    return (await services(request).register.numbers_of(ids))[0]


def _guest(opened: SignedIn) -> Caller:
    session = opened.session
    return Caller(
        session.user_id,
        None,
        GUEST_ROLE,
        session.session_id,
        ALL_SCOPES,
        session.ip,
        session.user_agent,
        session.expires_at,
    )


ROUTES = [keep_ticks]
