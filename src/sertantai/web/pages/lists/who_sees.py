"""``/groups/{group}/access``: who sees an organization's list, and why; shared, restricted, opened again."""

from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.audit.moments import BeforeTheTrail
from sertantai.audit.queries import parse_moment
from sertantai.core.access_state import AccessState
from sertantai.core.errors import DatabaseUnavailable, InvalidInput, SertantaiError
from sertantai.core.ids import parse_uuid
from sertantai.core.links import is_good, links_of
from sertantai.core.rights import LEVELS, Level, Right
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.http.guards import signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.pages.time_zone import reader_zone
from sertantai.http.patience import ReadingLate
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Allowed
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.together.sharing import Seeing, Seer, grants, seer_facts, who_see
from sertantai.organizations.shown import members_in_order
from sertantai.postgres.errors import DatabaseBusy
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.rights_wording import LEVELS as LEVEL_WORDS
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.parts.seen_then import Then, seen_then
from sertantai.web.parts.shared_lists import may_of, shared
from sertantai.web.query import PAGE, Shape, text
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

PATH: Final = "/groups/{group:str}/access"
PEOPLE_A_PAGE: Final = 50
OFFERED: Final = 200
"""People to share with, of whom there may be thousands: a search finds the others."""
END: Final = "end"
DAY_CHARACTERS: Final = len("2026-03-31")
NOT_SO_FAR: Final = (
    "The history no longer reaches back to the first day of this organisation, so nobody can say who saw "
    "this list on an earlier day."
)
AWAY: Final = "The database is not available, so earlier days cannot be shown just now."


class WhoSees(msgspec.Struct, frozen=True):
    """``q``: a part of the name of who it is to be shared with. ``at``: a day, as it was at
    whose end, or a point in time."""

    q: str = ""
    at: str = ""
    page: int = 1


WHO_SEES: Final = Shape(WhoSees, {"q": text(most=200), "at": text(most=40), "page": PAGE})


@get(PATH, guards=[signed_in], opt={**LOOKED_AT, **WHO_SEES.opt}, include_in_schema=False)
async def access_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    return await _page(request, await _seen(request, group), WHO_SEES.of(request))


@post(PATH, guards=[signed_in], include_in_schema=False)
async def restrict(request: AnyRequest, group: FromPath[str]) -> Response[Any]:
    """With ``restricted`` only who it is shared with sees the list, without it all members."""
    found = await _seen(request, group)
    restricted = bool((await form_fields(request, "restricted"))["restricted"])
    try:
        found.require(Right.MANAGE, found.group)
        await services(request).groups.update(found, restricted=restricted)
    except SertantaiError as error:
        return await _page(request, found, WhoSees(), error, "restrict")
    words = "Only people and teams it is shared with see this list, and admins." if restricted else ""
    return _done(request, found, words or "All members see this list.")


@post(f"{PATH}/grants", guards=[signed_in], include_in_schema=False)
async def share(request: AnyRequest, group: FromPath[str]) -> Response[Any]:
    """``level`` is one of those of a list, or "end"; ``until`` a day, the last on which it holds."""
    found = await _seen(request, group)
    fields = await form_fields(request, "grantee", "level", "until")
    try:
        found.require(Right.SHARE, found.group)
        if not fields["grantee"]:
            raise InvalidInput("Choose a team or a member.", field="grantee")
        grantee, level = parse_uuid(fields["grantee"], "grantee"), _level(fields["level"])
        ends_at = _until(request, fields["until"]) if level is not None else None
        await services(request).organizations.grant(found.standing(), found.group.id, grantee, level, ends_at)
    except SertantaiError as error:
        return await _page(request, found, WhoSees(), error, "share")
    return _done(request, found, "It is no longer shared with them." if level is None else "It is shared.")


async def _seen(request: AnyRequest, group: str) -> Allowed:
    """A list of an organization's; raises as `allowed` does. Of one's own lists there is no such page."""
    found = await allowed(request, group, Right.READ)
    if found.access is None:
        raise GroupNotFound("Nobody but you sees this list.", field="group")
    found.require(Right.MEMBERS, found.group)
    return found


