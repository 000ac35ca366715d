"""What routes work with: policies, holds, plan and what was done, of one installation."""

from datetime import datetime
from typing import Final

import msgspec

from sertantai.core.clock import Clock
from sertantai.postgres import Database, Role
from sertantai.retention import sql
from sertantai.retention.holds import Holds
from sertantai.retention.notices import Tell, TellLog, tell_nobody
from sertantai.retention.plan import Plan, plan_on
from sertantai.retention.policies import Policies
from sertantai.retention.report import ActDone, Certificate, act_of, certificate
from sertantai.sealing.notices import Notices

STATE_KEY: Final = "retention"
ACTS_SHOWN: Final = 20


class LastRun(msgspec.Struct, frozen=True):
    """``error`` None: it did everything that was due."""

    started_at: datetime
    ended_at: datetime
    acts: int
    error: str | None


class RetentionDesk:
    def __init__(self, database: Database, clock: Clock, tell: Tell = tell_nobody) -> None:
        self._database = database
        self.clock = clock
        self.policies = Policies(database, tell)
        self.holds = Holds(database, tell)

    async def plan(self, on: datetime | None = None) -> Plan:
        return await plan_on(self._database, on)

    async def certificate(self, year: int) -> Certificate:
        return await certificate(self._database, year, self.clock.now())

    async def done(self) -> tuple[list[ActDone], LastRun | None]:
        """The newest acts, and the last turn."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            acts = await connection.fetch(sql.NEWEST_ACTS, ACTS_SHOWN)
            run = await connection.fetchrow(sql.LAST_RUN)
        return [act_of(row) for row in acts], None if run is None else LastRun(**dict(run))


def desk_with(database: Database, clock: Clock, notices: Notices) -> RetentionDesk:
    """One that tells the sealed log what is decided."""
    return RetentionDesk(database, clock, TellLog(notices))
