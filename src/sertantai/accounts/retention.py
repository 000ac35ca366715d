"""Takes away what is of no use any more: sessions and links long expired, mail of last week."""

import asyncio
from datetime import timedelta
from typing import Final

from sertantai.accounts import mail_sql, sql
from sertantai.accounts.outbox import KEPT as MAIL_KEPT
from sertantai.background import BackgroundService
from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.telemetry import logger

log = logger(__name__)

EVERY_S: Final = 6 * 3600.0
SESSIONS_KEPT: Final = timedelta(days=30)
LINKS_KEPT: Final = timedelta(days=7)


class Retention(BackgroundService):
    """Background service. A failure is logged and the next turn tries again."""

    task_name = "accounts-retention"

    def __init__(self, database: Database, clock: Clock, settled: SettledTime | None = None) -> None:
        self._database = database
        self._settled = settled or SettledTime(database, clock)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.sweep()
            except SertantaiError as error:
                log.warning("accounts_retention_failed", reason=error.message)

    async def sweep(self) -> None:
        """One turn, in one transaction."""
        now = await self._settled.now()
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(sql.DELETE_OLD_SESSIONS, now - SESSIONS_KEPT)
            await connection.execute(mail_sql.DELETE_OLD_LINKS, now - LINKS_KEPT)
            await connection.execute(mail_sql.DELETE_OLD_MAIL, now - MAIL_KEPT)
