"""``/audit``: all that was done to one's own lists or in an organization, as far as one may know of it.

By whom, what, to which list and law, by what means, when, and taken back or not: what narrows it stands in
the address. A calendar shows how busy each day was.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

import msgspec
from litestar import Response, get

from sertantai.audit.queries import parse_group, parse_moment
from sertantai.audit.trail import THE_BEGINNING, THE_END
from sertantai.core.access_state import AccessState
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import UserId, parse_uuid
from sertantai.core.rights import Right, Role
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.rendering import page
from sertantai.http.pages.time_zone import reader_zone
from sertantai.http.patience import ReadingLate
from sertantai.lists.access import Lists
from sertantai.lists.groups import display_name, listed
from sertantai.organizations.looking_in import Look
from sertantai.organizations.shown import offered
from sertantai.postgres.errors import DatabaseBusy
from sertantai.records.rows import RecordRow
from sertantai.reporting.sights import MINE, seen_in
from sertantai.reporting.wording import SOURCES
from sertantai.web.api.audit import keyset_of, position_of
from sertantai.web.pages.history.history import LAW_CHARACTERS_MAX, PAGE_ENTRIES, laws_meant
from sertantai.web.parts.list_summary import summaries_in
from sertantai.web.parts.reporting.heat_map import HeatMap, first_day, heat_map
from sertantai.web.parts.reporting.lines import Line, by_day, lines_of
from sertantai.web.parts.reporting.sights import trail_asked
from sertantai.web.query import Shape, choice, text
from sertantai.web.requests import asked, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/audit"
PEOPLE_OFFERED: Final = 200
"""To choose from; each member's page leads to what they did."""
REVIEWED_USUALLY: Final = timedelta(days=89)
WHAT: Final = (
    ("ticked", "Ticked"),
    ("unticked", "Unticked"),
    ("notes", "Notes, tags and reviews"),
    ("lists", "Lists, members and rights"),
)
OF_ONES_OWN: Final = (*WHAT[:-1], ("lists", "Lists themselves"))
UNDONE: Final = (("yes", "Undone"), ("no", "Not undone"))


class TrailView(msgspec.Struct, frozen=True):
    """Whose trail, and what it is narrowed to; texts as they stand in the address."""

    organization: str = ""
    person: str = ""
    what: str = ""
    list: str = ""
    law: str = ""
    since: str = ""
    until: str = ""
    source: str = ""
    undone: str = ""
    cursor: str = ""

    def url(self, **changes: str) -> str:
        return TRAIL_VIEW.address(PATH, msgspec.structs.replace(self, **changes))

    @property
    def is_narrowed(self) -> bool:
        whole = TrailView(organization=self.organization)
        return msgspec.structs.replace(self, cursor="") != whole

    @property
    def is_walked(self) -> bool:
        """It is looked for among so many changes at a time."""
        return bool(self.source or self.undone or (self.law and self.person))


TRAIL_VIEW: Final = Shape(
    TrailView,
    {
        "what": choice(*(value for value, _ in WHAT)),
        "law": text(most=LAW_CHARACTERS_MAX),
        "source": choice(*SOURCES),
        "undone": choice(*(value for value, _ in UNDONE)),
    },
)


class Found(NamedTuple):
    """A page of lines; ``cursor``: to go on with, empty at the end. ``settled``: nothing is still to come."""

    lines: list[Line]
    cursor: str
    settled: bool
    calendar: HeatMap | None


