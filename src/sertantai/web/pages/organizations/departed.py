"""``/organizations/{organization}/departures/{member}``: somebody who went, and what restoring them does."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, UserId, parse_uuid
from sertantai.core.rights import Level, Role
from sertantai.core.sharing.permission import TO_TAKE_BACK
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.going.returning import Departed, Returned, departed_from
from sertantai.organizations.shown import name_in
from sertantai.organizations.standing import Standing
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.pages.organizations.people import FORMER
from sertantai.web.parts.rights_wording import LEVELS, RIGHTS, ROLES
from sertantai.web.parts.shared_lists import name_in as list_name_in
from sertantai.web.requests import organization_of, user_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

ONE: Final = f"{PATH}/departures/{{member:str}}"
TEMPLATE: Final = "organizations/departed.html"
NAMES_SAID: Final = 3
SHOWN: Final = 100
"""In one part of the page; the rest is counted."""


class Gone(NamedTuple):
    """Somebody who went, in a line. ``by``: empty where they left of their own accord."""

    id: UserId
    name: str
    role: str
    at: datetime
    by: str
    until: datetime


class Named(NamedTuple):
    """A list, with what of it is said beside its name."""

    id: GroupId
    name: str
    said: str = ""


class Part(NamedTuple):
    """``more``: how many are left out."""

    key: str
    heading: str
    lists: list[Named]
    more: int


@get(ONE, guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def departed_page(
    request: AnyRequest, organization: FromPath[str], member: FromPath[str]
) -> Response[bytes]:
    return _page(request, await organization_of(request, organization), UserId(parse_uuid(member, "member")))


@post(ONE, guards=[signed_in], include_in_schema=False)
async def restore(request: AnyRequest, organization: FromPath[str], member: FromPath[str]) -> Response[Any]:
    """What is said there is done; who left of their own accord is asked by e-mail."""
    lists, id = await organization_of(request, organization), UserId(parse_uuid(member, "member"))
    standing, service = lists.standing(), services(request).taking_back
    try:
        returned = await service.take_back(standing, id, (await user_of(request)).email)
    except SertantaiError as error:
        return _page(request, lists, id, Refused(error, "restore"))
    path, name = f"{path_of(standing)}/members", returned.person.departure.member.name
    if returned.asked:
        return done(request, path, f"We have sent {name} an e-mail. They come back by accepting it.")
    return done(request, f"{path}/{id}", f"{name} is a member again.{_stays(lists, returned)}")


def gone_from(lists: Lists, now: datetime) -> list[Gone] | None:
    """Who went last first; None for who may take nobody back."""
    standing = lists.standing()
    if not standing.rights >= TO_TAKE_BACK:
        return None
    return [_gone(standing, one) for one in departed_from(standing.access, now)[:SHOWN]]


def _page(request: AnyRequest, lists: Lists, id: UserId, refused: Refused | None = None) -> Response[bytes]:
    standing = lists.standing()
    returned = services(request).taking_back.preview(standing, id)
    was, teams = returned.person.departure.member, standing.access.teams
    return answer(
        request,
        TEMPLATE,
        refused,
        org=frame(lists),
        path=f"{path_of(standing)}/departures/{id}",
        gone=_gone(standing, returned.person),
        must_be_asked=returned.person.must_be_asked,
        suspended=was.suspended,
        teams=[teams[team] for team in returned.what.teams],
        teams_gone=len(returned.what.teams_gone),
        allowed=[RIGHTS[right] for right in sorted(was.allow)],
        denied=[RIGHTS[right] for right in sorted(was.deny)],
        comes=[one for one in _comes(lists, returned) if one.lists],
        stays=[one for one in _remains(lists, returned) if one.lists],
        lists_gone=len(returned.what.lists_gone),
    )


def _gone(standing: Standing, one: Departed) -> Gone:
    went = one.departure
    by = "" if one.must_be_asked else _whom(standing, went.by)
    return Gone(one.id, went.member.name, ROLES[Role(went.member.role)], went.at, by, one.until)


def _whom(standing: Standing, id: UserId) -> str:
    access = standing.access
    return access.name if id == standing.organization else name_in(access, id) or FORMER


def _comes(lists: Lists, returned: Returned) -> Iterable[Part]:
    went, what, standing = returned.person.departure, returned.what, lists.standing()
    levels = {group: LEVELS[Level(grant.level)] for group, grant in went.grants.items()}
    yield _part(lists, "lists", "Shared with them again", {one: levels[one] for one in what.lists})
    back = {one: f"was handed to {_whom(standing, went.hands[one].grantee)}" for one in what.handed_back}
    yield _part(lists, "handed-back", "Handed back", back)
    said = {one: f"{count:,} {'law' if count == 1 else 'laws'}" for one, count in returned.laws.items()}
    yield _part(lists, "laws", "Answers again for", said)


def _remains(lists: Lists, returned: Returned) -> Iterable[Part]:
    what, standing = returned.what, lists.standing()
    kept = {group: f"{_whom(standing, by)} manages it" for group, by in what.kept.items()}
    yield _part(lists, "kept", "Changed since, so they stay as they are", kept)
    yield _part(lists, "ended", "Shared until a day that is over", dict.fromkeys(what.ended, ""))
    yield _part(lists, "full", "Shared with as many as can be", dict.fromkeys(what.full, ""))


def _part(lists: Lists, key: str, heading: str, found: dict[GroupId, str]) -> Part:
    groups = lists.state.groups
    named = [
        Named(id, list_name_in(lists, groups[id]), said)
        for id, said in found.items()
        if lists.may_read(groups[id])
    ]
    named.sort(key=lambda one: (one.name.casefold(), one.id.int))
    return Part(key, heading, named[:SHOWN], max(0, len(named) - SHOWN))


def _stays(lists: Lists, returned: Returned) -> str:
    named = [one.name for part in _remains(lists, returned) for one in part.lists]
    if not named:
        return ""
    more = f" and {len(named) - NAMES_SAID:,} more" if len(named) > NAMES_SAID else ""
    listed = ", ".join(f"“{name}”" for name in named[:NAMES_SAID])
    return f" Not as before: {listed}{more}."


ROUTES = [departed_page, restore]
