"""``GET /api/v1/audit``: my own trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import get

from sertantai.audit.queries import parse_group, parse_moment
from sertantai.audit.trail import Keyset, TrailEntry, TrailFilter
from sertantai.core import audit_words
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordId, UserId, parse_uuid
from sertantai.http.guards import visitor
from sertantai.http.pagination import LIMIT_DEFAULT, Page
from sertantai.web.query import CURSOR, LIMIT, Parameter, Shape, choice, choices
from sertantai.web.requests import lists_of
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


ROUTES = [audit]
