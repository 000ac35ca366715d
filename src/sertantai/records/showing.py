"""Which revision of the register each running server shows, so that an import can wait until all show its.

A server holds an advisory lock whose number is the revision. PostgreSQL lets go of it when the server's
connection ends, however it ends, so nobody waits for a server that is gone.
"""

import asyncio
from time import monotonic
from typing import Final

from sertantai.postgres.database import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.records import sql

LOCK_CLASS: Final = 0x5EC7
"""Tells these locks from others of the application."""
LOOK_INTERVAL_S: Final = 0.02
_INT4: Final = 0x7FFF_FFFF


class Shown:
    """What one connection says that its server shows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._revision: int | None = None

    async def show(self, revision: int) -> None:
        if revision == self._revision:
            return
        # The new one first: between the two nobody may believe that no server is behind.
        await self._connection.execute(sql.SHOW_REVISION, LOCK_CLASS, revision & _INT4)
        if self._revision is not None:
            await self._connection.execute(sql.HIDE_REVISION, LOCK_CLASS, self._revision & _INT4)
        self._revision = revision


async def shown_everywhere(database: Database, revision: int, timeout_s: float) -> bool:
    """Waits until every server shows ``revision`` or a later one; ``False`` when one does not in time."""
    until = monotonic() + timeout_s
    async with database.session(Role.APP) as connection:
        while await connection.fetchval(sql.COUNT_BEHIND, LOCK_CLASS, revision & _INT4):
            if monotonic() >= until:
                return False
            await asyncio.sleep(LOOK_INTERVAL_S)
    return True
