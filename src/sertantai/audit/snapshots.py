"""Reading an owner's rows and trail, and how far they go, as one moment of PostgreSQL had them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.core.told import Told
from sertantai.postgres import Connection, Database, Role
from sertantai.sync.sql import WATERMARK

_T = TypeVar("_T")


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
        Role.APP, owner, readonly=True, isolation="repeatable_read"
    ) as connection:
        row = await connection.fetchrow(WATERMARK, journal)
        assert row is not None
        yield Snapshot(connection, Position(row["position"]))
