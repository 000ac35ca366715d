"""Transactions: roles and claims, driver errors in our words, recovery by itself."""

import asyncio
import json
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from sertantai.core.errors import Conflict, DatabaseUnavailable, Forbidden, InvalidInput
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role
from sertantai.postgres import database as database_module
from sertantai.postgres.arrays import array_as_text
from sertantai.postgres.errors import RowMissing, SchemaNotReady, SerializationFailed, constraint
from tests.fixtures.postgres import DatabaseUnderTest, ServerUnderTest, execute
from tests.fixtures.proxy import Proxy

ADD_USER = "INSERT INTO users (id, email) VALUES ($1, $2)"
KILL_ALL = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{}'"


async def test_a_transaction_has_its_role_and_claim_and_the_next_has_neither(database: Database) -> None:
    user = UserId(uuid4())
    read = "SELECT current_user::text, current_setting('sertantai.user_id', true)"
    async with database.transaction(Role.SYNC, user) as connection:
        assert tuple(await connection.fetchrow(read) or ()) == ("sertantai_sync", str(user))
    async with database.transaction(Role.APP) as connection:
        assert tuple(await connection.fetchrow(read) or ()) == ("sertantai_app", "")


async def test_nothing_of_a_transaction_stays_on_its_connection(database_dsn: str) -> None:
    database = Database(database_dsn, pool_size_max=1, connect_timeout_s=60, command_timeout_s=60)
    await database.start()
    async with database.transaction(Role.ACCOUNTS, UserId(uuid4())):
        pass
    assert database._pool is not None
    async with database._pool.acquire() as connection:
        assert await connection.fetchval("SELECT current_user::text") == "sertantai_app"
        assert not await connection.fetchval("SELECT current_setting('sertantai.user_id', true)")
    await database.stop()


async def test_a_raised_error_rolls_back(database: Database) -> None:
    async def change_and_fail() -> None:
        async with database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(ADD_USER, uuid4(), "a@example.org")
            raise LookupError

    with pytest.raises(LookupError):
        await change_and_fail()
    async with database.transaction(Role.ACCOUNTS) as connection:
        assert await connection.fetchval("SELECT count(*) FROM users") == 0


async def test_json_goes_in_and_comes_out_as_values_also_by_copy(database: Database) -> None:
    value = {"note": "Grüße, «emoji» 🎈", "tags": ["a", 1, None]}
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute("INSERT INTO uk_lrt_records (name, extra) VALUES ('a', $1)", value)
        columns = ["name", "extra"]
        await connection.copy_records_to_table("uk_lrt_records", records=[("b", value)], columns=columns)
        rows = await connection.fetch("SELECT extra FROM uk_lrt_records")
    assert [row["extra"] for row in rows] == [value, value]


