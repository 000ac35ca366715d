"""Months of the trail: made ahead, and dropped whole once they are older than the retention setting."""

from typing import ClassVar, Final

from sertantai.audit import sql
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

MONTHS_AHEAD: Final = 3

log = logger(__name__)


class AuditPartitions(RegularTurns):
    """Looks once a day. The setting ``audit_retention_months`` 0 keeps the trail for ever."""

    task_name = "audit-partitions"
    first_after_s: ClassVar[float] = 0.0
    every_s: ClassVar[float] = 24 * 3600.0
    retry_s: ClassVar[float] = 60.0
    """PostgreSQL is away, or somebody holds a lock on the trail."""

    def __init__(self, database: Database, settings: Settings, settled: SettledTime | None = None) -> None:
        self._database = database
        self._settled = settled or SettledTime(database, SystemClock())
        self._retention_months = settings.audit_retention_months

    async def turn(self) -> None:
        await self.keep_up()

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
