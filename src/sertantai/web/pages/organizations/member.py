"""``/organizations/{organization}/members/{member}``: one member, and what can be decided about them."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.core.access_state import Member
from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.ids import UserId
from sertantai.core.rights import OF_ROLE_WITH_LISTS, OWNER_ONLY, Right, Role
from sertantai.core.sharing.permission import may_view_as, rights_given_by
from sertantai.http.forms import Form, form_of
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.going.leaving import leave
from sertantai.organizations.standing import Standing
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.pages.organizations.handing_on import handed_on, laws_handed_on, left_by
from sertantai.web.pages.organizations.people import addresses_of, is_over, named_member, person
from sertantai.web.parts.rights_wording import RIGHTS, ROLES, ROLES_MEAN
from sertantai.web.requests import organization_of, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

ONE: Final = f"{PATH}/members/{{member:str}}"
TEMPLATE: Final = "organizations/member.html"
FIELD: Final = "right-"
ALLOW, DENY = "allow", "deny"


class Permission(NamedTuple):
    """A right of a member: what it is called, what the role says of it, and what is said beside that."""

    right: Right
    label: str
    by_role: bool
    said: str
    may_be_allowed: bool


@get(ONE, guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def member_page(
    request: AnyRequest, organization: FromPath[str], member: FromPath[str]
) -> Response[bytes]:
    return await _page(request, await organization_of(request, organization), member)


@post(ONE, guards=[signed_in], include_in_schema=False)
async def change_member(
    request: AnyRequest, organization: FromPath[str], member: FromPath[str]
) -> Response[Any]:
    """The role, and what is allowed or denied beside it."""
    lists = await organization_of(request, organization)
    standing, form = lists.standing(), await form_of(request)
    id, before = named_member(standing, member)
    try:
        await services(request).organizations.change_member(
            standing,
            id,
            role=_role(form.get("role")),
            allow=_said(form, ALLOW, before.allow),
            deny=_said(form, DENY, before.deny),
        )
    except SertantaiError as error:
        return await _page(request, lists, member, Refused(error, "change"))
    return done(request, _path(standing, id), f"{before.name} has been changed.")


@post(f"{ONE}/suspend", guards=[signed_in], include_in_schema=False)
async def suspend_member(
    request: AnyRequest, organization: FromPath[str], member: FromPath[str]
) -> Response[Any]:
    """With ``suspended`` until it is ended, without it to end that."""
    lists = await organization_of(request, organization)
    standing, suspended = lists.standing(), bool((await form_of(request)).get("suspended"))
    id, before = named_member(standing, member)
    try:
        await services(request).organizations.change_member(standing, id, suspended=suspended)
    except SertantaiError as error:
        return await _page(request, lists, member, Refused(error, "suspend"))
    state = "is suspended" if suspended else "is no longer suspended"
    return done(request, _path(standing, id), f"{before.name} {state}.")


@post(f"{ONE}/remove", guards=[signed_in], include_in_schema=False)
async def remove_member(
    request: AnyRequest, organization: FromPath[str], member: FromPath[str]
) -> Response[Any]:
    lists = await organization_of(request, organization)
    standing = lists.standing()
    id, before = named_member(standing, member)
    form, service = await form_of(request), services(request)
    try:
        new = handed_on(lists, id, form)
        laws = await laws_handed_on(lists, id, reader_today(request), form)
        await leave(
            service.organizations, service.engine, standing, id, new, service.clock.now(), responsible=laws
        )
    except SertantaiError as error:
        return await _page(request, lists, member, Refused(error, "remove"), form)
    said = f"{before.name} has been removed. You can restore them for 30 days."
    return done(request, f"{path_of(standing)}/members", said)


@post(f"{ONE}/ownership", guards=[signed_in], include_in_schema=False)
async def offer_ownership(
    request: AnyRequest, organization: FromPath[str], member: FromPath[str]
) -> Response[Any]:
    """With ``offered`` to this member, without it to nobody any more."""
    lists = await organization_of(request, organization)
    standing, offered = lists.standing(), bool((await form_of(request)).get("offered"))
    id, before = named_member(standing, member)
    try:
        await services(request).organizations.offer_ownership(standing, id if offered else None)
    except SertantaiError as error:
        return await _page(request, lists, member, Refused(error, "ownership"))
    words = f"Ownership is offered to {before.name}." if offered else "Ownership is no longer offered."
    return done(request, _path(standing, id), words)


async def _page(
    request: AnyRequest,
    lists: Lists,
    reference: str,
    refused: Refused | None = None,
    removing: Form | None = None,
) -> Response[bytes]:
    lists.require(Right.MEMBERS)
    standing = lists.standing()
    id, member = named_member(standing, reference)
    addresses = await addresses_of(request, standing, [id])
    over, is_me = is_over(standing, member), id == standing.actor
    return answer(
        request,
        TEMPLATE,
        refused,
        org=frame(lists),
        path=_path(standing, id),
        person=person(standing, id, member, addresses.get(id, "")),
        roles=_roles(standing, member),
        role=member.role.value,
        permissions=_permissions(standing, member) if over else [],
        said=[RIGHTS[right] for right in sorted(member.allow)],
        denied=[RIGHTS[right] for right in sorted(member.deny)],
        may_view=may_view_as(standing.access, standing.actor, id),
        may_change=over,
        may_remove=over and not is_me,
        left=await left_by(lists, id, reader_today(request), removing) if over and not is_me else None,
        may_offer=Right.TRANSFER in standing.rights and member.role is not Role.OWNER,
    )


def _path(standing: Standing, id: UserId) -> str:
    return f"{path_of(standing)}/members/{id}"


def _roles(standing: Standing, member: Member) -> list[tuple[str, str]]:
    """What may be chosen: nothing above one's own, and nobody is made an owner by a choice."""
    mine = standing.member.role
    open_ = [role for role in Role if role is not Role.OWNER and role.rank <= mine.rank]
    known = {*open_, member.role}
    return [(role.value, f"{ROLES[role]}: {ROLES_MEAN[role]}") for role in Role if role in known]


def _permissions(standing: Standing, member: Member) -> list[Permission]:
    given = rights_given_by(standing.access, standing.actor)
    said: Mapping[Right, str] = {
        **dict.fromkeys(member.allow, ALLOW),
        **dict.fromkeys(member.deny, DENY),
    }
    return [
        Permission(
            right,
            label,
            right in OF_ROLE_WITH_LISTS[member.role],
            said.get(right, ""),
            right in given or right in member.allow,
        )
        for right, label in RIGHTS.items()
        if right not in OWNER_ONLY
    ]


def _role(text: str) -> Role | None:
    if not text:
        return None
    try:
        return Role(text)
    except ValueError:
        raise InvalidInput(f"role: {text[:40]!r} is not a role.", field="role") from None


def _said(form: Form, word: str, before: frozenset[Right]) -> tuple[Right, ...] | None:
    """The rights of which the form says so; None: the same as before."""
    found = frozenset(right for right in Right if form.get(f"{FIELD}{right.value}") == word)
    return None if found == before else tuple(sorted(found))


ROUTES = [member_page, change_member, suspend_member, remove_member, offer_ownership]
