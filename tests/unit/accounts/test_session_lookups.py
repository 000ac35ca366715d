"""Nobody waits long to be recognised, and nobody is kept waiting by a PostgreSQL that says nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from sertantai.accounts.caller import ALL_SCOPES
from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.accounts.sessions import lookups as session_lookups
from sertantai.accounts.sessions.lookups import SessionLookups
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, Unavailable
from sertantai.core.ids import SessionId, UserId
from sertantai.process.new_ids import new_id

RECHECK_S = 60.0


class Table:
    """The table of sessions, as slow as a test wants it."""

    def __init__(self, session: LiveSession | None) -> None:
        self.session = session
        self.reads = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.failure: Exception | None = None

    async def read(self, _now: datetime) -> LiveSession | None:
        self.reads += 1
        await self.answers.wait()
        if self.failure is not None:
            raise self.failure
        return self.session


class Door:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.live = LiveSessions(self.clock, entries_max=10, recheck_s=RECHECK_S)
        self.lookups = SessionLookups(self.live, self.clock)
        expires_at = self.clock.now() + timedelta(days=1)
        self.session = LiveSession(
            UserId(new_id()), "a@example.org", "user", SessionId(new_id()), ALL_SCOPES, expires_at
        )
        self.table = Table(self.session)

    async def find(self) -> LiveSession:
        return await self.lookups.find(b"token", self.table.read)


@pytest.fixture
async def door(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    monkeypatch.setattr(session_lookups, "RECHECK_WAIT_S", 0.2)
    monkeypatch.setattr(session_lookups, "LOOKUP_WAIT_S", 0.3)
    door = Door()
    yield door
    door.table.answers.set()


async def test_a_token_is_looked_up_once_and_then_remembered(door: Door) -> None:
    assert await door.find() == door.session
    assert await door.find() == door.session
    assert door.table.reads == 1


async def test_many_requests_with_one_token_look_it_up_once(door: Door) -> None:
    assert await asyncio.gather(*(door.find() for _ in range(20))) == [door.session] * 20
    assert door.table.reads == 1


async def test_a_session_that_is_due_goes_on_when_the_look_takes_long(door: Door) -> None:
    await door.find()
    door.clock.advance(RECHECK_S)
    door.table.answers.clear()
    assert await door.find() == door.session


async def test_a_look_that_took_long_still_counts(door: Door) -> None:
    await door.find()
    door.clock.advance(RECHECK_S)
    door.table.answers.clear()
    await door.find()
    door.table.session = None
    door.table.answers.set()
    with pytest.raises(TokenRefused):
        await asyncio.wait_for(found_for_ever(door), 60)  # the look goes on alone, and ends in its own time


async def found_for_ever(door: Door) -> None:
    while True:
        await door.find()
        await asyncio.sleep(0)


async def test_a_session_revoked_during_a_slow_look_does_not_go_on(door: Door) -> None:
    await door.find()
    door.clock.advance(RECHECK_S)
    door.table.answers.clear()
    asking = asyncio.create_task(door.find())
    await asyncio.sleep(0)
    door.live.forget_user(door.session.user_id)
    with pytest.raises(DatabaseUnavailable):
        await asking


async def test_a_session_that_is_due_goes_on_while_the_database_is_away(door: Door) -> None:
    await door.find()
    door.clock.advance(RECHECK_S)
    door.table.failure = DatabaseUnavailable("It is away.")
    assert await door.find() == door.session


async def test_a_token_that_is_not_known_is_refused_for_now_never_for_good(door: Door) -> None:
    door.table.answers.clear()
    with pytest.raises(DatabaseUnavailable) as refusal:
        await door.find()
    assert refusal.value.retry_after_s is not None


async def test_a_token_that_nobody_has_is_refused(door: Door) -> None:
    door.table.session = None
    with pytest.raises(TokenRefused):
        await door.find()


async def test_lookups_that_wait_are_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_lookups, "LOOKUPS_WAITING_MAX", 3)
    door.table.answers.clear()
    asked = [door.lookups.find(b"%d" % number, door.table.read) for number in range(4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refusals = [type(answer) for answer in answers]
    assert refusals.count(Unavailable) == 1
    assert refusals.count(DatabaseUnavailable) == 3
