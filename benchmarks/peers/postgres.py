"""The same change written straight to PostgreSQL: row and audit row in one statement, from a pool of 16.

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
from sertantai.data_directory import DataDirectory
from sertantai.postgres.embedded import EmbeddedPostgres
from sertantai.postgres.migrations import migrate

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
    home = DataDirectory(directory / "postgres-data")
    home.lock()
    server = EmbeddedPostgres(home)
    await server.start()
    try:
        await migrate(server.dsn)
        connection = await asyncpg.connect(server.superuser_dsn, database="sertantai")
        try:
            await connection.execute(FILL_REGISTER, records)
            rows = await connection.fetch(ADD_USERS, users)
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
        yield BenchmarkDatabase(server.dsn, server.superuser_dsn, [row["id"] for row in rows])
    finally:
        await server.stop()
        home.unlock()


class DirectTicks:
    """Clients that each tick one record after the other for a user of their own."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", users: list[UUID], records: int) -> None:
        self._pool = pool
        self._users = users
        self._records = records
        self._next = [0] * len(users)

    async def load(self, clients: int, seconds: float) -> Load:
        return await closed_loop(self._tick, clients, seconds)

    async def _tick(self, client: int) -> None:
        self._next[client] += 1
        record_no = self._next[client] % self._records + 1
        await self._pool.execute(TICK, self._users[client], record_no)


@asynccontextmanager
async def direct_ticks(database: BenchmarkDatabase, *, records: int) -> AsyncIterator[DirectTicks]:
    """As the synchroniser's role, which may write both tables."""
    pool = await asyncpg.create_pool(
        database.dsn, min_size=POOL_SIZE, max_size=POOL_SIZE, server_settings={"role": "sertantai_sync"}
    )
    try:
        yield DirectTicks(pool, database.users, records)
    finally:
        await pool.close()
