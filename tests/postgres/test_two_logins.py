"""The server's login adds to the trail, and can do nothing else to it, whatever it becomes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from msgspec.structs import replace

from sertantai.backend import Backend
from sertantai.backup.creating import create
from sertantai.backup.manifest import BackupFailed
from sertantai.backup.restoring import restore
from sertantai.cli.health_checks import Finding, Verdict, examine_database
from sertantai.http.health import Health, ProbeResult
from sertantai.postgres import Database, Role, logins_sql, sql
from sertantai.postgres.cluster import LOGIN, MIGRATION_LOGIN
from sertantai.postgres.embedded import EmbeddedPostgres
from sertantai.postgres.errors import MigrationFailed
from sertantai.postgres.logins import Standing, migrating, standing
from sertantai.postgres.migrations import migrate
from sertantai.process.data_directory import DataDirectory
from sertantai.process.settings import Settings
from sertantai.web.status import of_the_login
from tests.fixtures.postgres import (
    TEMPLATE,
    DatabaseUnderTest,
    ServerUnderTest,
    as_of_ones_own,
    execute,
    new_database,
    short_directory,
)

KEPT = (
    "selection_audit_log",
    "selection_audit_log_default",
    "selection_operations",
    "security_events",
    "uk_lrt_record_changes",
)
REWRITES = (
    "UPDATE {} SET {column} = {column}",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "DROP TABLE {} CASCADE",
    "ALTER TABLE {} DISABLE TRIGGER USER",
    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {} OWNER TO sertantai",
    "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION sertantai_refuse()",
)
AT_ONCE = (
    "DROP SCHEMA public CASCADE",
    "ALTER SCHEMA public OWNER TO sertantai",
    "CREATE ROLE mine",
    "GRANT sertantai_migrator TO sertantai",
    "GRANT sertantai_migrator TO sertantai_sync",
    "ALTER ROLE sertantai SUPERUSER",
    "SET SESSION AUTHORIZATION postgres",
    "SET session_replication_role = replica",
    "ALTER FUNCTION sertantai_refuse() OWNER TO sertantai",
    "CREATE OR REPLACE FUNCTION sertantai_refuse() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
)
COLUMN = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum LIMIT 1
"""
ALL_ROLES = "SELECT rolname::text AS name FROM pg_roles ORDER BY 1"
ONE_LOGIN_OF_BEFORE = "CREATE ROLE sertantai LOGIN CREATEROLE CREATEDB NOBYPASSRLS"
DATABASE_OF_BEFORE = "CREATE DATABASE sertantai OWNER sertantai"


async def may_become(connection: "asyncpg.Connection[asyncpg.Record]", role: str) -> bool:
    try:
        await connection.execute(f'SET ROLE "{role}"')
    except asyncpg.InsufficientPrivilegeError:
        return False
    await connection.execute("RESET ROLE")
    return True


