"""``/api/v1/organizations/{organization}/members``: who is in it, as what; changed, removed, left."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from sertantai.core.access_state import Member
from sertantai.core.errors import Forbidden, InvalidInput
from sertantai.core.ids import GroupId, TeamId, UserId, parse_uuid
from sertantai.core.rights import Right, Role
from sertantai.engine.errors import MemberNotFound
from sertantai.http.guards import signed_in
from sertantai.http.pagination import LIMIT_DEFAULT, Page
from sertantai.lists.access import Lists
from sertantai.organizations.going.leaving import HANDED_MAX, LAWS_HANDED_MAX, Leaving, leave, leaving
from sertantai.organizations.model import MemberFacts
from sertantai.organizations.shown import member_facts, members_in_order
from sertantai.organizations.standing import Standing
from sertantai.web.api.paged import PagedQuery, page_of
from sertantai.web.parts.reviewing.shown import answered_in
from sertantai.web.query import CURSOR, LIMIT, Shape, text
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH = "/organizations/{organization:str}/members"
WANTED_CHARACTERS: Final = 200
_CURSOR_KIND: Final = "members"


class Permissions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rights beside those of the role. What is left out stays as it is; what is denied is denied."""

    allow: list[str] | UnsetType = UNSET
    deny: list[str] | UnsetType = UNSET


class MemberChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is. ``name``: of oneself only."""

    role: Role | UnsetType = UNSET
    permissions: Permissions | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    name: str | UnsetType = UNSET


class MembersQuery(msgspec.Struct, frozen=True):
    """``q``: a part of a name; addresses are not searched. ``team``: its members only."""

    q: str = ""
    team: str = ""
    cursor: str = ""
    limit: int = LIMIT_DEFAULT


MEMBERS: Final = Shape(
    MembersQuery, {"q": text(most=WANTED_CHARACTERS), "team": text(), "cursor": CURSOR, "limit": LIMIT}
)


@get(PATH, guards=[signed_in], opt={**FOR_READING, **MEMBERS.opt}, summary="The members of an organisation")
async def list_members(request: AnyRequest, organization: FromPath[str]) -> Page[MemberFacts]:
    """``email`` is there for who may see addresses, and while PostgreSQL is available."""
    lists = await organization_of(request, organization)
    lists.require(Right.MEMBERS)
    standing, query = lists.standing(), MEMBERS.of(request)
    team = TeamId(parse_uuid(query.team, "team")) if query.team else None
    found = members_in_order(standing.access, team, query.q)
    paged = PagedQuery(query.cursor, query.limit)
    shown, following = page_of(_CURSOR_KIND, found, lambda one: one[0], paged)
    return Page(member_facts(shown, await _addresses(request, standing, [id for id, _ in shown])), following)


@patch(f"{PATH}/{{user:str}}", guards=[signed_in], summary="Change a member")
async def change_member(
    request: AnyRequest, organization: FromPath[str], user: FromPath[str], data: JSONBody[MemberChanges]
) -> MemberFacts:
    lists = await organization_of(request, organization)
    standing, id = lists.standing(), UserId(parse_uuid(user, "user"))
    _member(standing, id)
    organizations = services(request).organizations
    if data.name is not UNSET and id != standing.actor:
        raise Forbidden("Everybody says themselves what they are called.", field="name")
    permissions = Permissions() if data.permissions is UNSET else data.permissions
    if (data.role, data.suspended, permissions) != (UNSET, UNSET, Permissions()):
        standing = await organizations.change_member(
            standing,
            id,
            role=None if data.role is UNSET else data.role,
            allow=_rights(permissions.allow),
            deny=_rights(permissions.deny),
            suspended=None if data.suspended is UNSET else data.suspended,
        )
    if data.name is not UNSET:
        standing = await organizations.rename_member(standing, data.name)
    addresses = await _addresses(request, standing, [id])
    return member_facts([(id, _member(standing, id))], addresses)[0]


@delete(f"{PATH}/{{user:str}}", guards=[signed_in], summary="Remove a member, or leave")
async def remove_member(request: AnyRequest, organization: FromPath[str], user: FromPath[str]) -> None:
    """What they put into the organization's lists stays there; their own lists stay theirs."""
    lists = await organization_of(request, organization)
    await services(request).organizations.expel(lists.standing(), UserId(parse_uuid(user, "user")))


