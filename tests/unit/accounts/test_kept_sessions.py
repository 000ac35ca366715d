"""After a start without PostgreSQL people are still known, and whoever was shut out is not."""

import asyncio
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sertantai.accounts.caller import ALL_SCOPES
from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.accounts.sessions import kept_sessions
from sertantai.accounts.sessions.kept_sessions import GOOD_FOR, KeptSessions
from sertantai.accounts.sessions.lookups import SessionLookups
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import SessionId, UserId
from sertantai.process.new_ids import new_id


class Run:
    """One run of the server over a file; PostgreSQL is away in all of them."""

    def __init__(self, path: Path, clock: ManualClock) -> None:
        self.clock = clock
        self.live = LiveSessions(clock, entries_max=10, recheck_s=60)
        self.kept = KeptSessions(path, self.live, clock)

    async def find(self, token_hash: bytes) -> LiveSession:
        return await SessionLookups(self.live, self.clock).find(token_hash, _away)

    def sign_in(self, token_hash: bytes, lifetime: timedelta = timedelta(days=30)) -> LiveSession:
        expires_at = self.clock.now() + lifetime
        session = LiveSession(
            UserId(new_id()), "a@example.org", "user", SessionId(new_id()), ALL_SCOPES, expires_at
        )
        self.live.put(token_hash, session, self.live.generation)
        return session


async def _away(_now: datetime) -> LiveSession | None:
    raise DatabaseUnavailable("It is away.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


async def knows(path: Path, clock: ManualClock, token_hash: bytes) -> bool:
    """Whether the next run, after a kill, knows whose token it is."""
    run = Run(path, clock)
    await run.kept.start()
    try:
        await run.find(token_hash)
    except DatabaseUnavailable:
        return False
    else:
        return True
    finally:
        await run.kept.stop()


async def test_who_was_known_is_known_after_a_start_without_postgresql(path: Path) -> None:
    run = Run(path, ManualClock())
    await run.kept.start()
    session = run.sign_in(b"token")
    await run.kept.stop()
    again = Run(path, run.clock)
    await again.kept.start()
    assert await again.find(b"token") == session
    await again.kept.stop()


async def test_what_is_read_back_is_looked_up_before_it_is_believed(path: Path) -> None:
    run = Run(path, ManualClock())
    await run.kept.start()
    run.sign_in(b"token")
    await run.kept.stop()
    again = Run(path, run.clock)
    await again.kept.start()
    assert again.live.get(b"token")[1], "it is not due for a look"
    await again.kept.stop()


async def test_sessions_are_saved_now_and_then_without_a_stop(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sessions, "SAVE_INTERVAL_S", 0.01)
    run = Run(path, ManualClock())
    await run.kept.start()
    run.sign_in(b"token")
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110  # a file tells nobody when it is there
            await asyncio.sleep(0.01)
    assert await knows(path, run.clock, b"token")


async def test_who_was_shut_out_is_unknown_even_after_a_kill_right_then(path: Path) -> None:
    run = Run(path, ManualClock())
    await run.kept.start()
    session = run.sign_in(b"token")
    run.sign_in(b"other")
    await run.kept.save()
    run.live.forget_user(session.user_id)
    assert not await knows(path, run.clock, b"token")


async def test_the_others_are_kept_when_one_is_shut_out(path: Path) -> None:
    run = Run(path, ManualClock())
    await run.kept.start()
    session = run.sign_in(b"token")
    run.sign_in(b"other")
    run.live.forget_user(session.user_id)
    await run.kept.stop()
    assert not await knows(path, run.clock, b"token")
    assert await knows(path, run.clock, b"other")


async def test_a_session_that_expired_meanwhile_is_unknown(path: Path) -> None:
    run = Run(path, ManualClock())
    await run.kept.start()
    run.sign_in(b"token", lifetime=timedelta(hours=1))
    await run.kept.stop()
    run.clock.advance(3600)
    assert not await knows(path, run.clock, b"token")


async def test_an_old_file_counts_for_nothing(path: Path) -> None:
    run = Run(path, ManualClock())
    await run.kept.start()
    run.sign_in(b"token")
    await run.kept.stop()
    run.clock.advance(GOOD_FOR.total_seconds())
    assert not await knows(path, run.clock, b"token")


async def test_a_file_that_is_damaged_counts_for_nothing_and_stops_nothing(path: Path) -> None:
    path.write_bytes(b"\xc1 not what we wrote")
    assert not await knows(path, ManualClock(), b"token")


async def test_nobody_else_may_read_it(path: Path) -> None:
    run = Run(path, ManualClock())
    await run.kept.start()
    run.sign_in(b"token")
    await run.kept.stop()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
