"""That a server runs, as others on the same database see it: it holds an advisory lock for its journal.

PostgreSQL lets go of the lock when the server's connection ends, however it ends, so nobody waits for a
server that is gone. Where the network swallows packets, PostgreSQL finds out after some `SILENT_S`.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import JournalId
from sertantai.postgres import Connection, Database, Role
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.sync import presence_sql as sql

log = logger(__name__)

RETRY_S: Final = 2.0
SILENT_S: Final = 30


class Presence(BackgroundService):
    """Holds the lock of one journal from the first `hold` on; takes it again when its connection was lost."""

    task_name = "presence"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._journal: JournalId | None = None
        self._connection: Connection | None = None
        self._session = AsyncExitStack()
        self._holding = asyncio.Lock()
        self._lost = asyncio.Event()

    async def hold(self, journal: JournalId) -> None:
        """Returns once others can see it. Raises `DatabaseUnavailable`."""
        async with self._holding:
            self._journal = journal
            if self._connection is not None and not self._connection.is_closed():
                return
            self._connection = None
            await self._let_go()
            async with AsyncExitStack() as session:
                connection = await session.enter_async_context(self._database.session(Role.SYNC))
                await connection.execute(sql.NOTICE_SILENCE, str(SILENT_S))
                await connection.execute(sql.HOLD, journal)
                connection.add_termination_listener(lambda *_: self._lost.set())
                self._session, self._connection = session.pop_all(), connection

    async def stop(self) -> None:
        await super().stop()
        self._connection = None
        await self._let_go()

    async def _let_go(self) -> None:
        session, self._session = self._session, AsyncExitStack()
        await session.aclose()

    async def _run(self) -> None:
        while True:
            await self._lost.wait()
            self._lost.clear()
            if self._journal is None:
                continue
            try:
                await self.hold(self._journal)
            except SertantaiError as error:
                log.info("others_cannot_see_this_server", reason=error.message)
            except Exception:  # nobody else takes the lock again: this task outlives what it meets
                log.exception("others_cannot_see_this_server")
            else:
                continue
            await asyncio.sleep(RETRY_S)
            self._lost.set()
