"""Migrations: once, from whatever is there, with words for the DBA when they may not."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic import command

from sertantai.core.errors import DatabaseUnavailable
from sertantai.postgres import Database, Role
from sertantai.postgres.errors import MigrationFailed
from sertantai.postgres.migrations import head_revision, migrate
from tests.fixtures.postgres import DatabaseUnderTest, ServerUnderTest, execute

FOREIGN_USERS = """
    CREATE TABLE users (
      id uuid PRIMARY KEY,
      email {email} NOT NULL,
      hashed_password text NOT NULL,
      inserted_at timestamp NOT NULL,
      updated_at timestamp NOT NULL
    );
    CREATE UNIQUE INDEX users_unique_email_index ON users (email);
    INSERT INTO users VALUES
      ('11111111-1111-4111-8111-111111111111', 'Old@Example.org', '$2b$12$x', '2020-01-02', '2020-01-02')
"""
BASELINE_OF_ALL = """
    SET ROLE sertantai_migrator;
    UPDATE audit_baseline_position SET position = 9;
    INSERT INTO audit_baseline VALUES ('00000000-0000-4000-8000-000000000001', gen_random_uuid(), 7);
    INSERT INTO selection_audit_log (user_id, action, position)
    VALUES ('00000000-0000-4000-8000-000000000002', 'create_group', 12)
"""
UP_TO_DATE_QUERIES = 2


async def test_an_empty_database_is_migrated_and_then_left_alone(empty: DatabaseUnderTest) -> None:
    assert await migrate(empty.dsn) is True
    assert await migrate(empty.dsn) is False


async def test_a_current_database_costs_one_connection_and_two_small_queries(
    cloned: DatabaseUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    connections = 0

    async def connect(*given: Any, **named: Any) -> Any:
        nonlocal connections
        connections += 1
        connection = await really_connect(*given, **named)
        connection.add_query_logger(lambda query: asked.append(query.query))
        return connection

    really_connect = asyncpg.connect
    monkeypatch.setattr(asyncpg, "connect", connect)
    await migrate(cloned.dsn)
    assert (connections, len(asked)) == (1, UP_TO_DATE_QUERIES), asked


async def test_processes_that_start_together_migrate_once(empty: DatabaseUnderTest) -> None:
    done = await asyncio.gather(*(migrate(empty.dsn) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]


async def test_databases_of_one_cluster_migrate_together(server: ServerUnderTest) -> None:
    """Roles are the cluster's; two databases may find each other making them."""
    names = [f"together_{number}" for number in range(3)]
    admin = server.dsn("postgres", "postgres")
    await execute(admin, *(f"CREATE DATABASE {name} OWNER {server.owner}" for name in names))
    try:
        done = await asyncio.gather(*(migrate(server.dsn(name)) for name in names))
        assert done == [True, True, True]
    finally:
        await execute(admin, *(f"DROP DATABASE {name} WITH (FORCE)" for name in names))


async def test_a_foreign_users_table_is_taken_as_it_is(empty: DatabaseUnderTest) -> None:
    await execute(empty.owner_dsn, FOREIGN_USERS.format(email="text"))
    await migrate(empty.dsn)
    await _old_and_new_users_work(empty.dsn, empty.owner_dsn)


async def test_a_foreign_users_table_may_hold_citext(
    debian_server: ServerUnderTest,
) -> None:
    """Only Debian's server has citext; it is what AshAuthentication uses."""
    admin, name = debian_server.dsn("postgres", "postgres"), "foreign_citext"
    await execute(admin, f"CREATE DATABASE {name} OWNER sertantai")
    try:
        await execute(debian_server.dsn(name, "postgres"), "CREATE EXTENSION citext")
        await execute(debian_server.dsn(name), FOREIGN_USERS.format(email="citext"))
        await migrate(debian_server.dsn(name))
        await _old_and_new_users_work(debian_server.dsn(name), debian_server.dsn(name))
    finally:
        await execute(admin, f"DROP DATABASE {name} WITH (FORCE)")


