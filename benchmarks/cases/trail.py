"""A page of an organization's trail of three million rows, as one of its admins reads it, with its calendar.

The peer asks for the same page as it is asked for where there is no keyset: by how many to leave out.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg

from benchmarks.case import Bench, Contest, Measure, case
from benchmarks.cases.http import server
from benchmarks.ours import database_at
from benchmarks.peers.postgres import benchmark_database, started
from benchmarks.sights import everybody_in
from sertantai.audit.moments import Moments
from sertantai.audit.operations import Timeline
from sertantai.audit.snapshots import Snapshots
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.core.told import Told
from sertantai.postgres import Connection, Database, Role, asks_as
from sertantai.process.system_clock import SystemClock
from sertantai.reporting.asked import asked_of
from sertantai.reporting.questions import question_named
from sertantai.reporting.report import Report

MEMBERS, LISTS, LAWS, MONTHS, A_TIME = 200, 40, 2_000, 13, 100_000
ASKED = 20
PAGE = 50
READY_S_MAX = 600

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
FOUND_BEFORE = "SELECT EXISTS (SELECT FROM audit_notices WHERE kind = 'balance' AND body ? 'found')"
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


class Filled(NamedTuple):
    dsn: str
    superuser: "asyncpg.Connection[asyncpg.Record]"
    house: UUID
    members: list[UUID]


_kept: dict[bool, tuple[tempfile.TemporaryDirectory[str], UUID, list[UUID]]] = {}
"""Made once a run: it takes minutes. They are gone when it ends."""


@asynccontextmanager
async def _filled(bench: Bench) -> AsyncIterator[Filled]:
    if bench.quick not in _kept:
        folder = tempfile.TemporaryDirectory(prefix="bench-trail-", ignore_cleanup_errors=True)
        _kept[bench.quick] = (folder, *await _fill(Path(folder.name), bench.pick(60_000, 3_000_000)))
    folder, house, members = _kept[bench.quick]
    async with started(Path(folder.name)) as server:
        superuser = await asyncpg.connect(server.superuser_dsn, database="sertantai")
        try:
            yield Filled(server.dsn, superuser, house, members)
        finally:
            await superuser.close()


async def _fill(directory: Path, rows: int) -> tuple[UUID, list[UUID]]:
    """The organization and its members."""
    house, span_s = uuid4(), MONTHS * 30 * 86_400.0
    async with benchmark_database(directory, records=LAWS, users=MEMBERS) as made:
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
        await superuser.close()
        return house, made.users


@asynccontextmanager
async def _trail(bench: Bench) -> AsyncIterator[tuple[Timeline, Moments, OwnerId, UserId, Ask]]:
    rows = bench.pick(60_000, 3_000_000)
    async with _filled(bench) as made, database_at(made.dsn) as database:
        token = asks_as.set(UserId(made.members[7]))
        snapshots = _Plain(database)

        async def by_offset() -> None:
            assert len(await made.superuser.fetch(BY_OFFSET, made.house, rows // 8)) == PAGE

        try:
            house, actor = OwnerId(made.house), UserId(made.members[9])
            yield Timeline(snapshots), Moments(snapshots), house, actor, by_offset
        finally:
            asks_as.reset(token)


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


@case("trail_page_http", unit="ms", better="lower", limit=50, in_quick=False)
@asynccontextmanager
async def trail_page_http(bench: Bench) -> AsyncIterator[Contest]:
    """The same from the request to the last byte of the page, by a server and as one of the admins."""
    async with (
        _filled(bench) as made,
        server(bench, environment={"SERTANTAI_DATABASE_URL": made.dsn}) as ours,
        await ours.register() as person,
    ):
        await made.superuser.execute(MEMBERSHIPS, made.house, [person.user_id])
        for _ in range(READY_S_MAX):  # once, it looks at all that is there and not sealed
            if await made.superuser.fetchval(FOUND_BEFORE):
                break
            await asyncio.sleep(1)

        def of(path: str) -> Measure:
            async def page() -> None:
                found = await person.http.get(f"{ours.url}{path}", headers={"Accept": "text/html"})
                assert found.status_code == 200

            return _timed(page)

        yield Contest(
            of("/audit?organization=works"),
            {
                "of one person": of(f"/audit?organization=works&person={made.members[9]}"),
                "of one law": of("/audit?organization=works&law=UK_uksi_1900_7"),
                "one's own, with nothing in it": of("/audit"),
            },
        )


def _report_case(
    name: str, of: Callable[[Filled], tuple[str, dict[str, str]]], limit: float, doc: str
) -> None:
    async def report(bench: Bench) -> AsyncIterator[Contest]:
        async with _filled(bench) as made, database_at(made.dsn) as database:
            question, said = of(made)
            now, sight = SystemClock().now(), everybody_in(database)
            asked = asked_of(question_named(question), said, now, UTC)

            async def rows() -> None:
                async for page in Report(sight, asked, now, "").pages(PAGE):
                    assert page
                    return

            async def whole() -> None:
                assert (await Report(sight, asked, now, "").shown()).rows

            yield Contest(_timed(rows), {"the whole page, counted and with its chart": _timed(whole)})

    report.__doc__ = doc
    case(name, unit="ms", better="lower", limit=limit, in_quick=False)(asynccontextmanager(report))


_report_case(
    "trail_law",
    lambda _: ("law", {"law": "UK_uksi_1900_7", "period": "all"}),
    20,
    "The newest 50 changes of one law by everybody, in all lists and all years.",
)
_report_case(
    "trail_actor",
    lambda made: ("person", {"person": str(made.members[9]), "period": "last-month"}),
    20,
    "What one person did in a month, in everybody's lists: 50 of it.",
)
_report_case(
    "trail_everything",
    lambda _: ("everything", {"period": "all"}),
    50,
    "The newest 50 of all that everybody ever did.",
)
