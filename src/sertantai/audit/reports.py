"""The whole trail for administrators, in the order in which it happened, streamed."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from sertantai.audit import sql
from sertantai.audit.trail import THE_BEGINNING, TrailEntry, entry_of
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.email_keys import email_spellings
from sertantai.core.errors import NotFound
from sertantai.core.ids import OwnerId, parse_uuid
from sertantai.postgres import Database, Role

PREFETCH_ROWS = 2_000


class OwnedEntry(msgspec.Struct, frozen=True):
    owner: OwnerId
    entry: TrailEntry


async def whole_trail(
    database: Database, owner: OwnerId | None = None, since: datetime | None = None
) -> AsyncIterator[OwnedEntry]:
    """Everybody's trail, or one owner's; a few thousand rows in memory at a time."""
    async with whole_trail_now(database) as connection:
        async for row in connection.cursor(
            sql.WHOLE_TRAIL, owner, since or THE_BEGINNING, prefetch=PREFETCH_ROWS
        ):
            yield OwnedEntry(OwnerId(row["user_id"]), entry_of(row))


async def find_owner(database: Database, text: str) -> OwnerId:
    """The user whom an e-mail address or an id names. An id may be of somebody who is gone."""
    if "@" not in text:
        return OwnerId(parse_uuid(text, "user"))
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        found = await connection.fetchval(sql.USER_BY_EMAIL, email_spellings(text))
    if found is None:
        raise NotFound(f"There is no user {text}.", field="user")
    return OwnerId(found)
