"""``/api/v1/organizations/{organization}/departures``: who went, and can be taken back for 30 days."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from litestar import get, post
from litestar.params import FromPath

from sertantai.core.ids import GroupId, TeamId, UserId, parse_uuid
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Lists
from sertantai.organizations.going.returning import Departed, Returned
from sertantai.organizations.model import MemberName
from sertantai.organizations.shown import name_in
from sertantai.web.api.paged import PAGED, page_of
from sertantai.web.requests import organization_of, user_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/organizations/{organization:str}/departures"
RESTORE: Final = f"{PATH}/{{user:str}}/restore"
_CURSOR_KIND: Final = "departures"


class DepartedMember(msgspec.Struct, frozen=True):
    """``removed_by``: null where the organization did it by itself (its operator, a directory), and for who
    left. ``left``: of their own accord; then they are asked before they are taken back."""

    user: MemberName
    role: str
    left_at: datetime
    left: bool
    removed_by: MemberName | None
    until: datetime


class NamedList(msgspec.Struct, frozen=True):
    id: GroupId
    name: str


class KeptList(msgspec.Struct, frozen=True):
    """``by``: to whom it was handed on. What they may do there was changed since, so it stays."""

    id: GroupId
    name: str
    by: MemberName


class LawsBack(msgspec.Struct, frozen=True):
    id: GroupId
    name: str
    laws: int


class NamedTeam(msgspec.Struct, frozen=True):
    id: TeamId
    name: str


class Return(msgspec.Struct, frozen=True):
    """What taking somebody back does, or has done.

    ``lists``: granted to them again; ``handed_back``: no longer by that with whom they were handed on to;
    ``kept``: changed since, so they stay as they are; ``ended``: until a day that is over by now; ``full``:
    granted as often as can be. ``lists_gone``, ``teams_gone``: how many there are no more. ``asked``: whoever
    left of their own accord gets an invitation, and all that comes with their yes. ``responsible``: what they
    answer for again.
    """

    member: DepartedMember
    asked: bool
    lists: Sequence[NamedList]
    handed_back: Sequence[NamedList]
    kept: Sequence[KeptList]
    ended: Sequence[NamedList]
    full: Sequence[NamedList]
    lists_gone: int
    teams: Sequence[NamedTeam]
    teams_gone: int
    responsible: Sequence[LawsBack] = ()


@get(PATH, guards=[signed_in], opt={**FOR_READING, **PAGED.opt}, summary="Who left in the last 30 days")
async def list_departures(request: AnyRequest, organization: FromPath[str]) -> Page[DepartedMember]:
    """And can be taken back; who went last first. For who may invite and manage members."""
    lists = await organization_of(request, organization)
    found = services(request).taking_back.departed(lists.standing())
    page, following = page_of(_CURSOR_KIND, found, lambda one: one.id, PAGED.of(request))
    return Page([departed_member(lists, one) for one in page], following)


@get(RESTORE, guards=[signed_in], summary="What restoring a member would do")
async def show_return(request: AnyRequest, organization: FromPath[str], user: FromPath[str]) -> Return:
    """As things are now; nothing is done by asking."""
    lists, id = await organization_of(request, organization), UserId(parse_uuid(user, "user"))
    return return_of(lists, services(request).taking_back.preview(lists.standing(), id))


@post(RESTORE, guards=[signed_in], status_code=200, summary="Restore a member who left or was removed")
async def take_back(request: AnyRequest, organization: FromPath[str], user: FromPath[str]) -> Return:
    """What they were they are again, and what was handed on by their going goes back, unless it was changed
    since. Who left of their own accord is asked by mail, and is by accepting it what they were."""
    lists, id = await organization_of(request, organization), UserId(parse_uuid(user, "user"))
    own = (await user_of(request)).email
    return return_of(lists, await services(request).taking_back.take_back(lists.standing(), id, own))


def departed_member(lists: Lists, one: Departed) -> DepartedMember:
    went, access = one.departure, lists.standing().access
    by_itself = went.by in (one.id, lists.owner)
    return DepartedMember(
        MemberName(one.id, went.member.name),
        went.member.role.value,
        went.at,
        one.must_be_asked,
        None if by_itself else MemberName(went.by, name_in(access, went.by)),
        one.until,
    )


def return_of(lists: Lists, returned: Returned) -> Return:
    what, access = returned.what, lists.standing().access
    readable = {id: one.name for id, one in lists.state.groups.items() if lists.may_read(one)}

    def named(groups: Iterable[GroupId]) -> list[NamedList]:
        return [NamedList(group, readable[group]) for group in groups if group in readable]

    return Return(
        departed_member(lists, returned.person),
        returned.asked,
        named(what.lists),
        named(what.handed_back),
        [
            KeptList(group, readable[group], MemberName(by, name_in(access, by)))
            for group, by in what.kept.items()
            if group in readable
        ],
        named(what.ended),
        named(what.full),
        len(what.lists_gone),
        [NamedTeam(team, access.teams[team]) for team in what.teams if team in access.teams],
        len(what.teams_gone),
        [
            LawsBack(group, readable[group], laws)
            for group, laws in returned.laws.items()
            if group in readable
        ],
    )


ROUTES = [list_departures, show_return, take_back]
