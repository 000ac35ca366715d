"""``GET /api/v1/audit``: my own trail; and below ``/organizations``, that of one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath

from sertantai.audit.queries import parse_group, parse_moment
from sertantai.audit.trail import Keyset, TrailEntry, TrailFilter
from sertantai.core import audit_words
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordId, UserId, parse_uuid
from sertantai.core.rights import Right
from sertantai.core.sharing.ways_in import without_addresses
from sertantai.http.guards import signed_in, visitor
from sertantai.http.pagination import LIMIT_DEFAULT, Page
from sertantai.lists.access import Lists
from sertantai.lists.together.sharing import FORMER
from sertantai.web.parts.copies import known
from sertantai.web.parts.organization_wording import looker
from sertantai.web.parts.reporting.lines import names_of
from sertantai.web.query import CURSOR, LIMIT, Parameter, Shape, choice, choices
from sertantai.web.requests import lists_of, organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

CURSOR_KIND = "audit"


class TrailQuery(TrailFilter, frozen=True, kw_only=True):
    cursor: str = ""
    limit: int = LIMIT_DEFAULT

    @property
    def wanted(self) -> TrailFilter:
        return TrailFilter(**{name: getattr(self, name) for name in TrailFilter.__struct_fields__})


def _moment(*, end: bool = False) -> Parameter:
    return Parameter(
        lambda name, given: parse_moment(given[-1], name, end=end),
        lambda moment: (moment.isoformat(),),
        says="A date, or a date and time.",
    )


LISTS: Final = choice("lists")
TRAIL: Final = Shape(
    TrailQuery,
    {
        "group": Parameter(lambda _name, given: parse_group(given[-1]), says="A list's UUID, or default."),
        "record": Parameter(lambda name, given: RecordId(parse_uuid(given[-1], name))),
        "actor": Parameter(lambda name, given: UserId(parse_uuid(given[-1], name)), says="A person's UUID."),
        "action": choices(*audit_words.ALL, field="actions"),
        "since": _moment(),
        "until": _moment(end=True),
        "include": Parameter(
            lambda name, given: LISTS.read(name, given) == "lists",
            lambda _: ("lists",),
            field="lists",
            schema=LISTS.schema,
        ),
        "cursor": CURSOR,
        "limit": LIMIT,
    },
)


@get("/api/v1/audit", guards=[visitor], opt={**FOR_READING, **TRAIL.opt}, tags=["Audit"])
async def audit(request: AnyRequest) -> Page[TrailEntry]:
    """My own trail, newest first: every record I selected or deselected, when, how and from where.

    `group` is the id of a list or `default`; `since` is inclusive, `until` exclusive (but a whole date is
    taken in), in UTC where they name no zone; `include=lists` adds the lists made, renamed and deleted.
    """
    asked = TRAIL.of(request)
    wanted = asked.wanted
    # The cursor fits the same question only.
    kind = f"{CURSOR_KIND} {wanted}"
    after = keyset_of(decode_cursor(asked.cursor, kind)) if asked.cursor else None
    owner = (await lists_of(request)).owner
    told = await services(request).trail.page(owner, wanted, after, asked.limit)
    entries, following = told.answer
    return Page(entries, encode_cursor(kind, position_of(following)) if following else None)


class Entry(TrailEntry, frozen=True):
    """``actor_name``: as members are shown it; of who has left, as it was."""

    actor_name: str


@get(
    "/api/v1/organizations/{organization:str}/audit",
    guards=[signed_in],
    opt={**FOR_READING, **TRAIL.opt},
    tags=["Audit"],
    summary="Everything that was done in an organisation",
)
async def organization_audit(request: AnyRequest, organization: FromPath[str]) -> Page[Entry]:
    """Newest first: of the lists that I may read, and to owners and admins of members and rights, too.

    Addresses, also of who is invited, browsers and sessions are told to who has the right `audit_personal`.
    Filters are those of `/audit`, whose `include` is not needed: without `action` it is everything.
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

    def said(entry: TrailEntry) -> dict[str, Any]:
        return entry.metadata if personal else without_addresses(entry.metadata)

    return [
        Entry(
            **{**msgspec.structs.asdict(entry), **hidden, "metadata": known(lists, said(entry))},
            actor_name=looker(entry.metadata) or (names.get(entry.actor, FORMER) if entry.actor else FORMER),
        )
        for entry in entries
    ]


def position_of(keyset: Keyset) -> tuple[str, str]:
    """A keyset (when, id) as a cursor carries it."""
    at, entry_id = keyset
    return at.isoformat(), str(entry_id)


def keyset_of(position: Sequence[object]) -> Keyset:
    """What `position_of` made; `InvalidInput` for anything else."""
    try:
        at, entry_id = position
        return datetime.fromisoformat(str(at)), UUID(str(entry_id))
    except ValueError:
        raise InvalidInput("cursor: it is not one that this server issued.", field="cursor") from None


ROUTES = [audit, organization_audit]
