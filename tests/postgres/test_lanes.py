"""Reading shares the pool with signing in and the synchroniser, and never takes their part of it."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role
from sertantai.postgres.errors import DatabaseBusy
from sertantai.postgres.lanes import READS_OF_ONE_MAX, READS_OF_ONE_WAITING_MAX, Lane, shares
from sertantai.process.new_ids import new_id

CONNECTIONS = 12
SHORT_S = 0.3


@pytest.fixture
def impatient(database_dsn: str) -> Database:
    return Database(database_dsn, pool_size_max=CONNECTIONS, connect_timeout_s=SHORT_S, command_timeout_s=60)


async def opened(database: Database) -> None:
    """With PostgreSQL awake: on a slow machine its first answer takes longer than the wait."""
    patient = Database(database.dsn, pool_size_max=1, connect_timeout_s=60, command_timeout_s=60)
    await patient.start()
    await patient.stop()
    await database.start(require=False)


async def read_at_length(stack: AsyncExitStack, database: Database, user: UserId | None, until: int) -> None:
    for _ in range(until):
        await stack.enter_async_context(database.transaction(Role.APP, user, readonly=True))


async def test_who_reads_at_length_keeps_nobody_from_signing_in_or_being_synchronised(
    database_dsn: str,
) -> None:
    database = Database(database_dsn, pool_size_max=CONNECTIONS, connect_timeout_s=60, command_timeout_s=60)
    await database.start()
    async with AsyncExitStack() as stack:
        await read_at_length(stack, database, None, shares(CONNECTIONS)[Lane.READING])
        waiting = [asyncio.create_task(_read(database, UserId(new_id()))) for _ in range(16)]
        await asyncio.sleep(0)
        for role in (Role.ACCOUNTS, Role.SYNC):
            async with database.transaction(role) as connection:
                assert await connection.fetchval("SELECT 1") == 1
        async with database.transaction(Role.SYNC, readonly=True, lane=Lane.LISTS) as connection:
            assert await connection.fetchval("SELECT 1") == 1
        await database.ping()
        assert not any(task.done() for task in waiting)
    assert await asyncio.gather(*waiting) == [1] * 16
    await database.stop()


async def test_a_busy_database_is_not_taken_for_a_silent_one(impatient: Database) -> None:
    await opened(impatient)
    impatient._connect_timeout_s = 60  # connections are no part of this
    async with AsyncExitStack() as stack:
        await read_at_length(stack, impatient, None, shares(CONNECTIONS)[Lane.READING])
        for _ in range(2):
            with pytest.raises(DatabaseBusy):
                await _read(impatient, UserId(new_id()))
        assert not impatient.is_away
        async with impatient.transaction(Role.ACCOUNTS) as connection:
            assert await connection.fetchval("SELECT 1") == 1
    await impatient.stop()


async def test_one_person_reads_a_few_things_at_once_and_others_go_first(impatient: Database) -> None:
    await opened(impatient)
    impatient._connect_timeout_s = 60
    one, another = UserId(new_id()), UserId(new_id())
    async with AsyncExitStack() as stack:
        await read_at_length(stack, impatient, one, READS_OF_ONE_MAX)
        with pytest.raises(DatabaseBusy):
            await _read(impatient, one)
        assert await _read(impatient, another) == 1
    assert await _read(impatient, one) == 1
    await impatient.stop()


async def test_what_one_person_waits_for_is_bounded(database_dsn: str) -> None:
    database = Database(database_dsn, pool_size_max=CONNECTIONS, connect_timeout_s=60, command_timeout_s=60)
    await database.start()
    one = UserId(new_id())
    async with AsyncExitStack() as stack:
        await read_at_length(stack, database, one, READS_OF_ONE_MAX)
        waiting = [asyncio.create_task(_read(database, one)) for _ in range(READS_OF_ONE_WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(DatabaseBusy):
            await _read(database, one)
    assert await asyncio.gather(*waiting) == [1] * READS_OF_ONE_WAITING_MAX
    await database.stop()


async def test_reading_that_takes_too_long_says_so(database_dsn: str) -> None:
    database = Database(database_dsn, pool_size_max=4, connect_timeout_s=60, command_timeout_s=0.2)
    await database.start()
    with pytest.raises(DatabaseBusy):
        async with database.transaction(Role.APP, readonly=True) as connection:
            await connection.execute("SELECT pg_sleep(60)")
    with pytest.raises(DatabaseUnavailable) as raised:
        async with database.transaction(Role.APP) as connection:
            await connection.execute("SELECT pg_sleep(60)")
    assert not isinstance(raised.value, DatabaseBusy), "we do not know yet whether it was saved"
    await database.stop()


@pytest.mark.parametrize("connections", [1, 4, 8, 12, 200])
def test_each_lane_has_a_share_and_they_are_no_more_than_was_asked_for(connections: int) -> None:
    found = shares(connections)
    assert min(found.values()) >= 1
    assert sum(found.values()) == max(4, connections)


async def _read(database: Database, user: UserId) -> int:
    async with database.transaction(Role.APP, user, readonly=True) as connection:
        one: int = await connection.fetchval("SELECT 1")
        return one