async def _old_and_new_users_work(dsn: str, owner_dsn: str) -> None:
    database = Database(dsn, pool_size_max=2, connect_timeout_s=5, command_timeout_s=5)
    await database.start()
    async with database.transaction(Role.ACCOUNTS) as connection:
        old = await connection.fetchrow(
            "SELECT role, disabled_at, created_at::date::text AS since, metadata FROM users"
            " WHERE lower(email) = 'old@example.org'"
        )
        assert old is not None
        assert tuple(old) == ("user", None, "2020-01-02", {})
        await connection.execute("INSERT INTO users (id, role) VALUES (gen_random_uuid(), 'guest')")
    async with database.transaction(Role.AUDITOR) as connection:
        assert await connection.fetchval("SELECT count(*) FROM user_selection_groups WHERE is_default") == 2
    await database.stop()
    # The program whose table it is still sees what it saw.
    connection_of_owner = await asyncpg.connect(owner_dsn)
    assert await connection_of_owner.fetchval("SELECT count(*) FROM users") == 2
    await connection_of_owner.execute(
        "INSERT INTO users (id, email, hashed_password, inserted_at, updated_at)"
        " VALUES (gen_random_uuid(), 'new@example.org', 'x', now(), now())"
    )
    await connection_of_owner.close()


async def test_without_the_right_to_make_roles_the_dba_is_told_what_to_run(
    empty: DatabaseUnderTest, server: ServerUnderTest
) -> None:
    admin = server.dsn("postgres", "postgres")
    await execute(admin, "CREATE ROLE humble LOGIN", f"ALTER DATABASE {empty.name} OWNER TO humble")
    try:
        with pytest.raises(MigrationFailed, match="GRANT sertantai_app TO humble;") as caught:
            await migrate(server.dsn(empty.name, "humble"))
        # Doing as told is enough.
        told = [line for line in caught.value.message.splitlines() if line.startswith("GRANT ")]
        await execute(empty.superuser_dsn, *told)
        assert await migrate(server.dsn(empty.name, "humble")) is True
    finally:
        await execute(admin, f"ALTER DATABASE {empty.name} OWNER TO {server.owner}")
        await execute(empty.superuser_dsn, "DROP OWNED BY humble")
        await execute(admin, "DROP ROLE humble")


async def test_a_login_that_may_not_migrate_can_still_see_that_all_is_well(
    cloned: DatabaseUnderTest, server: ServerUnderTest
) -> None:
    admin = server.dsn("postgres", "postgres")
    await execute(admin, "CREATE ROLE guest_login LOGIN")
    try:
        assert await migrate(server.dsn(cloned.name, "guest_login")) is False
    finally:
        await execute(admin, "DROP ROLE guest_login")


async def test_a_database_of_a_newer_program_is_left_alone(
    cloned: DatabaseUnderTest, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationFailed, match="9999"):
        await migrate(cloned.dsn)


async def test_a_refused_migration_changes_nothing(empty: DatabaseUnderTest) -> None:
    await execute(empty.owner_dsn, "CREATE TABLE organizations (id text)")
    with pytest.raises(MigrationFailed, match="organizations"):
        await migrate(empty.dsn)
    connection = await asyncpg.connect(empty.dsn)
    try:
        left = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    assert [row["tablename"] for row in left] == ["organizations"]


async def test_a_baseline_up_to_one_position_becomes_one_of_each_owner(
    empty: DatabaseUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _to: upgrade(config, "0014"))
        await migrate(empty.dsn)
    await execute(empty.owner_dsn, BASELINE_OF_ALL)
    assert await migrate(empty.dsn) is True
    connection = await asyncpg.connect(empty.owner_dsn)
    try:
        await connection.execute("SET ROLE sertantai_migrator")
        found = await connection.fetch("SELECT user_id, position FROM audit_baseline_owners ORDER BY user_id")
    finally:
        await connection.close()
    assert [(str(row["user_id"])[-1], row["position"]) for row in found] == [("1", 9), ("2", 9)]


async def test_postgresql_away_is_said_in_our_words() -> None:
    with pytest.raises(DatabaseUnavailable):
        await migrate("postgresql://sertantai@/sertantai?host=/nonexistent")


def test_revisions_are_numbered() -> None:
    assert head_revision() >= "0001"
