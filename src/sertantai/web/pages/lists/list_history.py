"""``/groups/{group}/history``: where the history of a list is told, and one change of it with its laws."""

from typing import Final

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from sertantai.core.errors import NotFound
from sertantai.core.ids import OperationId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.lists.access import Allowed
from sertantai.lists.together.sharing import FORMER
from sertantai.web.parts.change_details import details_of
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.reporting.lines import names_of
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

PATH: Final = "/groups/{group:str}/history"


@get(PATH, guards=[signed_in], opt=LOOKED_AT, include_in_schema=False)
async def list_history(request: AnyRequest, group: FromPath[str]) -> Redirect:
    """One's own lists have one history, an organization's lists another."""
    found = await allowed(request, group, Right.AUDIT)
    return Redirect(history_of(found))


@get(f"{PATH}/{{operation:str}}", guards=[signed_in], opt=LOOKED_AT, include_in_schema=False)
async def change_page(request: AnyRequest, group: FromPath[str], operation: FromPath[str]) -> Response[bytes]:
    """The laws that one operation changed in this list, and who did it; also before it was handed over, where
    that history was given."""
    found = await allowed(request, group, Right.AUDIT)
    service, wanted = services(request), OperationId(parse_uuid(operation, "operation"))
    effect = (await service.effects.of(found.owner, wanted, found.hot.last)).answer
    before = effect is None and found.group.came_at > 0
    if before:
        effect = (await service.effects.before(found.owner, found.group.id, wanted, found.hot.last)).answer
    if effect is None or effect.group != found.group.id:
        raise NotFound("This change is not in the history of this list.")
    who = ""
    if found.access is not None and effect.actor is not None:
        who = (await names_of(request, found, {effect.actor})).get(effect.actor, FORMER)
    return page(
        request,
        "lists/list_history.html",
        list=summary_in(found, found.group),
        back=history_of(found),
        who=who[:1].upper() + who[1:],
        before_hand_over=before,
        **details_of(service.register.catalogue, wanted, effect, None, found.access),
    )


def history_of(found: Allowed) -> str:
    """Where it is told what was done to this list."""
    where = "/history" if found.access is None else f"/organizations/{found.access.slug}/audit"
    return f"{where}?group={found.group.id}"


ROUTES = [list_history, change_page]
