"""bcrypt runs in threads, a bounded number at once, and refuses rather than queue for ever."""

import asyncio
import threading
from typing import Any

import pytest

from sertantai.accounts.passwords import hasher as password_hasher
from sertantai.accounts.passwords.hasher import PasswordHasher, require_fitting_cost
from sertantai.accounts.passwords.hashes import HashForm, Verdict, check_password, hash_password
from sertantai.core.errors import InvalidInput, Unavailable


async def test_it_hashes_and_checks_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(cost=4, threads=1, waiting_max=1)
    await hasher.start()
    stored = await hasher.hash("correct horse")
    threads: list[int] = []
    real = check_password

    def noted(*given: Any, **named: Any) -> Verdict:
        threads.append(threading.get_ident())
        return real(*given, **named)

    monkeypatch.setattr(password_hasher, "check_password", noted)
    assert await hasher.check("correct horse", stored) is Verdict.RIGHT
    assert threads != [threading.get_ident()]
    await hasher.stop()


async def test_past_the_bound_it_refuses_and_recovers(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(cost=4, threads=1, waiting_max=1)
    await hasher.start()
    release = threading.Event()

    def slow(*_given: Any, **_named: Any) -> Verdict:
        assert release.wait(60)
        return Verdict.WRONG

    monkeypatch.setattr(password_hasher, "check_password", slow)
    under_way = [asyncio.create_task(hasher.check("a", None)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await hasher.check("a", None)
    assert refused.value.retry_after_s
    release.set()
    assert await asyncio.gather(*under_way) == [Verdict.WRONG, Verdict.WRONG]
    assert await hasher.check("a", None) is Verdict.WRONG
    await hasher.stop()


async def test_once_a_dear_hash_was_met_everything_that_is_wrong_costs_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else who has an account in a foreign table with dear hashes is told by the time it takes."""
    hasher = PasswordHasher(cost=4, threads=1, waiting_max=1)
    await hasher.start()
    asked: list[int] = []

    def noted(*_given: Any, failing_cost: int, **_named: Any) -> Verdict:
        asked.append(failing_cost)
        return Verdict.WRONG

    monkeypatch.setattr(password_hasher, "check_password", noted)
    for stored in (None, hash_password("correct horse", 6, HashForm.PLAIN), None, "$2b$31$" + "a" * 53):
        await hasher.check("something else", stored)
    assert asked == [4, 6, 6, 16]
    await hasher.stop()


async def test_stopped_it_says_so() -> None:
    hasher = PasswordHasher(cost=4, threads=1, waiting_max=1)
    with pytest.raises(Unavailable):
        await hasher.hash("correct horse")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_a_cost_for_tests_is_taken_on_loopback(host: str) -> None:
    require_fitting_cost(host, 4)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "sertantai.example.org", ""])
def test_a_cost_for_tests_is_refused_where_others_can_reach_it(host: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_fitting_cost(host, 4)
    assert refused.value.field == "bcrypt_cost"
    require_fitting_cost(host, 12)
