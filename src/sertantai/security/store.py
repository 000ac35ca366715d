"""Security events in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from sertantai.audit.reports import find_owner
from sertantai.core.errors import NotFound
from sertantai.core.ids import GroupId, UserId
from sertantai.postgres import Database, Role
from sertantai.security import sql
from sertantai.security.model import Bucket, SecurityEvent

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
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, events: Sequence[SecurityEvent]) -> None:
        """Write them; again does nothing. Raises `DatabaseUnavailable`."""
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
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(sql.INSERT_EVENTS, *columns)

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
            await connection.execute(sql.SET_POLICY, days_kept)
        removed = 0
        while True:
            async with self._database.transaction(Role.ACCOUNTS) as connection:
                rows: int = await connection.fetchval(sql.FORGET_EVENTS)
            if not rows:
                return removed
            removed += rows


def plain_address(text: str | None) -> str | None:
    """An address that PostgreSQL takes; None for the names that Unix sockets give."""
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        return None


def _event(row: Any) -> SecurityEvent:
    return SecurityEvent(
        UUID(int=row["id"].int),
        row["at"],
        row["kind"],
        row["severity"],
        row["user_id"],
        None if row["ip_address"] is None else str(row["ip_address"]),
        row["times"],
        row["details"],
        row["email"],
    )
