"""``GET /api/v1/audit``: my own trail."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from litestar import get
from litestar.params import FromQuery

from sertantai.audit.queries import parse_trail_filter
from sertantai.audit.trail import Keyset, TrailEntry
from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import InvalidInput
from sertantai.http.guards import visitor
from sertantai.http.pagination import Page, parse_limit
from sertantai.web.requests import owner_of
from sertantai.web.services import AnyRequest, services

CURSOR_KIND = "audit"


@get("/api/v1/audit", guards=[visitor], tags=["Audit"])
async def audit(
    request: AnyRequest,
    group: FromQuery[str | None] = None,
    record: FromQuery[str | None] = None,
    action: FromQuery[list[str] | None] = None,
    since: FromQuery[str | None] = None,
    until: FromQuery[str | None] = None,
    include: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
) -> Page[TrailEntry]:
    """My own trail, newest first: every record I selected or deselected, when, how and from where.

    `group` is the id of a list or `default`; `since` is inclusive, `until` exclusive (but a whole date is
    taken in), in UTC where they name no zone; `include=lists` adds the lists made, renamed and deleted.
    """
    wanted = parse_trail_filter(
        group=group, record=record, actions=action or (), since=since, until=until, include=include
    )
    # The cursor fits the same question only.
    kind = f"{CURSOR_KIND} {wanted}"
    size = parse_limit(limit)
    after = keyset_of(decode_cursor(cursor, kind)) if cursor else None
    told = await services(request).trail.page(owner_of(request), wanted, after, size)
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
