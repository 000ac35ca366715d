"""Takes away guests whose time is over, with their lists. What they did stays in the audit trail."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sertantai.accounts import guest_sql
from sertantai.accounts.hooks import Hooks
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.old_rows import remove_old
from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.accounts.store import notify
from sertantai.core.clock import Clock
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

log = logger(__name__)

GUESTS_TOGETHER_MAX: Final = 500
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
TOLD_FOR: Final = timedelta(days=30)
"""How long it can still be said what became of a guest's ticks."""


class GuestPurge(RegularTurns):
    """Looks once an hour."""

    task_name = "guest-purge"

    def __init__(
        self,
        database: Database,
        live: LiveSessions,
        clock: Clock,
        people: PeopleTold,
        settled: SettledTime | None = None,
        hooks: Hooks = Hooks(),  # noqa: B008  # it is frozen
    ) -> None:
        self._database = database
        self._live = live
        self._clock = clock
        self._people = people
        self._settled = settled or SettledTime(database, clock)
        self._hooks = hooks

    async def turn(self) -> None:
        if purged := await self.sweep():
            log.info("guests purged", guests=purged)

    async def sweep(self) -> int:
        """Purge every guest whose time is over; returns how many. Who cannot be purged is left for later."""
        now = await self._settled.now()
        failures = Failures()
        purged, after = 0, (BEGINNING, UserId(UUID(int=0)))
        while due := await self._due(now, after):
            await self._hooks.before_purge()
            for guest, expires_at in due:
                after = (expires_at, guest)
                said = {"guest": str(guest)}
                done = await failures.sparing(self._purge(guest), log, "a guest could not be purged", **said)
                purged += done is True
        await remove_old(self._database, guest_sql.FORGET_PURGED, now - TOLD_FOR)
        return purged

    async def _due(self, now: datetime, after: tuple[datetime, UserId]) -> list[tuple[UserId, datetime]]:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(guest_sql.DUE, now, GUESTS_TOGETHER_MAX, *after)
        return [(UserId(UUID(int=row["id"].int)), row["expires_at"]) for row in rows]

    async def _purge(self, guest: UserId) -> bool:
        async with self._database.transaction(Role.ACCOUNTS, guest) as connection:
            await connection.execute(guest_sql.DELETE_GUEST, guest)
            await connection.execute(guest_sql.MARK_PURGED, guest, self._clock.now())
            await self._people.tell(connection, What.GONE, guest, way=Way.TIME)
            await notify(connection, user_id=guest)
        self._live.forget_user(guest)
        await self._hooks.purged(guest)
        return True