class Handed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By list the member who manages it from then on (``new``), and who answers for what they answered for
    there (``responsible``); lists that are left out stay as they are."""

    new: dict[GroupId, UserId] = {}
    responsible: dict[GroupId, UserId] = {}


class LawsLeft(msgspec.Struct, frozen=True):
    """So many laws of a list that they answer for, and how many of them are due (in UTC)."""

    id: GroupId
    name: str
    laws: int
    due: int


class LeavingShown(Leaving, frozen=True):
    responsible: Sequence[LawsLeft] = ()


@get(f"{PATH}/{{user:str}}/leaving", guards=[signed_in], summary="What a member leaves behind")
async def show_leaving(request: AnyRequest, organization: FromPath[str], user: FromPath[str]) -> LeavingShown:
    """Of oneself, or for who manages members: lists that nobody else manages, laws that they answer for,
    teams, waiting suggestions, and links to read that open nothing from then on."""
    lists, id = await _of(request, organization, user)
    standing = lists.standing()
    found = leaving(standing.state, standing.access, id, lists.now())
    groups = standing.state.groups
    return LeavingShown(
        lists=[one for one in found.lists if lists.may_read(groups[one.id])],
        teams=found.teams,
        suggestions=[one for one in found.suggestions if lists.may_read(groups[one.group])],
        only_owner=found.only_owner,
        links=[one for one in found.links if lists.may_read(groups[one.group])],
        responsible=[
            LawsLeft(group.id, group.name, laws, due)
            for group, laws, due in await answered_in(lists, id, lists.now().date())
        ],
    )


@post(
    f"{PATH}/{{user:str}}/leaving",
    guards=[signed_in],
    status_code=204,
    summary="Remove a member, and hand on their lists and laws",
)
async def let_go(
    request: AnyRequest, organization: FromPath[str], user: FromPath[str], data: JSONBody[Handed]
) -> None:
    """All that is asked for is checked before anything is done."""
    lists, id = await _of(request, organization, user)
    if len(data.new) > HANDED_MAX:
        raise InvalidInput(f"new: at most {HANDED_MAX:,} lists at once.", field="new")
    if len(data.responsible) > LAWS_HANDED_MAX:
        raise InvalidInput(f"responsible: at most {LAWS_HANDED_MAX:,} lists at once.", field="responsible")
    for group in data.new:
        lists.named(group, Right.SHARE)
    for group in data.responsible:
        lists.named(group, Right.REVIEW)
    service, standing = services(request), lists.standing()
    await leave(
        service.organizations,
        service.engine,
        standing,
        id,
        data.new,
        service.clock.now(),
        responsible=data.responsible,
    )


async def _of(request: AnyRequest, organization: str, user: str) -> tuple[Lists, UserId]:
    lists, id = await organization_of(request, organization), UserId(parse_uuid(user, "user"))
    if id != lists.actor:
        lists.require(Right.MEMBERS_MANAGE)
    return lists, id


def _member(standing: Standing, id: UserId) -> Member:
    found = standing.access.members.get(id)
    if found is None:
        raise MemberNotFound
    return found


def _rights(names: list[str] | UnsetType) -> list[Right] | None:
    if names is UNSET:
        return None
    for name in names:
        if name not in frozenset(Right):
            raise InvalidInput(f"permissions: {name[:40]!r} is not a permission.", field="permissions")
    return [Right(name) for name in dict.fromkeys(names)]


async def _addresses(request: AnyRequest, standing: Standing, members: list[UserId]) -> Mapping[UserId, str]:
    if Right.MEMBERS_ADDRESSES not in standing.rights:
        return {}
    return await services(request).directory.addresses(members)


ROUTES = [list_members, change_member, remove_member, show_leaving, let_go]
