"""Takes away security events that are older than the setting says."""

from typing import ClassVar

from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.security.store import SecurityEventStore

log = logger(__name__)


class EventRetention(RegularTurns):
    """Looks once a day, also where nothing is reported. ``days_kept`` 0: they are kept for ever."""

    task_name = "security-events-retention"
    every_s: ClassVar[float] = 24 * 3600.0

    def __init__(self, store: SecurityEventStore, days_kept: int) -> None:
        self._store = store
        self._days_kept = days_kept

    async def turn(self) -> None:
        if self._days_kept and (removed := await self._store.forget(self._days_kept)):
            log.info("security_events_forgotten", rows=removed, days_kept=self._days_kept)
