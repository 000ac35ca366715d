"""Everything that is promised for a time happens: with a moved clock, after restarts, after an outage.

What ends, ends by the clock of the day. What is removed goes by the time that is believed, which a server
has to see pass; so the two are looked at separately (decision 0050).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from sertantai.accounts.retention import Retention
from sertantai.accounts.service import Accounts
from sertantai.audit.effects import Effects
from sertantai.audit.partitions import AuditPartitions
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, Unavailable
from sertantai.core.lasting.settled_time import CONFIRMED_AFTER_S
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.http.durations import span_of_time
from sertantai.http.idempotency import AnsweredRequests
from sertantai.journal.sqlite import SqliteJournal
from sertantai.lists.deleted_lists import DeletedLists
from sertantai.lists.groups import Groups
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.background import RegularTurns
from sertantai.process.settings import Settings
from sertantai.security.service import Security
from sertantai.sync.postgres_store import PostgresStore
from tests.fixtures.postgres import DatabaseUnderTest, ServerUnderTest
from tests.postgres.timed.promises import MONTHS_KEPT, PROMISES, Promise
from tests.postgres.timed.things import START, Scene

MONTHS = """
SELECT sertantai_make_month(parent, month)
  FROM unnest('{selection_audit_log,selection_operations}'::text[]) parent,
       generate_series(date_trunc('month', $1::timestamp), now()::timestamp, '1 month') month