async def _page(
    request: AnyRequest,
    found: Allowed,
    view: WhoSees,
    error: SertantaiError | None = None,
    at: str = "",
) -> Response[bytes]:
    now = services(request).clock.now()
    past = await _past(request, found, view.at) if view.at else None
    shown = past.then if past else Then(now, _access(found), found.group)
    access, group = _access(found), found.group
    seeing = [] if shown is None else await _seeing(shown)
    pages = max(1, -(-len(seeing) // PEOPLE_A_PAGE))
    shown_page = min(view.page, pages)
    first = (shown_page - 1) * PEOPLE_A_PAGE
    path, turned = f"/groups/{group.id}/access", msgspec.structs.replace
    people = members_in_order(access, wanted=view.q)
    error = error or (past.error if past else None)
    return page(
        request,
        "lists/who_sees.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        error_at="day" if past and past.error else at,
        past=past,
        today=now.astimezone(reader_zone(request)).date(),
        members=access.members,
        list=summary_in(found, group),
        shared=shared(found, group),
        may=may_of(found, group),
        view=view,
        path=path,
        seers=[]
        if shown is None
        else seer_facts(shown.access, shown.group, shown.moment, seeing[first : first + PEOPLE_A_PAGE]),
        total=len(seeing),
        grants=[] if shown is None else grants(shown.access, shown.group),
        link_count=sum(is_good(link, access, group.access, now) for _, link in links_of(group.metadata)),
        levels=[(level.word, words) for level, words in LEVEL_WORDS.items()],
        level_words={level.word: words for level, words in LEVEL_WORDS.items()},
        teams=sorted(access.teams.items(), key=lambda one: one[1].casefold()),
        people=[(id, member.name) for id, member in people[:OFFERED]],
        more=max(0, len(people) - OFFERED),
        first_url=WHO_SEES.address(path, turned(view, page=1)) if shown_page > 1 else None,
        next_url=WHO_SEES.address(path, turned(view, page=shown_page + 1)) if shown_page < pages else None,
    )


class Past(NamedTuple):
    """What is shown of an earlier day. ``then`` None: nothing, and ``words`` or ``error`` say why."""

    on: date | datetime | None
    then: Then | None = None
    words: str = ""
    error: SertantaiError | None = None


async def _past(request: AnyRequest, found: Allowed, day: str) -> Past:
    zone = reader_zone(request)
    try:
        at = parse_moment(day, "at", end=True, zone=zone)
        then = await seen_then(services(request), found, at)
    except InvalidInput:
        return Past(None, error=InvalidInput("Choose a day up to today, such as 2026-03-31.", field="at"))
    except BeforeTheTrail:
        return Past(None, words=NOT_SO_FAR)
    except DatabaseBusy as error:
        raise ReadingLate from error
    except DatabaseUnavailable:
        return Past(None, words=AWAY)
    if then is None:
        return Past(None, words="This list did not exist on that day.")
    if then.moment != at:  # the day is not over
        return Past(None, then)
    is_day = len(day) <= DAY_CHARACTERS
    return Past((at - timedelta(microseconds=1)).astimezone(zone).date() if is_day else at, then)


async def _seeing(shown: Then) -> list[Seeing]:
    given = (shown.access, shown.group, shown.moment)
    if len(shown.access.members) <= ITEMS_AT_HAND_MAX:
        return who_see(*given)
    return await aside(who_see, *given)


def _facts(shown: Then, seeing: list[Seeing]) -> list[Seer]:
    return seer_facts(shown.access, shown.group, shown.moment, seeing)


def _access(found: Allowed) -> AccessState:
    assert found.access is not None, "`_seen` lets no other list in"
    return found.access


def _level(word: str) -> Level | None:
    if word == END:
        return None
    if word not in LEVELS:
        raise InvalidInput(f"level: {word[:20]!r} is not a level of a list.", field="level")
    return LEVELS[word]


def _until(request: AnyRequest, day: str) -> datetime | None:
    """The last second of that day, where the reader is."""
    if not day:
        return None
    return parse_moment(day, "until", end=True, zone=reader_zone(request)) - timedelta(seconds=1)


def _done(request: AnyRequest, found: Allowed, words: str) -> Response[Any]:
    back = Redirect(f"/groups/{found.group.id}/access", status_code=HTTP_303_SEE_OTHER)
    return saying(request, back, words)


ROUTES = [access_page, restrict, share]
