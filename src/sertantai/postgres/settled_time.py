"""The time by which old rows are destroyed, remembered beside them (`core.lasting.settled_time`)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar, Final

from sertantai.core.clock import Clock
from sertantai.core.lasting.settled_time import Settled, advance
from sertantai.postgres import sql
from sertantai.postgres.database import Database
from sertantai.postgres.roles import Role
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger

TOLD_AHEAD_S: Final = 24 * 3600.0
"""A server that was off for a night is no news; whatever is less is waited for in silence."""

log = logger(__name__)


class SettledTime(RegularTurns):
    """Looks regularly, so that time is seen to pass; whoever destroys asks `now` before."""

    task_name = "settled-time"
    first_after_s: ClassVar[float] = 0.0
    every_s: ClassVar[float] = 600.0
    retry_s: ClassVar[float] = 60.0

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        on_ahead: Callable[[float], None] | None = None,
        on_believed: Callable[[float], None] | None = None,
    ) -> None:
        """``on_ahead`` is told how many seconds the clock is ahead of all that was known, when that is first
        seen; ``on_believed``, a day later, how many are believed now."""
        self._database = database
        self._clock = clock
        self._looked_at: float | None = None
        self._lock = asyncio.Lock()
        self._on_ahead = on_ahead
        self._on_believed = on_believed

    async def now(self) -> datetime:
        """The latest time that is believed; never later than the clock. Raises `DatabaseUnavailable`."""
        async with self._lock, self._database.transaction(Role.SYNC) as connection:
            row = await connection.fetchrow(sql.SETTLED_TIME)
            assert row is not None
            known = Settled(row["settled_at"].timestamp(), row["ahead_s"], row["waited_s"])
            looked_at, wall = self._clock.monotonic(), self._clock.now().timestamp()
            elapsed = 0.0 if self._looked_at is None else looked_at - self._looked_at
            found = advance(known, wall, elapsed)
            at = datetime.fromtimestamp(found.at, UTC)
            await connection.execute(sql.MOVE_SETTLED_TIME, at, found.ahead_s, found.waited_s)
        # Only now: what a transaction that failed did not write is counted the next time.
        self._looked_at = looked_at
        self._tell(known, found, elapsed)
        return at

    async def turn(self) -> None:
        await self.now()

    def _tell(self, known: Settled, found: Settled, elapsed_s: float) -> None:
        believed = found.at - known.at - elapsed_s
        if believed >= TOLD_AHEAD_S:
            log.warning("clock_believed", seconds=round(believed))
            if self._on_believed is not None:
                self._on_believed(believed)
        if found.ahead_s >= TOLD_AHEAD_S and (known.ahead_s <= 0 or believed >= TOLD_AHEAD_S):
            log.error("clock_ahead", seconds=round(found.ahead_s), nothing_is_removed_for_s=24 * 3600)
            if self._on_ahead is not None:
                self._on_ahead(found.ahead_s)