"""
GUIDE = Path(__file__).parents[3] / "docs/guides/operate.md"
TABLE_BEGINS = "| What | Ends after | Removed after |\n|---|---|---|\n"
MOMENT_S = 2.0
HOUR_S = 3600.0
BACK_WITHIN_S = 120.0


class Runs:
    """The server, started again and again on the same database and directory."""

    def __init__(
        self, database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", folder: Path
    ) -> None:
        self.database = database
        self.clock = ManualClock(START)
        self._superuser = superuser
        self._folder = folder
        self._stack = AsyncExitStack()
        self.scene: Scene
        self.settled: SettledTime
        self.services: list[RegularTurns]

    async def start(self) -> None:
        settings = Settings(data_dir=str(self._folder), bcrypt_cost=4, audit_retention_months=MONTHS_KEPT)
        self.settled = SettledTime(self.database, self.clock)
        engine = Engine(
            SqliteJournal(self._folder / "journal.sqlite", sync=False),
            PostgresStore(self.database),
            self.clock,
            Bounds(sync_interval_s=0),
        )
        await engine.start()
        self._stack.push_async_callback(engine.stop)
        security = Security(self.database, settings, self.clock)
        accounts = Accounts(self.database, settings, self.clock, security, settled=self.settled)
        await accounts.start()
        self._stack.push_async_callback(accounts.stop)
        groups = Groups(engine, Effects(engine, PostgresEffects(self.database)), self.clock)
        self.services = [
            Retention(self.database, self.clock, self.settled),
            accounts.guest_purge,
            DeletedLists(self.database, groups, self.settled),
            security._retention,
            AuditPartitions(self.database, settings, self.settled),
        ]
        before = getattr(self, "scene", None)
        user = (
            before.user if before else await accounts.register("somebody@example.org", "a good long password")
        )
        made = before.made if before else {}
        self.scene = Scene(
            self.clock,
            self._superuser,
            self._folder,
            accounts,
            security,
            groups,
            AnsweredRequests(self.clock),
            user,
            made,
        )

    async def stop(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def turns(self) -> None:
        for service in self.services:
            await service.turn()

    async def begin(self) -> None:
        await self.settled.now()
        for promise in PROMISES:
            self.scene.made[promise.what] = await promise.begin(self.scene)
        await self.turns()

    def move_to(self, after: float) -> None:
        self.clock.advance(after - (self.clock.now() - START).total_seconds())

    async def broken(self, promises: list[Promise], *, by_row: bool = True) -> list[str]:
        """What is not as promised at this moment."""
        passed = self.clock.now() - START
        found = []
        for one in promises:
            made = self.scene.made[one.what]
            if one.holds and one.ends and await one.holds(self.scene, made) != (passed < one.ends):
                found.append(f"{one.what} does not end after {one.ends}: {passed}")
            if not (by_row and one.is_there and one.goes):
                continue
            if await one.is_there(self.scene, made) != (passed < one.goes):
                found.append(f"{one.what} does not go after {one.goes}: {passed}")
        return found


@pytest.fixture
async def runs(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> AsyncIterator[Runs]:
    await superuser.execute("UPDATE settled_time SET settled_at = $1", START)
    await superuser.execute("SET ROLE sertantai_migrator")
    await superuser.fetch(MONTHS, START.replace(tzinfo=None))
    await superuser.execute("RESET ROLE")
    runs = Runs(database, superuser, tmp_path)
    await runs.start()
    await runs.begin()
    yield runs
    await runs.stop()


def moments(promises: list[Promise]) -> list[float]:
    """Just before and just after each time that is promised."""
    times = {time.total_seconds() for one in promises for time in (one.ends, one.goes) if time}
    return [time + step for time in sorted(times) for step in (-MOMENT_S, MOMENT_S)]


async def test_each_holds_until_its_time_and_ends_with_it(runs: Runs) -> None:
    found = []
    for moment in moments(list(PROMISES)):
        runs.move_to(moment)
        await runs.turns()
        found += await runs.broken(list(PROMISES))
    assert found == []


async def test_the_same_when_the_server_is_started_anew_each_time(runs: Runs) -> None:
    """What is over while the server is off has ended at once, and is removed when it has run for a day.

    Two days here: what the first of several jumps was is believed after one, the others after another.
    """
    kept = [one for one in PROMISES if not one.in_memory]
    found = []
    for moment in moments([one for one in kept if one.ends]):
        runs.move_to(moment)
        await runs.restart()
        await runs.turns()
        found += await runs.broken(kept, by_row=False)
    for one in kept:
        if one.is_there and not await one.is_there(runs.scene, runs.scene.made[one.what]):
            found.append(f"{one.what} was removed by one reading of the clock")
    runs.move_to(max(moments(kept)))
    await runs.restart()
    for _ in range(2 * round(CONFIRMED_AFTER_S / HOUR_S) + 2):
        await runs.settled.now()
        runs.clock.advance(HOUR_S)
    await runs.turns()
    assert found + await runs.broken(kept) == []


async def test_the_same_when_postgresql_was_away_at_the_time(
    runs: Runs, cloned: DatabaseUnderTest, server: ServerUnderTest
) -> None:
    """All of it comes due in one outage; the next turn after it does it all."""
    async with away(cloned, server):
        runs.move_to(max(moments(list(PROMISES))))
        for service in runs.services:
            with pytest.raises(Unavailable):
                await service.turn()
    await back(runs.database)
    await runs.turns()
    assert await runs.broken(list(PROMISES)) == []


def test_the_guide_says_how_long_all_of_it_is_kept() -> None:
    """The rows of the table in operate.md are these, and there are no others."""
    said = [line for line in GUIDE.read_text().split(TABLE_BEGINS)[1].split("\n\n")[0].splitlines() if line]
    assert said == [in_guide(one) for one in PROMISES]


def in_guide(promise: Promise) -> str:
    name = f"{promise.what} (`{promise.setting}`)" if promise.setting else promise.what
    ends = "" if promise.ends is None else span_of_time(promise.ends.total_seconds())
    goes = "" if promise.goes is None else span_of_time(promise.goes.total_seconds())
    if promise.setting == "audit_retention_months":
        goes = "never, or after so many whole months"
    return f"| {name} | {ends} | {goes} |"


@asynccontextmanager
async def away(cloned: DatabaseUnderTest, server: ServerUnderTest) -> AsyncIterator[None]:
    """This one database takes nobody in, and has thrown everybody out who is not its superuser."""
    admin = await asyncpg.connect(server.dsn("postgres", "postgres"))
    try:
        await admin.execute(f"ALTER DATABASE {cloned.name} CONNECTION LIMIT 0")
        await admin.fetch(THROW_OUT, cloned.name)
        yield
        await admin.execute(f"ALTER DATABASE {cloned.name} CONNECTION LIMIT -1")
    finally:
        await admin.close()


THROW_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename <> 'postgres'
"""


async def back(database: Database) -> None:
    async with asyncio.timeout(BACK_WITHIN_S):
        while True:
            try:
                await database.ping()
            except DatabaseUnavailable:
                await asyncio.sleep(0.05)
            else:
                return
