"""A page of an organization's trail of three million rows, as one of its admins reads it, with its calendar.

The peer asks for the same page as it is asked for where there is no keyset: by how many to leave out.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from benchmarks.case import Bench, Contest, Measure, case
from benchmarks.peers.postgres import benchmark_database
from sertantai.audit.moments import Moments
from sertantai.audit.operations import Timeline
from sertantai.audit.snapshots import Snapshots
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.core.told import Told
from sertantai.postgres import Connection, Database, Role, asks_as

MEMBERS, LISTS, LAWS, MONTHS, A_TIME = 200, 40, 2_000, 13, 100_000
ASKED = 20
PAGE = 50

ORGANIZATION = "INSERT INTO organizations (id, name, slug) VALUES ($1, 'Works', 'works')"
MEMBERSHIPS = """
INSERT INTO user_organization_memberships (user_id, organization_id, role)
SELECT unnest($2::uuid[]), $1, 'admin'
"""
LISTS_OF = """
INSERT INTO user_selection_groups (user_id, name) SELECT $1, 'list ' || n FROM generate_series(1, $2::int) n
"""
LISTS_IDS = "SELECT id FROM user_selection_groups WHERE user_id = $1"
MONTHS_BACK = """
SELECT sertantai_make_month(t, date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => n))
  FROM generate_series(1, $1::int) n, unnest(ARRAY['selection_audit_log', 'selection_operations']) t
"""
# Four rows an operation; of a hundred operations one is an import, and one of ten thousand is undone.
ROWS = """
INSERT INTO selection_audit_log (user_id, actor_id, record_id, record_no, record_name, action, group_id,
                                 selection_group, operation_id, position, created_at, metadata, ip_address,
                                 user_agent, session_id)
SELECT $1, ($2::uuid[])[1 + n / 4 % $5::int], r.id, r.record_no, r.name, 'bulk_select',
       ($3::uuid[])[1 + n / 4 % $6::int], 'list', md5((n / 4)::text)::uuid, n / 4,
       now() - make_interval(secs => ($4::bigint - n / 4 * 4) * $7::float8 / $4),
       CASE WHEN n / 4 % 10000 = 9999 THEN
              jsonb_build_object('source', 'undo', 'undoes', md5((n / 4 - 5)::text)::uuid)
            WHEN n / 4 % 100 = 0 THEN '{"source": "import"}' ELSE '{}' END::jsonb,
       '192.0.2.7', 'Mozilla/5.0 (X11; Linux x86_64) Chrome/130', 'abcdefgh'
  FROM generate_series($8::bigint, $9::bigint) n JOIN uk_lrt_records r ON r.record_no = 1 + n % $10::int
"""
BY_OFFSET = """
SELECT * FROM selection_operations WHERE user_id = $1
 ORDER BY created_at DESC, operation_id DESC LIMIT 50 OFFSET $2
"""
Ask = Callable[[], Awaitable[Any]]


class _Plain(Snapshots):
    """Of a database that has all there is."""

    def __init__(self, database: Database) -> None:
        self._plain = database

    async def read(
        self,
        owner: OwnerId,
        read: Callable[[Connection], Awaitable[Any]],
        *,
        waits: bool = False,  # noqa: ARG002  # as it is asked
    ) -> Told[Any]:
        async with self._plain.transaction(Role.APP, owner, readonly=True) as connection:
            return Told(Position(0), await read(connection))


@asynccontextmanager
async def _trail(bench: Bench) -> AsyncIterator[tuple[Timeline, Moments, OwnerId, UserId, Ask]]:
    rows, span_s = bench.pick(60_000, 3_000_000), MONTHS * 30 * 86_400.0
    async with benchmark_database(bench.directory, records=LAWS, users=MEMBERS) as made:
        house = uuid4()
        superuser = await asyncpg.connect(made.superuser_dsn, database="sertantai")
        await superuser.execute("INSERT INTO users (id) VALUES ($1)", house)
        await superuser.execute(ORGANIZATION, house)
        await superuser.execute(MEMBERSHIPS, house, made.users)
        await superuser.execute(LISTS_OF, house, LISTS)
        lists = [row["id"] for row in await superuser.fetch(LISTS_IDS, house)]
        await superuser.execute(MONTHS_BACK, MONTHS)
        for first in range(0, rows, A_TIME):
            last = min(first + A_TIME, rows) - 1
            await superuser.execute(
                ROWS, house, made.users, lists, rows, MEMBERS, len(lists), span_s, first, last, LAWS
            )
        await superuser.execute("VACUUM ANALYZE")
        database = Database(made.dsn, pool_size_max=2, connect_timeout_s=5, command_timeout_s=60)
        await database.start()
        token = asks_as.set(UserId(made.users[7]))
        snapshots = _Plain(database)

        async def by_offset() -> None:
            assert len(await superuser.fetch(BY_OFFSET, house, rows // 8)) == PAGE

        try:
            yield Timeline(snapshots), Moments(snapshots), OwnerId(house), UserId(made.users[9]), by_offset
        finally:
            asks_as.reset(token)
            await database.stop()
            await superuser.close()


def _timed(ask: Ask) -> Measure:
    async def measure() -> float:
        took = []
        for _ in range(ASKED):
            started = time.perf_counter()
            await ask()
            took.append((time.perf_counter() - started) * 1000)
        return sorted(took)[ASKED // 2]

    return measure


@case("trail_page", unit="ms", better="lower", limit=50, in_quick=False)
@asynccontextmanager
async def trail_page(bench: Bench) -> AsyncIterator[Contest]:
    """The newest 50 changes and the calendar of a year."""
    async with _trail(bench) as (timeline, moments, house, actor, by_offset):
        today = datetime.now(UTC).date()
        middle = (datetime.now(UTC) - timedelta(days=200), uuid4())

        async def newest() -> None:
            found, after = (await timeline.page(house, None, PAGE, with_said=True)).answer
            assert (len(found), after is None) == (PAGE, False)
            assert (await moments.activity(house, today - timedelta(days=370), today)).answer

        async def deep() -> None:
            assert len((await timeline.page(house, middle, PAGE, with_said=True)).answer[0]) == PAGE

        async def of_one() -> None:
            found, _ = (await timeline.page(house, None, PAGE, actor=actor, kind="ticked")).answer
            assert all(one.actor == actor for one in found)

        async def narrowed() -> None:
            found, after = (await timeline.page(house, None, PAGE, source="import", undone=True)).answer
            assert (found, after is None) == ([], False)

        yield Contest(
            _timed(newest),
            {
                "by OFFSET, in the middle": _timed(by_offset),
                "ours, in the middle": _timed(deep),
                "ours, of one person": _timed(of_one),
                "ours, nothing fits": _timed(narrowed),
            },
        )
