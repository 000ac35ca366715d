"""Ends deleted lists whose thirty days are over, through the log and with their trail."""

import asyncio
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sertantai.core.errors import NotFound
from sertantai.core.ids import OwnerId
from sertantai.engine.errors import KeptElsewhere
from sertantai.lists import deleted_lists_sql
from sertantai.lists.groups import DELETED_KEPT, Groups
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

OWNERS_TOGETHER_MAX: Final = 200
PAUSE_S: Final = 1.0
"""Between so many owners and the next: what people do comes first."""

log = logger(__name__)


class DeletedLists(RegularTurns):
    """Looks once an hour."""

    task_name = "deleted-lists"
    first_after_s: ClassVar[float] = 90.0

    def __init__(self, database: Database, groups: Groups, settled: SettledTime) -> None:
        self._database = database
        self._groups = groups
        self._settled = settled

    async def turn(self) -> None:
        if ended := await self.sweep():
            log.info("deleted_lists_ended", lists=ended)

    async def sweep(self) -> int:
        """End every list that was deleted more than thirty days ago; returns how many.

        An owner whose lists cannot be ended is left for the next turn, and those after them are not.
        """
        now = await self._settled.now()
        failures = Failures()
        ended, after = 0, OwnerId(UUID(int=0))
        while owners := await self._owners(after, now):
            for owner in owners:
                ended += await self._end(owner, now, failures)
            after = owners[-1]
            if len(owners) < OWNERS_TOGETHER_MAX:
                break
            await asyncio.sleep(PAUSE_S)
        return ended

    async def _owners(self, after: OwnerId, now: datetime) -> list[OwnerId]:
        async with self._database.transaction(Role.SYNC, readonly=True) as connection:
            rows = await connection.fetch(
                deleted_lists_sql.OWNERS_OF_DELETED,
                after,
                now - DELETED_KEPT,
                OWNERS_TOGETHER_MAX,
                self._groups.journal_id,
            )
        return [OwnerId(UUID(int=row["user_id"].int)) for row in rows]

    async def _end(self, owner: OwnerId, now: datetime, failures: Failures) -> int:
        work = self._purge(owner, now)
        return await failures.sparing(work, log, "deleted_lists_not_ended", owner=str(owner)) or 0

    async def _purge(self, owner: OwnerId, now: datetime) -> int:
        try:
            return await self._groups.purge_expired(owner, now)
        except (NotFound, KeptElsewhere):
            return 0  # the owner went away meanwhile, or to another server
