"""Months of the trail: made ahead, and dropped whole once they are older than the retention setting."""

import asyncio
from typing import Final

from sertantai.audit import sql
from sertantai.background import BackgroundService
from sertantai.core.clock import SystemClock
from sertantai.core.errors import SertantaiError
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.settings import Settings
from sertantai.telemetry import logger

MONTHS_AHEAD: Final = 3
CHECK_INTERVAL_S: Final = 24 * 3600.0
RETRY_INTERVAL_S: Final = 60.0
"""After a failure: PostgreSQL is away, or somebody holds a lock on the trail."""

log = logger(__name__)


class AuditPartitions(BackgroundService):
    """Looks once a day. The setting ``audit_retention_months`` 0 keeps the trail for ever."""

    task_name = "audit-partitions"

    def __init__(self, database: Database, settings: Settings, settled: SettledTime | None = None) -> None:
        self._database = database
        self._settled = settled or SettledTime(database, SystemClock())
        self._retention_months = settings.audit_retention_months
        self.last_error: str | None = None

    async def keep_up(self) -> tuple[int, list[str]]:
        """Make and drop what is due now: how many months were made, the names of those dropped."""
        async with self._database.transaction(Role.SYNC) as connection:
            made = await connection.fetchval(sql.MAKE_PARTITIONS, MONTHS_AHEAD)
        dropped: list[str] = []
        if self._retention_months:
            await self._settled.now()  # by which the database decides what is old
            async with self._database.transaction(Role.SYNC) as connection:
                dropped = await connection.fetchval(sql.DROP_MONTHS, self._retention_months)
        if made or dropped:
            log.info("audit_months_changed", made=made, dropped=dropped)
        return made, dropped

    async def _run(self) -> None:
        while True:
            try:
                await self.keep_up()
                self.last_error = None
                await asyncio.sleep(CHECK_INTERVAL_S)
            except SertantaiError as error:
                if self.last_error is None:
                    log.warning("audit_months_not_kept", reason=error.message)
                self.last_error = error.message
                await asyncio.sleep(RETRY_INTERVAL_S)
