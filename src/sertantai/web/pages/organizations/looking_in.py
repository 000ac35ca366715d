"""``/admin/organizations``: which there are, and a look into one of them that its owners see.

An administrator of the site is no member. What they may read here is not a right that anything else knows of:
these pages ask for the look that is open in the session, and nothing of them changes anything.
"""

from typing import Any, Final, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import UserId
from sertantai.http.guards import admin
from sertantai.lists.access import Lists, of_the_house
from sertantai.lists.groups import display_name
from sertantai.lists.listing import Query, found_page
from sertantai.organizations.looking_in import (
    LOOK_FOR,
    REASON_CHARACTERS_MAX,
    REASON_CHARACTERS_MIN,
    Look,
    Looker,
)
from sertantai.organizations.shown import members_in_order
from sertantai.postgres import asks_as
from sertantai.records.rows import RecordRow
from sertantai.web.pages.organizations.audit import AUDIT, entries_of
from sertantai.web.pages.organizations.frame import Refused, answer, done
from sertantai.web.pages.organizations.people import person
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summaries_in
from sertantai.web.query import CURSOR, PAGE, Shape
from sertantai.web.requests import accounts_of, session_caller_of
from sertantai.web.services import AnyRequest, services

EVERY: Final = "/admin/organizations"
PATH: Final = f"{EVERY}/{{organization:str}}"
ORGANIZATIONS_A_PAGE: Final = 100
LAWS_A_PAGE: Final = 100
MEMBERS_A_PAGE: Final = 100
SYSTEM: Final = "system"


class EveryAsked(msgspec.Struct, frozen=True):
    after: str = ""


class MembersAsked(msgspec.Struct, frozen=True):
    page: int = 1


class LawsAsked(msgspec.Struct, frozen=True):
    cursor: str = ""


EVERY_ASKED: Final = Shape(EveryAsked)
MEMBERS_ASKED: Final = Shape(MembersAsked, {"page": PAGE})
LAWS_ASKED: Final = Shape(LawsAsked, {"cursor": CURSOR})


class Law(NamedTuple):
    """A law in a list; ``note`` and ``tags`` as they are written there."""

    row: RecordRow
    note: str
    tags: list[str]


@get(EVERY, guards=[admin], opt=EVERY_ASKED.opt, include_in_schema=False)
async def every_organization(request: AnyRequest) -> Response[bytes]:
    after = EVERY_ASKED.of(request).after
    found = await services(request).directory.page(after, ORGANIZATIONS_A_PAGE + 1)
    shown = found[:ORGANIZATIONS_A_PAGE]
    more = len(found) > ORGANIZATIONS_A_PAGE
    return answer(
        request,
        "organizations/every.html",
        found=shown,
        every=EVERY,
        first_url=EVERY if after else None,
        next_url=EVERY_ASKED.address(EVERY, EveryAsked(shown[-1].slug)) if more else None,
    )


@get(PATH, guards=[admin], include_in_schema=False)
async def look_at_lists(request: AnyRequest, organization: FromPath[str]) -> Response[bytes]:
    """Its lists; and before it is opened, the form that asks why."""
    lists, look = await _looking(request, organization)
    if look is None:
        return _form(request, lists)
    return _page(request, "look", lists, look, "lists", lines=await summaries_in(lists))