async def what_is_not_refused(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Of all that would rewrite what is kept, as the login and as every role that it can become."""
    columns = {table: await connection.fetchval(COLUMN, table) for table in KEPT}
    statements = [one.format(table, column=columns[table]) for one in REWRITES for table in KEPT]
    roles = [row["name"] for row in await connection.fetch(ALL_ROLES)]
    done = []
    for role in ["NONE", *[one for one in roles if await may_become(connection, one)]]:
        for statement in (*statements, *AT_ONCE):
            async with connection.transaction():
                await connection.execute(f"SET LOCAL ROLE {role}")
                try:
                    async with connection.transaction():
                        await connection.execute(statement)
                except asyncpg.InsufficientPrivilegeError:
                    continue
            done.append(f"{role}: {statement}")
    return done


@pytest.fixture
async def embedded(embedded_server: ServerUnderTest) -> AsyncIterator[DatabaseUnderTest]:
    async for database in new_database(embedded_server, TEMPLATE):
        yield database


async def test_the_servers_login_walks_everywhere_it_can_and_changes_nothing(
    embedded: DatabaseUnderTest,
) -> None:
    connection = await asyncpg.connect(embedded.dsn)
    try:
        roles = [row["name"] for row in await connection.fetch(ALL_ROLES)]
        becomes = {role for role in roles if await may_become(connection, role)}
        assert becomes == {LOGIN} | {str(role) for role in Role if role is not Role.MIGRATOR}
        assert await what_is_not_refused(connection) == []
        assert (await standing(connection, two_wanted=True)).harmless
    finally:
        await connection.close()


async def test_the_other_login_may_what_the_server_may_not(embedded: DatabaseUnderTest) -> None:
    connection = await asyncpg.connect(embedded.owner_dsn)
    try:
        assert await may_become(connection, str(Role.MIGRATOR))
        found = await standing(connection, two_wanted=True)
    finally:
        await connection.close()
    assert found.reasons == ["owner", "owns_database"]


async def found_of(dsn: str, *, two_wanted: bool = False) -> Standing:
    connection = await asyncpg.connect(dsn)
    try:
        return await standing(connection, two_wanted=two_wanted)
    finally:
        await connection.close()


async def test_one_login_for_all_is_told_what_mends_it_and_doing_so_is_enough(
    debian_server: ServerUnderTest,
) -> None:
    """On an operator's own PostgreSQL: the statements, as they are printed."""
    name, admin = "one_login", debian_server.dsn("postgres", "postgres")
    await execute(admin, "CREATE ROLE shop LOGIN CREATEROLE", f"CREATE DATABASE {name} OWNER shop")
    dsn = debian_server.dsn(name, "shop")
    try:
        assert await migrate(dsn) is True
        before = await found_of(dsn)
        assert before.reasons == ["owner", "makes_roles", "owns_database"]
        examined = await examined_by_name(dsn)
        assert examined["database user"].verdict is Verdict.WARNING
        assert examined["database user"].advice == before.mending
        assert of_the_login(before).status is Health.OK, "as its operator has it"
        assert of_the_login(replace(before, two_wanted=True)).status is Health.DEGRADED
        assert "shop can change what is kept for ever" in before.warning
        told = before.mending.partition("database: ")[2].partition(". ")[0]
        await execute(debian_server.dsn(name, "postgres"), *told.split("; "))
        assert of_the_login(await found_of(dsn)) == ProbeResult(Health.OK)
        assert await migrate(dsn, debian_server.dsn(name, MIGRATION_LOGIN)) is False
    finally:
        await execute(admin, f"DROP DATABASE {name} WITH (FORCE)")
        await execute(admin, "DROP ROLE shop", f"DROP ROLE IF EXISTS {MIGRATION_LOGIN}")


async def test_two_logins_of_ones_own_start_back_up_and_restore(
    embedded_server: ServerUnderTest, tmp_path: Path
) -> None:
    """As an operator has them, who may not be told from their names."""
    names, admin = ("two_logins", "two_logins_again"), embedded_server.dsn("postgres", "postgres")
    await execute(admin, "CREATE ROLE shop LOGIN", "CREATE ROLE builder LOGIN CREATEROLE")
    # Another Sertantai in the same cluster has made them already.
    await execute(admin, *(f"GRANT {role} TO builder WITH ADMIN TRUE, INHERIT FALSE" for role in Role))
    await execute(admin, *(f"CREATE DATABASE {name} OWNER builder" for name in names))
    try:
        given = [
            Settings(
                data_dir=str(tmp_path / name),
                database_url=as_of_ones_own(embedded_server.dsn(name, "shop")),
                database_migration_url=as_of_ones_own(embedded_server.dsn(name, "builder")),
            )
            for name in names
        ]
        first, again = given
        async with Backend(first, durable=False) as backend:
            assert backend.login_standing is not None
            assert backend.login_standing.harmless
            with pytest.raises(BackupFailed, match="permission denied"):
                await back_up(backend, tmp_path / "not", None)
            await back_up(backend, tmp_path / "backup", first.database_migration_url)
        await restore(
            tmp_path / "backup",
            again.data_path,
            database_url=again.database_url,
            migration_url=again.database_migration_url,
        )
        for settings in given:
            assert settings.database_url is not None
            connection = await asyncpg.connect(settings.database_url)
            try:
                assert await what_is_not_refused(connection) == []
                assert (await standing(connection, two_wanted=True)).harmless
            finally:
                await connection.close()
    finally:
        await execute(admin, *(f"DROP DATABASE {name} WITH (FORCE)" for name in names))
        await execute(admin, *(f"REVOKE {role} FROM builder CASCADE" for role in Role))
        await execute(admin, "DROP ROLE shop", "DROP ROLE builder")


async def back_up(backend: Backend, target: Path, migration_url: str | None) -> None:
    keys = backend.settings.data_path / "keys"
    await create(backend.database, backend.journal_files, keys, target, migration_url=migration_url)


WAYS = {
    "privileges": (
        "GRANT UPDATE ON security_events TO sertantai_sync",
        "REVOKE UPDATE ON security_events FROM sertantai_sync",
    ),
    "owns_tables": (
        "ALTER TABLE uk_lrt_record_changes OWNER TO sertantai",
        "ALTER TABLE uk_lrt_record_changes OWNER TO sertantai_migrator",
    ),
    "writes_everything": (
        "GRANT pg_write_all_data TO sertantai",
        "REVOKE pg_write_all_data FROM sertantai",
    ),
    "owner": (
        "GRANT sertantai_migrator TO sertantai_accounts WITH INHERIT FALSE, SET FALSE, ADMIN TRUE",
        "REVOKE sertantai_migrator FROM sertantai_accounts",
    ),
}


@pytest.mark.parametrize("reason", WAYS)
async def test_each_way_to_change_what_is_kept_is_seen(embedded: DatabaseUnderTest, reason: str) -> None:
    statement, back = WAYS[reason]
    await execute(embedded.superuser_dsn, statement)
    try:
        assert reason in (await found_of(embedded.dsn)).reasons
    finally:
        await execute(embedded.superuser_dsn, back)


async def test_a_guard_that_is_off_is_found(embedded: DatabaseUnderTest) -> None:
    examined = await examined_by_name(embedded.dsn)
    assert examined["guards of the trail"].verdict is Verdict.OK
    assert examined["database user"].verdict is Verdict.OK
    await execute(
        embedded.superuser_dsn, "ALTER TABLE selection_audit_log_default DISABLE TRIGGER append_only"
    )
    found = (await examined_by_name(embedded.dsn))["guards of the trail"]
    assert (found.verdict, found.found) == (
        Verdict.FAILED,
        "not what they were made: selection_audit_log_default",
    )


async def examined_by_name(dsn: str) -> dict[str, Finding]:
    return {one.check: one for one in await examine_database(Settings(database_url=dsn))}


async def test_a_superuser_is_told_so_and_nothing_else(embedded: DatabaseUnderTest) -> None:
    found = await found_of(embedded.superuser_dsn)
    assert found.reasons == ["superuser"]
    assert "another user" in found.mending


async def test_a_data_directory_of_one_login_has_two_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with short_directory() as home, DataDirectory(home / "data") as directory:
        server = EmbeddedPostgres(directory, durable=False)
        with monkeypatch.context() as patch:
            patch.setattr(logins_sql, "TWO_LOGINS", ONE_LOGIN_OF_BEFORE)
            patch.setattr(sql, "CREATE_DATABASE", DATABASE_OF_BEFORE)
            await server.start()
            patch.setattr("sertantai.postgres.migrations.run.migrating", lambda dsn, _url: dsn)
            await migrate(server.dsn)
            assert (await found_of(server.dsn)).reasons == ["owner", "owns_database"]
            await server.stop()
        for _ in range(2):  # and is left alone at the one after
            await server.start()
            try:
                assert (await found_of(server.dsn)).harmless
                assert (await found_of(migrating(server.dsn))).reasons == ["owner", "owns_database"]
                await _goes_on(server)
            finally:
                await server.stop()


async def _goes_on(server: EmbeddedPostgres) -> None:
    """Both logins do what is theirs: the next migration, and what a server does."""
    connection = await asyncpg.connect(migrating(server.dsn))
    try:
        await connection.execute("SET ROLE sertantai_migrator")
        await connection.execute("CREATE TABLE of_the_next (id int); DROP TABLE of_the_next")
        await connection.execute("UPDATE alembic_version SET version_num = version_num")
    finally:
        await connection.close()
    database = Database(server.dsn, pool_size_max=4, connect_timeout_s=60, command_timeout_s=60)
    await database.start()
    for role in Role:
        if role is not Role.MIGRATOR:
            async with database.transaction(role) as connection_of_server:
                await connection_of_server.fetchval("SELECT 1")
    await database.stop()


async def test_a_migration_login_of_another_database_is_refused(
    embedded_server: ServerUnderTest, embedded: DatabaseUnderTest
) -> None:
    await execute(embedded.superuser_dsn, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(MigrationFailed, match="another database"):
        await migrate(embedded.dsn, embedded_server.dsn("template_sertantai", MIGRATION_LOGIN))


async def test_what_the_embedded_one_refuses_anybody_is_heard() -> None:
    heard: list[str] = []
    with short_directory() as home, DataDirectory(home / "data") as directory:
        server = EmbeddedPostgres(directory, durable=False, on_protection=heard.append)
        await server.start()
        try:
            await migrate(server.dsn)
            outside = await asyncpg.connect(server.superuser_dsn, database="sertantai")
            for statement in ("DELETE FROM selection_audit_log", "TRUNCATE security_events"):
                with pytest.raises(asyncpg.RestrictViolationError):
                    await outside.execute(statement)
            await outside.close()
            async with asyncio.timeout(60):
                while len(heard) < 2:  # noqa: ASYNC110  # PostgreSQL's log comes through a pipe
                    await asyncio.sleep(0.01)
        finally:
            await server.stop()
    assert [text.partition(" is refused")[0] for text in heard] == [
        "DELETE on selection_audit_log",
        "TRUNCATE on security_events",
    ]
