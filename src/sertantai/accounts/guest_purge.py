"""Takes away guests whose time is over, with their lists. What they did stays in the audit trail."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from sertantai.accounts import guest_sql
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.store import notify
from sertantai.background import BackgroundService
from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.telemetry import logger

log = logger(__name__)

FIRST_AFTER_S: Final = 60.0
EVERY_S: Final = 3600.0
GUESTS_TOGETHER_MAX: Final = 500
TOLD_FOR: Final = timedelta(days=30)
"""How long it can still be said what became of a guest's ticks."""


class GuestPurge(BackgroundService):
    """Background service. A failure is logged and the next turn tries again."""

    task_name = "guest-purge"

    def __init__(
        self, database: Database, live: LiveSessions, clock: Clock, settled: SettledTime | None = None
    ) -> None:
        self._database = database
        self._live = live
        self._clock = clock
        self._settled = settled or SettledTime(database, clock)
        self.before: Callable[[], Awaitable[None]] | None = None
        """Waits until PostgreSQL holds every change, so that none comes for somebody who is gone."""
        self.on_purged: list[Callable[[UserId], Awaitable[None]]] = []
        """Told of each guest that is gone."""

    async def _run(self) -> None:
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            try:
                purged = await self.sweep()
            except SertantaiError as error:
                log.warning("guests could not be purged", reason=error.message)
            else:
                if purged:
                    log.info("guests purged", guests=purged)
            await asyncio.sleep(EVERY_S)

    async def sweep(self) -> int:
        """Purge every guest whose time is over; returns how many."""
        purged = 0
        now = await self._settled.now()
        while due := await self._due(now):
            if self.before is not None:
                await self.before()
            for guest in due:
                await self._purge(guest)
            purged += len(due)
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(guest_sql.FORGET_PURGED, now - TOLD_FOR)
        return purged

    async def _due(self, now: datetime) -> list[UserId]:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(guest_sql.DUE, now, GUESTS_TOGETHER_MAX)
        return [UserId(row["id"]) for row in rows]

    async def _purge(self, guest: UserId) -> None:
        async with self._database.transaction(Role.ACCOUNTS, guest) as connection:
            await connection.execute(guest_sql.DELETE_GUEST, guest)
            await connection.execute(guest_sql.MARK_PURGED, guest, self._clock.now())
            await notify(connection, user_id=guest)
        self._live.forget_user(guest)
        for hook in self.on_purged:
            await hook(guest)