@post(f"{PATH}/look", guards=[admin], include_in_schema=False)
async def open_look(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    caller = session_caller_of(request)
    lists = await _lists(request, organization)
    fields = await form_fields(request, "reason", "current_password")
    try:
        await accounts_of(request).passwords.require_password(caller.user_id, fields["current_password"])
        await services(request).looks.open(_looker(request), lists.owner, fields["reason"])
    except SertantaiError as error:
        return _form(request, lists, Refused(error, "look"), fields["reason"])
    return Redirect(f"{EVERY}/{organization}", status_code=HTTP_303_SEE_OTHER)


@post(f"{PATH}/end", guards=[admin], include_in_schema=False)
async def end_look(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists, look = await _looking(request, organization)
    if look is not None:
        await services(request).looks.end(look.by.session)
    assert lists.access is not None
    return done(request, EVERY, f"You no longer look into “{lists.access.name}”.")


@get(f"{PATH}/lists/{{group:str}}", guards=[admin], opt=LAWS_ASKED.opt, include_in_schema=False)
async def look_at_list(
    request: AnyRequest, organization: FromPath[str], group: FromPath[str]
) -> Response[Any]:
    lists, look = await _looking(request, organization)
    if look is None:
        return _to_the_form(organization)
    found = lists.named(group).group
    await services(request).looks.looked_at(look, found.id)
    asked = LAWS_ASKED.of(request)
    path = f"{EVERY}/{organization}/lists/{found.id}"
    query = Query(selected=True, group=str(found.id), cursor=asked.cursor or None, limit=LAWS_A_PAGE)
    laws = await found_page(services(request).register.catalogue, query, found.records)
    following = LawsAsked(laws.next_cursor) if laws.next_cursor else None
    return _page(
        request,
        "look_list",
        lists,
        look,
        "lists",
        name=display_name(found),
        count=found.count,
        laws=[
            Law(row, str(said.get("note") or ""), list(said.get("tags") or ()))
            for row, said in zip(
                laws.rows, (found.annotations.get(number, {}) for number in laws.numbers), strict=True
            )
        ],
        first_url=path if asked.cursor else None,
        next_url=LAWS_ASKED.address(path, following) if following else None,
    )


@get(f"{PATH}/members", guards=[admin], opt=MEMBERS_ASKED.opt, include_in_schema=False)
async def look_at_members(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists, look = await _looking(request, organization)
    if look is None:
        return _to_the_form(organization)
    number, path = MEMBERS_ASKED.of(request).page, f"{EVERY}/{organization}/members"
    standing = lists.standing()
    everybody = members_in_order(standing.access)
    shown = everybody[(number - 1) * MEMBERS_A_PAGE : number * MEMBERS_A_PAGE]
    addresses = await services(request).directory.addresses([id for id, _ in shown])
    more = len(everybody) > number * MEMBERS_A_PAGE
    return _page(
        request,
        "look_members",
        lists,
        look,
        "members",
        people=[person(standing, id, member, addresses.get(id, "")) for id, member in shown],
        total=len(everybody),
        first_url=path if number > 1 else None,
        next_url=MEMBERS_ASKED.address(path, MembersAsked(number + 1)) if more else None,
    )


@get(f"{PATH}/audit", guards=[admin], opt=AUDIT.opt, include_in_schema=False)
async def look_at_audit(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists, look = await _looking(request, organization)
    if look is None:
        return _to_the_form(organization)
    view, path = AUDIT.of(request), f"{EVERY}/{organization}/audit"
    newest = AUDIT.address(path, msgspec.structs.replace(view, cursor="")) if view.cursor else ""
    found = await entries_of(request, lists, view, path)
    return _page(request, "look_audit", lists, look, "audit", view=view, newest_url=newest, **found)


async def _lists(request: AnyRequest, organization: str) -> Lists:
    """As the organization itself sees them. Raises `OrganizationNotFound`."""
    owner = await services(request).directory.find(organization)
    return await of_the_house(services(request).engine, owner, SYSTEM)


async def _looking(request: AnyRequest, organization: str) -> tuple[Lists, Look | None]:
    """With the look that is open in this session. Then PostgreSQL, too, is asked with the organization's own
    eyes: from here on this request reads nobody else's rows, not even those of whoever looks."""
    caller = session_caller_of(request)
    lists = await _lists(request, organization)
    look = services(request).looks.of(caller.session_id, lists.owner)
    if look is not None:
        asks_as.set(UserId(lists.owner))
    return lists, look


def _looker(request: AnyRequest) -> Looker:
    caller = session_caller_of(request)
    assert caller.session_id is not None, "of a session"
    return Looker(caller.user_id, caller.session_id, caller.email or "", caller.ip, caller.user_agent)


def _to_the_form(organization: str) -> Redirect:
    return Redirect(f"{EVERY}/{organization}", status_code=HTTP_303_SEE_OTHER)


def _form(
    request: AnyRequest, lists: Lists, refused: Refused | None = None, reason: str = ""
) -> Response[bytes]:
    assert lists.access is not None
    return answer(
        request,
        "organizations/look_form.html",
        refused,
        every=EVERY,
        slug=lists.access.slug,
        name=lists.access.name,
        reason=reason,
        reason_min=REASON_CHARACTERS_MIN,
        reason_max=REASON_CHARACTERS_MAX,
        minutes=int(LOOK_FOR.total_seconds() // 60),
    )


def _page(
    request: AnyRequest, template: str, lists: Lists, look: Look, here: str, **context: Any
) -> Response[bytes]:
    assert lists.access is not None
    return answer(
        request,
        f"organizations/{template}.html",
        every=EVERY,
        looked_at=lists.access,
        look=look,
        here=here,
        base=f"{EVERY}/{lists.access.slug}",
        **context,
    )


ROUTES = [
    every_organization,
    look_at_lists,
    open_look,
    end_look,
    look_at_list,
    look_at_members,
    look_at_audit,
]
