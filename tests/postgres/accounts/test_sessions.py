"""Sessions: opened, found cheaply, ended everywhere at once, and good through an outage of the database."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from sertantai.accounts.caller import ALL_SCOPES
from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.live_sessions import LiveSession
from sertantai.accounts.model import SessionKind, SignedIn
from sertantai.accounts.service import Accounts
from sertantai.accounts.sessions import sessions
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import SessionId
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from tests.postgres.accounts.conftest import PASSWORD, Opener

NEWS_TIMEOUT_S = 60.0
KINDS = pytest.mark.parametrize("kind", list(SessionKind))


async def resolve(accounts: Accounts, kind: SessionKind, token: str) -> SessionId | None:
    find = accounts.resolve_cookie if kind is SessionKind.COOKIE else accounts.resolve_bearer
    return (await find(token, "192.0.2.7", "a browser")).session_id


async def refused(accounts: Accounts, kind: SessionKind, token: str) -> None:
    with pytest.raises(TokenRefused):
        await resolve(accounts, kind, token)


@KINDS
async def test_a_session_speaks_for_its_user(accounts: Accounts, kind: SessionKind) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    opened = await accounts.open_session(user, kind, "192.0.2.7", "a browser")
    find = accounts.resolve_cookie if kind is SessionKind.COOKIE else accounts.resolve_bearer
    caller = await find(opened.token, "192.0.2.8", "another")
    assert (caller.user_id, caller.email, caller.role) == (user.user_id, "ann@example.org", "user")
    assert (caller.session_id, caller.scopes) == (opened.session.session_id, ALL_SCOPES)
    assert (caller.ip, caller.user_agent) == ("192.0.2.8", "another")


@KINDS
async def test_who_comes_back_at_once_is_looked_up_together_and_waits_for_nobody_elses_row(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]", kind: SessionKind
) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    opened = [await accounts.open_session(user, kind) for _ in range(4)]
    await accounts.revoke(user.user_id, opened[3].session.session_id)
    store, now = accounts.sessions._store, opened[0].session.created_at + timedelta(minutes=5)

    async def touch(one: SignedIn) -> LiveSession | None:
        if kind is SessionKind.COOKIE:
            return await store.touch_cookie(digest(one.token), now)
        return await store.touch_bearer(one.session.session_id, now)

    async with superuser.transaction():
        locked = opened[1].session.session_id
        await superuser.execute("SELECT FROM user_sessions WHERE id = $1 FOR UPDATE", locked)
        first, waiting, *others = [asyncio.create_task(touch(one)) for one in opened]
        found = await asyncio.gather(first, *others)
        ids = [one.session_id if one else None for one in found]
        assert ids == [opened[0].session.session_id, opened[2].session.session_id, None]
        assert not waiting.done(), "somebody changes it at this moment"
    live = await waiting
    assert live is not None
    assert (live.session_id, live.user_id) == (locked, user.user_id)
    seen = await superuser.fetch("SELECT last_seen_at FROM user_sessions WHERE revoked_at IS NULL")
    assert {row["last_seen_at"] for row in seen} == {now}


async def test_a_cookie_is_no_bearer_token_and_the_other_way_round(accounts: Accounts) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    cookie = await accounts.open_session(user, SessionKind.COOKIE)
    bearer = await accounts.open_session(user, SessionKind.BEARER)
    await refused(accounts, SessionKind.BEARER, cookie.token)
    await refused(accounts, SessionKind.COOKIE, bearer.token)


async def test_the_token_of_a_cookie_is_kept_nowhere(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    opened = await accounts.open_session(user, SessionKind.COOKIE)
    row = await superuser.fetchrow("SELECT *, token_hash FROM user_sessions")
    assert row is not None
    assert opened.token not in str(dict(row))
    assert row["token_hash"] == digest(opened.token)


@KINDS
async def test_revoked_here_it_ends_here(accounts: Accounts, kind: SessionKind) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    opened = await accounts.open_session(user, kind)
    await resolve(accounts, kind, opened.token)
    assert await accounts.revoke(user.user_id, opened.session.session_id)
    await refused(accounts, kind, opened.token)
    assert not await accounts.revoke(user.user_id, opened.session.session_id)


@KINDS
async def test_revoked_on_one_server_it_ends_on_the_other(open_accounts: Opener, kind: SessionKind) -> None:
    here, there = await open_accounts(), await open_accounts()
    user = await here.register("ann@example.org", PASSWORD)
    opened = await here.open_session(user, kind)
    await resolve(there, kind, opened.token)
    await here.revoke(user.user_id, opened.session.session_id)
    await asyncio.wait_for(there.news.heard.wait(), NEWS_TIMEOUT_S)
    await refused(there, kind, opened.token)


async def test_nobody_ends_anothers_session(accounts: Accounts) -> None:
    ann = await accounts.register("ann@example.org", PASSWORD)
    bob = await accounts.register("bob@example.org", PASSWORD)
    opened = await accounts.open_session(ann, SessionKind.COOKIE)
    assert not await accounts.revoke(bob.user_id, opened.session.session_id)
    assert await resolve(accounts, SessionKind.COOKIE, opened.token) == opened.session.session_id


@KINDS
async def test_it_expires(accounts: Accounts, kind: SessionKind, clock: ManualClock) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    opened = await accounts.open_session(user, kind)
    clock.advance((opened.expires_at - clock.now() - timedelta(seconds=1)).total_seconds())
    await resolve(accounts, kind, opened.token)
    clock.advance(1)
    await refused(accounts, kind, opened.token)


@KINDS
async def test_the_session_of_a_deleted_or_disabled_user_is_over(
    accounts: Accounts, kind: SessionKind, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    for change in ("UPDATE users SET disabled_at = now() WHERE id = $1", "DELETE FROM users WHERE id = $1"):
        user = await accounts.register(f"{new_id().hex}@example.org", PASSWORD)
        opened = await accounts.open_session(user, kind)
        await superuser.execute(change, user.user_id)
        await refused(accounts, kind, opened.token)


async def test_rotating_the_keys_signs_nobody_out(accounts: Accounts) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    before = await accounts.open_session(user, SessionKind.BEARER)
    accounts.keys.rotate(timedelta(days=1))
    after = await accounts.open_session(user, SessionKind.BEARER)
    assert await resolve(accounts, SessionKind.BEARER, before.token) == before.session.session_id
    assert await resolve(accounts, SessionKind.BEARER, after.token) == after.session.session_id


async def test_a_session_is_used_without_asking_the_database_and_noted_in_time(
    accounts: Accounts, clock: ManualClock, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    opened = await accounts.open_session(user, SessionKind.COOKIE)
    await resolve(accounts, SessionKind.COOKIE, opened.token)
    seen = "SELECT last_seen_at FROM user_sessions"
    first = await superuser.fetchval(seen)
    clock.advance(59)
    await resolve(accounts, SessionKind.COOKIE, opened.token)
    assert await superuser.fetchval(seen) == first
    clock.advance(1)
    await resolve(accounts, SessionKind.COOKIE, opened.token)
    assert await superuser.fetchval(seen) == clock.now()


async def test_with_the_database_away_a_session_in_use_goes_on_and_others_are_not_known(
    accounts: Accounts, clock: ManualClock, database: Database
) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    used = await accounts.open_session(user, SessionKind.BEARER)
    unused = await accounts.open_session(user, SessionKind.BEARER)
    await resolve(accounts, SessionKind.BEARER, used.token)
    await database.stop()
    clock.advance(3600)
    for _ in range(2):
        assert await resolve(accounts, SessionKind.BEARER, used.token) == used.session.session_id
    with pytest.raises(DatabaseUnavailable):
        await resolve(accounts, SessionKind.BEARER, unused.token)
    with pytest.raises(DatabaseUnavailable):
        await accounts.authenticate("ann@example.org", PASSWORD)
    with pytest.raises(DatabaseUnavailable):
        await accounts.register("bob@example.org", PASSWORD)


async def test_past_the_bound_the_longest_idle_session_goes(
    accounts: Accounts, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "SESSIONS_PER_USER_MAX", 2)
    user = await accounts.register("ann@example.org", PASSWORD)
    opened = []
    for _ in range(3):
        clock.advance(1)
        opened.append(await accounts.open_session(user, SessionKind.COOKIE))
    await refused(accounts, SessionKind.COOKIE, opened[0].token)
    listed = await accounts.sessions.list(user.user_id)
    assert [session.session_id for session in listed] == [
        opened[2].session.session_id,
        opened[1].session.session_id,
    ]


async def test_strange_addresses_and_agents_do_no_harm(accounts: Accounts) -> None:
    user = await accounts.register("ann@example.org", PASSWORD)
    await accounts.open_session(user, SessionKind.COOKIE, "testclient", "x\x00y\x1b[31m" + "z" * 10_000)
    (session,) = await accounts.sessions.list(user.user_id)
    assert session.ip is None
    assert session.user_agent is not None
    assert session.user_agent.startswith("xy[31m")
    assert len(session.user_agent) <= 400


@pytest.mark.parametrize(
    "token", ["", "x", "x" * 43, "é" * 43, "x" * 100_000, "\ud800" * 43, "a.b.c", "srt_x"]
)
@KINDS
async def test_nonsense_is_refused(accounts: Accounts, kind: SessionKind, token: str) -> None:
    await refused(accounts, kind, token)
