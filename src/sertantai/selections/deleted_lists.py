"""Ends deleted lists whose thirty days are over, through the log and with their trail."""

import asyncio
from typing import Final
from uuid import UUID

from sertantai.background import BackgroundService
from sertantai.core.errors import NotFound, SertantaiError
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role
from sertantai.postgres.settled_time import SettledTime
from sertantai.selections import sql
from sertantai.selections.groups import DELETED_KEPT, Groups
from sertantai.telemetry import logger

FIRST_AFTER_S: Final = 90.0
EVERY_S: Final = 3600.0
OWNERS_TOGETHER_MAX: Final = 200

log = logger(__name__)


class DeletedLists(BackgroundService):
    """Looks once an hour; a failure is logged and the next turn tries again."""

    task_name = "deleted-lists"

    def __init__(self, database: Database, groups: Groups, settled: SettledTime) -> None:
        self._database = database
        self._groups = groups
        self._settled = settled

    async def _run(self) -> None:
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            try:
                ended = await self.sweep()
            except SertantaiError as error:
                log.warning("deleted_lists_not_ended", reason=error.message)
            else:
                if ended:
                    log.info("deleted_lists_ended", lists=ended)
            await asyncio.sleep(EVERY_S)

    async def sweep(self) -> int:
        """End every list that was deleted more than thirty days ago; returns how many."""
        now = await self._settled.now()
        ended, after = 0, UserId(UUID(int=0))
        while True:
            async with self._database.transaction(Role.SYNC, readonly=True) as connection:
                rows = await connection.fetch(
                    sql.OWNERS_OF_DELETED, after, now - DELETED_KEPT, OWNERS_TOGETHER_MAX
                )
            for row in rows:
                after = UserId(row["user_id"])
                try:
                    ended += await self._groups.purge_expired(after, now)
                except NotFound:
                    continue  # the owner went away meanwhile
            if len(rows) < OWNERS_TOGETHER_MAX:
                return ended