async def test_a_readonly_transaction_refuses_writes(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            await connection.execute(ADD_USER, uuid4(), "a@example.org")


async def test_a_duplicate_is_a_conflict_that_names_its_constraint(database: Database) -> None:
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute(ADD_USER, uuid4(), "Someone@Example.org")
    with pytest.raises(Conflict) as caught:
        async with database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(ADD_USER, uuid4(), "someone@example.ORG")
    assert constraint(caught.value) == "users_email_lower_key"
    assert "example" not in caught.value.message.casefold()


async def test_a_missing_row_a_bad_value_and_a_forbidden_table_are_told_apart(database: Database) -> None:
    with pytest.raises(RowMissing):
        async with database.transaction(Role.SYNC) as connection:
            await connection.execute(
                "INSERT INTO user_selection_groups (user_id, name) VALUES ($1, 'x')", uuid4()
            )
    with pytest.raises(InvalidInput):
        async with database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute("INSERT INTO users (role) VALUES ('emperor')")
    with pytest.raises(InvalidInput):
        async with database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute("INSERT INTO users (id) VALUES ($1)", "not a uuid")
    with pytest.raises(Forbidden):
        async with database.transaction(Role.APP) as connection:
            await connection.execute("INSERT INTO users (role) VALUES ('user')")


async def test_crossing_transactions_are_told_to_try_again(database: Database) -> None:
    user = uuid4()
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute(ADD_USER, user, None)
    change = "UPDATE users SET updated_at = now() WHERE id = $1"

    async def cross() -> None:
        async with database.transaction(Role.ACCOUNTS, isolation="repeatable_read") as first:
            await first.fetchval("SELECT count(*) FROM users")
            async with database.transaction(Role.ACCOUNTS) as second:
                await second.execute(change, user)
            await first.execute(change, user)

    with pytest.raises(SerializationFailed):
        await cross()


async def test_without_a_schema_it_says_so(empty: DatabaseUnderTest, server: ServerUnderTest) -> None:
    database = Database(empty.dsn, pool_size_max=1, connect_timeout_s=2, command_timeout_s=2)
    await database.start(require=False)
    with pytest.raises(SchemaNotReady):
        async with database.transaction(Role.APP) as connection:
            await connection.fetchval("SELECT count(*) FROM users")
    await database.stop()


async def test_a_broken_connection_is_an_error_once_and_then_replaced(
    database: Database, cloned: DatabaseUnderTest, server: ServerUnderTest
) -> None:
    async def lose_the_connection() -> None:
        async with database.transaction(Role.APP) as connection:
            await execute(server.dsn("postgres", "postgres"), KILL_ALL.format(cloned.name))
            await connection.fetchval("SELECT 1")

    with pytest.raises(DatabaseUnavailable) as caught:
        await lose_the_connection()
    assert caught.value.retry_after_s
    await database.ping()


async def test_connections_broken_while_idle_do_not_fail_the_next_caller_twice(
    database: Database, cloned: DatabaseUnderTest, server: ServerUnderTest
) -> None:
    await database.ping()
    await execute(server.dsn("postgres", "postgres"), KILL_ALL.format(cloned.name))
    outcomes = await asyncio.gather(database.ping(), return_exceptions=True)
    assert all(isinstance(outcome, DatabaseUnavailable | None) for outcome in outcomes)
    await database.ping()


async def answers(database: Database) -> None:
    """Its bounds are so short that a busy machine may take longer now and then."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await database.ping()
            except DatabaseUnavailable:
                await asyncio.sleep(0.02)


async def test_waiting_for_a_connection_is_bounded(database_dsn: str) -> None:
    database = Database(database_dsn, pool_size_max=1, connect_timeout_s=0.5, command_timeout_s=60)
    await database.start(require=False)
    await answers(database)
    async with database.transaction(Role.APP):
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction(Role.APP):
                pass
    await answers(database)
    await database.stop()


async def test_a_statement_is_bounded_and_its_connection_replaced(database_dsn: str) -> None:
    database = Database(database_dsn, pool_size_max=1, connect_timeout_s=60, command_timeout_s=1)
    await database.start(require=False)
    await answers(database)
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction(Role.APP) as connection:
            await connection.fetchval("SELECT pg_sleep(600)")
    await answers(database)
    await database.stop()


async def test_it_knows_that_postgresql_is_away_and_that_it_is_back(
    cloned: DatabaseUnderTest, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "AWAY_AFTER_S", 0)
    network = Proxy(server.socket_dir / ".s.PGSQL.5432")
    await network.listen()
    url = f"postgresql://sertantai@127.0.0.1:{network.port}/{cloned.name}"
    database = Database(url, pool_size_max=2, connect_timeout_s=60, command_timeout_s=60)
    await database.start()
    assert not database.is_away
    network.refuse()
    for attempt in (database.ping, lambda: listen(database)):
        with pytest.raises(DatabaseUnavailable):
            await attempt()
        assert database.is_away
    await network.listen()
    await database.ping()
    assert not database.is_away
    network.close()
    await database.stop()


async def listen(database: Database) -> None:
    async with database.session(Role.APP):
        pass


async def test_whoever_gives_up_on_a_silent_postgresql_is_not_held_by_it(
    cloned: DatabaseUnderTest, server: ServerUnderTest
) -> None:
    network = Proxy(server.socket_dir / ".s.PGSQL.5432")
    await network.listen()
    url = f"postgresql://sertantai@127.0.0.1:{network.port}/{cloned.name}"
    database = Database(url, pool_size_max=2, connect_timeout_s=60, command_timeout_s=60)
    await database.start()
    network.swallow()
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await database.ping()
    assert time.monotonic() - started < 30
    network.close()
    await database.stop()


async def test_it_starts_while_postgresql_is_away_and_says_so_at_once() -> None:
    nowhere = "postgresql://sertantai@/sertantai?host=/nonexistent"
    database = Database(nowhere, pool_size_max=1, connect_timeout_s=2, command_timeout_s=2)
    await database.start(require=False)
    with pytest.raises(DatabaseUnavailable):
        await database.ping()
    await database.stop()
    with pytest.raises(DatabaseUnavailable):
        await Database(nowhere, pool_size_max=1, connect_timeout_s=2, command_timeout_s=2).start()


async def test_a_session_hears_a_change_of_the_register(database: Database) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with database.session(Role.APP) as listener:
        await listener.add_listener("sertantai_register", lambda *said: heard.put_nowait(str(said[3])))
        async with database.transaction(Role.REGISTER) as connection:
            await connection.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_ukpga_1974_37')")
        assert await asyncio.wait_for(heard.get(), 60) == "1"


async def test_an_array_as_text_is_read_as_it_was_written(database: Database) -> None:
    """Whatever people write: every sign but NUL, which is refused before."""
    signs = "".join(map(chr, (*range(1, 0x300), 0x2028, 0xFFFD, 0x1F388)))
    texts = [signs, *signs, "", None, "null", "NULL", "{}", ",", '"', "\\", '\\"', " a ", "a\\nb", "\\u0041"]
    moments = [datetime(2026, 11, 30, 12, 0, 0, 123_456, tzinfo=UTC), None, datetime(1, 1, 2, tzinfo=UTC)]
    ids = [uuid4(), None, uuid4()]
    values = [json.dumps({"note": text}) for text in (signs, '"', "\\")]
    async with database.transaction(Role.APP) as connection:
        for kind, given in (
            ("text", texts),
            ("timestamptz", moments),
            ("uuid", ids),
            ("bigint", [2**62, None]),
        ):
            assert await connection.fetchval(f"SELECT $1::text::{kind}[]", array_as_text(given)) == given
        told = await connection.fetchval("SELECT $1::text::jsonb[]", array_as_text([*values, None]))
    assert told == [*map(json.loads, values), None]
