"""While PostgreSQL is silent, only an occasional probe waits for it."""

import asyncio
from functools import partial

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.postgres import Database, Role
from sertantai.postgres import database as database_module
from sertantai.postgres.breaker import PROBE_INTERVAL_S, Breaker

CONNECT_TIMEOUT_S = 0.2
WAITED_S = 3.0


def test_it_admits_everybody_until_somebody_waits_in_vain() -> None:
    breaker = Breaker(ManualClock().monotonic)
    assert breaker.admits()
    assert breaker.admits()
    breaker.silent(WAITED_S)
    assert breaker.is_open


def test_the_next_caller_may_try_at_once_and_then_one_in_a_while() -> None:
    clock = ManualClock()
    breaker = Breaker(clock.monotonic)
    breaker.silent(WAITED_S)
    assert breaker.admits()
    assert not breaker.admits()
    breaker.silent(WAITED_S)
    assert not breaker.admits(), "a probe that waited in vain must not let the next one in early"
    clock.advance(PROBE_INTERVAL_S)
    assert breaker.admits()
    assert not breaker.admits()


def test_the_first_answer_lets_everybody_in() -> None:
    breaker = Breaker(ManualClock().monotonic)
    breaker.silent(WAITED_S)
    assert breaker.is_open
    breaker.answered()
    assert breaker.admits()
    assert breaker.admits()


def test_it_stays_closed_while_others_are_answered() -> None:
    clock = ManualClock()
    breaker = Breaker(clock.monotonic)
    breaker.answered()
    clock.advance(WAITED_S - 0.1)
    breaker.silent(WAITED_S)
    assert not breaker.is_open
    clock.advance(0.1)
    breaker.silent(WAITED_S)
    assert breaker.is_open


async def test_callers_of_a_silent_postgresql_are_refused_without_a_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that takes connections and says nothing, as a paused one does."""
    monkeypatch.setattr(database_module, "Breaker", partial(Breaker, probe_interval_s=3600.0))
    held = []

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    database = Database(
        f"postgresql://somebody@127.0.0.1:{port}/laws",
        pool_size_max=4,
        connect_timeout_s=CONNECT_TIMEOUT_S,
        command_timeout_s=1,
    )
    await database.start(require=False)
    for _ in range(2):  # the first caller, and the one that may try again at once
        await refused(database)
    asked = len(held)
    for _ in range(10):
        await refused(database)
    assert asked
    assert len(held) == asked, "whoever waits has asked it"
    await database.stop()
    silent.close()
    for writer in held:
        writer.close()


async def refused(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="not answer"):
        async with database.transaction(Role.APP):
            pass
