"""The trail's months are made ahead of time, and no clock can stop it."""

import asyncpg
import pytest

from sertantai.core.errors import Forbidden, InvalidInput
from sertantai.postgres import Database, Role

MAKE = "SELECT sertantai_make_audit_partitions($1)"
ADD = (
    "INSERT INTO selection_audit_log (user_id, action, created_at)"
    " VALUES (gen_random_uuid(), 'create_group', now() + make_interval(months => $1))"
    " RETURNING tableoid::regclass::text"
)


async def test_missing_months_are_made_once(database: Database) -> None:
    async with database.transaction(Role.SYNC) as connection:
        assert await connection.fetchval(MAKE, 3) == 0
        assert await connection.fetchval(MAKE, 5) == 2
        assert await connection.fetchval(MAKE, 5) == 0


@pytest.mark.parametrize("months", [-1, 0, 3])
async def test_a_row_goes_to_its_month(superuser: "asyncpg.Connection[asyncpg.Record]", months: int) -> None:
    partition = await superuser.fetchval(ADD, months)
    month = await superuser.fetchval(
        "SELECT to_char(now() AT TIME ZONE 'UTC' + make_interval(months => $1), 'YYYY_MM')", months
    )
    assert partition == f"selection_audit_log_{month}"


@pytest.mark.parametrize("months", [-700, 700])
async def test_a_wrong_clock_does_not_stop_the_trail(
    superuser: "asyncpg.Connection[asyncpg.Record]", months: int
) -> None:
    assert await superuser.fetchval(ADD, months) == "selection_audit_log_default"


async def test_a_month_that_the_default_partition_holds_is_left_there(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert await superuser.fetchval(ADD, 5) == "selection_audit_log_default"
    async with database.transaction(Role.SYNC) as connection:
        assert await connection.fetchval(MAKE, 6) == 2  # the fourth and the sixth month
    assert await superuser.fetchval(ADD, 6) != "selection_audit_log_default"


async def test_a_month_made_later_is_guarded_like_the_others(
    database: Database, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async with database.transaction(Role.SYNC) as connection:
        await connection.fetchval(MAKE, 7)
    partition = await superuser.fetchval(ADD, 7)
    await superuser.execute("SET session_replication_role = replica")
    for statement in ("DELETE FROM {}", "UPDATE {} SET action = 'select'", "TRUNCATE {}"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await superuser.execute(statement.format(partition))
    secured = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::text::regclass"
    assert await superuser.fetchval(secured, partition)


async def test_the_number_of_months_is_bounded(database: Database) -> None:
    with pytest.raises(InvalidInput):
        async with database.transaction(Role.SYNC) as connection:
            await connection.fetchval(MAKE, 100_000)


@pytest.mark.parametrize("role", [Role.APP, Role.ACCOUNTS, Role.REGISTER])
async def test_only_the_synchroniser_makes_months(database: Database, role: Role) -> None:
    with pytest.raises(Forbidden):
        async with database.transaction(role) as connection:
            await connection.fetchval(MAKE, 3)
