"""Ends grants whose time is over, in the log too. They give nothing since: the door looks at the time."""

from datetime import datetime
from typing import Any, ClassVar, Final

from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.operations import SetGrant
from sertantai.engine.engine import Engine
from sertantai.organizations import expired_grants_sql as sql
from sertantai.organizations.organizations import Organizations, by_itself
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

log = logger(__name__)

TOGETHER_MAX: Final = 500


class ExpiredGrants(RegularTurns):
    """Background service: looks every five minutes. What fails is due at the next turn."""

    task_name = "expired-grants"
    first_after_s: ClassVar[float] = 60.0
    every_s: ClassVar[float] = 300.0

    def __init__(
        self, database: Database, engine: Engine, organizations: Organizations, settled: SettledTime
    ) -> None:
        self._database = database
        self._engine = engine
        self._organizations = organizations
        self._settled = settled

    async def turn(self) -> None:
        if ended := await self.sweep():
            log.info("expired_grants_ended", grants=ended)

    async def sweep(self) -> int:
        """End what is over; how many were ended."""
        now = await self._settled.now()
        async with self._database.transaction(Role.SYNC, readonly=True) as connection:
            rows = await connection.fetch(sql.EXPIRED, now, TOGETHER_MAX)
        failures, ended = Failures(), 0
        for row in rows:
            owner, group = row["user_id"], row["group_id"]
            work = self._end(owner, group, row["grantee_id"], now)
            ended += bool(
                await failures.sparing(
                    work, log, "expired_grant_not_ended", owner=str(owner), list=str(group)
                )
            )
        return ended

    async def _end(self, organization: OwnerId, group: GroupId, grantee: Any, now: datetime) -> bool:
        """False: it was ended or made longer since, or its list was deleted."""
        state = await self._engine.state(organization)
        list_ = state.groups.get(group)
        if state.access is None or list_ is None or list_.deleted:
            return False
        grant = state.access.grants.get(group, {}).get(grantee)
        if grant is None or grant.ends_at is None or grant.ends_at > now:
            return False
        await self._organizations.perform(
            SetGrant, by_itself(organization), organization, group=group, grantee=grantee, level=None
        )
        return True
