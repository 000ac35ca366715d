"""Security events in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from sertantai.audit.reports import find_owner
from sertantai.core.errors import NotFound
from sertantai.core.ids import GroupId, UserId
from sertantai.postgres import Connection, Database, Role
from sertantai.security import sql
from sertantai.security.events_told import EventsTold, event_of
from sertantai.security.model import Bucket, SecurityEvent, plain_address

HIGHEST_ID: Final = UUID(int=2**128 - 1)
TREND_HOURS: Final = 7 * 24


class EventFilter(Struct, frozen=True):
    """Which events; None: any. ``before`` is the position after which a page goes on."""

    since: datetime
    kinds: tuple[str, ...] | None = None
    severities: tuple[str, ...] | None = None
    user_id: UserId | None = None
    ip: str | None = None
    before: tuple[datetime, UUID] | None = None


class SecurityEventStore:
    def __init__(self, database: Database, told: EventsTold | None = None) -> None:
        """``told``: with which the sealed log is told of what is written; None: there is none here."""
        self._database = database
        self._told = told

    async def add(self, events: Sequence[SecurityEvent]) -> None:
        """Write them; again does nothing. Raises `DatabaseUnavailable`."""
        if self._told is None:
            async with self._database.transaction(Role.ACCOUNTS) as connection:
                await _insert(connection, events)
            return
        async with self._told.lock:
            async with self._database.transaction(Role.ACCOUNTS) as connection:
                await _insert(connection, events)
                waiting = await self._told.tell(connection, events)
            self._told.settled(waiting)

    async def newest(self, wanted: EventFilter, now: datetime, limit: int) -> list[SecurityEvent]:
        """The newest first."""
        before = wanted.before or (now + timedelta(days=1), HIGHEST_ID)
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(
                sql.LIST_EVENTS,
                *before,
                wanted.since,
                wanted.kinds,
                wanted.severities,
                wanted.user_id,
                plain_address(wanted.ip),
                limit,
            )
        return [_event(row) for row in rows]

    async def trend(self, now: datetime) -> list[Bucket]:
        """Events by the hour of the last week, the present hour last."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(sql.TREND, now - timedelta(hours=TREND_HOURS - 1), now)
        return [Bucket(row["at"], row["info"], row["warning"], row["danger"]) for row in rows]

    async def owner_of(self, group: GroupId, other_than: UserId) -> UserId | None:
        """Whose list it is, if it is somebody else's."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            found = await connection.fetchval(sql.OWNER_OF_GROUP, group, other_than)
        return None if found is None else UserId(UUID(int=found.int))

    async def user_with(self, text: str) -> UserId | None:
        """The user whom an e-mail address or an id names."""
        try:
            return UserId(await find_owner(self._database, text))
        except NotFound:
            return None

    async def forget(self, days_kept: int) -> int:
        """Say for how long they are kept, and remove what is older, some at a time; how many rows. A shorter
        time than before counts two weeks later."""
        async with self._database.transaction(Role.SYNC) as connection:
            since = await connection.fetchval(sql.SET_POLICY, days_kept)
            if since is not None and self._told is not None:
                await self._told.tell_period(connection, days_kept, since)
        removed = 0
        while True:
            async with self._database.transaction(Role.ACCOUNTS) as connection:
                rows: int = await connection.fetchval(sql.FORGET_EVENTS)
                if rows and self._told is not None:
                    await self._told.tell_forgotten(connection, rows)
            if not rows:
                return removed
            removed += rows


async def _insert(connection: Connection, events: Sequence[SecurityEvent]) -> None:
    columns: list[list[Any]] = [
        [event.id for event in events],
        [event.at for event in events],
        [event.kind for event in events],
        [event.severity for event in events],
        [event.user_id for event in events],
        [plain_address(event.ip) for event in events],
        [event.times for event in events],
        [dict(event.details) for event in events],
    ]
    await connection.execute(sql.INSERT_EVENTS, *columns)


def _event(row: Any) -> SecurityEvent:
    return replace(event_of(row), email=row["email"])
