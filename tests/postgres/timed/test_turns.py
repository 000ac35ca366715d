"""A turn removes some rows at a time, and goes on past what cannot be removed."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from sertantai.accounts import old_rows
from sertantai.accounts.guests.purge import GuestPurge
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.retention import Kept, Retention, kept_by
from sertantai.core.clock import ManualClock
from sertantai.core.errors import SertantaiError
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from sertantai.security.store import SecurityEventStore
from tests.fixtures.people import people_told

MAILS = """
INSERT INTO mail_outbox (id, recipient, subject, body, created_at)
SELECT gen_random_uuid(), 'somebody@example.org', 'Old', '', $1::timestamptz FROM generate_series(1, $2)
"""
EVENTS = """
INSERT INTO security_events (id, at, kind, severity)
SELECT gen_random_uuid(), now() - interval '500 days', 'signed_in', 'info' FROM generate_series(1, $1)
"""
REFUSING = """
CREATE FUNCTION refuse_this() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = 'restrict_violation'; END $$
"""
GUEST = "INSERT INTO users (id, role) VALUES ($1, 'guest')"
GUEST_ROW = "INSERT INTO guests (id, created_at, expires_at) VALUES ($1, $2, $2)"
SESSION = """
INSERT INTO user_sessions (id, user_id, kind, created_at, expires_at) VALUES ($1, $2, 'bearer', $3, $3)
"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_what_is_old_goes_some_rows_at_a_time(
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(old_rows, "ROWS_TOGETHER_MAX", 2)
    await superuser.execute(MAILS, clock.now() - timedelta(days=8), 5)
    await superuser.execute(MAILS, clock.now() - timedelta(days=6), 1)
    assert await Retention(database, clock).sweep() == 5
    assert await superuser.fetchval("SELECT count(*) FROM mail_outbox") == 1


async def test_what_is_no_evidence_is_kept_as_the_settings_say(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", clock: ManualClock
) -> None:
    await superuser.execute(MAILS, clock.now() - timedelta(days=8), 5)
    assert await Retention(database, clock, kept=kept_by(Settings(mail_kept_days=9))).sweep() == 0
    assert await Retention(database, clock, kept=kept_by(Settings(mail_kept_days=7))).sweep() == 5
    assert kept_by(Settings()) == Kept()


async def test_sessions_that_cannot_be_removed_keep_no_mail(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", clock: ManualClock
) -> None:
    user, long_ago = new_id(), clock.now() - timedelta(days=100)
    await superuser.execute(GUEST, user)
    await superuser.execute(SESSION, new_id(), user, long_ago)
    await superuser.execute(MAILS, long_ago, 1)
    await superuser.execute(REFUSING)
    await superuser.execute(
        "CREATE TRIGGER refuse BEFORE DELETE ON user_sessions FOR EACH ROW EXECUTE FUNCTION refuse_this()"
    )
    with pytest.raises(SertantaiError):
        await Retention(database, clock).sweep()
    assert await superuser.fetchval("SELECT count(*) FROM mail_outbox") == 0


async def test_a_guest_who_cannot_be_purged_keeps_no_other_and_is_tried_again(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]", clock: ManualClock, tmp_path: Path
) -> None:
    guests = [new_id() for _ in range(4)]
    for guest in guests:
        await superuser.execute(GUEST, guest)
        await superuser.execute(GUEST_ROW, guest, clock.now() - timedelta(days=1))
    await superuser.execute(REFUSING)
    await superuser.execute(
        "CREATE TRIGGER refuse BEFORE DELETE ON users FOR EACH ROW"
        f" WHEN (OLD.id = '{min(guests)}') EXECUTE FUNCTION refuse_this()"
    )
    purge = GuestPurge(
        database, LiveSessions(clock, entries_max=10, recheck_s=60), clock, people_told(tmp_path, clock)
    )
    assert await purge.sweep() == 3
    await superuser.execute("DROP TRIGGER refuse ON users")
    assert await purge.sweep() == 1


async def test_security_events_go_some_at_a_time(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute(EVENTS, 5_001)
    await superuser.execute("UPDATE settled_time SET settled_at = now()")
    assert await SecurityEventStore(database).forget(400) == 5_001
    assert await superuser.fetchval("SELECT count(*) FROM security_events") == 0
