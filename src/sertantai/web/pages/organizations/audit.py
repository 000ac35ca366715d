"""``/organizations/{organization}/audit``: what was done there and by whom, as far as one may know of it."""

from datetime import date, tzinfo
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.accounts.sessions.devices import describe_device
from sertantai.audit.operations import TimelineEntry
from sertantai.audit.queries import parse_group, parse_moment
from sertantai.audit.trail import THE_BEGINNING, THE_END
from sertantai.core.audit_words import EXPORT_LIST, GRANT, OF_LISTS, OF_ORGANIZATIONS
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import DatabaseUnavailable, PermissionNeeded
from sertantai.core.ids import GroupId, UserId, parse_uuid
from sertantai.core.rights import Right, Role
from sertantai.core.sharing.ways_in import without_addresses
from sertantai.http.guards import signed_in
from sertantai.http.pages.time_zone import reader_zone
from sertantai.http.patience import ReadingLate
from sertantai.lists.access import Lists
from sertantai.lists.together.sharing import FORMER
from sertantai.organizations.shown import members_in_order
from sertantai.organizations.standing import who_can_give
from sertantai.postgres.errors import DatabaseBusy
from sertantai.web.api.audit import keyset_of, names_of, position_of
from sertantai.web.pages.organizations.frame import PATH, answer, frame, path_of
from sertantai.web.parts.change_details import Edit, list_changes
from sertantai.web.parts.copies import in_words
from sertantai.web.parts.history_wording import icon_of, sentence
from sertantai.web.parts.list_summary import summaries_in
from sertantai.web.parts.organization_wording import ICONS, Words, looker
from sertantai.web.parts.shared_lists import name_in
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


class Line(NamedTuple):
    """``text`` follows ``who`` did it; ``group`` is None where the list is gone, or there was none."""

    entry: TimelineEntry
    icon: str
    who: str
    text: str
    edits: list[Edit]
    list_name: str
    group: GroupId | None
    where: str


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
        lines = await _lines(request, lists, found)
    except DatabaseBusy as error:
        raise ReadingLate from error
    except DatabaseUnavailable:
        return {"days": [], "next_url": "", "settled": False, "database_away": True}
    cursor = encode_cursor(kind, position_of(following)) if following else ""
    next_url = AUDIT.address(path, msgspec.structs.replace(view, cursor=cursor)) if cursor else ""
    days = _by_day(lines, zone)
    return {"days": days, "next_url": next_url, "settled": told.settled, "database_away": False}


async def _lines(request: AnyRequest, lists: Lists, entries: list[TimelineEntry]) -> list[Line]:
    """Without what is of a list that whoever looks may not read by now, whatever PostgreSQL knows of it."""
    access = lists.standing().access
    known = [_told(lists, entry) for entry in entries if _may_know(lists, entry)]
    words = Words(access, {})
    spoken_of = {id for entry in known for id in words.spoken_of(entry.said)}
    actors = {entry.actor for entry in known if entry.actor is not None}
    names = await names_of(request, lists, spoken_of | actors)
    words = Words(access, names)
    return [_line(lists, entry, words, names) for entry in known]


def _may_know(lists: Lists, entry: TimelineEntry) -> bool:
    group = lists.state.groups.get(GroupId(entry.group.id)) if entry.group else None
    if group is not None:
        return lists.may_read(group)
    # Who acts as the organization itself is none of its members.
    return lists.actor == lists.owner or lists.standing().member.role.rank >= Role.ADMIN.rank


def _told(lists: Lists, entry: TimelineEntry) -> TimelineEntry:
    if Right.AUDIT_PERSONAL in lists.rights():
        return entry
    return msgspec.structs.replace(entry, said=without_addresses(entry.said))


def _line(lists: Lists, entry: TimelineEntry, words: Words, names: dict[UserId, str]) -> Line:
    group = lists.state.groups.get(GroupId(entry.group.id)) if entry.group else None
    there = group is not None and not group.deleted
    text = words.of(entry.action, entry.said, entry.actor)
    if not text:
        text = sentence(entry) + in_words(lists, entry.said)
        text = text[:1].lower() + text[1:]
    personal = Right.AUDIT_PERSONAL in lists.rights()
    device = describe_device(entry.user_agent) if entry.user_agent else ""
    parts = (device, entry.ip or "", f"session {entry.session}" if entry.session else "") if personal else ()
    return Line(
        entry=entry,
        icon=ICONS.get(entry.action) or icon_of(entry),
        who=looker(entry.said) or _capital(names.get(entry.actor, FORMER) if entry.actor else FORMER),
        text=text,
        edits=list_changes(entry.said) if entry.action in OF_LISTS else [],
        list_name=name_in(lists, group) if group is not None and there else _name_then(entry),
        group=group.id if group is not None and there else None,
        where=" · ".join(part for part in parts if part),
    )


def _name_then(entry: TimelineEntry) -> str:
    """Nothing for what was done to the organization itself."""
    is_list = entry.action not in OF_ORGANIZATIONS or entry.action in (GRANT, EXPORT_LIST)
    return entry.group.name if entry.group and is_list else ""


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _by_day(lines: list[Line], zone: tzinfo) -> list[tuple[date, list[Line]]]:
    days: list[tuple[date, list[Line]]] = []
    for line in lines:
        day = line.entry.at.astimezone(zone).date()
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(line)
    return days


ROUTES = [audit_page]
