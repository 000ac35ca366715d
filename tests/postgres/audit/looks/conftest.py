"""A log with looks of long ago and of lately."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from sertantai.audit.comparing.differences import SealFault
from sertantai.audit.retaining.acts import Retaining
from sertantai.audit.retaining.leaving import SealedTrail
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.clock import ManualClock
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.process.settings import Settings
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.dropped import Stub, stub_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person, add_person
from tests.postgres.audit.test_files_lost import another_start
from tests.postgres.audit.test_own_retention import go_to, months_ago
from tests.postgres.audit.test_sealed_retention import NOW, in_force, without_periods

SETTLED = "UPDATE settled_time SET settled_at = $1, ahead_s = 0, waited_s = 0"
OLD, YOUNG = 3, 2


class Site:
    """With `OLD` looks of 30 months ago, `YOUNG` of 3 months ago, and other notices between them; sealed."""

    def __init__(
        self,
        database: Database,
        superuser: Any,
        engine: Engine,
        clock: ManualClock,
        notices: Notices,
        path: Path,
    ) -> None:
        self.database, self.superuser, self.engine, self.clock = database, superuser, engine, clock
        self.notices, self.path = notices, path
        self.files = TrailFiles(newest_log(path))
        self.told: list[UUID] = []

    async def tell(self, kind: Kind, at: datetime, **said: Any) -> UUID:
        go_to(self.clock, at)
        async with self.database.transaction(Role.SYNC) as connection:
            return await self.notices.tell(connection, kind, **said)

    def retaining(self, **settings: Any) -> Retaining:
        trail = SealedTrail(self.files, {self.engine.journal.id}, self.notices, Blinds(self.files.folder))
        return Retaining(self.database, Settings(**settings), ManualClock(), trail)

    async def retain(self, **settings: Any) -> None:
        """The night comes, and its period counts."""
        retaining = self.retaining(**settings)
        await retaining.take_settings()
        await self.superuser.execute("DELETE FROM retention_notices")
        await in_force(self.superuser)
        await retaining.run()

    def start(self) -> Sealer:
        return another_start(self.engine, self.database, self.path)

    async def differences(self) -> list[str]:
        verified = without_periods(await verify_seals(self.database, self.path, self.engine.journal.id))
        return [one.said for one in verified.differences]

    async def faults(self) -> set[SealFault]:
        verified = without_periods(await verify_seals(self.database, self.path, self.engine.journal.id))
        return {one.fault for one in verified.differences}

    @property
    def lines(self) -> list[str]:
        return list(self.files.notice_lines())

    @property
    def stubs(self) -> list[Stub]:
        return [stub for line in self.lines if (stub := stub_in(line)) is not None]

    async def there(self) -> list[UUID]:
        """Which looks the database has."""
        rows = await self.superuser.fetch("SELECT id FROM audit_notices WHERE kind = 'access' ORDER BY told")
        return [UUID(int=row["id"].int) for row in rows]

    async def forget(self, statement: str, *given: Any) -> None:
        """As somebody who owns the tables."""
        await self.superuser.execute("SET session_replication_role = replica")
        for table in ("audit_notices", "audit_notices_dropped", "retention_acts"):
            await self.superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await self.superuser.execute(statement, *given)
        for table in ("audit_notices", "audit_notices_dropped", "retention_acts"):
            for trigger in ("append_only", "append_only_statement", "goes_by_retention"):
                with suppress(asyncpg.UndefinedObjectError):
                    await self.superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        await self.superuser.execute("SET session_replication_role = origin")

    def write(self, lines: list[str]) -> None:
        (self.files.folder / "notices.ndjson").write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture
async def ann(superuser: Any, engine: Engine, clock: ManualClock) -> Person:
    return await add_person(superuser, engine, clock, "ann@example.org")


@pytest.fixture
async def site(
    database: Database,
    superuser: Any,
    engine: Engine,
    clock: ManualClock,
    sealer: Sealer,
    notices: Notices,
    ann: Person,
    tmp_path: Path,
) -> Site:
    site = Site(database, superuser, engine, clock, notices, tmp_path)
    for months, count in ((30, OLD), (3, YOUNG)):
        for number in range(count):
            at = months_ago(months) + timedelta(days=number)
            body = {"what": "export", "number": number}
            site.told.append(await site.tell(Kind.ACCESS, at, subject=ann.group, by=ann.id, body=body))
            if number != 1:
                await site.tell(Kind.CHECKED, at, body={"rows": number})
        await engine.flush()
        await sealer.seal()
    go_to(clock, NOW - timedelta(days=1))
    await ann.select(4)
    await engine.flush()
    await sealer.seal()
    await superuser.execute(SETTLED, NOW)
    return site
