"""``/organizations/{organization}``: its lists, a new one, what changed and what waits."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.rendering import fragment
from sertantai.http.turns import sliced
from sertantai.lists.access import Lists
from sertantai.lists.groups import listed
from sertantai.organizations.settings import comes_restricted
from sertantai.web.pages.organizations.answering_for import answered_by_nobody, answering_for
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.pages.organizations.people import FORMER
from sertantai.web.pages.organizations.since_yesterday import since_yesterday
from sertantai.web.pages.organizations.waiting import waiting_in
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import ListSummary, summary_in
from sertantai.web.parts.rights_wording import LEVELS
from sertantai.web.parts.shared_lists import name_in
from sertantai.web.query import PAGE, Shape, text
from sertantai.web.requests import organization_of, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

TEMPLATE: Final = "organizations/home.html"
PART: Final = "organizations/home_lists.html"
LISTS_A_PAGE: Final = 100


class HomeView(msgspec.Struct, frozen=True):
    """``q``: a part of the name of a list."""

    q: str = ""
    page: int = 1


HOME: Final = Shape(HomeView, {"q": text(most=200), "page": PAGE})


class Line(NamedTuple):
    """A list in a line. ``made_by``: a name, empty where nobody is known; ``level`` is one's own."""

    list: ListSummary
    restricted: bool
    made_by: str
    level: str

    @property
    def id(self) -> GroupId:
        return self.list.id

    @property
    def updated_at(self) -> datetime:
        return self.list.updated_at


@get(
    PATH,
    guards=[signed_in],
    opt={**LOOKED_AT, PURPOSE: "see organisations", **HOME.opt},
    include_in_schema=False,
)
async def home_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    return await _page(request, await organization_of(request, organization), HOME.of(request))


@post(f"{PATH}/groups", guards=[signed_in], include_in_schema=False)
async def create_list(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    fields = await form_fields(request, "name", "restricted")
    try:
        lists.require(Right.CREATE)
        made = await services(request).groups.create(
            lists, fields["name"], restricted=bool(fields["restricted"])
        )
    except SertantaiError as error:
        return await _page(request, lists, HomeView(), Refused(error, "list"), fields)
    return done(request, f"/groups/{made.id}", f"The list “{made.name}” has been created.")


@post(f"{PATH}/ownership/accept", guards=[signed_in], include_in_schema=False)
async def accept_ownership(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    try:
        now = await services(request).organizations.take_ownership(lists.standing())
    except SertantaiError as error:
        return await _page(request, lists, HomeView(), Refused(error, "ownership"))
    return done(request, path_of(now), "You are an owner of this organisation now.")


async def _page(
    request: AnyRequest,
    lists: Lists,
    view: HomeView,
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> Response[bytes]:
    standing = lists.standing()
    wanted = view.q.casefold()
    shown: list[GroupState] = []
    archived: list[GroupState] = []
    async for group in sliced(listed(lists.state)):
        if lists.may_read(group) and wanted in name_in(lists, group).casefold():
            (archived if group.metadata.get("archived_at") else shown).append(group)
    shown += archived
    pages = max(1, -(-len(shown) // LISTS_A_PAGE))
    at = min(view.page, pages)
    first, path, turned = (at - 1) * LISTS_A_PAGE, path_of(standing), msgspec.structs.replace
    context: dict[str, Any] = {
        "org": frame(lists),
        "waiting": await waiting_in(request, lists),
        "answers": await answering_for(lists, reader_today(request)),
        "nobodys": await answered_by_nobody(lists),
        "since": await since_yesterday(request, lists),
        "view": view,
        "lines": [_line(lists, group) async for group in sliced(shown[first : first + LISTS_A_PAGE])],
        "total": len(shown),
        "first_url": HOME.address(path, turned(view, page=1)) if at > 1 else None,
        "next_url": HOME.address(path, turned(view, page=at + 1)) if at < pages else None,
        "may_create": Right.CREATE in standing.rights,
    }
    if refused is None and request.headers.get("hx-request") == "true":
        return fragment(request, PART, **context)
    return answer(
        request,
        TEMPLATE,
        refused,
        offered=standing.access.offered == standing.actor,
        typed=typed if typed is not None else {"restricted": "on" if comes_restricted(lists.access) else ""},
        **context,
    )


def _line(lists: Lists, group: GroupState) -> Line:
    level = lists.level(group)
    return Line(
        summary_in(lists, group), group.restricted, _maker(lists, group), LEVELS[level] if level else ""
    )


def _maker(lists: Lists, group: GroupState) -> str:
    if group.made_by is None or group.made_by == lists.owner:
        return ""
    member = lists.standing().access.members.get(group.made_by)
    return FORMER if member is None else member.name


ROUTES = [home_page, create_list, accept_ownership]
