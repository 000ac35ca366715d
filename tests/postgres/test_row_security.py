"""Only yours: row level security shows the application the rows of the user whose id is set."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from sertantai.core.errors import Forbidden
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Role
from tests.fixtures.postgres import ServerUnderTest

OWNED = {
    "users": "id",
    "user_selection_groups": "user_id",
    "user_record_selections": "user_id",
    "selection_audit_log": "user_id",
    "user_sessions": "user_id",
    "user_organization_memberships": "user_id",
}


@pytest.fixture
async def people(database: Database) -> list[UserId]:
    """Two people with one row of everything each."""
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_ukpga_1974_37')")
    return [await _person(database, name) for name in ("a", "b")]


async def _person(database: Database, name: str) -> UserId:
    user = UserId(uuid4())
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute("INSERT INTO users (id, email) VALUES ($1, $2)", user, f"{name}@example.org")
        await connection.execute(
            "INSERT INTO user_sessions (user_id, kind, expires_at) VALUES ($1, 'cookie', now())", user
        )
        organization: UUID = await connection.fetchval(
            "INSERT INTO organizations (name, slug) VALUES ($1, $1) RETURNING id", name
        )
        await connection.execute(
            "INSERT INTO user_organization_memberships (user_id, organization_id) VALUES ($1, $2)",
            user,
            organization,
        )
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(
            "INSERT INTO user_record_selections (user_id, record_id, record_no)"
            " SELECT $1, id, record_no FROM uk_lrt_records",
            user,
        )
        await connection.execute(
            "INSERT INTO selection_audit_log (user_id, record_id, action)"
            " SELECT $1, id, 'select' FROM uk_lrt_records",
            user,
        )
    return user


@pytest.mark.parametrize(("table", "owner"), OWNED.items())
async def test_the_application_sees_its_users_rows_only(
    people: list[UserId], database: Database, table: str, owner: str
) -> None:
    for user in people:
        async with database.transaction(Role.APP, user) as connection:
            rows = await connection.fetch(f"SELECT {owner} AS owner FROM {table}")
        assert [row["owner"] for row in rows] == [user]


@pytest.mark.parametrize("table", [*OWNED, "organizations"])
@pytest.mark.parametrize("user", [None, UserId(uuid4())])
async def test_without_an_id_or_with_a_strangers_there_is_nothing(
    people: list[UserId], database: Database, table: str, user: UserId | None
) -> None:
    column = OWNED.get(table, "id")
    async with database.transaction(Role.APP, user) as connection:
        assert await connection.fetch(f"SELECT {column} FROM {table}") == []


async def test_organizations_are_seen_by_their_members(people: list[UserId], database: Database) -> None:
    async with database.transaction(Role.APP, people[0]) as connection:
        assert [row["slug"] for row in await connection.fetch("SELECT slug FROM organizations")] == ["a"]


@pytest.mark.parametrize("table", OWNED)
async def test_the_application_writes_nothing_that_people_own(
    people: list[UserId], database: Database, table: str
) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(Role.APP, people[0]) as connection:
            await connection.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(("table", "column"), [("users", "hashed_password"), ("user_sessions", "token_hash")])
@pytest.mark.parametrize("role", [Role.APP, Role.SYNC, Role.AUDITOR])
async def test_secrets_are_for_accounts_only(
    people: list[UserId], database: Database, table: str, column: str, role: Role
) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(role, people[0]) as connection:
            await connection.fetch(f"SELECT {column} FROM {table}")


async def test_a_month_of_the_trail_cannot_be_read_around_its_parent(
    people: list[UserId], database: Database
) -> None:
    for role in (Role.APP, Role.SYNC, Role.AUDITOR, Role.ACCOUNTS):
        with pytest.raises(Forbidden):
            async with database.transaction(role, people[0]) as connection:
                await connection.fetch("SELECT id FROM selection_audit_log_default")


async def test_forced_row_security_binds_the_owner_of_the_tables_too(
    people: list[UserId], database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The migrator sees rows through a policy of its own, not because it owns the table."""
    await superuser.execute("DROP POLICY user_record_selections_migrator ON user_record_selections")
    async with database.transaction(Role.MIGRATOR) as connection:
        assert await connection.fetch("SELECT id FROM user_record_selections") == []


async def test_the_login_has_no_privilege_without_a_role(
    people: list[UserId], database: Database, server: ServerUnderTest
) -> None:
    """Since PostgreSQL 16 a grant can be taken on without being inherited; 15's login inherits its roles."""
    async with database.transaction(Role.APP) as connection:
        await connection.execute("SET LOCAL ROLE NONE")
        may_read = await connection.fetchval(
            "SELECT has_table_privilege('sertantai', 'user_record_selections', 'SELECT')"
        )
    assert may_read == (server.kind == "debian")
