"""``/api/v1/groups/{group}/links``: links to read a list; and what one shows, for programs.

A link is worth one thing: to read one list. Whoever has it reaches `read_shared` and the page beside it, and
nothing else.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import parse_uuid
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.http.guards import ANY_TOKEN, public, signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Allowed
from sertantai.lists.listing import LIMIT_DEFAULT, Query, found_page
from sertantai.lists.together.links import LinkFacts
from sertantai.lists.together.suggestions import By, name_of
from sertantai.records.filters import RecordFilter
from sertantai.records.rows import RecordRow
from sertantai.web.api.paged import PAGED, page_of
from sertantai.web.parts.shared_laws import SEARCH_CHARACTERS_MAX, laws_shared, shared_name
from sertantai.web.query import CURSOR, LIMIT, Shape, text
from sertantai.web.requests import allowed, caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/groups/{group:str}/links"
_CURSOR_KIND: Final = "links"


class NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``expires_at``: within a year; null: in 30 days. ``notes``: show notes and tags, too."""

    expires_at: datetime | None = None
    notes: bool = False


class ListLink(msgspec.Struct, frozen=True):
    """``token`` and ``url``: of one that was just made, shown this once. ``good``: false where its maker may
    not have it any more. ``opened``: how often; null: not known just now."""

    id: UUID
    made_by: By
    made_at: datetime
    expires_at: datetime
    notes: bool
    good: bool
    opened: int | None
    last_opened_at: datetime | None
    token: str | None = None
    url: str | None = None


class SharedQuery(msgspec.Struct, frozen=True):
    q: str = ""
    cursor: str | None = None
    limit: int = LIMIT_DEFAULT


SHARED: Final = Shape(SharedQuery, {"q": text(most=SEARCH_CHARACTERS_MAX), "cursor": CURSOR, "limit": LIMIT})


class SharedLaw(RecordRow, frozen=True):
    """``note`` and ``tags`` are null where the link does not show them."""

    note: str | None
    tags: list[str] | None


class SharedLaws(msgspec.Struct, frozen=True):
    """What a link shows. ``organization`` null: a person's list. ``total``: how many match."""

    name: str
    organization: str | None
    expires_at: datetime
    count: int
    total: int
    items: list[SharedLaw]
    next_cursor: str | None


@get(PATH, guards=[signed_in], opt={**FOR_READING, **PAGED.opt}, summary="Links to read a list")
async def list_links(request: AnyRequest, group: FromPath[str]) -> Page[ListLink]:
    """The newest first; their secrets are shown when they are made, and never again."""
    found = await allowed(request, group, Right.SHARE)
    links = await services(request).links.links(found)
    page, following = page_of(_CURSOR_KIND, links, lambda one: one.id, PAGED.of(request))
    return Page([link_shown(request, found, one) for one in page], following)


@post(PATH, guards=[signed_in], summary="Create a link to read a list")
async def make_link(request: AnyRequest, group: FromPath[str], data: JSONBody[NewLink]) -> Response[ListLink]:
    """For whoever has it, until it ends: one list, to be read, and nothing of its members."""
    found = await allowed(request, group, Right.SHARE)
    if data.expires_at is not None and data.expires_at.tzinfo is None:
        raise InvalidInput("expires_at: it needs a time zone, such as Z.", field="expires_at")
    made, token = await services(request).links.make(found, data.expires_at, notes=data.notes)
    return Response(link_shown(request, found, made, token), status_code=201)


@delete(f"{PATH}/{{link:str}}", guards=[signed_in], summary="Revoke a link")
async def revoke_link(request: AnyRequest, group: FromPath[str], link: FromPath[str]) -> None:
    found = await allowed(request, group, Right.READ)
    await services(request).links.revoke(found, parse_uuid(link, "link"))


@get(
    "/shared/{secret:str}",
    guards=[public],
    opt={**ANY_TOKEN, **SHARED.opt},
    summary="What a link to read a list shows",
)
async def read_shared(request: AnyRequest, secret: FromPath[str]) -> SharedLaws:
    """404 for a link that has ended, as for one that never was."""
    query = SHARED.of(request)
    shared = await services(request).links.open(secret, counts=query.cursor is None and not query.q)
    catalogue = services(request).register.catalogue
    matching = await laws_shared(catalogue, shared, query.q)
    wanted = Query(
        RecordFilter(q=query.q or None), group=str(shared.group.id), cursor=query.cursor, limit=query.limit
    )
    found = await found_page(catalogue, wanted, shared.group.records, matching)
    notes = shared.group.annotations if shared.link.notes else None
    items = [
        _law(row, None if notes is None else notes.get(number, {}))
        for number, row in zip(found.numbers, found.rows, strict=True)
    ]
    return SharedLaws(
        shared_name(shared),
        None if shared.access is None else shared.access.name,
        shared.link.until,
        shared.group.count,
        len(matching),
        items,
        found.next_cursor,
    )


def _law(row: RecordRow, annotation: Annotation | None) -> SharedLaw:
    note = tags = None
    if annotation is not None:
        note, tags = str(annotation.get("note", "")), list(annotation.get("tags", ()))
    return SharedLaw(**msgspec.structs.asdict(row), note=note, tags=tags)


def link_shown(request: AnyRequest, found: Allowed, made: LinkFacts, token: str | None = None) -> ListLink:
    caller = caller_of(request)
    own = caller.email or "" if found.access is None else ""
    return ListLink(
        made.id,
        By(made.made_by, own if found.access is None else name_of(found, made.made_by)),
        made.made_at,
        made.expires_at,
        made.shows_notes,
        made.good,
        made.opened,
        made.last_opened_at,
        token,
        None if token is None else services(request).links.url(token),
    )


ROUTES = [list_links, make_link, revoke_link, read_shared]
