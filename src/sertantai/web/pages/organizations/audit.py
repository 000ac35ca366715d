"""``/organizations/{organization}/audit``: what was done there and by whom, as far as one may know of it."""

from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.audit.queries import parse_group, parse_moment
from sertantai.audit.trail import THE_BEGINNING, THE_END
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import DatabaseUnavailable, PermissionNeeded
from sertantai.core.ids import UserId, parse_uuid
from sertantai.core.rights import Right, Role
from sertantai.http.guards import signed_in
from sertantai.http.pages.time_zone import reader_zone
from sertantai.http.patience import ReadingLate
from sertantai.lists.access import Lists
from sertantai.organizations.shown import members_in_order
from sertantai.organizations.standing import who_can_give
from sertantai.postgres.errors import DatabaseBusy
from sertantai.web.api.audit import keyset_of, position_of
from sertantai.web.pages.organizations.frame import PATH, answer, frame, path_of
from sertantai.web.parts.list_summary import summaries_in
from sertantai.web.parts.reporting.lines import by_day, lines_of
from sertantai.web.query import Shape, choice
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

PAGE_ENTRIES: Final = 50
PEOPLE_OFFERED: Final = 200
"""To choose from; each member's page leads to what they did."""
KINDS: Final = (
    ("ticked", "Ticked"),
    ("unticked", "Unticked"),
    ("notes", "Notes and tags"),
    ("lists", "Lists, members and rights"),
)


class AuditView(msgspec.Struct, frozen=True):
    """What the history is narrowed to; texts as they stand in the address."""

    actor: str = ""
    group: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.actor or self.group or self.action or self.since or self.until)


AUDIT: Final = Shape(AuditView, {"action": choice(*(value for value, _ in KINDS))})


@get(f"{PATH}/audit", guards=[signed_in], opt={**LOOKED_AT, **AUDIT.opt}, include_in_schema=False)
async def audit_page(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    lists = await organization_of(request, organization)
    standing, view = lists.standing(), AUDIT.of(request)
    if Right.AUDIT in standing.member.deny:
        raise PermissionNeeded(Right.AUDIT.value, who_can_give(standing.access, standing.actor))
    path = f"{path_of(standing)}/audit"
    people = members_in_order(standing.access)
    return answer(
        request,
        "organizations/audit.html",
        org=frame(lists),
        view=view,
        path=path,
        lists=await summaries_in(lists),
        people=[(id, member.name) for id, member in people[:PEOPLE_OFFERED]],
        kinds=KINDS,
        sees_all=standing.member.role.rank >= Role.ADMIN.rank,
        newest_url=AUDIT.address(path, msgspec.structs.replace(view, cursor="")) if view.cursor else "",
        **await entries_of(request, lists, view, path),
    )


async def entries_of(request: AnyRequest, lists: Lists, view: AuditView, path: str) -> dict[str, Any]:
    zone, narrowed = reader_zone(request), msgspec.structs.replace(view, cursor="")
    kind = f"organization-history {lists.owner} {AUDIT.write(narrowed)}"
    after = keyset_of(decode_cursor(view.cursor, kind)) if view.cursor else None
    try:
        told = await services(request).timeline.page(
            lists.owner,
            after,
            PAGE_ENTRIES,
            group=parse_group(view.group),
            since=parse_moment(view.since, "since", zone=zone) if view.since else THE_BEGINNING,
            until=parse_moment(view.until, "until", end=True, zone=zone) if view.until else THE_END,
            kind=view.action,
            actor=UserId(parse_uuid(view.actor, "actor")) if view.actor else None,
            with_said=True,
        )
        found, following = told.answer
        lines = await lines_of(request, lists, found)
    except DatabaseBusy as error:
        raise ReadingLate from error
    except DatabaseUnavailable:
        return {"days": [], "next_url": "", "settled": False, "database_away": True}
    cursor = encode_cursor(kind, position_of(following)) if following else ""
    next_url = AUDIT.address(path, msgspec.structs.replace(view, cursor=cursor)) if cursor else ""
    days = by_day(lines, zone)
    return {"days": days, "next_url": next_url, "settled": told.settled, "database_away": False}


ROUTES = [audit_page]
