"""Security events are told to the sealed log, some at a time, and what is honest raises no alarm."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.sealer import Sealer
from sertantai.security.events_checked import differing_events
from sertantai.security.events_told import TOLD_TOGETHER, EventsTold
from sertantai.security.model import SecurityEvent
from sertantai.security.store import SecurityEventStore

NOW = datetime.now(UTC)
JOURNAL = UUID(int=7)
ANN = UserId(UUID(int=1))
TOLD = "SELECT count(*) FROM audit_notices WHERE kind = 'events' AND body ? 'rows'"


def event(age: timedelta = timedelta(hours=1), user: UserId | None = ANN) -> SecurityEvent:
    said = {"reason": "wrong", "rate": 1e2, "of": [0.1, None, "é\u2028😀"]}
    return SecurityEvent(new_id(), NOW - age, "sign_in_failed", "warning", user, "2001:db8:0::7", 2, said)


class House:
    """One server's log, and a clock that its events wait by."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.clock = database, folder, ManualClock()
        self.clock.step_wall_clock((NOW - self.clock.now()).total_seconds())
        self.sealer = Sealer(database, begin(folder, JOURNAL, "example.org"), JOURNAL, macs_in(folder))
        self.start()

    def start(self) -> None:
        """A process that knows nothing of what the one before had in memory."""
        notices = self.notices = Notices(macs_in(self.folder), Blinds(newest_log(self.folder)), self.clock)
        self.told = EventsTold(notices, self.clock)
        self.store = SecurityEventStore(self.database, self.told)

    async def differences(self) -> Sequence[str]:
        await self.sealer.seal()
        return [one.said for one in await differing_events(self.database, self.folder)]


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    house = House(database, tmp_path)
    await SecurityEventStore(database).add([event(timedelta(days=days)) for days in (1, 1, 450)])
    await house.told.tell_missed(database)
    return house


async def test_they_are_told_once_a_minute_or_a_thousand_at_a_time(
    house: House, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    house.clock.advance(61)
    await house.store.add([event(timedelta(0), None)])
    assert (await superuser.fetchval(TOLD), house.told.waiting) == (1, 0)
    fresh = [event(-timedelta(seconds=62)) for _ in range(TOLD_TOGETHER + 1)]
    await house.store.add(fresh[:2])
    assert (await superuser.fetchval(TOLD), house.told.waiting) == (1, 2)
    await house.store.add(fresh[2:])
    assert (await superuser.fetchval(TOLD), house.told.waiting) == (3, 0)
    assert await house.differences() == []


async def test_what_retention_removes_is_no_fault_and_what_somebody_removes_is(
    house: House, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await house.store.add([event(timedelta(days=401)), event(timedelta(days=20))])
    await house.told.tell_waiting(house.database)
    assert await house.differences() == []
    assert await house.store.forget(400) == 2
    assert await house.differences() == []
    await superuser.execute(
        "ALTER TABLE security_events DISABLE TRIGGER USER;"
        "DELETE FROM security_events WHERE at < now() - '23 hours'::interval"
    )
    found = await house.differences()
    assert ["is gone" in found[0], "there were 2, and are 0" in found[1], len(found)] == [True, True, 2]


async def test_what_a_killed_server_had_not_told_is_told_at_the_next_start(house: House) -> None:
    await house.told.tell_waiting(house.database)
    house.told.settled([])
    await house.store.add([event(timedelta(minutes=10))])
    assert await house.differences() == []
    await SecurityEventStore(house.database).add([event(timedelta(minutes=7))])
    assert len(await house.differences()) == 1
    house.start()
    assert await house.told.tell_missed(house.database) == 1
    assert await house.differences() == []


async def test_who_and_from_where_stand_in_no_notice(
    house: House, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await house.store.add([event()])
    body = str(await superuser.fetch("SELECT body FROM audit_notices WHERE kind = 'events'"))
    assert "sign_in_failed" in body
    assert not [text for text in (str(ANN), "2001:db8", "wrong") if text in body]


async def test_a_key_that_is_deleted_hides_nothing(
    house: House, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await house.store.add([event()])
    await superuser.execute(
        "DELETE FROM audit_blinds; ALTER TABLE security_events DISABLE TRIGGER USER;"
        "UPDATE security_events SET ip_address = '192.0.2.1' WHERE at > now() - '2 hours'::interval"
    )
    assert len(await house.differences()) == 1


async def test_what_an_erasure_or_a_restore_takes_away_is_no_fault_and_what_it_does_not_is(
    house: House, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    erased, lost, last = event(), event(timedelta(minutes=50)), event(timedelta(minutes=40))
    for one in (erased, lost, last):
        await house.store.add([one])
    assert await house.differences() == []
    await superuser.execute("ALTER TABLE security_events DISABLE TRIGGER USER")
    bare = "UPDATE security_events SET user_id = NULL, ip_address = NULL, details = '{}' WHERE id = $1"
    await superuser.execute(bare, erased.id)
    await superuser.execute("DELETE FROM security_events WHERE id = ANY($1)", [lost.id, last.id])
    assert len(await house.differences()) == 3
    async with house.database.transaction(Role.ACCOUNTS) as connection:
        await house.notices.tell(connection, Kind.ERASURE, body={"went": {"security_events/redacted": 1}})
    assert len(await house.differences()) == 2
    async with house.database.transaction(Role.ACCOUNTS) as connection:
        await house.notices.tell(connection, Kind.RESTORE, body={"notices": 2})
    assert [str(lost.id) in said for said in await house.differences()] == [True]


async def test_a_log_that_was_not_told_of_before_says_nothing(database: Database, tmp_path: Path) -> None:
    house = House(database, tmp_path)
    await SecurityEventStore(database).add([event()])
    assert await house.differences() == []
