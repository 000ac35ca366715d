"""Guests in the database: made with an end, claimed by one person, decided once, purged when it is over."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from sertantai.accounts.errors import GuestsNotWelcome, TokenRefused
from sertantai.accounts.hooks import Hooks
from sertantai.accounts.model import SessionKind, SignedIn, User
from sertantai.accounts.service import Accounts
from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable, RateLimited
from sertantai.core.ids import GroupId, UserId
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from tests.postgres.accounts.conftest import PASSWORD, Opener

LIFETIME = timedelta(days=30)


@pytest.fixture
async def guest(accounts: Accounts) -> SignedIn:
    return await accounts.guests.open("192.0.2.7", "Firefox")


@pytest.fixture
def person(accounts: Accounts) -> Callable[[], Awaitable[User]]:
    return lambda: accounts.register(f"{new_id().hex}@example.org", PASSWORD)


def id_of(guest: SignedIn) -> UserId:
    return guest.session.user_id


async def exists(database: Database, user: UserId) -> bool:
    async with database.transaction(Role.ACCOUNTS) as connection:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM users WHERE id = $1)", user))


async def test_a_guest_has_no_address_and_lives_as_long_as_its_cookie(
    accounts: Accounts, guest: SignedIn, clock: ManualClock
) -> None:
    caller = await accounts.resolve_cookie(guest.token)
    assert (caller.role, caller.email, caller.is_guest) == ("guest", None, True)
    assert caller.expires_at == guest.expires_at == clock.now().replace(microsecond=0) + LIFETIME
    assert guest.session.kind is SessionKind.COOKIE
    clock.advance(LIFETIME.total_seconds())
    with pytest.raises(TokenRefused):
        await accounts.resolve_cookie(guest.token)


async def test_guests_are_not_among_the_users_that_are_listed(accounts: Accounts, guest: SignedIn) -> None:
    assert await accounts.list_users() == []


async def test_none_is_made_where_they_are_not_wanted_or_too_many(open_accounts: Opener) -> None:
    with pytest.raises(GuestsNotWelcome):
        await (await open_accounts(guests_enabled=False)).guests.open(None, None)
    asked: list[str | None] = []

    async def refuse(ip: str | None) -> None:
        asked.append(ip)
        raise RateLimited("Too much.")

    crowded = await open_accounts(hooks=Hooks(guest_admission=refuse))
    with pytest.raises(RateLimited):
        await crowded.guests.open("192.0.2.7", None)
    assert asked == ["192.0.2.7"]


async def test_who_claims_first_has_the_guest_and_its_session_is_over(
    accounts: Accounts, guest: SignedIn, person: Callable[[], Awaitable[User]]
) -> None:
    first, second = await person(), await person()
    claims = accounts.guest_claims
    await accounts.resolve_cookie(guest.token)
    for user in (first, second, first):
        await claims.claim(id_of(guest), user.user_id)
    assert await claims.waiting(first.user_id) == [id_of(guest)]
    assert await claims.waiting(second.user_id) == []
    with pytest.raises(TokenRefused):
        await accounts.resolve_cookie(guest.token)


async def test_only_who_has_it_decides_and_the_first_decision_stands(
    accounts: Accounts, guest: SignedIn, person: Callable[[], Awaitable[User]]
) -> None:
    owner, other = (await person()).user_id, (await person()).user_id
    claims, one, two = accounts.guest_claims, GroupId(new_id()), GroupId(new_id())
    await claims.claim(id_of(guest), owner)
    assert await claims.decide(other, id_of(guest), one) is None
    decided = await claims.decide(owner, id_of(guest), one)
    assert decided is not None
    assert (decided.group, decided.settled) == (one, False)
    assert await claims.decide(owner, id_of(guest), two) == decided
    assert await claims.decide(other, id_of(guest), two) is None
    instead = await claims.decide(owner, id_of(guest), two, instead_of=one)
    assert instead is not None
    assert instead.group == two
    await claims.settle(other, id_of(guest), 9, 9)
    assert await claims.waiting(owner) == [id_of(guest)]
    await claims.settle(owner, id_of(guest), 12, 7)
    await claims.settle(owner, id_of(guest), 1, 1)
    settled = await claims.decide(owner, id_of(guest), one, instead_of=two)
    assert settled is not None
    assert (settled.group, settled.settled, settled.picked, settled.added) == (two, True, 12, 7)
    assert await claims.waiting(owner) == []


async def test_a_guest_whose_time_is_over_cannot_be_claimed(
    accounts: Accounts, guest: SignedIn, clock: ManualClock, person: Callable[[], Awaitable[User]]
) -> None:
    user = (await person()).user_id
    clock.advance(LIFETIME.total_seconds() + 1)
    await accounts.guest_claims.claim(id_of(guest), user)
    assert await accounts.guest_claims.waiting(user) == []


async def test_purging_waits_for_the_database_to_be_complete_and_tells_who_is_gone(
    open_accounts: Opener, guest: SignedIn, clock: ManualClock, database: Database
) -> None:
    told = list[tuple[str, UserId | None]]()

    async def before() -> None:
        told.append(("before", None if await exists(database, id_of(guest)) else id_of(guest)))

    async def gone(user: UserId) -> None:
        told.append(("gone", user))

    accounts = await open_accounts(hooks=Hooks(before_purge=before, purged=gone))
    young, purge = await accounts.guests.open(None, None), accounts.guest_purge
    assert await purge.sweep() == 0
    assert told == []
    clock.advance(LIFETIME.total_seconds() - 60)
    later = await accounts.guests.open(None, None)
    clock.advance(61)
    assert await purge.sweep() == 2
    assert told[0] == ("before", None)
    assert {user for kind, user in told[1:]} == {id_of(guest), id_of(young)}
    assert not await exists(database, id_of(guest))
    assert await exists(database, id_of(later))


async def test_with_changes_on_their_way_nobody_is_purged(
    open_accounts: Opener, guest: SignedIn, clock: ManualClock, database: Database
) -> None:
    async def away() -> None:
        raise DatabaseUnavailable("not written yet")

    accounts = await open_accounts(hooks=Hooks(before_purge=away))
    clock.advance(LIFETIME.total_seconds())
    with pytest.raises(DatabaseUnavailable):
        await accounts.guest_purge.sweep()
    assert await exists(database, id_of(guest))


async def test_what_became_of_the_ticks_can_be_told_for_a_month_after(
    accounts: Accounts, guest: SignedIn, clock: ManualClock, person: Callable[[], Awaitable[User]]
) -> None:
    user, claims = (await person()).user_id, accounts.guest_claims
    await claims.claim(id_of(guest), user)
    await claims.decide(user, id_of(guest), None)
    await claims.settle(user, id_of(guest), 2, 0)
    assert await accounts.guest_purge.sweep() == 1
    assert await claims.decide(user, id_of(guest), None) is not None
    clock.advance(timedelta(days=31).total_seconds())
    await accounts.guest_purge.sweep()
    assert await claims.decide(user, id_of(guest), None) is None
