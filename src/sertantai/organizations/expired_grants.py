"""Ends grants whose time is over, in the organization's log. The door refuses them at once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final
from uuid import UUID

from sertantai.core.errors import NotFound
from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.operations import SetGrant
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.organizations import sql
from sertantai.organizations.organizations import Organizations, by_itself
from sertantai.postgres import Database, Record, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

TOGETHER_MAX: Final = 200
PAUSE_S: Final = 1.0
"""Between so many grants and the next: what people do comes first."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOBODY: Final = UUID(int=0)

log = logger(__name__)


class ExpiredGrants(RegularTurns):
    """Looks every minute."""

    task_name = "expired-grants"
    every_s: ClassVar[float] = 60.0

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
        """End every grant whose time is over; returns how many. What cannot be ended is left for later."""
        now = await self._settled.now()
        failures = Failures()
        ended = 0
        after: tuple[datetime, UUID, UUID, UUID] = (BEGINNING, NOBODY, NOBODY, NOBODY)
        while due := await self._due(now, after):
            for row in due:
                said = {"organization": str(row["user_id"]), "list": str(row["group_id"])}
                ended += await failures.sparing(self._end(row), log, "expired_grant_not_ended", **said) or 0
            last = due[-1]
            after = (last["ends_at"], last["user_id"], last["group_id"], last["grantee_id"])
            if len(due) < TOGETHER_MAX:
                break
            await asyncio.sleep(PAUSE_S)
        return ended

    async def _due(self, now: datetime, after: tuple[datetime, UUID, UUID, UUID]) -> Sequence[Record]:
        async with self._database.transaction(Role.SYNC, readonly=True) as connection:
            return await connection.fetch(
                sql.EXPIRED_GRANTS, now, *after, TOGETHER_MAX, self._engine.journal.id
            )

    async def _end(self, row: Record) -> int:
        """A grant that was given another end meanwhile stays: the fold sees to it."""
        organization = OwnerId(UUID(int=row["user_id"].int))
        try:
            change = await self._organizations.perform(
                SetGrant,
                by_itself(organization),
                organization,
                group=GroupId(UUID(int=row["group_id"].int)),
                grantee=UUID(int=row["grantee_id"].int),
                level=None,
                ends_at=row["ends_at"],
            )
        except (NotFound, KeptElsewhere):
            return 0  # the list or the organization went away meanwhile, or to another server
        return int(change.access is not None)
