"""An organization's rows as one of its members reads them, through row security with two claims.

The peer reads the same rows as the superuser, whom no policy concerns.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg

from benchmarks.case import Bench, Contest, case
from benchmarks.peers.postgres import benchmark_database
from sertantai.core.ids import OwnerId, UserId
from sertantai.postgres import Database, Role, asks_as

LISTS, LAWS, MEMBERS, RESTRICTED, GRANTED = 40, 5_000, 500, 20, 3
OTHERS = 80
ASKED = 20

ORGANIZATION = "INSERT INTO organizations (id, name, slug) VALUES ($1, 'Works', 'works')"
MEMBERSHIPS = """
INSERT INTO user_organization_memberships (user_id, organization_id, role)
SELECT unnest($2::uuid[]), $1, 'member'
"""
LISTS_OF = """
INSERT INTO user_selection_groups (user_id, name, restricted)
SELECT $1, 'list ' || n, n <= $3 FROM generate_series(1, $2::int) n
"""
GRANTS = """
INSERT INTO selection_group_grants (user_id, group_id, grantee_id, level, granted_by, granted_at, position)
SELECT $1, id, $2, 'view', $2, now(), 1 FROM user_selection_groups
 WHERE user_id = $1 AND restricted ORDER BY name LIMIT $3
"""
TICKS = """
INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group)
SELECT g.user_id, r.id, r.record_no, g.name
  FROM user_selection_groups g, uk_lrt_records r
 WHERE g.user_id = ANY($1::uuid[]) AND NOT (g.is_default AND $2)
"""
PAGE = """
SELECT record_id, record_no, metadata FROM user_record_selections
 WHERE user_id = $1 AND selection_group = $2 ORDER BY record_id LIMIT 50
"""
WHOLE = "SELECT record_no FROM user_record_selections WHERE user_id = $1 AND selection_group = $2"

Ask = Callable[[str], Awaitable[int]]


@asynccontextmanager
async def _organization(bench: Bench) -> AsyncIterator[tuple[Ask, Ask, Ask]]:
    """Asks as a member with three grants, as somebody for as many rows of their own, and as the superuser;
    answers how many rows came."""
    async with benchmark_database(bench.directory, records=LAWS, users=MEMBERS + OTHERS) as made:
        members, others, house = made.users[:MEMBERS], made.users[MEMBERS:], uuid4()
        superuser = await asyncpg.connect(made.superuser_dsn, database="sertantai")
        await superuser.execute("INSERT INTO users (id) VALUES ($1)", house)
        await superuser.execute(ORGANIZATION, house)
        await superuser.execute(MEMBERSHIPS, house, members)
        await superuser.execute(LISTS_OF, house, LISTS, RESTRICTED)
        await superuser.execute(GRANTS, house, members[7], GRANTED)
        await superuser.execute(TICKS, [house], True)
        await superuser.execute(TICKS, others[: bench.pick(8, OTHERS)], False)
        await superuser.execute("VACUUM ANALYZE")
        database = Database(made.dsn, pool_size_max=2, connect_timeout_s=5, command_timeout_s=30)
        await database.start()
        token = asks_as.set(UserId(members[7]))

        async def ours(statement: str) -> int:
            async with database.transaction(Role.APP, OwnerId(house), readonly=True) as connection:
                return len(await connection.fetch(statement, house, f"list {LISTS}"))

        async def own(statement: str) -> int:
            asks_as.set(None)
            async with database.transaction(Role.APP, OwnerId(others[0]), readonly=True) as connection:
                found = len(await connection.fetch(statement, others[0], "default"))
            asks_as.set(UserId(members[7]))
            return found

        async def peer(statement: str) -> int:
            async with superuser.transaction(readonly=True):
                await superuser.fetchval("SELECT 1")  # as many trips as ours
                return len(await superuser.fetch(statement, house, f"list {LISTS}"))

        try:
            yield ours, own, peer
        finally:
            asks_as.reset(token)
            await database.stop()
            await superuser.close()


def _timed(ask: Ask, statement: str, rows: int) -> Callable[[], Awaitable[float]]:
    async def measure() -> float:
        took = []
        for _ in range(ASKED):
            started = time.perf_counter()
            assert await ask(statement) == rows
            took.append((time.perf_counter() - started) * 1000)
        return sorted(took)[ASKED // 2]

    return measure


@case("organization_page_rows", unit="ms", better="lower", limit=1, in_quick=False)
@asynccontextmanager
async def organization_page_rows(bench: Bench) -> AsyncIterator[Contest]:
    """50 rows of a list, of 600,000, with 500 members, 40 lists and 20 of them restricted."""
    async with _organization(bench) as (ours, own, peer):
        peers = {"rows of one's own": _timed(own, PAGE, 50), "no row security": _timed(peer, PAGE, 50)}
        yield Contest(_timed(ours, PAGE, 50), peers)


@case("organization_list_rows", unit="ms", better="lower", limit=3, in_quick=False)
@asynccontextmanager
async def organization_list_rows(bench: Bench) -> AsyncIterator[Contest]:
    """A list of 5,000, of the same."""
    async with _organization(bench) as (ours, own, peer):
        peers = {"rows of one's own": _timed(own, WHOLE, LAWS), "no row security": _timed(peer, WHOLE, LAWS)}
        yield Contest(_timed(ours, WHOLE, LAWS), peers)
