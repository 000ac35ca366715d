"""An engine on a real PostgreSQL, with two people and ten records, whose operations leave a real trail."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from sertantai.audit.effects import Effects
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.standing import comparing
from sertantai.audit.standing.as_found import Found, found_standing
from sertantai.audit.standing.difference import NEWEST
from sertantai.audit.standing.told import Known
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordNo, UserId
from sertantai.core.operations import (
    Admit,
    Amend,
    Annotate,
    BulkSelect,
    ClearAll,
    CreateGroup,
    Deselect,
    Operation,
    Origin,
    Select,
    of_no_list,
)
from sertantai.core.rights import Role
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.journal.sqlite import SqliteJournal
from sertantai.postgres import Connection, Database
from sertantai.process.new_ids import new_id
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.sealer import Sealer
from sertantai.sync.postgres_store import PostgresStore
from sertantai.sync.seals import Seals

BEN, CARA = UserId(UUID(int=21)), UserId(UUID(int=22))
ADD_USER = "INSERT INTO users (id, email, created_at) VALUES ($1, $2, '2020-01-01')"
"""Before whatever the clock of a test says."""
ADD_PRINCIPAL = "INSERT INTO users (id, created_at) VALUES ($1, '2020-01-01')"
ADD_ORGANIZATION = "INSERT INTO organizations (id, name, slug, founder_id) VALUES ($1, $2, $2, $3)"
ADD_RECORDS = """
INSERT INTO uk_lrt_records (name, title_en)
SELECT 'UK_test_' || n, 'Law ' || n FROM generate_series(1, 10) n ORDER BY n
"""
RECORDS = "SELECT record_no, id FROM uk_lrt_records ORDER BY record_no"
DEFAULT_GROUP = "SELECT id FROM user_selection_groups WHERE user_id = $1 AND is_default"


@dataclass
class Person:
    """Somebody with a default list, who does things to it a second after one another."""

    id: OwnerId
    group: GroupId
    engine: Engine
    clock: ManualClock
    actor: UserId | None = None
    """Who acts where the lists are an organization's; None: the owner."""

    async def do(self, kind: type[Operation], group: GroupId | None = None, **fields: Any) -> Change:
        self.clock.advance(1)
        return await self.engine.perform(self.operation(kind, group, **fields))

    def operation(self, kind: type[Operation], group: GroupId | None = None, **fields: Any) -> Operation:
        actor = self.actor or UserId(self.id)
        origin = Origin(actor, "session-1", "192.0.2.7", "a browser", fields.pop("source", "hand"))
        return kind(
            id=OperationId(new_id()),
            owner=self.id,
            group=group or self.group,
            at=self.clock.now(),
            origin=origin,
            **fields,
        )

    async def select(self, record: int) -> Change:
        return await self.do(Select, record=RecordNo(record))

    async def deselect(self, record: int) -> Change:
        return await self.do(Deselect, record=RecordNo(record))

    async def bulk_select(self, *records: int, source: str = "hand") -> Change:
        return await self.do(BulkSelect, records=pack(bitmap(records)), source=source)

    async def clear(self) -> Change:
        return await self.do(ClearAll)

    async def note(self, record: int, text: str) -> Change:
        return await self.do(Annotate, records=pack(bitmap([record])), changes={"note": text})

    async def do_note(self, group: GroupId, record: int, text: str) -> Change:
        return await self.do(Annotate, group, records=pack(bitmap([record])), changes={"note": text})

    async def undo(self, change: Change) -> Change:
        """Undo of something that only added."""
        remove = pack(change.added)
        return await self.do(
            Amend, add=pack(bitmap([])), remove=remove, undoes=change.operation.id, source="undo"
        )

    async def make_list(self, name: str) -> GroupId:
        group = GroupId(new_id())
        await self.do(CreateGroup, group, name=name)
        return group


@pytest.fixture(autouse=True)
def compared_from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a server had told that it found nothing: what stands now is compared in each of these tests."""

    async def found(connection: Connection, known: Known) -> Found:
        return await found_standing(connection, known) or Found(frozenset(), NEWEST)

    monkeypatch.setattr(comparing, "found_standing", found)


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def records(superuser: "asyncpg.Connection[asyncpg.Record]") -> dict[int, UUID]:
    """The id of each record by its number (1 to 10)."""
    await superuser.execute(ADD_RECORDS)
    return {row["record_no"]: row["id"] for row in await superuser.fetch(RECORDS)}


@pytest.fixture
async def engine(
    database: Database, tmp_path: Path, clock: ManualClock, records: dict[int, UUID]
) -> AsyncIterator[Engine]:
    journal = SqliteJournal(tmp_path / "journal.sqlite", sync=False)
    seals = Seals(macs_in(tmp_path), Blinds(newest_log(tmp_path)), keeps_entries=True)
    engine = Engine(journal, PostgresStore(database, seals=seals), clock, Bounds(sync_interval_s=0))
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def sealer(engine: Engine, database: Database, tmp_path: Path) -> Sealer:
    """Of this engine's log, below ``tmp_path``; asked to `seal`, it does."""
    journal = engine.journal.id
    return Sealer(database, begin(tmp_path, journal, "example.org"), journal, macs_in(tmp_path))


@pytest.fixture
async def notices(tmp_path: Path, clock: ManualClock) -> Notices:
    return Notices(macs_in(tmp_path), Blinds(newest_log(tmp_path)), clock)


@pytest.fixture
async def effects(engine: Engine, database: Database) -> Effects:
    return Effects(engine, PostgresEffects(database))


@pytest.fixture
async def snapshots(engine: Engine, database: Database) -> Snapshots:
    return Snapshots(engine, database)


async def add_person(
    superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock, email: str
) -> Person:
    user = OwnerId(new_id())
    await superuser.execute(ADD_USER, user, email)
    return Person(user, GroupId(await superuser.fetchval(DEFAULT_GROUP, user)), engine, clock)


async def add_organization(
    superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock, slug: str
) -> Person:
    """A founder who acts in an organization that has no member yet."""
    founder = await add_person(superuser, engine, clock, f"founder@{slug}.example")
    id = OwnerId(new_id())
    await superuser.execute(ADD_PRINCIPAL, id)
    await superuser.execute(ADD_ORGANIZATION, id, slug, founder.id)
    group = GroupId(await superuser.fetchval(DEFAULT_GROUP, id))
    return Person(id, group, engine, clock, UserId(founder.id))


@pytest.fixture
async def somebody(
    superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock
) -> Person:
    return await add_person(superuser, engine, clock, "first@example.org")


@pytest.fixture
async def another(
    superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock
) -> Person:
    return await add_person(superuser, engine, clock, "second@example.org")


async def do(office: Person, kind: type, group: GroupId | None = None, **fields: object) -> OperationId:
    change = await office.do(kind, group or of_no_list(office.id), **fields)
    return change.operation.id


@pytest.fixture
async def office(
    superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock
) -> Person:
    for person, name in ((BEN, "ben"), (CARA, "cara")):
        await superuser.execute(ADD_USER, person, f"{name}@example.org")
    office = await add_organization(superuser, engine, clock, "works")
    founder = office.actor
    await do(office, Admit, member=founder, role=Role.OWNER, name="Founder", given_by=founder)
    await do(office, Admit, member=BEN, role=Role.MEMBER, name="Ben", given_by=founder)
    await do(office, Admit, member=CARA, role=Role.VIEWER, name="Cara", given_by=founder)
    return office
