"""Months of the trail: made ahead, and dropped or rewritten once the period of all, or of some, has ended."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar, Final, NamedTuple

from sertantai.audit import months_sql as sql
from sertantai.audit.retaining.acts import Retaining
from sertantai.audit.retaining.leaving import SealedTrail
from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

MONTHS_AHEAD: Final = 3

log = logger(__name__)


class Done(NamedTuple):
    """How many months were made, which ones were dropped, and which rewritten without some of their rows."""

    made: int
    dropped: list[str]
    rewritten: list[str]


class AuditPartitions(RegularTurns):
    """Looks at its start, and then each night. What the settings say of periods is taken over before.

    ``caught_up`` waits until what was acknowledged is in PostgreSQL: by what is there it is decided.
    ``on_failure`` hears of a month that could not be done, once until one could. ``sealed_log`` is told.
    """

    task_name = "audit-partitions"
    first_after_s: ClassVar[float] = 0.0
    every_s: ClassVar[float] = 24 * 3600.0
    retry_s: ClassVar[float] = 60.0
    """PostgreSQL is away, or somebody holds a lock on the trail."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        settled: SettledTime | None = None,
        caught_up: Callable[[], Awaitable[None]] | None = None,
        *,
        clock: Clock | None = None,
        on_failure: Callable[[str], None] | None = None,
        sealed_log: SealedTrail | None = None,
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._settled = settled or SettledTime(database, self._clock)
        self._hour = settings.retention_hour
        self._retaining = Retaining(database, settings, self._clock, sealed_log)
        self._caught_up = caught_up
        self._on_failure = on_failure
        self._has_failed = False

    async def turn(self) -> None:
        try:
            await self.keep_up()
        except SertantaiError as error:
            if not self._has_failed and self._on_failure is not None:
                self._on_failure(error.message)
            self._has_failed = True
            raise
        self._has_failed = False

    def until_next_s(self) -> float:
        """Until the hour that is set, in UTC."""
        now = self._clock.now()
        then = now.replace(hour=self._hour, minute=0, second=0, microsecond=0)
        return (then - now).total_seconds() + (0 if then > now else timedelta(days=1).total_seconds())

    async def keep_up(self) -> Done:
        """Make, drop and rewrite what is due now."""
        async with self._database.transaction(Role.SYNC) as connection:
            made = await connection.fetchval(sql.MAKE_PARTITIONS, MONTHS_AHEAD)
        if made:
            log.info("audit_months_made", made=made)
        if self._caught_up is not None:
            await self._caught_up()
        await self._settled.now()  # by which the database decides what is old
        await self._retaining.take_settings()
        acts = await self._retaining.run()
        return Done(
            made,
            [act.done.month for act in acts if act.is_dropped],
            [act.done.month for act in acts if not act.is_dropped],
        )
