"""Nobody deletes from the register or changes the trail: no role, not the owner, not a superuser."""

from uuid import uuid4

import asyncpg
import pytest

from sertantai.core.errors import Forbidden
from sertantai.postgres import Database, Role

REMOVALS = ("DELETE FROM uk_lrt_records", "TRUNCATE uk_lrt_records CASCADE")
REWRITES = (
    "DELETE FROM {}",
    "UPDATE {} SET action = 'select'",
    "TRUNCATE {}",
)
ADD_TRAIL = (
    "INSERT INTO selection_audit_log (user_id, record_id, action)"
    " SELECT gen_random_uuid(), id, 'select' FROM uk_lrt_records"
)
PARTITIONS = (
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
    " WHERE inhparent = 'selection_audit_log'::regclass"
)


@pytest.fixture
async def kept(database: Database) -> None:
    async with database.transaction(Role.REGISTER) as connection:
        await connection.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_ukpga_1974_37')")
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(ADD_TRAIL)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("statement", REMOVALS)
async def test_no_role_removes_laws(kept: None, database: Database, role: Role, statement: str) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(role) as connection:
            await connection.execute(statement)


@pytest.mark.parametrize("statement", [*REMOVALS, "TRUNCATE users, uk_lrt_records CASCADE"])
@pytest.mark.parametrize("replication_role", ["origin", "replica"])
async def test_not_even_a_superuser_removes_laws(
    kept: None, superuser: "asyncpg.Connection[asyncpg.Record]", statement: str, replication_role: str
) -> None:
    await superuser.execute(f"SET session_replication_role = {replication_role}")
    with pytest.raises(asyncpg.RestrictViolationError):
        await superuser.execute(statement)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("statement", REWRITES)
async def test_no_role_rewrites_the_trail(kept: None, database: Database, role: Role, statement: str) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(role) as connection:
            await connection.execute(statement.format("selection_audit_log"))


@pytest.mark.parametrize("replication_role", ["origin", "replica"])
async def test_not_even_a_superuser_rewrites_the_trail_or_a_month_of_it(
    kept: None, superuser: "asyncpg.Connection[asyncpg.Record]", replication_role: str
) -> None:
    await superuser.execute(f"SET session_replication_role = {replication_role}")
    tables = ["selection_audit_log"] + [row["name"] for row in await superuser.fetch(PARTITIONS)]
    for table in tables:
        for statement in REWRITES:
            with pytest.raises(asyncpg.RestrictViolationError):
                await superuser.execute(statement.format(table))


async def test_what_an_import_changed_is_kept_too(
    kept: None, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await superuser.execute(
        "INSERT INTO uk_lrt_record_changes SELECT record_no, revision, now(), '{}' FROM uk_lrt_records"
    )
    for statement in ("DELETE FROM {}", "UPDATE {} SET revision = 9", "TRUNCATE {}"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await superuser.execute(statement.format("uk_lrt_record_changes"))


@pytest.mark.parametrize("change", ["record_no = DEFAULT", "id = gen_random_uuid()"])
async def test_a_law_keeps_its_numbers(kept: None, database: Database, change: str) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(Role.REGISTER) as connection:
            await connection.execute(f"UPDATE uk_lrt_records SET {change}")


async def test_the_trail_outlives_its_user(kept: None, database: Database) -> None:
    async with database.transaction(Role.ACCOUNTS) as connection:
        user = await connection.fetchval("INSERT INTO users (email) VALUES ('a@example.org') RETURNING id")
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(
            "INSERT INTO selection_audit_log (user_id, group_id, action) VALUES ($1, $2, 'create_group')",
            user,
            uuid4(),
        )
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute("DELETE FROM users WHERE id = $1", user)
    async with database.transaction(Role.APP, user) as connection:
        assert await connection.fetchval("SELECT count(*) FROM selection_audit_log") == 1


async def test_a_trail_of_records_names_its_record(superuser: "asyncpg.Connection[asyncpg.Record]") -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute(
            "INSERT INTO selection_audit_log (user_id, action) VALUES (gen_random_uuid(), 'select')"
        )