@get(
    PATH,
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "see the trail", **TRAIL_VIEW.opt},
    include_in_schema=False,
)
async def audit_page(request: AnyRequest) -> Response[bytes]:
    view = TRAIL_VIEW.of(request)
    lists, look = await trail_asked(request, view.organization, view.list)
    laws = await laws_meant(request, view.law)
    try:
        found: Found | None = await _found(request, lists, view, laws)
    except DatabaseBusy as error:
        raise ReadingLate from error
    except DatabaseUnavailable:
        found = None
    access = lists.access
    return page(
        request,
        "history/audit.html",
        view=view,
        whose=MINE if access is None else access.name,
        narrowed=_narrowed(view, lists),
        owners=await _owners(request, view, lists),
        lists=await summaries_in(lists),
        people=[] if access is None else offered(access, view.person, PEOPLE_OFFERED),
        kinds=OF_ONES_OWN if access is None else WHAT,
        sources=list(SOURCES.items()),
        undone=UNDONE,
        laws=laws,
        list_path=_list_path(access, look),
        with_details=look is None,
        sees_all=sees_all(lists),
        may_review=look is None,
        review_since=view.since[:10] or (reader_today(request) - REVIEWED_USUALLY).isoformat(),
        review_until=view.until[:10] or reader_today(request).isoformat(),
        days=[] if found is None else by_day(found.lines, reader_zone(request)),
        calendar=None if found is None else found.calendar,
        settled=found is not None and found.settled,
        database_away=found is None,
        newest_url=view.url(cursor="") if view.cursor else "",
        next_url=view.url(cursor=found.cursor) if found and found.cursor else "",
        looks_on=bool(found and found.cursor and view.is_walked and len(found.lines) < PAGE_ENTRIES),
    )


async def _found(request: AnyRequest, lists: Lists, view: TrailView, laws: Sequence[RecordRow]) -> Found:
    zone, service = reader_zone(request), services(request)
    kind = f"trail {lists.owner} {view.url(cursor='')}"
    told = await service.timeline.page(
        lists.owner,
        keyset_of(decode_cursor(view.cursor, kind)) if view.cursor else None,
        PAGE_ENTRIES,
        group=parse_group(view.list),
        since=parse_moment(view.since, "since", zone=zone) if view.since else THE_BEGINNING,
        until=parse_moment(view.until, "until", end=True, zone=zone) if view.until else THE_END,
        kind=view.what,
        records=[law.id for law in laws] if view.law else None,
        actor=UserId(parse_uuid(view.person, "person")) if view.person else None,
        source=view.source or None,
        undone=None if not view.undone else view.undone == "yes",
        with_said=True,
    )
    entries, following = told.answer
    cursor = encode_cursor(kind, position_of(following)) if following else ""
    calendar = None if view.cursor else await _calendar(request, lists)
    return Found(await lines_of(request, lists, entries), cursor, told.settled, calendar)


async def _calendar(request: AnyRequest, lists: Lists) -> HeatMap | None:
    """Of all that was done, whatever is asked for; sums tell of lists that one may not see."""
    if not sees_all(lists):
        return None
    service, zone = services(request), reader_zone(request)
    today = service.clock.now().astimezone(zone).date()
    told = await service.moments.activity(lists.owner, first_day(today), today, zone)
    return heat_map(told.answer, today)


def _narrowed(view: TrailView, lists: Lists) -> list[tuple[str, str]]:
    """What the form says, for paper: pairs of label and value."""
    access = lists.access
    people = {} if access is None else dict(offered(access, view.person, PEOPLE_OFFERED))
    names = {str(group.id): display_name(group) for group in listed(lists.state)}
    said = (
        ("Who", people.get(view.person, view.person)),
        ("What", dict(WHAT).get(view.what, "")),
        ("List", names.get(view.list, view.list)),
        ("Law", view.law),
        ("From", view.since[:10]),
        ("To", view.until[:10]),
        ("How", SOURCES.get(view.source, "")),
        ("Undone", dict(UNDONE).get(view.undone, "")),
    )
    return [(label, value) for label, value in said if value]


def _list_path(access: AccessState | None, look: Look | None) -> str:
    return "/groups" if access is None or look is None else f"/admin/organizations/{access.slug}/lists"


def sees_all(lists: Lists) -> bool:
    if lists.access is None or lists.actor == lists.owner:
        return True
    is_admin = lists.standing().member.role.rank >= Role.ADMIN.rank
    return is_admin and len(seen_in(lists, as_file=False)) == len(listed(lists.state))


async def _owners(request: AnyRequest, view: TrailView, shown: Lists) -> list[tuple[str, str]]:
    """Whose trails may be asked for: what the address says and the name, one's own first."""
    found = {
        lists.access.slug: lists.access.name
        for lists in await services(request).access.organizations_of(asked(request))
        if lists.access is not None and Right.AUDIT not in lists.standing().member.deny
    }
    if shown.access is not None:
        found.pop(shown.access.slug, None)
        found[view.organization] = shown.access.name
    return [("", MINE), *sorted(found.items(), key=lambda one: one[1].casefold())]


ROUTES = [audit_page]
