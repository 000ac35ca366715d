"""Reading an owner's rows and trail, and how far they go, as one moment of PostgreSQL had them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sertantai.audit import sql
from sertantai.audit.patience import Patience
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.core.told import Told
from sertantai.engine.engine import Engine
from sertantai.postgres import Connection, Database, Role
from sertantai.sync.sql import WATERMARK

_T = TypeVar("_T")
Read = Callable[[Connection], Awaitable[_T]]


class Snapshot:
    """``upto``: everything of the journal up to there is in it."""

    def __init__(self, connection: Connection, upto: Position) -> None:
        self.connection = connection
        self.upto = upto

    def told(self, answer: _T) -> Told[_T]:
        return Told(self.upto, answer)


@asynccontextmanager
async def snapshot(database: Database, owner: OwnerId, journal: JournalId) -> AsyncIterator[Snapshot]:
    async with database.transaction(
        Role.APP, owner, readonly=True, isolation="repeatable_read", lock=sql.LOCK_TRAIL
    ) as connection:
        row = await connection.fetchrow(WATERMARK, journal)
        assert row is not None
        yield Snapshot(connection, Position(row["position"]))


class Snapshots:
    """What the history reads. Raises `DatabaseUnavailable`: it is in PostgreSQL only."""

    def __init__(self, engine: Engine, database: Database) -> None:
        self._database = database
        self._patience = Patience(engine)

    async def read(self, owner: OwnerId, read: Read[_T], *, waits: bool = True) -> Told[_T]:
        """``waits``: a little, so that nobody misses what they did a moment ago; `Told.settled` says whether
        that was long enough."""

        async def ask(journal: JournalId) -> Told[_T]:
            async with snapshot(self._database, owner, journal) as found:
                return found.told(await read(found.connection))

        return await (self._patience.soon(owner, ask) if waits else self._patience.now(owner, ask))
