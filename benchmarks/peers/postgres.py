"""The same change written straight to PostgreSQL, from a pool of 16: row and audit row in one transaction, as
an application writes them, and, as the fastest there is, in one statement.

The server is the embedded one with its own settings, durable, holding the whole schema with all its keys and
indexes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from benchmarks.load import Load, closed_loop
from sertantai.postgres.embedded import EmbeddedPostgres
from sertantai.postgres.migrations import migrate
from sertantai.process.data_directory import DataDirectory

POOL_SIZE = 16

FILL_REGISTER = """
INSERT INTO uk_lrt_records (name, title_en, type_code, year, number, number_int, live, family, search_terms)
SELECT 'UK_uksi_' || 1900 + n / 2000 || '_' || n, 'The Benchmark (No. ' || n || ') Regulations',
       'uksi', 1900 + n / 2000, n::text, n, 'in force', 'FAMILY ' || n % 40,
       'the benchmark no ' || n || ' regulations'
  FROM generate_series(1, $1::int) AS n
"""
ADD_USERS = """
INSERT INTO users (email, hashed_password)
SELECT 'benchmark-' || n || '@example.org', '-' FROM generate_series(1, $1::int) AS n RETURNING id
"""
LAWS = "SELECT id, record_no, name FROM uk_lrt_records ORDER BY record_no"
ADD_SELECTION = """
INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group)
VALUES ($1, $2, $3, 'default') ON CONFLICT DO NOTHING
"""
ADD_AUDIT = """
INSERT INTO selection_audit_log (user_id, actor_id, record_id, record_no, record_name, action)
VALUES ($1, $1, $2, $3, $4, 'select')
"""
TICK = """
WITH law AS (
  SELECT id, record_no, name FROM uk_lrt_records WHERE record_no = $2
), ticked AS (
  INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group)
  SELECT $1, id, record_no, 'default' FROM law ON CONFLICT DO NOTHING RETURNING record_no
)
INSERT INTO selection_audit_log (user_id, actor_id, record_id, record_no, record_name, action)
SELECT $1, $1, id, record_no, name, 'select' FROM ticked JOIN law USING (record_no)
"""


@dataclass(frozen=True)
class BenchmarkDatabase:
    """``dsn`` is what the product would be given; ``users`` each have their default list."""

    dsn: str
    superuser_dsn: str
    users: list[UUID]


@asynccontextmanager
async def benchmark_database(
    directory: Path, *, records: int, users: int
) -> AsyncIterator[BenchmarkDatabase]:
    """An embedded server below ``directory`` with a synthetic register and people."""
    async with started(directory) as server:
        connection = await asyncpg.connect(server.superuser_dsn, database="sertantai")
        try:
            await connection.execute(FILL_REGISTER, records)
            rows = await connection.fetch(ADD_USERS, users)
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
        yield BenchmarkDatabase(server.dsn, server.superuser_dsn, [row["id"] for row in rows])


@asynccontextmanager
async def started(directory: Path) -> AsyncIterator[EmbeddedPostgres]:
    """With our tables: new ones, or those that were left there."""
    home = DataDirectory(directory / "postgres-data")
    home.lock()
    server = EmbeddedPostgres(home)
    await server.start()
    try:
        await migrate(server.dsn)
        yield server
    finally:
        await server.stop()
        home.unlock()


class DirectTicks:
    """Clients that each tick one law after the other for a user of their own."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", users: list[UUID], records: int) -> None:
        self._pool = pool
        self._users = users
        self._records = records
        self._next = [0] * len(users)
        self._laws: list[asyncpg.Record] = []

    async def find_laws(self) -> None:
        """An application knows the law it ticks; looking it up is not what is measured."""
        self._laws = await self._pool.fetch(LAWS)

    async def in_a_transaction(self, clients: int, seconds: float) -> Load:
        return await closed_loop(self._transaction, clients, seconds)

    async def in_a_statement(self, clients: int, seconds: float) -> Load:
        return await closed_loop(self._statement, clients, seconds)

    async def _transaction(self, client: int) -> None:
        user, law = self._users[client], self._laws[self._record(client) - 1]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(ADD_SELECTION, user, law["id"], law["record_no"])
            await connection.execute(ADD_AUDIT, user, law["id"], law["record_no"], law["name"])

    async def _statement(self, client: int) -> None:
        await self._pool.execute(TICK, self._users[client], self._record(client))

    def _record(self, client: int) -> int:
        """The next one; both ways of ticking share the turn, so that each finds it unticked."""
        self._next[client] += 1
        return self._next[client] % self._records + 1


@asynccontextmanager
async def direct_ticks(database: BenchmarkDatabase, *, records: int) -> AsyncIterator[DirectTicks]:
    """As the synchroniser's role, which may write both tables."""
    pool = await asyncpg.create_pool(
        database.dsn, min_size=POOL_SIZE, max_size=POOL_SIZE, server_settings={"role": "sertantai_sync"}
    )
    try:
        ticks = DirectTicks(pool, database.users, records)
        await ticks.find_laws()
        yield ticks
    finally:
        await pool.close()
