"""Signing out is final, also while PostgreSQL is away: nobody is told so of a session that would live on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.model import SessionKind
from sertantai.accounts.service import REVOCATIONS_FILE, Accounts
from sertantai.accounts.sessions import pending_revocations
from sertantai.accounts.sessions.pending_revocations import Revocation
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, Forbidden, Unavailable
from sertantai.http.csrf import SESSION_COOKIE
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from tests.postgres.accounts.conftest import PASSWORD, RecordedEvents, client_of, sign_in, visit

EMAIL = "ann@example.org"
IS_REVOKED = "SELECT revoked_at IS NOT NULL FROM user_sessions WHERE id = $1"
REFUSING = """
CREATE FUNCTION refuse_this() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = 'restrict_violation'; END $$
"""


@pytest.fixture
def file(settings: Settings) -> Path:
    return Path(settings.data_dir) / REVOCATIONS_FILE


async def test_signed_out_without_the_database_the_session_is_over_once_it_is_back(
    accounts: Accounts,
    database: Database,
    file: Path,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    user = await accounts.register(EMAIL, PASSWORD)
    opened = await accounts.open_session(user, SessionKind.BEARER)
    caller = await accounts.resolve_bearer(opened.token)
    await database.stop()
    await accounts.sign_out(caller)
    assert file.stat().st_mode & 0o777 == 0o600
    await database.start()
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(opened.token)
    await accounts.pending.write_all()
    assert not file.exists()
    assert await superuser.fetchval("SELECT revoked_at IS NOT NULL FROM user_sessions")
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(opened.token)


async def test_a_restart_in_between_does_not_bring_it_back(
    accounts: Accounts, database: Database, settings: Settings, clock: ManualClock, events: RecordedEvents
) -> None:
    user = await accounts.register(EMAIL, PASSWORD)
    mine = await accounts.open_session(user, SessionKind.COOKIE)
    other = await accounts.open_session(user, SessionKind.COOKIE)
    caller = await accounts.resolve_cookie(mine.token)
    await database.stop()
    await accounts.sign_out(caller)
    async with started(database, settings, clock, events) as restarted:
        with pytest.raises(DatabaseUnavailable):
            await restarted.resolve_cookie(mine.token)
        await database.start()
        with pytest.raises(TokenRefused):
            await restarted.resolve_cookie(mine.token)
        assert (await restarted.resolve_cookie(other.token)).user_id == user.user_id


async def test_one_that_postgresql_refuses_keeps_no_other_waiting(
    accounts: Accounts, clock: ManualClock, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    user = await accounts.register(EMAIL, PASSWORD)
    refused, other = [
        (await accounts.open_session(user, SessionKind.BEARER)).session.session_id for _ in range(2)
    ]
    await superuser.execute(REFUSING)
    await superuser.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE ON user_sessions FOR EACH ROW"
        f" WHEN (OLD.id = '{refused}') EXECUTE FUNCTION refuse_this()"
    )
    for one in (refused, other):
        await accounts.pending.add(Revocation(clock.now(), one, user.user_id))
    with pytest.raises(Forbidden):
        await accounts.pending.write_all()
    assert await superuser.fetchval(IS_REVOKED, other)
    assert accounts.pending.ended(refused, b"")
    await superuser.execute("DROP TRIGGER refuse ON user_sessions")
    await accounts.pending.write_all()
    assert await superuser.fetchval(IS_REVOKED, refused)


async def test_the_file_is_not_written_anew_for_each_of_many(
    accounts: Accounts, clock: ManualClock, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await accounts.register(EMAIL, PASSWORD)
    sessions = [(await accounts.open_session(user, SessionKind.BEARER)).session for _ in range(10)]
    await accounts.pending.stop()
    for _ in range(5):
        for one in sessions:
            await accounts.pending.add(Revocation(clock.now(), one.session_id, user.user_id))
    written: list[int] = []
    replace = pending_revocations._replace

    def counted(path: Path, left: Sequence[Revocation]) -> None:
        written.append(len(left))
        replace(path, left)

    monkeypatch.setattr(pending_revocations, "_replace", counted)
    await accounts.pending.write_all()
    assert written == [0]
    assert not file.exists()
    assert not any(accounts.pending.ended(one.session_id, b"") for one in sessions)
    assert await accounts.sessions.list(user.user_id) == []


async def test_while_one_is_refused_the_file_stays_short(
    accounts: Accounts,
    clock: ManualClock,
    file: Path,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pending_revocations, "DONE_LINES_MAX", 5)
    await accounts.pending.stop()
    user = await accounts.register(EMAIL, PASSWORD)
    refused, other = [
        (await accounts.open_session(user, SessionKind.BEARER)).session.session_id for _ in range(2)
    ]
    await superuser.execute(REFUSING)
    await superuser.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE ON user_sessions FOR EACH ROW"
        f" WHEN (OLD.id = '{refused}') EXECUTE FUNCTION refuse_this()"
    )
    await accounts.pending.add(Revocation(clock.now(), refused, user.user_id))
    for _ in range(20):
        await accounts.pending.add(Revocation(clock.now(), other, user.user_id))
        with pytest.raises(Forbidden):
            await accounts.pending.write_all()
        assert len(file.read_bytes().split()) <= 1 + 7
    assert len(accounts.pending) == 1
    assert accounts.pending.ended(refused, b"")
    await superuser.execute("DROP TRIGGER refuse ON user_sessions")


@asynccontextmanager
async def started(
    database: Database, settings: Settings, clock: ManualClock, events: RecordedEvents
) -> AsyncIterator[Accounts]:
    again = Accounts(database, settings, clock, events)
    await again.start()
    try:
        yield again
    finally:
        await again.stop()


async def test_by_itself_it_is_written_when_the_database_is_back(
    accounts: Accounts, database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_revocations, "RETRY_MIN_S", 0.01)
    user = await accounts.register(EMAIL, PASSWORD)
    opened = await accounts.open_session(user, SessionKind.COOKIE)
    caller = await accounts.resolve_cookie(opened.token)
    await database.stop()
    await accounts.sign_out(caller)
    await database.start()
    await accounts.pending.settled.wait()
    assert not file.exists()
    assert await accounts.sessions.list(user.user_id) == []


async def test_a_browser_forgets_its_session_at_once_and_is_told_that_it_is_over(
    browser: httpx.AsyncClient, accounts: Accounts, database: Database
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    token = browser.cookies[SESSION_COOKIE]
    page = await visit(browser, "/account")
    await database.stop()
    answer = await page.send("/sign-out")
    assert (answer.status, answer.goes_to) == (303, "/sign-in")
    assert SESSION_COOKIE not in browser.cookies
    await database.start()
    with pytest.raises(TokenRefused):
        await accounts.resolve_cookie(token)


async def test_a_browser_of_which_nobody_can_say_whose_it_is_is_signed_out_too(
    browser: httpx.AsyncClient,
    accounts: Accounts,
    database: Database,
    settings: Settings,
    clock: ManualClock,
    events: RecordedEvents,
) -> None:
    """The server was started without the database and knows no session."""
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    token = browser.cookies[SESSION_COOKIE]
    page = await visit(browser, "/account")
    await database.stop()
    async with (
        started(database, settings, clock, events) as restarted,
        client_of(restarted, settings) as same,
    ):
        same.cookies.update(browser.cookies)
        answer = await same.post("/sign-out", data={"_csrf_token": page.hidden("_csrf_token")})
        assert (answer.status_code, SESSION_COOKIE in same.cookies) == (303, False)
        await database.start()
        with pytest.raises(TokenRefused):
            await restarted.resolve_cookie(token)


async def test_where_neither_database_nor_disk_takes_it_nobody_is_told_that_they_are_signed_out(
    browser: httpx.AsyncClient, accounts: Accounts, database: Database, file: Path
) -> None:
    await accounts.register(EMAIL, PASSWORD)
    await sign_in(browser, EMAIL)
    page = await visit(browser, "/account")
    file.mkdir()
    await database.stop()
    answer = await page.send("/sign-out")
    assert answer.status == 503
    assert "could not be signed out" in answer.text
    assert SESSION_COOKIE not in browser.cookies, "but nobody who comes to this browser goes on"


async def test_beyond_the_bound_it_is_refused(
    accounts: Accounts, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_revocations, "PENDING_MAX", 1)
    user = await accounts.register(EMAIL, PASSWORD)
    callers = []
    for _ in range(2):
        opened = await accounts.open_session(user, SessionKind.COOKIE)
        callers.append(await accounts.resolve_cookie(opened.token))
    await database.stop()
    await accounts.sign_out(callers[0])
    with pytest.raises(Unavailable):
        await accounts.sign_out(callers[1])


async def test_a_line_that_a_crash_cut_off_is_passed_over(
    accounts: Accounts,
    database: Database,
    settings: Settings,
    clock: ManualClock,
    events: RecordedEvents,
    file: Path,
) -> None:
    user = await accounts.register(EMAIL, PASSWORD)
    opened = await accounts.open_session(user, SessionKind.COOKIE)
    caller = await accounts.resolve_cookie(opened.token)
    await database.stop()
    file.write_bytes(b'{"at":"2026-01-01T00:00:00Z","sess')
    await accounts.sign_out(caller)
    async with started(database, settings, clock, events) as restarted:
        assert len(restarted.pending) == 1
