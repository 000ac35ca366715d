"""Tokens for scripts: shown once, no more rights than ticked, over when revoked, expired or owner gone."""

from datetime import timedelta

import asyncpg
import jwt
import pytest

from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.model import SessionKind, User
from sertantai.accounts.service import Accounts
from sertantai.accounts.sessions import api_tokens
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.process.new_ids import new_id
from tests.postgres.accounts.conftest import PASSWORD, Opener, RecordedEvents

SISTER_SECRET = "shared with the sister, long enough"


@pytest.fixture
async def ann(accounts: Accounts) -> User:
    return await accounts.register("ann@example.org", PASSWORD)


async def made(
    accounts: Accounts, user: User, *scopes: str, days: int = 30
) -> tuple[str, api_tokens.ApiToken]:
    return await accounts.api_tokens.create(user.user_id, user.role, "nightly export", scopes, days, None)


async def test_a_token_speaks_for_its_owner_within_its_scopes(accounts: Accounts, ann: User) -> None:
    token, _ = await made(accounts, ann, "read")
    assert token.startswith("srt_")
    caller = await accounts.resolve_bearer(token, "192.0.2.7", "a script")
    assert (caller.user_id, caller.session_id, caller.scopes) == (ann.user_id, None, frozenset({"read"}))


async def test_it_is_kept_as_a_hash_and_listed_by_its_beginning(
    accounts: Accounts, ann: User, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    token, _ = await made(accounts, ann, "read", "select")
    row = await superuser.fetchrow("SELECT * FROM user_api_tokens")
    assert row is not None
    assert token not in str(dict(row))
    (listed,) = await accounts.api_tokens.list(ann.user_id)
    assert listed.shown_part == token[:10]
    assert listed.scopes == ("read", "select")
    assert listed.last_used_at is None


async def test_its_last_use_is_noted(accounts: Accounts, ann: User, clock: ManualClock) -> None:
    token, _ = await made(accounts, ann, "read")
    clock.advance(100)
    await accounts.resolve_bearer(token, "192.0.2.7")
    (listed,) = await accounts.api_tokens.list(ann.user_id)
    assert (listed.last_used_at, listed.last_used_ip) == (clock.now(), "192.0.2.7")


async def test_an_administrators_token_administers_only_with_that_scope(accounts: Accounts) -> None:
    admin = await accounts.register("admin@example.org", PASSWORD, role="admin")
    plain, _ = await made(accounts, admin, "read", "select")
    full, _ = await made(accounts, admin, "admin")
    assert (await accounts.resolve_bearer(plain)).role == "user"
    assert (await accounts.resolve_bearer(full)).role == "admin"


async def test_an_administrator_no_more_has_tokens_that_administer_no_more(
    accounts: Accounts, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    admin = await accounts.register("admin@example.org", PASSWORD, role="admin")
    token, _ = await made(accounts, admin, "admin")
    await superuser.execute("UPDATE users SET role = 'user'")
    assert (await accounts.resolve_bearer(token)).role == "user"


async def test_others_cannot_make_a_token_that_administers(accounts: Accounts, ann: User) -> None:
    with pytest.raises(Forbidden):
        await made(accounts, ann, "read", "admin")


@pytest.mark.parametrize("scopes", [(), ("write",), ("read", "write"), ("READ",)])
async def test_unknown_scopes_are_refused(accounts: Accounts, ann: User, scopes: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        await made(accounts, ann, *scopes)
    assert refused.value.field == "scopes"


@pytest.mark.parametrize("days", [0, -1, 367, 10**9])
async def test_a_life_too_long_or_none_is_refused(accounts: Accounts, ann: User, days: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        await made(accounts, ann, "read", days=days)
    assert refused.value.field == "days"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "\u202e"])
async def test_a_name_that_cannot_be_shown_is_refused(accounts: Accounts, ann: User, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await accounts.api_tokens.create(ann.user_id, ann.role, name, ["read"], 30, None)
    assert refused.value.field == "name"


async def test_what_cannot_be_seen_is_left_out_of_a_name(accounts: Accounts, ann: User) -> None:
    _, listed = await accounts.api_tokens.create(ann.user_id, ann.role, "a\u202eb", ["read"], 30, None)
    assert listed.name == "ab"


async def test_it_expires(accounts: Accounts, ann: User, clock: ManualClock) -> None:
    token, _ = await made(accounts, ann, "read", days=1)
    clock.advance(timedelta(days=1).total_seconds() - 1)
    await accounts.resolve_bearer(token)
    clock.advance(1)
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(token)
    assert await accounts.api_tokens.list(ann.user_id) == []


async def test_revoked_it_is_over_at_once(accounts: Accounts, ann: User, events: RecordedEvents) -> None:
    token, listed = await made(accounts, ann, "read")
    await accounts.resolve_bearer(token)
    await accounts.api_tokens.revoke(ann.user_id, listed.token_id, None)
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(token)
    assert SecurityEventKind.API_TOKEN_REVOKED in events.kinds
    with pytest.raises(NotFound):
        await accounts.api_tokens.revoke(ann.user_id, listed.token_id, None)


async def test_nobody_revokes_or_sees_anothers(accounts: Accounts, ann: User) -> None:
    bob = await accounts.register("bob@example.org", PASSWORD)
    token, listed = await made(accounts, ann, "read")
    with pytest.raises(NotFound):
        await accounts.api_tokens.revoke(bob.user_id, listed.token_id, None)
    assert await accounts.api_tokens.list(bob.user_id) == []
    await accounts.resolve_bearer(token)


async def test_disabling_the_owner_shuts_out_everything_of_theirs_at_once(
    accounts: Accounts, ann: User
) -> None:
    token, _ = await made(accounts, ann, "read")
    cookie = await accounts.open_session(ann, SessionKind.COOKIE)
    await accounts.resolve_bearer(token)
    await accounts.resolve_cookie(cookie.token)
    await accounts.set_disabled(ann.user_id, disabled=True)
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(token)
    with pytest.raises(TokenRefused):
        await accounts.resolve_cookie(cookie.token)
    await accounts.set_disabled(ann.user_id, disabled=False)
    await accounts.resolve_bearer(token)
    with pytest.raises(TokenRefused):
        await accounts.resolve_cookie(cookie.token)


async def test_there_is_a_bound_to_their_number(
    accounts: Accounts, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_tokens, "TOKENS_PER_USER_MAX", 2)
    for _ in range(2):
        await made(accounts, ann, "read")
    with pytest.raises(Conflict):
        await made(accounts, ann, "read")


@pytest.mark.parametrize("token", ["srt_", "srt_" + "x" * 43, "srt_" + "x" * 10_000, "srt_\ud800"])
async def test_forged_ones_are_refused(accounts: Accounts, token: str) -> None:
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(token)


# ----------------------------------------------------------------------------------- a sister's tokens


def sisters(user_id: UserId, clock: ManualClock, lifetime_s: int = 3600) -> str:
    claims = {"sub": f"user?id={user_id}", "exp": int(clock.now().timestamp()) + lifetime_s}
    return jwt.encode(claims, SISTER_SECRET, "HS256")


async def test_a_sisters_token_is_refused_unless_that_is_switched_on(
    accounts: Accounts, ann: User, clock: ManualClock
) -> None:
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(sisters(ann.user_id, clock))


async def test_switched_on_it_speaks_for_its_user_but_never_administers(
    open_accounts: Opener, clock: ManualClock
) -> None:
    accounts = await open_accounts(sister_jwt_secret=SISTER_SECRET)
    admin = await accounts.register("admin@example.org", PASSWORD, role="admin")
    caller = await accounts.resolve_bearer(sisters(admin.user_id, clock))
    assert (caller.user_id, caller.role, caller.session_id) == (admin.user_id, "user", None)
    ours = await accounts.open_session(admin, SessionKind.BEARER)
    assert (await accounts.resolve_bearer(ours.token)).role == "admin"


async def test_a_sisters_token_of_nobody_or_somebody_disabled_is_refused(
    open_accounts: Opener, clock: ManualClock
) -> None:
    accounts = await open_accounts(sister_jwt_secret=SISTER_SECRET)
    user = await accounts.register("bob@example.org", PASSWORD)
    token = sisters(user.user_id, clock)
    await accounts.resolve_bearer(token)
    await accounts.set_disabled(user.user_id, disabled=True)
    for refused in (token, sisters(UserId(new_id()), clock)):
        with pytest.raises(TokenRefused):
            await accounts.resolve_bearer(refused)


async def test_a_sisters_token_ends_when_it_says(open_accounts: Opener, clock: ManualClock) -> None:
    accounts = await open_accounts(sister_jwt_secret=SISTER_SECRET)
    user = await accounts.register("bob@example.org", PASSWORD)
    token = sisters(user.user_id, clock, lifetime_s=60)
    await accounts.resolve_bearer(token)
    clock.advance(60)
    with pytest.raises(TokenRefused):
        await accounts.resolve_bearer(token)
