"""Rows and notices of another server on the same database are for its log; of an invented one they are
nobody's."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.audit.comparing.differences import SealFault
from sertantai.audit.verify_seals import verify_seals
from sertantai.cli.audit.sentences import of_servers
from sertantai.core.clock import ManualClock
from sertantai.core.sealing.entries import microseconds
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.journal.sqlite import SqliteJournal
from sertantai.postgres import Database, Role
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.sealer import Sealer
from sertantai.sealing.servers import OtherServers, servers_in
from sertantai.security.events_checked import differing_events
from sertantai.sync.postgres_store import PostgresStore
from sertantai.sync.seals import Seals
from tests.postgres.audit.conftest import Person, add_person

NOBODY = UUID(int=0xBADC0DE)
CLAIM = "INSERT INTO sync_watermarks (journal_id, position) VALUES ($1, 1000)"
FORGED = """
INSERT INTO selection_audit_log
       (user_id, actor_id, record_id, record_no, record_name, action, selection_group, group_id, operation_id,
        position, metadata, created_at, journal_id, part)
SELECT $1, $1, id, record_no, name, 'select', 'default', $2, gen_random_uuid(), 33, '{}', $4, $3, 0
  FROM uk_lrt_records WHERE record_no = 9
"""
NOTICE = """
INSERT INTO audit_notices (id, at, kind, body, mac)
VALUES (gen_random_uuid(), now(), $1, $2, decode(repeat('00', 32), 'hex'))
"""


EVENT = """
INSERT INTO security_events (id, at, kind, severity)
VALUES (gen_random_uuid(), now() - interval '1 day', 'signed_in', 'info') RETURNING id
"""


class Server:
    """One with a data directory, a journal and a log of its own."""

    def __init__(self, folder: Path, engine: Engine, database: Database, clock: ManualClock) -> None:
        self.folder, self.engine = folder, engine
        self.journal = engine.journal.id
        self.log = begin(folder, self.journal, folder.name)
        self.notices = Notices(macs_in(folder), Blinds(newest_log(folder)), clock)
        self.others = OtherServers(database, self.log, self.journal, self.notices, clock)
        self.sealer = Sealer(database, self.log, self.journal, macs_in(folder))
        self.sealer.others = self.others
        self.database = database

    async def seal(self) -> None:
        await self.engine.flush()
        await self.sealer.seal()

    async def found(self) -> tuple[list[str], int]:
        """What differs, and how many rows are in another server's log."""
        seals = await verify_seals(self.database, self.folder, self.journal)
        events = await differing_events(self.database, self.folder)
        rows = [one.said for one in seals.differences if one.fault is not SealFault.STATE_DIFFERS]
        return rows + [one.said for one in events], seals.elsewhere


@pytest.fixture
def here(engine: Engine, database: Database, clock: ManualClock, tmp_path: Path) -> Server:
    return Server(tmp_path, engine, database, clock)


@pytest.fixture
async def ann(superuser: Any, engine: Engine, clock: ManualClock) -> Person:
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    await ann.select(1)
    return ann


@pytest.fixture
async def there(
    here: Server, ann: Person, database: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Server]:
    """It begins after the first was told that there is no other."""
    await here.others.tell()
    await here.seal()
    folder = tmp_path.with_name(f"{tmp_path.name}-there")
    folder.mkdir()
    journal = SqliteJournal(folder / "journal.sqlite", sync=False)
    seals = Seals(macs_in(folder), Blinds(newest_log(folder)))
    engine = Engine(journal, PostgresStore(database, seals=seals), clock, Bounds(sync_interval_s=0))
    await engine.start()
    yield Server(folder, engine, database, clock)
    await engine.stop()
    shutil.rmtree(folder)


async def test_rows_and_notices_of_an_invented_server_are_nobodys(
    here: Server, ann: Person, superuser: Any, clock: ManualClock
) -> None:
    await here.others.tell()
    async with here.database.transaction(Role.SYNC) as connection:
        found = {"found": {}, "until": microseconds(datetime.now(UTC) - timedelta(days=2))}
        await here.notices.tell(connection, Kind.EVENTS, body=found)
    await here.seal()
    assert await here.found() == ([], 0)
    await superuser.execute("ALTER TABLE audit_notices DISABLE TRIGGER USER")
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute(CLAIM, NOBODY)
    await superuser.execute(FORGED, ann.id, ann.group, NOBODY, clock.now())
    [said], elsewhere = await here.found()
    assert "select of UK_test_9" in said
    assert f"is of a server ({NOBODY}) that this log was not told of" in said
    assert elsewhere == 0

    event = await superuser.fetchval(EVENT)
    rows = [[str(event), 0, "00"]]
    await superuser.execute(NOTICE, "events", json.dumps({"rows": rows}))
    [_, said], _ = await here.found()
    assert f"({event}), was never told to the sealed log" in said
    await superuser.execute("DELETE FROM audit_notices WHERE kind = 'events' AND body ? 'rows'")

    await superuser.execute(NOTICE, "key", json.dumps({"server": [str(NOBODY), here.sealer.key, "AAAA"]}))
    await here.sealer._turn()
    assert "was not written by this server" in (here.sealer.status.fault or "")
    assert servers_in(here.log.files).told == {}, "nobody has signed that"


async def test_a_second_server_is_told_of_and_its_rows_are_in_its_log(
    here: Server, there: Server, ann: Person, superuser: Any, clock: ManualClock
) -> None:
    """The one that comes later finds the first; the first is told of the other within moments."""
    await there.others.tell()
    await there.seal()
    ben = await add_person(superuser, there.engine, clock, "ben@example.org")
    await ben.select(2)
    await there.seal()
    await here.seal()
    await here.seal()
    for server, other in ((here, there), (there, here)):
        assert await server.found() == ([], 1)
        told = servers_in(server.log.files).told
        assert told is not None
        assert list(told) == [other.journal]
    told = servers_in(here.log.files).told or {}
    assert told[there.journal].key == there.sealer.key
    assert told[there.journal].since is not None
    [said] = of_servers(here.log.files.folder)
    assert f"{there.log.signer.key.name} is another server's log, known since" in said
    await here.others.tell()
    await here.seal()
    assert len(list(here.log.files.notice_lines())) == 2, "each is told once"

    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    day = "UPDATE selection_audit_log SET created_at = '2020-01-01', position = 1 WHERE journal_id = $1"
    await superuser.execute(day, there.journal)
    [said], _ = await here.found()
    assert f"claims to be of {there.log.signer.key.name}, of which nothing was known before" in said


async def test_servers_of_before_are_told_as_they_were_found(
    here: Server, ann: Person, superuser: Any, clock: ManualClock
) -> None:
    """A log that was never told of any takes the database's word, as servers of before did; and from its
    first start of this version on, only for those that were there."""
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await superuser.execute(CLAIM, NOBODY)
    await superuser.execute(FORGED, ann.id, ann.group, NOBODY, clock.now())
    await superuser.execute(NOTICE, "access", json.dumps({"what": "of another"}))
    await here.seal()
    assert await here.found() == ([], 1)
    await here.others.tell()
    await here.seal()
    assert await here.found() == ([], 1)
    later = UUID(int=0xBAD)
    await superuser.execute(CLAIM, later)
    await superuser.execute(FORGED, ann.id, ann.group, later, clock.now())
    [said], elsewhere = await here.found()
    assert (f"({later}) that this log was not told of" in said, elsewhere) == (True, 1)
