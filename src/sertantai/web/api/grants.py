"""``/api/v1/groups/{group}/grants`` and ``/access``: who may do what with a list, and because of what."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from sertantai.audit.queries import parse_moment
from sertantai.core.access_state import AccessState
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import parse_uuid
from sertantai.core.rights import LEVELS, Level, Right
from sertantai.core.state import GroupState
from sertantai.engine.errors import MemberNotFound
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Allowed
from sertantai.lists.together.sharing import (
    Because,
    GrantFacts,
    PersonShown,
    Seer,
    grants,
    seer_facts,
    who_see,
)
from sertantai.organizations.display_names import name_of_address
from sertantai.web.api.paged import PagedQuery, page_of
from sertantai.web.parts.seen_then import seen_then
from sertantai.web.query import CURSOR, LIMIT, Parameter, Shape
from sertantai.web.requests import allowed, caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

GROUP: Final = "/groups/{group:str}"
GRANT: Final = f"{GROUP}/grants/{{grantee:str}}"
_CURSOR_KIND: Final = "access"


class AccessQuery(PagedQuery, frozen=True):
    at: datetime | None = None


ACCESS: Final = Shape(
    AccessQuery,
    {
        "at": Parameter(
            lambda name, given: parse_moment(given[-1], name, end=True),
            lambda moment: (moment.isoformat(),),
            says="A date, or a date and time.",
        ),
        "cursor": CURSOR,
        "limit": LIMIT,
    },
)


class NewGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """After ``expires_at`` it gives nothing any more; null: it has no end."""

    level: Literal["view", "suggest", "edit", "manage"]
    expires_at: datetime | None = None


@get(
    f"{GROUP}/access",
    guards=[signed_in],
    opt={**FOR_READING, **ACCESS.opt},
    summary="Who sees a list, and why",
)
async def who_sees(request: AnyRequest, group: FromPath[str]) -> Page[Seer]:
    """Those who may do the most first; with ``at`` as it was then. A list of one's own nobody else sees."""
    found, query = await allowed(request, group, Right.READ), ACCESS.of(request)
    access = found.access
    if access is None:
        caller = caller_of(request)
        me = PersonShown(caller.user_id, name_of_address(caller.email or ""))
        mine = Because("owner", Level.MANAGE.word)
        return Page([Seer(me, Level.MANAGE.word, "owner of this list", [mine])], None)
    found.require(Right.MEMBERS, found.group)
    service, list_ = services(request), found.group
    moment = service.clock.now()
    if query.at is not None:
        then = await seen_then(service, found, query.at)
        if then is None:
            return Page([], None)
        moment, access, list_ = then
    if len(access.members) <= ITEMS_AT_HAND_MAX:
        return _seers(access, list_, moment, query)
    return await aside(_seers, access, list_, moment, query)


def _seers(access: AccessState, group: GroupState, moment: datetime, query: AccessQuery) -> Page[Seer]:
    seeing = who_see(access, group, moment)
    page, following = page_of(_CURSOR_KIND, seeing, lambda one: one[1], query)
    return Page(seer_facts(access, group, moment, page), following)


@get(f"{GROUP}/grants", guards=[signed_in], opt=FOR_READING, summary="What a list is granted")
async def list_grants(request: AnyRequest, group: FromPath[str]) -> Page[GrantFacts]:
    """To members and teams, by name."""
    found = await allowed(request, group, Right.READ)
    if found.access is None:
        return Page([], None)
    found.require(Right.MEMBERS, found.group)
    return Page(grants(found.access, found.group), None)


@put(GRANT, guards=[signed_in], summary="Grant a list to a member or a team")
async def put_grant(
    request: AnyRequest, group: FromPath[str], grantee: FromPath[str], data: JSONBody[NewGrant]
) -> GrantFacts:
    """Another level replaces the one of before."""
    found, id = await _to_share(request, group), parse_uuid(grantee, "grantee")
    ends_at = data.expires_at
    if ends_at is not None and ends_at.tzinfo is None:
        raise InvalidInput("expires_at: it needs a time zone, such as Z.", field="expires_at")
    await services(request).organizations.grant(
        found.standing(), found.group.id, id, LEVELS[data.level], ends_at
    )
    now = await _to_share(request, group)
    return _granted(_access(now), now, id)


@delete(GRANT, guards=[signed_in], summary="End what a member or a team is granted")
async def end_grant(request: AnyRequest, group: FromPath[str], grantee: FromPath[str]) -> None:
    found, id = await _to_share(request, group), parse_uuid(grantee, "grantee")
    await services(request).organizations.grant(found.standing(), found.group.id, id, None)


async def _to_share(request: AnyRequest, group: str) -> Allowed:
    found = await allowed(request, group, Right.SHARE)
    _access(found)
    return found


def _access(found: Allowed) -> AccessState:
    if found.access is None:
        raise InvalidInput("group: a list of your own is seen by nobody else.", field="group")
    return found.access


def _granted(access: AccessState, found: Allowed, grantee: UUID) -> GrantFacts:
    for facts in grants(access, found.group):
        if facts.grantee.id == grantee:
            return facts
    raise MemberNotFound  # ended by somebody else in between


ROUTES = [who_sees, list_grants, put_grant, end_grant]
