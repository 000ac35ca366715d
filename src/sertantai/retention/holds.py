"""Legal holds: what may not go, whoever's time is over."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.errors import Conflict, InvalidInput, NotFound
from sertantai.core.ids import UserId, parse_uuid
from sertantai.postgres import Connection, Database, Role
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id
from sertantai.retention import sql
from sertantai.retention.asked import reason_of
from sertantai.retention.notices import Tell, tell_nobody

HOLDS_MAX: Final = 1_000
"""At a time: each is asked for each row of a month."""
HOLDS_SHOWN_MAX: Final = 1_200

log = logger(__name__)


class HoldScope(StrEnum):
    INSTALLATION = "installation"
    ORGANIZATION = "organization"
    LIST = "list"
    LAW = "law"
    PERSON = "person"


class Hold(msgspec.Struct, frozen=True):
    """``called``: what it is about, as it is called now; ``placed_by`` and ``released_by`` None: on the
    command line, or by somebody who is gone."""

    id: UUID
    scope: str
    target: UUID | None
    called: str | None
    reason: str
    placed_by: str | None
    placed_at: datetime
    released_by: str | None
    released_at: datetime | None
    release_reason: str | None


class TooManyHolds(Conflict):
    code = "too_many_holds"


class Holds:
    def __init__(self, database: Database, tell: Tell = tell_nobody) -> None:
        self._database = database
        self._tell = tell

    async def all(self) -> list[Hold]:
        """Those that hold first, the newest of each first."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(sql.HOLDS, HOLDS_SHOWN_MAX)
        return [Hold(**dict(row)) for row in rows]

    async def place(self, scope: str, target: str | None, reason: str, by: UserId | None) -> UUID:
        """``target``: an id, or of an organization its slug, of a law its name, of a person an address.
        Raises `InvalidInput`, `NotFound`, `TooManyHolds`."""
        scope = scope.replace("organisation", HoldScope.ORGANIZATION)
        if scope not in list(HoldScope):
            raise InvalidInput(f"scope: {scope[:40]!r} is none of {', '.join(HoldScope)}.", field="scope")
        whole = scope == HoldScope.INSTALLATION
        if whole != (not target):
            said = "everything is held by it: name nothing" if whole else f"say which {scope}"
            raise InvalidInput(f"target: {said}.", field="target")
        reason = reason_of(reason)
        id = new_id()
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            found = None if target is None or whole else await _target(connection, HoldScope(scope), target)
            if await connection.fetchval(sql.ACTIVE_HOLDS) >= HOLDS_MAX:
                raise TooManyHolds(f"There are {HOLDS_MAX:,} holds at a time at most; release one first.")
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(sql.PLACE_HOLD, id, scope, found, reason, by)
            await self._tell.hold(connection, "placed", id, scope, found, by, reason)
        log.warning("legal_hold_placed", hold=str(id), scope=scope, target=str(found))
        return id

    async def release(self, id: UUID, reason: str, by: UserId | None) -> None:
        """Raises `InvalidInput`, `NotFound`: also where it was released before."""
        reason = reason_of(reason)
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.RELEASE_HOLD, id, by, reason)
            if row is None:
                raise NotFound("There is no such hold, or it was released before.")
            await self._tell.hold(connection, "released", id, row["scope"], row["target"], by, reason)
        log.warning("legal_hold_released", hold=str(id), scope=row["scope"], target=str(row["target"]))


async def _target(connection: Connection, scope: HoldScope, text: str) -> UUID:
    found = None
    if scope in sql.ID_OF:
        found = await connection.fetchval(sql.ID_OF[scope], text.strip())
    if found is None:
        id = parse_uuid(text.strip(), "target")
        found = id if await connection.fetchval(sql.IS_KNOWN[scope], id) else None
    if found is None:
        raise NotFound(f"There is no such {scope}.")
    return UUID(int=found.int)
