"""Months of the trail: made ahead, and dropped or rewritten once the period of all, or of some, has ended."""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Final, NamedTuple

from sertantai.audit import sql
from sertantai.audit.rights_kept import keep_rights
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

MONTHS_AHEAD: Final = 3
MONTHS_AT_ONCE_MAX: Final = 1_200

log = logger(__name__)


class Done(NamedTuple):
    """How many months were made, which ones were dropped, and which rewritten without some owners' rows."""

    made: int
    dropped: list[str]
    rewritten: list[str]


class AuditPartitions(RegularTurns):
    """Looks once a day. The setting ``audit_retention_months`` 0 keeps the trail for ever, but for
    organizations that want theirs shorter. One month at a time, the oldest first; the first that fails ends
    the turn, which is done again.

    ``caught_up`` waits until what was acknowledged is in PostgreSQL: by what is there it is decided.
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
    ) -> None:
        self._database = database
        self._settled = settled or SettledTime(database, SystemClock())
        self._site_months = settings.audit_retention_months
        self._caught_up = caught_up

    async def turn(self) -> None:
        await self.keep_up()

    async def keep_up(self) -> Done:
        """Make, drop and rewrite what is due now."""
        async with self._database.transaction(Role.SYNC) as connection:
            made = await connection.fetchval(sql.MAKE_PARTITIONS, MONTHS_AHEAD)
        if made:
            log.info("audit_months_made", made=made)
        if self._caught_up is not None:
            await self._caught_up()
        await self._settled.now()  # by which the database decides what is old
        done = Done(made, [], [])
        for _ in range(MONTHS_AT_ONCE_MAX):
            if not await self._next_month(done):
                break
        return done

    async def _next_month(self, done: Done) -> bool:
        await keep_rights(self._database, self._site_months)
        # Copying a large month takes longer than any other statement may.
        async with self._database.session(Role.SYNC) as connection:
            found = await connection.fetchrow(sql.RETAIN_MONTH, self._site_months)
        if found is None:
            return False
        (done.dropped if found["is_dropped"] else done.rewritten).append(found["month"])
        log.info(
            "audit_month_dropped" if found["is_dropped"] else "audit_month_rewritten",
            month=found["month"],
            owners=found["owners"],
            rows_gone=found["rows_gone"],
        )
        return True
