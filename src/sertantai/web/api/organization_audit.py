"""``GET /api/v1/organizations/{organization}/audit``: what was done there, as far as one may know of it."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import get
from litestar.params import FromPath

from sertantai.audit.trail import TrailEntry
from sertantai.core import audit_words
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Lists
from sertantai.lists.together.sharing import FORMER
from sertantai.web.api.audit import TRAIL, keyset_of, position_of
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

CURSOR_KIND: Final = "organization audit"
ITSELF: Final = "the organisation itself"


class Entry(TrailEntry, frozen=True):
    """``actor_name``: as members are shown it; of who has left, as it was."""

    actor_name: str


@get(
    "/organizations/{organization:str}/audit",
    guards=[signed_in],
    opt={**FOR_READING, **TRAIL.opt},
    summary="Everything that was done in an organisation",
)
async def organization_audit(request: AnyRequest, organization: FromPath[str]) -> Page[Entry]:
    """Newest first: of the lists that I may read, and to owners and admins of members and rights, too.

    Addresses, browsers and sessions are told to who has the right `audit_personal`. Filters are those of
    `/audit`, whose `include` is not needed: without `action` it is everything.
    """
    lists, asked = await organization_of(request, organization), TRAIL.of(request)
    wanted = msgspec.structs.replace(asked.wanted, actions=asked.actions or audit_words.ALL)
    kind = f"{CURSOR_KIND} {lists.owner} {wanted}"
    after = keyset_of(decode_cursor(asked.cursor, kind)) if asked.cursor else None
    told = await services(request).trail.page(lists.owner, wanted, after, asked.limit)
    entries, following = told.answer
    shown = await _shown(request, lists, entries)
    return Page(shown, encode_cursor(kind, position_of(following)) if following else None)


async def _shown(request: AnyRequest, lists: Lists, entries: Sequence[TrailEntry]) -> list[Entry]:
    names = await names_of(request, lists, {entry.actor for entry in entries if entry.actor is not None})
    personal = Right.AUDIT_PERSONAL in lists.rights()
    hidden = {} if personal else {"ip": None, "user_agent": None, "session": None}
    return [
        Entry(
            **{**msgspec.structs.asdict(entry), **hidden},
            actor_name=FORMER if entry.actor is None else names.get(entry.actor, FORMER),
        )
        for entry in entries
    ]


async def names_of(request: AnyRequest, lists: Lists, people: set[UserId]) -> dict[UserId, str]:
    """What each is called, or was when they left."""
    assert lists.access is not None
    members = lists.access.members
    names = {person: members[person].name for person in people if person in members}
    if (house := UserId(lists.owner)) in people:
        names[house] = ITSELF
    gone = sorted(people - names.keys(), key=str)
    former = await services(request).directory.former_names(OwnerId(lists.owner), gone) if gone else {}
    return {**former, **names}


ROUTES = [organization_audit]
