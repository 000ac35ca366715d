"""Servers that share a store slow a guesser down together; without it each does what it can."""

import pytest

from sertantai.accounts.errors import SignInDelayed, WrongCredentials
from sertantai.accounts.service import Accounts
from sertantai.accounts.sign_in import Whereabouts
from sertantai.core.security_events import SecurityEventKind
from tests.fixtures.redis import RedisServer
from tests.postgres.accounts.conftest import PASSWORD, Opener, RecordedEvents

EMAIL = "ann@example.org"
HERE = Whereabouts("192.0.2.7")


@pytest.fixture
async def servers(open_accounts: Opener, redis: RedisServer) -> list[Accounts]:
    """Each forgives two failures of an account."""
    settings = {"rate_limit_store_url": redis.url, "sign_in_free_failures": 2}
    two = [await open_accounts(**settings) for _ in range(2)]
    await two[0].register(EMAIL, PASSWORD)
    return two


async def fail(server: Accounts, times: int = 1, whereabouts: Whereabouts = HERE) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            await server.authenticate(EMAIL, "something else", whereabouts=whereabouts)


async def is_delayed(
    server: Accounts, password: str = "something else", whereabouts: Whereabouts = HERE
) -> bool:
    try:
        await server.authenticate(EMAIL, password, whereabouts=whereabouts)
    except SignInDelayed:
        return True
    except WrongCredentials:
        return False
    return False


async def test_failures_at_one_server_delay_the_next_try_at_the_other(servers: list[Accounts]) -> None:
    one, other = servers
    await fail(one, 2)
    assert await is_delayed(other, PASSWORD), "even the right password waits"
    assert await is_delayed(other, whereabouts=Whereabouts("192.0.2.99")), (
        "it is the account that is guessed at"
    )


async def test_failures_are_added_up_over_servers(servers: list[Accounts]) -> None:
    one, other = servers
    await fail(one)
    await fail(other)
    assert await is_delayed(one)
    assert await is_delayed(other)


async def test_who_signs_in_clears_the_count_everywhere(servers: list[Accounts]) -> None:
    one, other = servers
    await fail(one)
    await other.authenticate(EMAIL, PASSWORD, whereabouts=HERE)
    await fail(one)
    assert not await is_delayed(other)


async def test_a_delayed_try_counts_for_nothing(servers: list[Accounts]) -> None:
    one, other = servers
    await fail(one, 2)
    for _ in range(5):
        assert await is_delayed(other)
    assert not other.throttle.waiting(0), "nobody can make another wait longer than the bound"


async def test_the_store_holds_no_address_of_an_account(servers: list[Accounts], redis: RedisServer) -> None:
    await fail(servers[0], 2)
    kept = redis.ask("KEYS", "*")
    assert b"sign-in-failures/account/" in kept
    assert EMAIL.encode() not in kept
    assert b"ann" not in kept


async def test_when_the_store_dies_each_server_goes_on_slowing_down(
    servers: list[Accounts], redis: RedisServer, events: RecordedEvents
) -> None:
    one, other = servers
    redis.kill()
    await fail(one, 2)
    assert await is_delayed(one)
    assert not await is_delayed(other, PASSWORD), "it does not know, and lets the owner in"
    assert SecurityEventKind.LIMIT_STORE_FAILED in events.kinds
